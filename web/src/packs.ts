/* packs: what is on sale: the pouch, who may be in it, the exact odds, how far off certainty is, what is left. The same card
 * stands on the page before sign-in, then without buttons. */

import type { GachaponClient, OddsRow, PackRow, Rarity } from "../../protocol/typescript/src/index.js";
import { cover, portrait } from "./art.js";
import { h, keyed, part, setText, share, show } from "./dom.js";
import type { Shop } from "./shop.js";
import { RARITIES, numberText, percent, rarityText } from "./words.js";

export interface Doing {
  /** Runs it and shows what went wrong; another one of the same `form` is not begun meanwhile. */
  (form: HTMLElement, action: () => Promise<void>): void;
}

/** Opens `count` packs; `form` is the pack's card. */
export type Open = (form: HTMLElement, pack: string, count: number, payment: "currency" | "item") => void;

const FEATURED = 3;

/** `game` is null before sign-in: then nothing can be opened. */
export function renderPacks(list: HTMLElement, shop: Shop, game: GachaponClient | null, open: Open): void {
  const packs = [...shop.packs].filter((pack) => pack.status === "on_sale").sort((a, b) => (a.pack < b.pack ? -1 : 1));
  keyed(list, packs, (pack) => pack.pack, (pack) => card(pack.pack, open), (element, pack) => {
    setText(part(element, "h3"), pack.name);
    updateStock(shop, element, pack);
    updateOdds(shop, element, pack);
    updatePity(element, pack, game?.inventory.pity.get(pack.pityGroup)?.draws ?? 0);
    show(part(element, ".buttons"), game !== null);
    if (game !== null) updateButtons(game, element, pack);
  });
}

function card(key: string, open: Open): HTMLElement {
  const button = (name: string): HTMLElement => h("button", { class: name, type: "button" });
  const priced = (name: string): HTMLElement => h("button", { class: name, type: "button" },
    h("span", { class: "what" }), h("span", { class: "unseen" }), h("span", { class: "price" }));
  const made = h("li", { class: "card pack" },
    h("div", { class: "art" }, h("div", { class: "featured" }), h("div", { class: "pouch" }, cover(key))),
    h("h3", {}), h("p", { class: "stock" }),
    h("div", { class: "buttons" }, priced("one main"), priced("ten main"), button("item")),
    h("div", { class: "pity" }, h("div", { class: "ring", role: "meter", "aria-valuemin": "0" }, h("b", {})), h("p", {})),
    h("ul", { class: "rates" }),
    h("details", {}, h("summary", {}, "Exact odds"), h("div", { class: "odds", tabindex: "0", role: "region" })));
  part(made, ".one").addEventListener("click", () => open(made, key, 1, "currency"));
  part(made, ".ten").addEventListener("click", () => open(made, key, 10, "currency"));
  part(made, ".item").addEventListener("click", () => open(made, key, 1, "item"));
  return made;
}

function updateButtons(game: GachaponClient, element: HTMLElement, pack: PackRow): void {
  updatePriced(part(element, ".one"), "Open one", pack.name, pack.price);
  updatePriced(part(element, ".ten"), "Open ten", pack.name, pack.tenPrice);
  const owned = pack.item === null ? 0 : (game.inventory.items.get(pack.item)?.count ?? 0);
  show(part(element, ".item"), owned > 0);
  setText(part(element, ".item"), `Use a ${game.catalogue.items.get(pack.item ?? "")?.name ?? pack.item} (${owned})`);
}

/** Of which pack, is to be seen; who only hears the button is told. */
function updatePriced(button: HTMLElement, what: string, name: string, price: bigint): void {
  setText(part(button, ".what"), what);
  setText(part(button, ".unseen"), ` of ${name} for `);
  setText(part(button, ".price"), `◆ ${numberText(price)}`);
}

function updateStock(shop: Shop, element: HTMLElement, pack: PackRow): void {
  const stock = shop.packs.stock(pack.pack);
  part(element, ".stock").classList.toggle("limited", stock !== null);
  setText(part(element, ".stock"), stock === null ? "No limit" : `Limited: ${numberText(stock)} draws left in all the world`);
}

function updatePity(element: HTMLElement, pack: PackRow, draws: number): void {
  show(part(element, ".pity"), pack.hardPity > 0);
  const left = Math.max(pack.hardPity - draws, 0);
  const promise = pack.pityRarity === "legendary" ? "A legendary" : `${pack.pityRarity === "epic" ? "An epic" : `A ${pack.pityRarity}`} or better`;
  setText(part(element, ".pity p"), `${promise} in ${left} ${left === 1 ? "draw" : "draws"} at the latest, for certain`);
  const ring = part(element, ".ring");
  setText(part(ring, "b"), String(left));
  share(ring, pack.hardPity === 0 ? 0 : draws / pack.hardPity);
  ring.className = `ring ${pack.pityRarity}`;
  ring.setAttribute("aria-valuemax", String(pack.hardPity));
  ring.setAttribute("aria-valuenow", String(draws));
  ring.setAttribute("aria-label", `${draws} of ${pack.hardPity} draws since the last ${pack.pityRarity} or better`);
}

/** Made anew only when the table is another one: else what is scrolled or selected in it would jump. */
function updateOdds(shop: Shop, element: HTMLElement, pack: PackRow): void {
  const order = (row: OddsRow): number => RARITIES.indexOf(row.rarity);
  const rows = shop.packs.odds(pack.pack).sort((a, b) => order(a) - order(b) || chance(b) - chance(a) || (a.character < b.character ? -1 : 1));
  const names = rows.map((row) => shop.catalogue.characters.get(row.character)?.name ?? row.character);
  const made = JSON.stringify([pack.name, pack.version, names]);
  if (element.dataset["odds"] === made) return;
  element.dataset["odds"] = made;
  part(element, ".odds").setAttribute("aria-label", `Odds of ${pack.name}`);
  part(element, ".odds").replaceChildren(table(rows, names));
  part(element, ".rates").replaceChildren(...rates(rows));
  part(element, ".featured").replaceChildren(...rows.slice(0, FEATURED).map((row) => portrait(row.character, row.rarity)));
}

const chance = (row: OddsRow): number => Number(row.numerator) / Number(row.denominator);

/** One line for each rarity: its weight of the sum of weights is its chance. */
function rates(rows: readonly OddsRow[]): HTMLElement[] {
  const weights = new Map<Rarity, number>(rows.map((row) => [row.rarity, row.rarityWeight]));
  const sum = [...weights.values()].reduce((a, b) => a + b, 0);
  return [...weights].map(([rarity, weight]) => {
    const bar = h("span", { class: "bar" });
    share(bar, weight / sum);
    return h("li", { class: rarity }, h("span", { class: "stars" }, rarityText(rarity)), bar, h("b", {}, percent(BigInt(weight), BigInt(sum))));
  });
}

function table(rows: readonly OddsRow[], names: readonly string[]): HTMLElement {
  const head = h("tr", {}, ...["Character", "Chance of a draw"].map((title) => h("th", { scope: "col" }, title)));
  const body = rows.map((row, i) =>
    h("tr", { class: row.rarity },
      h("td", {}, h("div", { class: "who-is" }, portrait(row.character, row.rarity), h("span", {}, names[i]!, h("span", { class: "stars" }, rarityText(row.rarity))))),
      h("td", {}, h("b", {}, percent(row.numerator, row.denominator)), h("span", { class: "dim" }, `${row.numerator} in ${row.denominator}`))));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...body));
}
