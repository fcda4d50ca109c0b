/* entrance: the page before somebody plays: what this is, what is on sale, and the doors in. A guest plays without a form; the
 * way back to that player lies in localStorage until the account is claimed, and this tab remembers that it was a guest's. */

import type { GuestAccount, GuestStore } from "../../protocol/typescript/src/index.js";
import { cardBack, portrait } from "./art.js";
import { byId, setText } from "./dom.js";
import { renderPacks } from "./packs.js";
import { watchShop, type Shop } from "./shop.js";
import { RARITIES } from "./words.js";

const FAN = 3;
let leave: (() => void) | null = null;

export const guests: GuestStore = {
  load: () => JSON.parse(localStorage.getItem("gachapon.guest") ?? "null") as GuestAccount | null,
  save: (account) => (account === null ? localStorage.removeItem("gachapon.guest") : localStorage.setItem("gachapon.guest", JSON.stringify(account))),
};

function showShop(shop: Shop): void {
  renderPacks(byId("shop"), shop, null, () => undefined);
  const best = [...shop.catalogue.characters].sort((a, b) => RARITIES.indexOf(a.rarity) - RARITIES.indexOf(b.rarity) || (a.character < b.character ? -1 : 1));
  const keys = best.slice(0, FAN).map(({ character }) => character).join();
  if (byId("fan").dataset["keys"] === keys || best.length < FAN) return;
  byId("fan").dataset["keys"] = keys;
  byId("fan").replaceChildren(...best.slice(0, FAN).map(({ character, rarity }) => portrait(character, rarity)));
}

/** Open while nobody plays. */
export function openEntrance(url: string, open: boolean): void {
  if (open === (leave !== null)) return;
  leave?.();
  leave = open ? watchShop(url, showShop) : null;
  if (open && byId("fan").childElementCount === 0) byId("fan").append(...Array.from({ length: FAN }, cardBack));
  setText(byId("guest"), guests.load()?.userName == null ? "Play first" : "Play on as a guest");
}
