/* Draws recomputed: against those that tests/integration/harness/draws.py, written apart, makes of the same table and seed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDraws, draw, seedKey, type OddsRow, type OpeningRow, type PackRow, type Rarity } from "../dist/index.js";

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);
const HASH = Uint8Array.from(Buffer.from("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd", "hex"));
const PACK: PackRow = {
  pack: "vernal", version: 2, name: "Vernal", status: "on_sale", price: 10n, tenPrice: 100n, pityGroup: "vernal", hardPity: 4,
  pityRarity: "rare", item: null, limited: false,
};
const WEIGHTS: [string, Rarity, number, number][] = [
  ["iris", "legendary", 10, 2], ["heath", "legendary", 10, 5], ["fern", "rare", 20, 1], ["birch", "common", 70, 1], ["ash", "common", 70, 3],
];
const ODDS: OddsRow[] = WEIGHTS.map(([character, rarity, rarityWeight, weight]) => ({
  pack: "vernal", character, rarity, numerator: 1n, denominator: 1n, version: 2, rarityWeight, weight,
}));
const DRAWN: [string, number][] = [
  ["ash", 1], ["ash", 2], ["fern", 0], ["ash", 1], ["ash", 2], ["ash", 3], ["fern", 0], ["ash", 1], ["ash", 2], ["ash", 3], ["heath", 0], ["fern", 0],
];

test("draws come out as elsewhere, pity among them", async () => {
  const key = (await seedKey(SEED, HASH))!;
  let pity = 0;
  for (const [nonce, [character, after]] of DRAWN.entries()) {
    const drawn = await draw(PACK, ODDS, key, "lucky-42", BigInt(nonce), pity);
    assert.deepEqual([drawn.character, drawn.pity], [character, after]);
    pity = drawn.pity;
  }
});

test("a seed that is not the promised one is no key", async () => {
  assert.equal(await seedKey(HASH, HASH), null);
});

test("a whole history is judged: what differs is named, what cannot be known is counted", async () => {
  const key = (await seedKey(SEED, HASH))!;
  const rarityOf = (character: string): Rarity => ODDS.find((row) => row.character === character)!.rarity;
  const opening = (number: number, from: number, to: number, packVersion = 2): OpeningRow => ({
    player: "", opening: number, pack: "vernal", packVersion, costFree: 0n, costPaid: 0n, item: null, seedNumber: 1,
    firstNonce: BigInt(from), openedAt: 0,
    pulls: DRAWN.slice(from, to).map(([character]) => ({ character, rarity: rarityOf(character), copies: 1 })),
  });
  const tables = { pack: () => PACK, odds: () => ODDS };
  const revealed = { number: 1, key, clientSeed: "lucky-42" };
  const fair = [opening(1, 0, 2), opening(2, 2, 12)];
  assert.deepEqual(await checkDraws(fair, tables, revealed), { same: 12, different: [], unknown: 0 });
  const forged = opening(2, 2, 12);
  (forged.pulls[3] as { character: string }).character = "birch";
  assert.deepEqual(await checkDraws([opening(1, 0, 2), forged, opening(3, 0, 2, 1)], tables, revealed), { same: 11, different: [[2, 3]], unknown: 2 });
});
