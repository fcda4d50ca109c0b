/* A rude server: bytes that are no frames, what nobody asked for, numbers beyond sense, words at the wrong time, and silence.
 * What is not understood closes the client, with a reason; what is not known, or not due, is skipped; everything else
 * is a lost connection. Protocol/unity/Tests/Runtime/RudeTests.cs holds the other client against the same list. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { GachaponClient, GachaponError, browse, type Auth, type Socket, type SocketEvents, type Transport } from "../dist/index.js";
import * as frame from "../dist/frame.js";
import { CLOSES, LIMITS, PUSHES, REQUESTS, VIEWS } from "../dist/gen/schema.js";
import { Writer } from "../dist/msgpack.js";
import { FakeClock, MemoryServer, settled } from "../dist/testing.js";
import { SECOND, codeOf, live, stage } from "./stage.js";

const PLAYER = "01980000-0000-7000-8000-00000000abcd";
const EPOCH = "01980000-0000-7000-8000-000000000001";
const HELLO = {
  protocol: 1, oldestClient: 1, epoch: EPOCH, time: 0, server: "rude", limits: {
    frameMaxBytes: LIMITS["frameMaxBytes"], inFlightMax: 64, messagesPerFrameMax: 32, signInWithinMs: 15_000, tickEveryMs: 20_000,
  },
};

/** A server that says what the test says, and by itself only what `polite` is. */
class Rude implements Transport {
  readonly sockets: RudeSocket[] = [];
  polite: readonly string[] = ["hello", "sign_in", "follow"];
  hello: object = HELLO;
  readonly heard: string[] = [];

  open(_url: string, events: SocketEvents): Socket {
    const socket = new RudeSocket(this, events);
    this.sockets.push(socket);
    if (this.polite.includes("hello")) socket.say(frame.push("hello", this.hello));
    return socket;
  }

  get socket(): RudeSocket {
    return this.sockets.at(-1)!;
  }
}

class RudeSocket implements Socket {
  /** What was asked, by name: its id. */
  readonly asked = new Map<string, number>();
  private alive = true;

  constructor(
    private readonly server: Rude,
    private readonly events: SocketEvents,
  ) {}

  send(bytes: Uint8Array): void {
    for (const { id, type } of frame.messagesOf(bytes)) {
      const name = frame.REQUEST_NAMES.get(type)!;
      this.asked.set(name, id);
      this.server.heard.push(name);
      if (!this.server.polite.includes(name)) continue;
      if (name === "sign_in") this.say(frame.reply(id, name, { player: PLAYER, enrolled: false, roles: [], expiresAt: 1 }, null));
      if (name === "ping") this.say(frame.reply(id, name, { time: 0 }, null));
      if (name === "follow") {
        this.say(frame.reply(id, name, { epoch: EPOCH, generation: 1n, ownWhole: true, publicWhole: true }, null));
        this.say(changed("own", 5n, [wallet(5n, 100n)]), changed("public", 5n, []));
      }
    }
  }

  say(...frames: Uint8Array[]): void {
    for (const bytes of frames) queueMicrotask(() => void (this.alive && this.events.message(bytes)));
  }

  close(): void {
    this.end(1000);
  }

  end(code: number): void {
    if (!this.alive) return;
    this.alive = false;
    queueMicrotask(() => this.events.closed(code, ""));
  }
}

function wallet(position: bigint, free: bigint): frame.Row {
  return { position, deleted: false, values: { player: PLAYER, free, paid: 0n } };
}

function changed(audience: string, mark: bigint, rows: readonly frame.Row[], view = "wallet"): Uint8Array {
  const changes = rows.length === 0 ? [] : [{ view: VIEWS[view]!.number, rows: frame.rowsBytes(view, rows) }];
  return frame.push("changed", { audience, mark, changes });
}

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.bytes();
}

/** [0, type, payload] with a payload of one's own. */
function push(type: number, payload: (writer: Writer) => void): Uint8Array {
  return bytesOf((writer) => {
    writer.array(3);
    writer.int(0);
    writer.int(type);
    payload(writer);
  });
}

function changedOf(audience: number, view: number, rows: Uint8Array): Uint8Array {
  return push(PUSHES["changed"]!.number, (writer) => {
    writer.array(3);
    writer.int(audience);
    writer.int(9);
    writer.array(1);
    writer.array(2);
    writer.int(view);
    writer.append(rows);
  });
}

interface Met {
  server: Rude;
  game: GachaponClient;
  clock: FakeClock;
  fresh: boolean[];
}

function meet(auth?: Auth): Met {
  const [server, clock, fresh] = [new Rude(), new FakeClock(), [] as boolean[]];
  const asked: Auth = {
    credentials: (login) => {
      fresh.push(login.fresh);
      return Promise.resolve({ token: "good" });
    },
  };
  return { server, clock, fresh, game: new GachaponClient("memory:", auth ?? asked, { transport: server, clock }) };
}

async function met(): Promise<Met> {
  const made = meet();
  await made.game.connect();
  return made;
}

const DEEP = Uint8Array.from([...Array<number>(100).fill(0x91), 0xc0]);
const WALLET = VIEWS["wallet"]!.number;
const NOT_FRAMES: Record<string, Uint8Array> = {
  "nothing at all": new Uint8Array(0),
  "a frame cut off": frame.push("hello", HELLO).subarray(0, 20),
  "a message, and half of another": Uint8Array.from([...frame.push("tick", { time: 0, ownMark: 0n, publicMark: 0n }), 0x93, 0]),
  "a text": Uint8Array.from([0xa2, 0x68, 0x69]),
  "a map": Uint8Array.from([0x80]),
  "a byte that begins nothing": Uint8Array.from([0xc1]),
  "a message of two": Uint8Array.from([0x92, 0, 1]),
  "four thousand million entries": Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  "a text of four gigabytes": Uint8Array.from([0x93, 0, 1, 0xdb, 0xff, 0xff, 0xff, 0xff]),
  "too deep": Uint8Array.from([0x93, 0, 2, ...DEEP]),
  "an id below zero": Uint8Array.from([0x93, 0xff, 2, 0x90]),
  "a type beyond sixteen bits": Uint8Array.from([0x93, 0, 0xce, 0, 1, 0, 0, 0x90]),
  "a text for an id": Uint8Array.from([0x93, 0xa1, 0x61, 2, 0x90]),
  "a tick that is a number": push(PUSHES["tick"]!.number, (writer) => writer.int(7)),
  "a closing without its fields": push(PUSHES["closing"]!.number, (writer) => writer.array(0)),
  "an error that is none": push(frame.ERROR, (writer) => writer.array(0)),
};
const NOT_ROWS: Record<string, Uint8Array> = {
  "rows that are a number": changedOf(1, WALLET, Uint8Array.from([7])),
  "a row that is a number": changedOf(1, WALLET, Uint8Array.from([0x91, 7])),
  "a row without its key": changedOf(1, WALLET, Uint8Array.from([0x91, 0x92, 9, 0xc2])),
  "a good row before a bad one": changedOf(1, WALLET, Uint8Array.from([
    0x92, ...frame.rowsBytes("wallet", [wallet(9n, 1n)]).subarray(1), 0x92, 9, 0xc2])),
  "an audience of zero": changedOf(0, WALLET, Uint8Array.from([0x90])),
};

test("what is not understood closes the client, says so, and changes nothing", async () => {
  for (const [what, bytes] of Object.entries({ ...NOT_FRAMES, ...NOT_ROWS })) {
    const { game, server, clock } = await met();
    const call = codeOf(game.openPack("vernal", 1));
    server.socket.say(bytes);
    await clock.advance(600 * SECOND);
    assert.deepEqual([game.state, game.reason?.code, game.reason?.canRetry], ["closed", "not_understood", false], what);
    assert.equal(await call, "closed true", what);
    assert.equal(game.wallet.free, 100n, what);
    assert.equal(server.sockets.length, 1, what);
  }
});

test("the same before sign-in, and to who looks at the shop", async () => {
  for (const [what, bytes] of Object.entries(NOT_FRAMES))
    for (const polite of [[], ["hello"], ["hello", "sign_in"]]) {
      const { game, server, clock } = meet();
      server.polite = polite;
      const connected = codeOf(game.connect());
      await settled();
      server.socket.say(bytes);
      await clock.advance(SECOND);
      assert.equal(await connected, "not_understood false", `${what}, ${polite.length}`);
      const shop = codeOf(browse("memory:", { transport: server, clock }));
      await settled();
      server.socket.say(bytes);
      assert.equal(await shop, "not_understood false", what);
    }
});

test("what is not known, not asked for or not due is skipped", async () => {
  const { game, server, clock } = await met();
  server.polite = ["hello"]; /* now it keeps its answers */
  const calls = Array.from({ length: 70 }, () => codeOf(game.openPack("vernal", 1))); /* more than are sent at once */
  await settled();
  const asked = server.socket.asked.get("open_pack")!;
  const nobody = { code: 100, name: "pack_unknown", retry: "never", retryAfterMs: 0, detail: null };
  const raised: bigint[] = [];
  game.wallet.changed.on(() => raised.push(game.wallet.free));
  server.socket.say(
    push(9999, (writer) => writer.append(DEEP.subarray(80))),
    changedOf(1, 9999, Uint8Array.from([7])),
    changedOf(3, WALLET, frame.rowsBytes("wallet", [wallet(9n, 1n)])),
    frame.push("error", nobody), frame.push("error", nobody, 4_000_000_000),
    frame.reply(4_000_000_000, "ping", { time: 0 }, null),
    frame.reply(asked, "ping", { time: 0 }, null), /* for something else */
    frame.push("hello", { ...HELLO, oldestClient: 99 }), /* it said so before */
    changed("own", 6n, [wallet(4n, 1n)]), /* older than what is known */
    changed("own", 6n, [wallet(5n, 100n)]), /* a copy */
  );
  await settled();
  assert.equal(game.state, "live");
  assert.deepEqual([game.wallet.free, raised], [100n, []]);
  assert.equal(server.sockets.length, 1);
  await clock.advance(31 * SECOND);
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["timeout true"]), "no call was settled by any of it");
});

test("rows and marks before follow is answered say nothing", async () => {
  const { game, server, clock } = await met();
  server.polite = ["hello", "sign_in"];
  server.socket.end(1006);
  await clock.advance(SECOND);
  server.socket.say(frame.push("tick", { time: 0, ownMark: 90n, publicMark: 90n }), changed("own", 91n, [wallet(91n, 1n)]));
  await settled();
  assert.deepEqual([game.state, game.wallet.free], ["stale", 100n]);
  let resumed: unknown = null;
  server.socket.end(1006);
  const open = server.open.bind(server);
  server.open = (url, events) => {
    const socket = open(url, events);
    return { ...socket, close: () => socket.close(), send: (bytes) => {
      const message = frame.messagesOf(bytes)[0]!;
      if (message.type === REQUESTS["follow"]!.number) resumed = frame.payloadOf("message_follow", message.payload);
      socket.send(bytes);
    } };
  };
  await clock.advance(5 * SECOND);
  assert.deepEqual(resumed, { epoch: EPOCH, generation: 1n, own: 5n, public: 5n });
});

test("limits beyond sense are brought back to sense", async () => {
  for (const [tickEveryMs, inFlightMax] of [[0, 0], [0xffffffff, 0xffffffff], [1, 1]] as const) {
    const { game, server, clock } = meet();
    server.hello = { ...HELLO, limits: { ...HELLO.limits, tickEveryMs, inFlightMax } };
    const connected = codeOf(game.connect());
    await clock.advance(SECOND);
    assert.equal(await connected, "fine");
    const call = codeOf(game.openPack("vernal", 1));
    await settled();
    assert.ok(server.heard.includes("open_pack"));
    await clock.advance(2 * SECOND);
    assert.equal(server.sockets.length, 1, `a tick each ${tickEveryMs} ms`);
    game.close();
    assert.equal(await call, "closed true");
  }
});

test("who asks for patience without end gets an hour of it, and a call no more than its own", async () => {
  const { game, server, clock } = await met();
  const call = codeOf(game.openPack("vernal", 1));
  await settled();
  const id = server.socket.asked.get("open_pack")!;
  server.socket.say(frame.push("error", { code: 41, name: "overloaded", retry: "later", retryAfterMs: 0xffffffff, detail: null }, id));
  await settled();
  assert.equal(await call, "overloaded true");
  server.socket.say(frame.push("closing", { code: 1001, advice: "later", retryAfterMs: 0xffffffff }));
  await settled();
  server.socket.end(1001);
  await clock.advance(3599 * SECOND);
  assert.deepEqual([game.state, game.reason?.code, server.sockets.length], ["stale", "going_away", 1]);
  await clock.advance(3600 * SECOND);
  assert.equal(game.state, "live");
});

test("every close code is obeyed, and any other is a lost connection", async () => {
  for (const code of [1000, 1005, 1006, 1008, 1011, 1012, 1015, 3000, 4011, 4999, ...Object.keys(CLOSES).map(Number)]) {
    const { game, server, clock, fresh } = await met();
    const known = CLOSES[code] ?? { name: "lost", advice: "at_once" };
    server.socket.end(code);
    await settled();
    assert.equal(game.reason?.code, known.name, String(code));
    assert.equal(game.state, known.advice === "never" ? "closed" : "stale", String(code));
    await clock.advance(20 * SECOND);
    assert.equal(game.state, known.advice === "never" ? "closed" : "live", String(code));
    assert.deepEqual(fresh, known.advice === "never" ? [false] : [false, known.advice === "sign_in" || known.name === "roles_changed"], String(code));
  }
});

test("a server that ticks and does nothing else is given up, again and again", async () => {
  for (const polite of [[], ["hello"], ["hello", "sign_in"]]) {
    const { game, server, clock } = meet();
    server.polite = polite;
    const connected = codeOf(game.connect());
    for (let second = 0; second < 31; second++) {
      server.socket.say(frame.push("tick", { time: 0, ownMark: 1n, publicMark: 1n }));
      await clock.advance(SECOND);
    }
    assert.equal(await connected, "timeout true", polite.join());
    assert.equal(server.sockets.length, 2, polite.join());
  }
});

test("a provider may throw and give what it likes", async () => {
  const provide = (credentials: () => unknown): Auth => ({ credentials }) as unknown as Auth;
  const wrong: [Auth, string][] = [
    [provide(() => { throw new TypeError("a fault in the game"); }), "login_failed false"],
    [provide(() => Promise.reject(new TypeError("a fault in the game"))), "login_failed false"],
    [provide(() => undefined), "login_failed false"],
    [provide(() => ({ token: 7 })), "login_failed false"],
    [provide(() => ({ token: "x".repeat(100_000) })), "field_out_of_range false"],
    [provide(() => Promise.reject(new GachaponError("login_needed", false))), "login_needed false"],
  ];
  for (const [auth, code] of wrong) {
    const { game, clock } = meet(auth);
    const connected = codeOf(game.connect());
    await clock.advance(SECOND);
    assert.equal(await connected, code);
    assert.equal(game.state, "closed");
  }
});

test("who types for long is not asked twice, whatever the server's patience", async () => {
  let give: (token: string) => void = () => undefined;
  const asked: boolean[] = [];
  const { game, server, clock } = meet({
    credentials: ({ fresh }) => {
      asked.push(fresh);
      return new Promise((resolve) => (give = (token) => resolve({ token })));
    },
  });
  const connected = codeOf(game.connect());
  for (let i = 0; i < 8; i++) {
    await clock.advance(15 * SECOND);
    server.socket.end(4004); /* no sign-in within the time allowed */
  }
  await clock.advance(60 * SECOND);
  give("good");
  await clock.advance(100);
  assert.equal(await connected, "fine");
  assert.deepEqual(asked, [false]);
});

test("a new player whom the provider wants to see is told so at once", async () => {
  const form = { email: "mira@example.org", password: "correct horse 7", displayName: "Mira" };
  const { game, server, clock } = meet({ registers: true, credentials: () => Promise.resolve({ register: form, commandId: EPOCH }) });
  const connected = game.connect().catch((error: unknown) => error as GachaponError);
  await settled();
  const refusal = { code: 72, name: "account_incomplete", retry: "sign_in", retryAfterMs: 0, detail: "verify_email" };
  server.socket.say(frame.push("error", refusal, server.socket.asked.get("register")!));
  await clock.advance(SECOND);
  const error = await connected;
  assert.ok(error instanceof GachaponError);
  assert.deepEqual([error.code, error.detail, server.sockets.length], ["account_incomplete", "verify_email", 1]);
});

test("a warning that is repeated fetches one token at a time", async () => {
  let asked = 0;
  const { game, server, clock } = meet({
    credentials: () => Promise.resolve({ token: "good" }),
  });
  await game.connect();
  server.socket.say(frame.push("expiring", { expiresAt: 0 }));
  (game as unknown as { auth: Auth }).auth.credentials = () => {
    asked++;
    return new Promise(() => undefined);
  };
  for (let i = 0; i < 100; i++) server.socket.say(frame.push("expiring", { expiresAt: 0 }));
  await clock.advance(SECOND);
  assert.equal(asked, 1);
});

test("rows that cannot be read fail their query, and no more", async () => {
  const { game, server } = await met();
  const page = codeOf(game.listStocks());
  await settled();
  server.socket.say(frame.reply(server.socket.asked.get("list_stocks")!, "list_stocks", { rows: Uint8Array.from([7]), next: null }, null));
  assert.equal(await page, "field_wrong_type false");
  assert.equal(game.state, "live");
  const clock = new FakeClock();
  const shop = codeOf(browse("memory:", { transport: server, clock }));
  await settled();
  server.socket.say(frame.reply(server.socket.asked.get("list_packs")!, "list_packs", { rows: Uint8Array.from([7]), next: null }, null));
  assert.equal(await shop, "field_wrong_type false");
});

test("a network that comes back is asked for a word", async () => {
  const heard: Record<string, () => void> = {};
  const world = globalThis as unknown as Record<string, unknown>;
  world["addEventListener"] = (name: string, listener: () => void) => (heard[name] = listener);
  world["removeEventListener"] = (name: string) => delete heard[name];
  try {
    const { game, server, clock } = await met();
    server.polite = [...server.polite, "ping"];
    heard["online"]!();
    await clock.advance(5 * SECOND);
    assert.deepEqual([game.state, server.sockets.length], ["live", 1]);
    server.polite = server.polite.filter((name) => name !== "ping");
    heard["online"]!();
    await clock.advance(5 * SECOND);
    assert.deepEqual([game.state, server.sockets.length], ["live", 2]);
    game.close();
    assert.deepEqual(heard, {});
  } finally {
    delete world["addEventListener"];
    delete world["removeEventListener"];
  }
});

test("ten thousand rows in any order, some twice, cut off on the way: the newest of each stays, told once", async () => {
  const { game, server, clock } = await met();
  const rows = Array.from({ length: 10_000 }, (_, i): frame.Row => ({
    position: BigInt(10 + ((i * 7919) % 10_000)), deleted: i % 10 === 0,
    values: { player: PLAYER, item: `item-${i % 2500}`, count: i },
  }));
  const newest = new Map<unknown, frame.Row>();
  for (const row of rows) {
    const known = newest.get(row.values["item"]);
    if (known === undefined || known.position <= row.position) newest.set(row.values["item"], row);
  }
  let told = 0;
  game.inventory.changed.on(() => told++);
  for (let at = 0; at < 5000; at += 500) server.socket.say(changed("own", 0n, rows.slice(at, at + 500), "item"));
  await settled();
  server.socket.end(1006);
  await clock.advance(SECOND);
  assert.equal(game.inventory.items.size, 0, "what was cut off is nothing");
  for (let at = 9500; at >= 0; at -= 500) server.socket.say(changed("own", at === 0 ? 20_000n : 0n, rows.slice(at, at + 500), "item"));
  server.socket.say(changed("own", 20_000n, rows.slice(0, 500), "item"));
  for (let i = 0; i < 10; i++) await settled();
  const wanted = [...newest.values()].filter((row) => !row.deleted).map((row) => [row.values["item"], row.values["count"]]).sort();
  assert.deepEqual([...game.inventory.items].map(({ item, count }) => [item, count]).sort(), wanted);
  assert.equal(told, 1);
});

test("wherever the line dies, a command has one effect and the replicas end equal", async () => {
  for (let frames = 0; frames < 12; frames++) {
    const { game, server, clock } = stage();
    let left = frames;
    const open = server.transport.open.bind(server.transport);
    server.transport.open = (url, events) =>
      open(url, { ...events, message: (bytes) => (left-- === 0 ? server.cut() : events.message(bytes)) });
    const connected = game.connect();
    const call = (async () => {
      await connected;
      return game.openPack("vernal", 1);
    })();
    await clock.advance(20 * SECOND);
    assert.equal((await call).free, 90n, `cut at frame ${frames}`);
    assert.equal(game.wallet.free, 90n);
    assert.equal(game.state, "live");
  }
});

test("connecting and closing in any order is safe, and says the same each time", async () => {
  const { game, server, clock } = await live();
  await game.connect(); /* it is live already */
  server.cut();
  await settled();
  let back = false;
  const again = game.connect().then(() => (back = true)); /* stale: resolves when it is live again */
  await settled();
  assert.equal(back, false);
  await clock.advance(SECOND);
  await again;
  game.close();
  game.close();
  assert.equal(game.reason?.code, "closed");
  assert.equal(await codeOf(game.openPack("vernal", 1)), "closed true");
  await Promise.all([game.connect(), game.connect()]);
  assert.equal(server.connections.size, 1);
  const mine = new GachaponClient("memory:", new MemoryServer().auth, { transport: server.transport, clock });
  mine.close(); /* before it was ever connected */
  assert.deepEqual([mine.state, mine.reason], ["closed", null]);
});
