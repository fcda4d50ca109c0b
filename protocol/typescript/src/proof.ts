/* proof: draws recomputed here, from what the server has to show, with nothing of the server's code. The recipe:
 *
 *     seed       its SHA-256 was in the player's row `proof` before the first draw; `rotate_seed` reveals it
 *     values     HMAC-SHA256(server seed, client seed ":" nonce), then ... ":" nonce ":" 1, and so on, as big-endian
 *                64-bit numbers; below(n) takes the next one that is under the largest multiple of n, modulo n
 *     rarity     below(sum of the rarities' weights); with hard pity due only pity_rarity and better take part
 *     character  below(sum of the weights of that rarity's characters)
 *
 * A table's order: rarities rising, characters by key within their rarity. */

import type { OddsRow, OpeningRow, PackRow, Rarity } from "./gen/types.js";
import { ENUMS } from "./gen/schema.js";
import { webcrypto } from "./random.js";

export interface Drawn {
  readonly character: string;
  readonly rarity: Rarity;
  /** The pity counter after it. */
  readonly pity: number;
}

export interface Verdict {
  /** Draws that were recomputed and are as the server said. */
  readonly same: number;
  /** Draws that differ: [opening, place]. */
  readonly different: readonly (readonly [number, number])[];
  /** Draws from tables that are no longer on sale: there is nothing here to recompute them from. */
  readonly unknown: number;
}

const rank = (rarity: Rarity): number => ENUMS["rarity"]![rarity] ?? 0;

async function* values(key: CryptoKey, clientSeed: string, nonce: bigint): AsyncGenerator<bigint, never> {
  for (let block = 0; ; block++) {
    const text = `${clientSeed}:${nonce}${block > 0 ? `:${block}` : ""}`;
    const digest = new DataView(await webcrypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
    for (let at = 0; at < 32; at += 8) yield digest.getBigUint64(at);
  }
}

async function below(numbers: AsyncGenerator<bigint, never>, total: bigint): Promise<bigint> {
  const accepted = ((1n << 64n) / total) * total;
  for (;;) {
    const { value } = await numbers.next();
    if (value < accepted) return value % total;
  }
}

async function pick<T>(numbers: AsyncGenerator<bigint, never>, weighted: readonly (readonly [T, number])[]): Promise<T> {
  let number = await below(numbers, BigInt(weighted.reduce((sum, [, weight]) => sum + weight, 0)));
  for (const [thing, weight] of weighted) {
    if (number < BigInt(weight)) return thing;
    number -= BigInt(weight);
  }
  throw new Error("a number beyond the total");
}

/** One draw from a pack's rows. */
export async function draw(
  pack: PackRow,
  odds: readonly OddsRow[],
  key: CryptoKey,
  clientSeed: string,
  nonce: bigint,
  pity: number,
): Promise<Drawn> {
  const due = pack.hardPity > 0 && pity >= pack.hardPity - 1;
  const weights = new Map(odds.map((row) => [row.rarity, row.rarityWeight]));
  const rarities = [...weights].sort(([a], [b]) => rank(a) - rank(b)).filter(([each]) => !due || rank(each) >= rank(pack.pityRarity));
  const numbers = values(key, clientSeed, nonce);
  const rarity = await pick(numbers, rarities);
  const entries = odds.filter((row) => row.rarity === rarity).map((row) => [row.character, row.weight] as const);
  const character = await pick(numbers, entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return { character, rarity, pity: rank(rarity) >= rank(pack.pityRarity) ? 0 : pity + 1 };
}

/** The key of a revealed seed; null when it is not the one whose hash was promised. */
export async function seedKey(seed: Uint8Array, promised: Uint8Array): Promise<CryptoKey | null> {
  const bytes = new Uint8Array(seed);
  const hash = new Uint8Array(await webcrypto.subtle.digest("SHA-256", bytes));
  if (hash.some((byte, i) => byte !== promised[i])) return null;
  return webcrypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** Recomputes every draw that used a revealed seed. `openings`: all of the player's, oldest first, as pity counts over them. */
export async function checkDraws(
  openings: readonly OpeningRow[],
  tables: { pack(key: string): PackRow | undefined; odds(key: string): readonly OddsRow[] },
  revealed: { number: number; key: CryptoKey; clientSeed: string },
): Promise<Verdict> {
  const pities = new Map<string, number>();
  const different: [number, number][] = [];
  let [same, unknown] = [0, 0];
  for (const opening of openings) {
    const pack = tables.pack(opening.pack);
    if (pack === undefined || pack.version !== opening.packVersion) {
      unknown += opening.seedNumber === revealed.number ? opening.pulls.length : 0;
      continue;
    }
    for (const [place, pull] of opening.pulls.entries()) {
      const pity = pities.get(pack.pityGroup) ?? 0;
      if (opening.seedNumber === revealed.number) {
        const nonce = opening.firstNonce + BigInt(place);
        const drawn = await draw(pack, tables.odds(pack.pack), revealed.key, revealed.clientSeed, nonce, pity);
        if (drawn.character === pull.character) same++;
        else different.push([opening.opening, place]);
      }
      pities.set(pack.pityGroup, rank(pull.rarity) >= rank(pack.pityRarity) ? 0 : pity + 1);
    }
  }
  return { same, different, unknown };
}
