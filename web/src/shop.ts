/* shop: what is on sale, as anyone may see it. A player's client has it in its replicas; for who has not signed in yet it is
 * read again every few seconds while the page is looked at, so that stock is live here too. */

import { browse, type Shop } from "../../protocol/typescript/src/index.js";

export type { Shop };

const AGAIN_MS = 5000;

/** Tells what there is, at once and again and again, until what it returned is called. A look that fails is followed by the next. */
export function watchShop(url: string, tell: (shop: Shop) => void): () => void {
  let over = false;
  const again = async (): Promise<void> => {
    if (over) return;
    const shop = document.hidden ? null : await browse(url).catch(() => null);
    if (over) return;
    if (shop !== null) tell(shop);
    setTimeout(() => void again(), AGAIN_MS);
  };
  void again();
  return () => (over = true);
}
