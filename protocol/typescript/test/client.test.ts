/* The client on a server and a clock in memory: calls and their answers, lost connections, replicas, tokens. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { GachaponError, accessToken, guest, type GuestAccount } from "../dist/index.js";
import { refuse, settled } from "../dist/testing.js";
import { SECOND, codeOf, live, opened, stage, uncaught } from "./stage.js";

test("connects, opens a pack, and the replicas are up to date when the call returns", async () => {
  const { game, states, server } = await live();
  assert.equal(game.state, "live");
  assert.equal(game.wallet.free, 100n);
  const seen: bigint[] = [];
  game.inventory.changed.on(() => seen.push(game.wallet.free)); /* the views are in step */
  const reply = await game.openPack("vernal", 10);
  assert.deepEqual(reply.pulls, [{ character: "pip", rarity: "common", copies: 1 }]);
  assert.equal(reply.free, 90n);
  assert.equal(game.wallet.free, 90n);
  assert.equal(game.inventory.characters.get("pip")?.copies, 1);
  assert.equal(reply.position, server.position);
  assert.deepEqual(seen, [90n]);
  game.close();
  assert.deepEqual(states, ["connecting", "live", "closed closed"]);
});

test("a rejection is a GachaponError with its name", async () => {
  const { game, server } = await live();
  server.handle("open_pack", () => {
    throw refuse("wallet_insufficient", "10 more");
  });
  const error = await game.openPack("vernal", 1).catch((caught: unknown) => caught);
  assert.ok(error instanceof GachaponError);
  assert.deepEqual([error.code, error.canRetry, error.detail], ["wallet_insufficient", false, "10 more"]);
  assert.match(error.commandId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

for (const lose of ["request", "answer"] as const)
  test(`a command whose ${lose} is lost takes effect once`, async () => {
    const { game, server, clock } = await live();
    server.lose = lose;
    const call = game.openPack("vernal", 1);
    await clock.advance(5 * SECOND);
    assert.equal((await call).free, 90n);
    assert.equal(game.wallet.free, 90n);
    assert.equal(server.heard.filter((name) => name === "open_pack").length, 2);
  });

test("calls made while the connection is away go out in their order", async () => {
  const { game, server, clock, states } = await live();
  server.cut();
  await settled();
  assert.equal(game.state, "stale");
  const calls = [1, 2, 3].map((count) => game.openPack("vernal", count));
  await clock.advance(SECOND);
  assert.deepEqual((await Promise.all(calls)).map((reply) => reply.free), [90n, 80n, 70n]);
  assert.deepEqual(states, ["connecting", "live", "stale", "live"]);
});

test("an answer that says later is followed", async () => {
  const { game, server, clock } = await live();
  let refusals = 3;
  server.handle("open_pack", () => {
    if (refusals-- > 0) throw refuse("overloaded", "", 500);
    return opened(server, 1n);
  });
  const call = game.openPack("vernal", 1);
  await clock.advance(400);
  assert.equal(refusals, 2);
  await clock.advance(30 * SECOND);
  assert.equal((await call).free, 1n);
});

test("a server that never recovers is told to the caller in the end", async () => {
  const { game, server, clock } = await live();
  server.handle("open_pack", () => {
    throw refuse("store_unavailable", "", 1000);
  });
  const code = codeOf(game.openPack("vernal", 1));
  await clock.advance(120 * SECOND);
  assert.equal(await code, "store_unavailable true");
});

test("a caller's patience has an end, and the id stays usable", async () => {
  const { game, server, clock } = await live();
  server.cut();
  const call = game.openPack("vernal", 1, { timeoutMs: 0 }).catch((error: unknown) => error);
  await clock.advance(0);
  const error = (await call) as GachaponError;
  assert.deepEqual([error.code, error.canRetry], ["timeout", true]);
  await clock.advance(SECOND);
  const again = await game.openPack("vernal", 1, { commandId: error.commandId! });
  assert.equal(again.free, 90n);
});

test("coming back asks only for what is newer; a changed fires once, with everything", async () => {
  const { game, server, clock } = await live();
  const told: number[] = [];
  game.inventory.changed.on((changes) => told.push(changes.length));
  server.cut();
  await settled();
  server.publish("item", { player: server.player, item: "ticket", count: 2 });
  server.publish("character", { player: server.player, character: "wren", rarity: "rare", copies: 1 });
  await clock.advance(SECOND);
  assert.deepEqual(server.followedFrom, { own: 1n, public: 1n });
  assert.deepEqual(told, [2]);
  assert.equal(game.wallet.free, 100n);
  assert.equal(game.inventory.items.get("ticket")?.count, 2);
});

test("another epoch replaces the replica: what is gone there is gone here", async () => {
  const { game, server, clock } = await live();
  server.publish("item", { player: server.player, item: "ticket", count: 2 });
  await settled();
  server.epoch = "01980000-0000-7000-8000-000000000002";
  server.publish("item", { player: server.player, item: "ticket", count: 2 }, true);
  server.cut();
  await clock.advance(SECOND);
  assert.equal(game.inventory.items.size, 0);
  assert.equal(game.wallet.free, 100n);
});

test("rows are held back until their mark, and then told at once", async () => {
  const { game, server } = await live();
  const [connection] = server.connections;
  const row = (position: bigint, free: bigint) => ({ position, deleted: false, values: { player: server.player, free, paid: 0n } });
  connection!.changed("own", 0n, [{ view: "wallet", rows: [row(50n, 7n)] }]);
  await settled();
  assert.equal(game.wallet.free, 100n);
  connection!.changed("own", 51n, [{ view: "wallet", rows: [row(49n, 8n)] }]); /* older: the newest position wins */
  await settled();
  assert.equal(game.wallet.free, 7n);
});

test("a strong command waits for rows that are held back", async () => {
  const { game, server } = await live();
  const [connection] = server.connections;
  server.handle("open_pack", () => {
    const values = { player: server.player, free: 55n, paid: 0n };
    connection!.changed("own", 0n, [{ view: "wallet", rows: [{ position: 90n, deleted: false, values }] }]);
    return opened(server, 55n);
  });
  let returned = false;
  const call = game.openPack("vernal", 1).then(() => (returned = true));
  await settled();
  assert.equal(returned, false);
  connection!.changed("own", 91n, []);
  await call;
  assert.equal(game.wallet.free, 55n);
});

test("a line that goes silent is given up", async () => {
  const { game, server, clock, states } = await live();
  await clock.advance(3 * server.tickEveryMs);
  assert.equal(game.state, "live"); /* again */
  assert.deepEqual(states, ["connecting", "live", "stale", "live"]);
  const heard = server.heard.filter((name) => name === "follow").length;
  for (let i = 0; i < 10; i++) {
    for (const connection of server.connections) connection.push("tick", { time: 0, ownMark: 1n, publicMark: 1n });
    await clock.advance(server.tickEveryMs / 2);
  }
  assert.equal(server.heard.filter((name) => name === "follow").length, heard);
});

test("close codes are obeyed: never, later, at once", async () => {
  const { game, server, clock, states } = await live();
  await clock.advance(2 * SECOND);
  server.closeAll(4006); /* later: 5 s */
  await clock.advance(4900);
  assert.equal(game.state, "stale");
  await clock.advance(3 * SECOND);
  assert.equal(game.state, "live");
  await clock.advance(2 * SECOND);
  server.closeAll(4005); /* at once */
  await clock.advance(200);
  assert.equal(game.state, "live");
  const waiting = codeOf(game.openPack("vernal", 1));
  server.closeAll(4000); /* never */
  await clock.advance(SECOND);
  assert.equal(game.state, "closed");
  assert.equal(game.reason?.code, "hostile");
  assert.equal(states.at(-1), "closed hostile");
  assert.ok(["fine", "closed true"].includes(await waiting));
  assert.equal(await codeOf(game.openPack("vernal", 1)), "closed true");
});

test("a server that is away is asked less and less often", async () => {
  const { server, clock, game } = await live();
  let opens = 0;
  const open = server.transport.open.bind(server.transport);
  server.transport.open = (url, events) => {
    opens++;
    const socket = open(url, events);
    server.cut();
    return socket;
  };
  server.cut();
  await clock.advance(600 * SECOND);
  assert.ok(opens > 20 && opens < 45, `${opens} tries in ten minutes`);
  assert.equal(game.state, "stale");
});

test("a token that no longer serves is replaced, and the call goes out after that", async () => {
  const given: boolean[] = [];
  const { game, server, clock } = await live((made) => {
    made.tokens = new Set(["first", "second"]);
    return accessToken(({ fresh }) => {
      given.push(fresh);
      return fresh ? "second" : "first";
    });
  });
  server.tokens!.delete("first");
  let refused = false;
  server.handle("open_pack", () => {
    if (!refused && (refused = true)) throw refuse("signed_out");
    return opened(server, 3n);
  });
  const call = game.openPack("vernal", 1);
  await clock.advance(SECOND);
  assert.equal((await call).free, 3n);
  assert.deepEqual(given, [false, true]);
});

test("tokens that are refused again and again close the client", async () => {
  const { game, clock } = stage((server) => {
    server.tokens = new Set();
    return accessToken(() => "bad");
  });
  const code = codeOf(game.connect());
  await clock.advance(60 * SECOND);
  assert.equal(await code, "token_expired true");
  assert.equal(game.state, "closed");
});

test("a provider that says no closes the client; one that cannot be reached does not", async () => {
  let answers = [new GachaponError("login_unavailable", true), new GachaponError("login_failed", false, "wrong password")];
  const { game, clock } = stage(() => accessToken(() => Promise.reject(answers.shift()!)));
  const code = codeOf(game.connect());
  await clock.advance(10 * SECOND);
  assert.equal(await code, "login_failed false");
  answers = [];
});

test("the token is refreshed over the open socket when the server warns", async () => {
  const { game, server, clock } = await live();
  const [connection] = server.connections;
  connection!.push("expiring", { expiresAt: 0 });
  await clock.advance(10);
  assert.deepEqual(server.heard.filter((name) => name === "refresh"), ["refresh"]);
  assert.equal(game.state, "live");
});

test("queries give pages, and are asked again after a lost connection", async () => {
  const { game, server, clock } = await live();
  server.publish("stock", { pack: "vernal", limited: true, remaining: 9n });
  server.cut();
  const page = game.listStocks();
  await clock.advance(SECOND);
  assert.deepEqual((await page).rows, [{ pack: "vernal", limited: true, remaining: 9n }]);
  assert.equal(game.packs.stock("vernal"), 9n);
  const all = [];
  for await (const row of game.all("stock")) all.push(row.pack);
  assert.deepEqual(all, ["vernal"]);
});

test("no more calls are unanswered than the server takes", async () => {
  const { game, server, clock } = await live();
  let most = 0;
  const calls = Array.from({ length: 300 }, () => game.openPack("vernal", 1));
  server.handle("open_pack", () => {
    most = Math.max(most, server.heard.filter((name) => name === "open_pack").length);
    return opened(server, 0n);
  });
  await clock.advance(SECOND);
  assert.equal((await Promise.all(calls)).length, 300);
  const over = Array.from({ length: 1100 }, () => codeOf(game.openPack("vernal", 1)));
  assert.equal((await Promise.all(over)).filter((code) => code === "not_sent true").length, 1100 - 1024);
});

test("a listener that throws disturbs nobody", async () => {
  const thrown = await uncaught(async () => {
    const { game } = await live();
    game.wallet.changed.on(() => {
      throw new Error("a fault in the game");
    });
    assert.equal((await game.openPack("vernal", 1)).free, 90n);
    assert.equal(game.wallet.free, 90n);
  });
  assert.deepEqual(thrown, ["Error: a fault in the game"]);
});

test("a wrong field is named before anything is sent", async () => {
  const { game, server } = await live();
  const before = server.heard.length;
  assert.equal(await codeOf(game.openPack("Not A Key", 1)), "field_out_of_range false");
  assert.equal(server.heard.length, before);
});

test("another player's rows do not stay", async () => {
  const { game, server, clock } = await live();
  assert.equal(game.wallet.free, 100n);
  (server as { player: string }).player = "01980000-0000-7000-8000-00000000ffff";
  server.epoch = "01980000-0000-7000-8000-000000000009";
  server.cut();
  await clock.advance(SECOND);
  assert.equal(game.player, server.player);
  assert.equal(game.wallet.free, 0n);
});

test("a guest keeps its secret and its id before it is used, and its name after; claimed, there is nothing left to keep", async () => {
  const kept: (GuestAccount | null)[] = [];
  let account: GuestAccount | null = null;
  const store = { load: () => account, save: (made: GuestAccount | null) => void kept.push((account = made)) };
  const { game, server, clock } = stage(() => guest(store, "Nim"));
  assert.equal(kept.length, 1);
  assert.ok(kept[0]!.secret.length >= 32 && kept[0]!.userName === null);
  await game.connect();
  assert.deepEqual(kept[1], { ...kept[0]!, userName: "guest-1" });
  server.cut();
  await clock.advance(SECOND);
  assert.deepEqual(server.heard.filter((name) => name !== "follow"), ["play_as_guest", "sign_in"]);
  await game.claimAccount("nim@example.test", "correct horse 7");
  assert.equal(kept.at(-1), null);
});
