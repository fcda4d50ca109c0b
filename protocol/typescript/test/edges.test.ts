/* What lies at the edges: listeners that close and connect, cuts at the worst moment, addresses that are none, stores that
 * fail, clocks that are set, and the shop before sign-in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { GachaponClient, GachaponError, browse, registration, systemClock, webSocketTransport, type OddsRow, type PackRow, type TokenSet } from "../dist/index.js";
import { messagesOf } from "../dist/frame.js";
import { PUSHES } from "../dist/gen/schema.js";
import { Keeper } from "../dist/oidc.js";
import { FakeClock, MemoryServer, settled } from "../dist/testing.js";
import { SECOND, codeOf, live, stage, uncaught } from "./stage.js";

test("rows of another epoch that are cut off on their way are asked for whole again", async () => {
  const { game, server, clock } = await live();
  server.publish("item", { player: server.player, item: "ticket", count: 2 });
  await settled();
  server.epoch = "01980000-0000-7000-8000-000000000002";
  server.publish("item", { player: server.player, item: "ticket", count: 2 }, true);
  let cuts = 1;
  const open = server.transport.open.bind(server.transport);
  server.transport.open = (url, events) =>
    open(url, {
      ...events,
      message(bytes) {
        if (messagesOf(bytes)[0]!.type === PUSHES["changed"]!.number && cuts-- > 0) server.cut();
        else if (cuts !== 0 || server.connections.size > 0) events.message(bytes);
      },
    });
  server.cut();
  await clock.advance(5 * SECOND);
  assert.equal(game.state, "live");
  assert.deepEqual(server.followedFrom, { own: 0n, public: 0n });
  assert.equal(game.inventory.items.size, 0, "what the other epoch does not have is gone");
  assert.equal(game.wallet.free, 100n);
});

for (const when of ["connecting", "live", "stale"])
  test(`a listener that closes the client when it is ${when} has closed it`, async () => {
    const { game, server, clock, states } = stage();
    game.stateChanged.on(({ state }) => void (state === when && game.close()));
    const connected = codeOf(game.connect());
    await clock.advance(SECOND);
    server.cut();
    await clock.advance(120 * SECOND);
    assert.equal(game.state, "closed");
    assert.equal(states.at(-1), "closed closed");
    assert.equal(server.connections.size, 0, "no line is left, and none is made");
    assert.ok(["fine", "closed true"].includes(await connected));
  });

test("a listener that connects again when the client was closed plays on", async () => {
  const { game, server, clock } = await live();
  let call: Promise<string> | null = null;
  game.stateChanged.on(({ state }) => {
    if (state !== "closed" || call !== null) return;
    void game.connect();
    call = codeOf(game.openPack("vernal", 1));
  });
  const before = codeOf(game.openPack("vernal", 1));
  game.close();
  await clock.advance(SECOND);
  assert.equal(await before, "closed true");
  assert.equal(await call, "fine");
  assert.equal(server.connections.size, 1);
});

test("closing while the provider is still asked leaves nothing behind", async () => {
  let give: (token: string) => void = () => undefined;
  const { game, server, clock } = stage(() => ({ credentials: () => new Promise((resolve) => (give = (token) => resolve({ token }))) }));
  const connected = codeOf(game.connect());
  await settled();
  game.close();
  give("good");
  await clock.advance(60 * SECOND);
  assert.equal(await connected, "closed true");
  assert.equal(game.state, "closed");
  assert.deepEqual([...server.heard], []);
  assert.equal(server.connections.size, 0);
});

test("a player who types for longer than a line may wait is asked once", async () => {
  let asked = 0;
  let give: (token: string) => void = () => undefined;
  const { game, server, clock } = stage(() => ({
    credentials: () => {
      asked++;
      return new Promise((resolve) => (give = (token) => resolve({ token })));
    },
  }));
  const connected = codeOf(game.connect());
  for (let i = 0; i < 5; i++) {
    await clock.advance(15 * SECOND);
    server.cut(); /* as the server does with who does not sign in */
  }
  await clock.advance(10);
  give("good"); /* no line is there */
  await clock.advance(30 * SECOND);
  assert.equal(await connected, "fine", "typing is not counted");
  assert.equal(asked, 1);
  server.cut();
  await clock.advance(30 * SECOND);
  assert.equal(asked, 2, "the next visit is another question");
});

test("connect says after a while that nobody is there", async () => {
  const { game, server, clock } = stage();
  server.transport.open = (_url, events) => {
    queueMicrotask(() => events.closed(1006, ""));
    return { send: () => undefined, close: () => undefined };
  };
  const connected = game.connect().catch((error: unknown) => error as GachaponError);
  await clock.advance(31 * SECOND);
  const error = await connected;
  assert.ok(error instanceof GachaponError);
  assert.equal(`${error.code} ${error.canRetry}`, "timeout true");
  assert.match(error.detail, /memory:/);
});

test("an address that is none is said at once, and one that the platform does not open ends", async () => {
  for (const url of ["nonsense", "", "http://127.0.0.1:8480", "https://play.example.org"]) {
    assert.throws(() => new GachaponClient(url, new MemoryServer().auth), { name: "GachaponError", code: "address_invalid" }, url);
    assert.equal(await codeOf(browse(url)), "address_invalid false");
  }
  const code = await new Promise((closed) => webSocketTransport.open("ftp://127.0.0.1/", { message: () => undefined, closed }));
  assert.equal(code, 1006);
});

test("a form's wrong field is named by its error", async () => {
  const { game } = stage(() => registration({ email: "mira@example.org", password: "correct horse 7", displayName: "x".repeat(99) }));
  assert.equal(await codeOf(game.connect()), "field_out_of_range false");
});

test("a token store that fails costs no sign-in", async () => {
  const store = {
    load: () => null,
    save: () => {
      throw new Error("no room");
    },
  };
  const thrown = await uncaught(async () => {
    const { game } = await live(() => registration({ email: "mira@example.org", password: "correct horse 7", displayName: "Mira" }, store));
    assert.equal(game.state, "live");
  });
  assert.deepEqual(thrown, ["Error: no room"]);
});

test("a refresh that ends after other tokens came does not touch them", async () => {
  const own = globalThis.fetch;
  const set = (accessToken: string): TokenSet => ({ clientId: "c", accessToken, refreshToken: "r", expiresAt: 0 });
  for (const refused of [true, false]) {
    let answer: () => void = () => undefined;
    globalThis.fetch = ((url: string) => {
      const known = JSON.stringify({ token_endpoint: `${url}/token`, authorization_endpoint: url });
      if (String(url).includes("well-known")) return Promise.resolve(new Response(known));
      const said = refused ? new Response('{"error":"invalid_grant"}', { status: 400 }) : new Response('{"access_token":"late"}');
      return new Promise((resolve) => (answer = () => resolve(said)));
    }) as typeof fetch;
    const keeper = new Keeper();
    keeper.keep(set("old"));
    const asked = keeper.access({ issuer: `http://issuer-${refused}`, clientId: "c", fresh: false });
    while (answer.name !== "answer") await new Promise((resolve) => setImmediate(resolve));
    keeper.keep(set("claimed"));
    answer();
    assert.equal(await asked, "claimed", `refused: ${refused}`);
    assert.equal(keeper.isEmpty, false);
  }
  globalThis.fetch = own;
});

test("signing out forgets the tokens and ends their session, also in the middle of a refresh", async () => {
  const own = globalThis.fetch;
  const said: string[] = [];
  let answer: (response: Response) => void = () => undefined;
  globalThis.fetch = ((url: string, init?: { body?: URLSearchParams }) => {
    if (url.includes("well-known"))
      return Promise.resolve(new Response(JSON.stringify({ token_endpoint: "http://id/token", end_session_endpoint: "http://id/end" })));
    said.push(`${url} ${String(init?.body)}`);
    return url.endsWith("/end") ? Promise.resolve(new Response(null, { status: 204 })) : new Promise((resolve) => (answer = resolve));
  }) as typeof fetch;
  const kept: unknown[] = [];
  const keeper = new Keeper({ load: () => null, save: (tokens) => void kept.push(tokens) });
  const login = { issuer: "http://id", clientId: "c", fresh: false };
  keeper.keep({ clientId: "c", accessToken: "a", refreshToken: "r", expiresAt: 0 });
  const refreshed = keeper.access(login);
  while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await keeper.signOut(login);
  answer(new Response('{"access_token":"late"}'));
  assert.equal(await refreshed, null);
  assert.deepEqual([keeper.isEmpty, kept.at(-1), said[1]], [true, null, "http://id/end client_id=c&refresh_token=r"]);
  globalThis.fetch = own;
});

test("the clock of the machine may be set", () => {
  const own = Date.now;
  const before = systemClock.now();
  Date.now = () => 0;
  const after = systemClock.now();
  Date.now = own;
  assert.ok(after >= before && Math.abs(after - own()) < 60_000);
});

const PACK: PackRow = {
  pack: "vernal", version: 1, name: "Vernal", status: "on_sale", price: 10n, tenPrice: 100n, pityGroup: "standard", hardPity: 0,
  pityRarity: "epic", item: null, limited: true,
};

const ODDS: OddsRow = {
  pack: "vernal", character: "pip", rarity: "common", numerator: 1n, denominator: 1n, version: 1, rarityWeight: 1, weight: 1,
};

function shelves(): MemoryServer {
  const server = new MemoryServer();
  server.publish("pack", PACK);
  server.publish("odds", ODDS);
  server.publish("stock", { pack: "vernal", limited: true, remaining: 7n });
  server.publish("character_info", { character: "pip", name: "Pip", rarity: "common", description: "" });
  return server;
}

test("the shop can be seen without signing in", async () => {
  const server = shelves();
  const shop = await browse("memory:", { transport: server.transport, clock: new FakeClock() });
  assert.deepEqual([...shop.packs].map(({ pack }) => pack), ["vernal"]);
  assert.equal(shop.packs.odds("vernal")[0]?.character, "pip");
  assert.equal(shop.packs.stock("vernal"), 7n);
  assert.equal(shop.catalogue.characters.get("pip")?.name, "Pip");
  assert.equal(shop.catalogue.items.size, 0);
  assert.ok(server.heard.every((name) => name.startsWith("list_")));
  await settled();
  assert.equal(server.connections.size, 0);
});

test("a shop that cannot be reached, or does not answer, is an error", async () => {
  const [server, clock] = [shelves(), new FakeClock()];
  const cut = codeOf(browse("memory:", { transport: server.transport, clock }));
  server.cut();
  assert.equal(await cut, "lost true");
  const silent = { open: () => ({ send: () => undefined, close: () => undefined }) };
  const waited = codeOf(browse("memory:", { transport: silent, clock }));
  await clock.advance(10 * SECOND);
  assert.equal(await waited, "timeout true");
});
