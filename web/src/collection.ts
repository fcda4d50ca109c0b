/* collection: what the player owns, and the outlines of what there is to find. */

import type { CharacterRow, GachaponClient } from "../../protocol/typescript/src/index.js";
import { portrait } from "./art.js";
import { byId, h, keyed, part, setText } from "./dom.js";
import { RARITIES, rarityText } from "./words.js";

export function nameOf(game: GachaponClient, character: string): string {
  return game.catalogue.characters.get(character)?.name ?? character;
}

/** The best first, then by name. */
export function owned(game: GachaponClient): CharacterRow[] {
  const rows = game.inventory.characters.toArray();
  const rank = (row: CharacterRow): number => RARITIES.indexOf(row.rarity);
  return rows.sort((a, b) => rank(a) - rank(b) || nameOf(game, a.character).localeCompare(nameOf(game, b.character)));
}

export function renderCollection(game: GachaponClient): void {
  const rows = owned(game);
  setText(byId("collection-count"), `${rows.length} of ${game.catalogue.characters.size}`);
  const missing = game.catalogue.characters.toArray().filter((info) => !game.inventory.characters.has(info.character));
  missing.sort((a, b) => RARITIES.indexOf(a.rarity) - RARITIES.indexOf(b.rarity) || (a.character < b.character ? -1 : 1));
  const tiles = [...rows, ...missing.map(({ character, rarity }) => ({ character, rarity, copies: 0 }))];
  keyed(
    byId("collection"), tiles, (row) => row.character,
    (row) => h("li", { class: row.rarity }, h("div", { class: "picture" }, portrait(row.character, row.rarity)), h("b", {}),
      h("div", { class: "stars" }, rarityText(row.rarity)), h("div", { class: "copies dim" })),
    (element, row) => {
      element.classList.toggle("missing", row.copies === 0);
      setText(part(element, "b"), nameOf(game, row.character));
      setText(part(element, ".copies"), row.copies === 0 ? "not found yet" : row.copies === 1 ? "" : `${row.copies} copies`);
    },
  );
  const items = game.inventory.items.toArray().filter((row) => row.count > 0);
  keyed(byId("items"), items, (row) => row.item, () => h("li", {}), (element, row) =>
    setText(element, `${row.count} × ${game.catalogue.items.get(row.item)?.name ?? row.item}`));
}
