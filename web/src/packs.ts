/* packs: what is on sale, with its exact odds and the pity counter, and the ceremony of opening. */

import type { GachaponClient, PackOpened, PackRow } from "../../protocol/typescript/src/index.js";
import { byId, h, keyed, part, setText, show } from "./dom.js";
import { percent, rarityText } from "./words.js";

export interface Doing {
  /** Runs it and shows what went wrong; another one of the same `form` is not begun meanwhile. */
  (form: HTMLElement, action: () => Promise<void>): void;
}

export function renderPacks(game: GachaponClient, doing: Doing): void {
  const packs = [...game.packs].filter((pack) => pack.status === "on_sale").sort((a, b) => (a.pack < b.pack ? -1 : 1));
  keyed(byId("packs"), packs, (pack) => pack.pack, (pack) => card(game, pack.pack, doing), (element, pack) => update(game, element, pack));
}

function card(game: GachaponClient, key: string, doing: Doing): HTMLElement {
  const made = h(
    "li",
    { class: "card" },
    h("h3", {}),
    h("p", { class: "stock dim" }),
    h("div", { class: "buttons" }, h("button", { class: "one main", type: "button" }), h("button", { class: "ten main", type: "button" }),
      h("button", { class: "item", type: "button" })),
    h("div", { class: "pity" }, h("span", {}), h("meter", { min: "0" })),
    h("details", {}, h("summary", {}, "Exact odds"), h("div", { class: "odds", tabindex: "0", role: "region" })),
  );
  const open = (count: number, payment: "currency" | "item"): void =>
    doing(made, async () => celebrate(game, await game.openPack(key, count, { payment })));
  part(made, ".one").addEventListener("click", () => open(1, "currency"));
  part(made, ".ten").addEventListener("click", () => open(10, "currency"));
  part(made, ".item").addEventListener("click", () => open(1, "item"));
  return made;
}

function update(game: GachaponClient, element: HTMLElement, pack: PackRow): void {
  setText(part(element, "h3"), pack.name);
  const stock = game.packs.stock(pack.pack);
  setText(part(element, ".stock"), stock === null ? "" : `${stock} draws are left of it`);
  setText(part(element, ".one"), `Open one · ${pack.price}`);
  setText(part(element, ".ten"), `Open ten · ${pack.tenPrice}`);
  const owned = pack.item === null ? 0 : (game.inventory.items.get(pack.item)?.count ?? 0);
  show(part(element, ".item"), owned > 0);
  setText(part(element, ".item"), `Use a ${game.catalogue.items.get(pack.item ?? "")?.name ?? pack.item} (${owned})`);
  updatePity(game, element, pack);
  part(element, ".odds").setAttribute("aria-label", `Odds of ${pack.name}`);
  part(element, ".odds").replaceChildren(oddsTable(game, pack));
}

function updatePity(game: GachaponClient, element: HTMLElement, pack: PackRow): void {
  const draws = game.inventory.pity.get(pack.pityGroup)?.draws ?? 0;
  show(part(element, ".pity"), pack.hardPity > 0);
  const promise = pack.pityRarity === "legendary" ? "A legendary" : `${pack.pityRarity === "epic" ? "An epic" : `A ${pack.pityRarity}`} or better`;
  setText(part(element, ".pity span"), `${promise} within ${pack.hardPity - draws} draws, for certain`);
  const meter = part(element, "meter") as HTMLMeterElement;
  meter.max = Math.max(pack.hardPity, 1);
  meter.value = draws;
  meter.setAttribute("aria-label", `${draws} of ${pack.hardPity} draws since the last ${pack.pityRarity} or better`);
}

function oddsTable(game: GachaponClient, pack: PackRow): HTMLElement {
  const rows = game.packs.odds(pack.pack).sort((a, b) => a.rarityWeight - b.rarityWeight || (a.character < b.character ? -1 : 1));
  const head = h("tr", {}, ...["Character", "Rarity", "Chance of a draw"].map((title) => h("th", { scope: "col" }, title)));
  const body = rows.map((row) => {
    const name = game.catalogue.characters.get(row.character)?.name ?? row.character;
    const chance = `${row.numerator}/${row.denominator} · ${percent(row.numerator, row.denominator)}`;
    return h("tr", {}, h("td", {}, name), h("td", { class: row.rarity }, h("span", { class: "stars" }, rarityText(row.rarity))), h("td", {}, chance));
  });
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...body));
}

/** The characters turn over one after the other, the best of them glow. */
function celebrate(game: GachaponClient, opened: PackOpened): void {
  const name = game.packs.get(opened.pack)?.name ?? opened.pack;
  setText(byId("reveal-title"), opened.pulls.length === 1 ? `From the ${name}` : `Ten from the ${name}`);
  const cards = opened.pulls.map((pull) =>
    h(
      "li",
      { class: `character ${pull.rarity}` },
      h("b", {}, game.catalogue.characters.get(pull.character)?.name ?? pull.character),
      h("div", { class: "stars" }, rarityText(pull.rarity)),
      h("div", { class: pull.copies === 1 ? "badge" : "dim" }, pull.copies === 1 ? "new" : `copy ${pull.copies}`),
    ),
  );
  byId("pulls").replaceChildren(...cards);
  byId<HTMLDialogElement>("reveal").showModal();
}
