/* shop: what is on sale, as anyone may see it. A player's client has it in its replicas; who has not signed in yet asks
 * for the public views on a short line to /join, which the server answers without knowing who asks, and asks again every few
 * seconds while the page is looked at, so that stock is live here too. */

import { systemClock } from "../../protocol/typescript/src/clock.js";
import { rowsOf } from "../../protocol/typescript/src/frame.js";
import type { ListReply } from "../../protocol/typescript/src/gen/types.js";
import { webSocketTransport, type CharacterInfoRow, type OddsRow, type PackRow, type Rows, type StockRow } from "../../protocol/typescript/src/index.js";
import { Line } from "../../protocol/typescript/src/line.js";

/** A GachaponClient is one. */
export interface Shop {
  readonly packs: Iterable<PackRow> & { odds(pack: string): OddsRow[]; stock(pack: string): bigint | null };
  readonly catalogue: { readonly characters: Iterable<CharacterInfoRow> & { get(character: string): CharacterInfoRow | undefined } };
}

const AGAIN_MS = 5000;

async function all<K extends keyof Rows>(line: Line, query: string, view: K): Promise<Rows[K][]> {
  const found: Rows[K][] = [];
  let after: Uint8Array | null = null;
  do {
    const page = (await line.request(query, { after, limit: 500, player: null }, { atLeast: 0n })) as unknown as ListReply;
    found.push(...rowsOf(view, page.rows).filter((row) => !row.deleted).map((row) => row.values as unknown as Rows[K]));
    after = page.next;
  } while (after !== null);
  return found;
}

async function read(line: Line): Promise<Shop> {
  const packs = await all(line, "list_packs", "pack");
  const odds = await all(line, "list_odds", "odds");
  const stocks = new Map((await all(line, "list_stocks", "stock")).map((row): [string, StockRow] => [row.pack, row]));
  const characters = new Map((await all(line, "list_character_infos", "character_info")).map((row) => [row.character, row]));
  const stock = (pack: string): bigint | null => (stocks.get(pack)?.limited ? stocks.get(pack)!.remaining : null);
  return {
    packs: Object.assign(packs, { odds: (pack: string) => odds.filter((row) => row.pack === pack), stock }),
    catalogue: { characters: { get: (key) => characters.get(key), [Symbol.iterator]: () => characters.values() } },
  };
}

function look(url: string): Promise<Shop> {
  return new Promise((resolve, reject) => {
    const line: Line = new Line(webSocketTransport, `${url}/join`, systemClock, {
      hello: () => void read(line).then(resolve, reject).finally(() => line.close()),
      push: () => undefined,
      ended: (end) => reject(new Error(end.name)),
    });
  });
}

/** Tells what there is, at once and again and again, until what it returned is called. A look that fails is followed by the next. */
export function watchShop(url: string, tell: (shop: Shop) => void): () => void {
  let over = false;
  const again = async (): Promise<void> => {
    if (over) return;
    const shop = document.hidden ? null : await look(url).catch(() => null);
    if (over) return;
    if (shop !== null) tell(shop);
    setTimeout(() => void again(), AGAIN_MS);
  };
  void again();
  return () => (over = true);
}
