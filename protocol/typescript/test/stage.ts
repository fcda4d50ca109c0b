/* A player with a client, and the server and the clock in memory that they play with. */

import assert from "node:assert/strict";
import { GachaponClient, GachaponError, type Auth, type ClientOptions, type PackOpened } from "../dist/index.js";
import { FakeClock, MemoryServer } from "../dist/testing.js";

export const SECOND = 1000;

export function opened(server: MemoryServer, free: bigint, pack = "vernal"): PackOpened {
  return {
    player: server.player, opening: 1, pack, packVersion: 1, payment: "currency", costFree: 10n, costPaid: 0n, free,
    paid: 0n, item: null, itemCount: 0, seedNumber: 1, firstNonce: 0n,
    pulls: [{ character: "pip", rarity: "common", copies: 1 }], pityGroup: "standard", pity: 1, openedAt: 0,
  };
}

export interface Stage {
  clock: FakeClock;
  server: MemoryServer;
  game: GachaponClient;
  states: string[];
}

/** A player with 100, who pays 10 for an opening. */
export function stage(auth?: (server: MemoryServer) => Auth, options: ClientOptions = {}): Stage {
  const [clock, server] = [new FakeClock(), new MemoryServer()];
  const game = new GachaponClient("memory:", auth?.(server) ?? server.auth, { transport: server.transport, clock, ...options });
  const states: string[] = [];
  game.stateChanged.on(({ state, reason }) => states.push(reason && state === "closed" ? `closed ${reason.code}` : state));
  let free = 100n;
  server.publish("wallet", { player: server.player, free, paid: 0n });
  server.handle("open_pack", () => {
    free -= 10n;
    server.publish("wallet", { player: server.player, free, paid: 0n });
    server.publish("character", { player: server.player, character: "pip", rarity: "common", copies: 1 });
    return opened(server, free);
  });
  return { clock, server, game, states };
}

export async function live(auth?: (server: MemoryServer) => Auth): Promise<Stage> {
  const made = stage(auth);
  await made.game.connect();
  return made;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "fine",
    (error: unknown) => {
      assert.ok(error instanceof GachaponError, String(error));
      return `${error.code} ${error.canRetry}`;
    },
  );
}

/** Runs `action`; what reaches the host's handler of uncaught errors meanwhile. */
export async function uncaught(action: () => Promise<void>): Promise<string[]> {
  const thrown: string[] = [];
  const own = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (task) =>
    own(() => {
      try {
        task();
      } catch (error) {
        thrown.push(String(error));
      }
    });
  await action().finally(() => (globalThis.queueMicrotask = own));
  return thrown;
}
