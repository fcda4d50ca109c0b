/* The client against the real server and Keycloak. tests/integration/test_61_typescript.py starts them, says where they
 * are in the environment, and runs this file with node's test runner. GACHAPON_URL leads through a proxy; a POST to CUT
 * resets every connection that goes through it. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { GachaponClient, GachaponError, guest, passwordLogin, registration, type ClientOptions, type GuestAccount } from "../dist/index.js";

const url = process.env["GACHAPON_URL"]!;
const password = "correct-horse-battery";
const options: ClientOptions = { backoff: { firstMs: 20, maxMs: 100 } };

function newcomer(displayName: string): { game: GachaponClient; email: string } {
  const email = `${randomUUID()}@example.test`;
  return { game: new GachaponClient(url, registration({ email, password, displayName }), options), email };
}

function again(email: string): GachaponClient {
  return new GachaponClient(url, passwordLogin({ username: email, password }), options);
}

async function cut(): Promise<void> {
  await fetch(process.env["CUT"]!, { method: "POST" });
}

/** Resolves when `condition` holds; it is looked at after every change. */
function until(game: GachaponClient, condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("waited 60 s")), 60_000);
    const look = (): void => {
      if (!condition()) return;
      clearTimeout(late);
      offs.forEach((off) => off());
      resolve();
    };
    const offs = [game.inventory.changed.on(look), game.wallet.changed.on(look), game.teams.changed.on(look)];
    look();
  });
}

test("registers, opens ten, forms a team; a second client of the player sees it live", async () => {
  const { game, email } = newcomer("Vesper");
  await game.connect();
  assert.equal(game.profile.player?.displayName, "Vesper");
  const before = game.wallet.free;
  const second = again(email);
  await second.connect();
  assert.equal(second.player, game.player);
  assert.equal(second.wallet.free, before);

  const reply = await game.openPack("plain", 10);
  assert.equal(reply.pulls.length, 10);
  assert.equal(game.wallet.free, before - 100n);
  for (const pull of reply.pulls) assert.ok((game.inventory.characters.get(pull.character)?.copies ?? 0) >= 1);
  await until(second, () => second.inventory.characters.size === game.inventory.characters.size);
  await until(second, () => second.wallet.free === before - 100n);

  const odds = game.packs.odds("plain");
  assert.ok(odds.length > 0 && odds.every((row) => row.denominator > 0n));
  while (game.inventory.characters.size < 4) await game.openPack("plain", 10);
  const four = game.inventory.characters.toArray().slice(0, 4).map((row) => row.character);
  const team = await second.formTeam("Night Shift", four);
  assert.deepEqual(second.teams.get(team.team)?.members, four);
  await until(game, () => game.teams.has(team.team));
  game.close();
  second.close();
});

test("rejections and the form's own errors have their names", async () => {
  const { game, email } = newcomer("Mira");
  await game.connect();
  await assert.rejects(game.openPack("no-such-pack", 1), { code: "pack_unknown", canRetry: false });
  await assert.rejects(game.openPack("plain", 3), { code: "count_invalid" });
  const taken = new GachaponClient(url, registration({ email, password, displayName: "Other" }), options);
  await assert.rejects(taken.connect(), { code: "email_taken" });
  const wrong = new GachaponClient(url, passwordLogin({ username: email, password: "not the one" }), options);
  await assert.rejects(wrong.connect(), { code: "login_failed", canRetry: false });
  assert.equal(wrong.state, "closed");
  game.close();
});

test("a guest plays, comes back by its secret, and claims an account: the player stays", async () => {
  let account: GuestAccount | null = null;
  const store = { load: () => account, save: (made: GuestAccount | null) => void (account = made) };
  const first = new GachaponClient(url, guest(store), options);
  await first.connect();
  await first.openPack("plain", 10);
  first.close();
  const second = new GachaponClient(url, guest(store), options); /* another start of the game */
  await second.connect();
  assert.equal(second.player, first.player);
  const email = `${randomUUID()}@example.test`;
  await second.claimAccount(email, password);
  assert.equal(account, null);
  await cut(); /* and comes back with the tokens of the claim */
  assert.equal((await second.openPack("plain", 1)).opening, 2);
  const third = again(email);
  await third.connect();
  assert.deepEqual([third.player, third.wallet.free], [first.player, second.wallet.free]);
  second.close();
  third.close();
});

test("forty lost connections in the middle of commands lose and double nothing", async () => {
  const { game } = newcomer("Juno");
  await game.connect();
  const rich = game.wallet.free;
  const calls: Promise<number>[] = [];
  let whole = true;
  game.inventory.changed.on(() => (whole &&= [...game.inventory.characters].every((row) => row.copies > 0)));
  for (let i = 0; i < 40; i++) {
    for (let k = 0; k < 5; k++) calls.push(game.openPack("plain", 1).then((reply) => reply.opening));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    await cut();
    if (i % 3 === 0) await Promise.all(calls); /* now and then it is live again before the next one */
  }
  const numbers = (await Promise.all(calls)).sort((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: 200 }, (_, i) => i + 1));
  assert.equal(game.wallet.free, rich - 2000n);
  const stored = [];
  for await (const opening of game.all("opening", { limit: 77 })) stored.push(opening);
  assert.equal(stored.length, 200);
  const drawn = new Map<string, number>();
  for (const { character } of stored.flatMap((opening) => opening.pulls)) drawn.set(character, (drawn.get(character) ?? 0) + 1);
  const owned = new Map(game.inventory.characters.toArray().map((row) => [row.character, row.copies]));
  assert.deepEqual(new Map([...owned].sort()), new Map([...drawn].sort()));
  assert.ok(whole);
  game.close();
});

test("a session outlives its tokens", { skip: process.env["TOKENS_LAST_S"] === undefined }, async () => {
  const { game, email } = newcomer("Ivo");
  const second = again(email);
  await game.connect();
  await second.connect();
  const states: string[] = [];
  for (const each of [game, second]) each.stateChanged.on(({ state }) => states.push(state));
  const end = Date.now() + 1500 * Number(process.env["TOKENS_LAST_S"]);
  let opened = 0;
  while (Date.now() < end) {
    await game.openPack("plain", 1);
    opened++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(states, []);
  await until(second, () => second.wallet.free === game.wallet.free);
  await cut(); /* and comes back with what it was given last */
  const reply = await game.openPack("plain", 1);
  assert.equal(reply.opening, opened + 1);
  game.close();
  second.close();
});

test("a call that the client gave up on can be repeated under its id", async () => {
  const { game } = newcomer("Nim");
  await game.connect();
  const rich = game.wallet.free;
  await cut();
  const error = await game.openPack("plain", 1, { timeoutMs: 0 }).catch((caught: unknown) => caught);
  assert.ok(error instanceof GachaponError && error.canRetry && error.commandId !== null);
  const first = await game.openPack("plain", 1, { commandId: error.commandId });
  const repeated = await game.openPack("plain", 1, { commandId: error.commandId });
  assert.deepEqual([repeated.opening, repeated.position], [first.opening, first.position]);
  assert.equal(game.wallet.free, rich - 10n);
  game.close();
});
