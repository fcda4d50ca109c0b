/* browse: what is on sale, for who has not signed in: the public views, read once over a short line to /join, which the server
 * answers without knowing who asks. It gives the same windows as a client has, filled and then left alone; who wants to see
 * changes before signing in asks again. */

import { systemClock, type Clock } from "./clock.js";
import { GachaponError } from "./errors.js";
import { rowsOfReply, type Change, type Row } from "./frame.js";
import type { ListReply } from "./gen/types.js";
import { Line } from "./line.js";
import { Store } from "./store.js";
import { addressOf, webSocketTransport, type Transport } from "./transport.js";
import { Catalogue, Packs } from "./views.js";

const PAGE_ROWS = 500;
/* Odds after the packs: a pack that is published meanwhile may lack, but none is without its odds. */
const QUERIES = { list_packs: "pack", list_odds: "odds", list_stocks: "stock", list_character_infos: "character_info", list_item_infos: "item_info" };

export interface BrowseOptions {
  transport?: Transport;
  clock?: Clock;
  /** Rejects with `timeout` after so long. Default: 10 s. */
  timeoutMs?: number;
}

/** A GachaponClient is one too. */
export interface Shop {
  readonly packs: Packs;
  readonly catalogue: Catalogue;
}

async function rowsOfAll(line: Line, query: string, view: string): Promise<Change> {
  const rows: Row[] = [];
  let after: Uint8Array | null = null;
  do {
    const page: unknown = await line.request(query, { after, limit: PAGE_ROWS, player: null }, { atLeast: 0n });
    const reply = page as ListReply;
    for (const row of rowsOfReply(view, reply.rows)) rows.push(row);
    after = reply.next;
  } while (after !== null);
  return { view, rows };
}

async function read(line: Line): Promise<Shop> {
  const changes: Change[] = [];
  for (const [query, view] of Object.entries(QUERIES)) changes.push(await rowsOfAll(line, query, view));
  const store = new Store();
  store.following({ epoch: "", generation: 0n, ownWhole: true, publicWhole: true });
  store.apply("public", 1n, changes);
  return { packs: new Packs(store), catalogue: new Catalogue(store) };
}

/** The packs with their odds and stock, and the characters and items there are, without signing in. `url` as a client's.
 *  Rejects with GachaponError. */
export async function browse(url: string, options: BrowseOptions = {}): Promise<Shop> {
  const { transport = webSocketTransport, clock = systemClock, timeoutMs = 10_000 } = options;
  const address = `${addressOf(url)}/join`;
  let done: () => void = () => undefined;
  const shop = new Promise<Shop>((resolve, reject) => {
    const line = new Line(transport, address, clock, {
      hello: () => void read(line).then(resolve, reject),
      push: () => undefined,
      ended: (end) => reject(new GachaponError(end.name, end.advice !== "never", `${address}: ${end.detail}`, null, end.retryAfterMs)),
    });
    const callOff = clock.after(timeoutMs, () => reject(new GachaponError("timeout", true, `no answer from ${address} in ${timeoutMs} ms`)));
    done = () => {
      callOff();
      line.close();
    };
  });
  return shop.finally(done);
}
