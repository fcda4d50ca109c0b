/* collection: what the player owns, and teams of four made of it. */

import type { CharacterRow, GachaponClient } from "../../protocol/typescript/src/index.js";
import { byId, h, keyed, part, setText, show } from "./dom.js";
import type { Doing } from "./packs.js";
import { rarityText } from "./words.js";

const RANK = { legendary: 0, epic: 1, rare: 2, common: 3, unknown: 4 };
const MEMBERS = 4;

function nameOf(game: GachaponClient, character: string): string {
  return game.catalogue.characters.get(character)?.name ?? character;
}

function owned(game: GachaponClient): CharacterRow[] {
  const rows = game.inventory.characters.toArray();
  return rows.sort((a, b) => RANK[a.rarity] - RANK[b.rarity] || nameOf(game, a.character).localeCompare(nameOf(game, b.character)));
}

export function renderCollection(game: GachaponClient): void {
  const rows = owned(game);
  setText(byId("collection-count"), `${rows.length} of ${game.catalogue.characters.size}`);
  show(byId("collection-empty"), rows.length === 0);
  keyed(
    byId("collection"), rows, (row) => row.character,
    (row) => h("li", { class: `character ${row.rarity}` }, h("b", {}), h("div", { class: "stars" }, rarityText(row.rarity)), h("div", { class: "copies dim" })),
    (element, row) => {
      setText(part(element, "b"), nameOf(game, row.character));
      setText(part(element, ".copies"), row.copies === 1 ? "" : `${row.copies} copies`);
    },
  );
  const items = game.inventory.items.toArray().filter((row) => row.count > 0);
  keyed(byId("items"), items, (row) => row.item, () => h("li", {}), (element, row) =>
    setText(element, `${row.count} × ${game.catalogue.items.get(row.item)?.name ?? row.item}`));
}

export function renderTeams(game: GachaponClient, doing: Doing): void {
  keyed(
    byId("teams"), game.teams.toArray(), (team) => String(team.team),
    (team) => {
      const disband = h("button", { class: "quiet", type: "button" }, "Disband");
      const made = h("li", { class: "card" }, h("span", {}, h("b", {}), h("span", { class: "members dim" })), disband);
      disband.addEventListener("click", () => doing(made, async () => void (await game.disbandTeam(team.team))));
      return made;
    },
    (element, team) => {
      setText(part(element, "b"), team.name);
      setText(part(element, ".members"), ` ${team.members.map((member) => nameOf(game, member)).join(", ")}`);
      part(element, "button").setAttribute("aria-label", `Disband ${team.name}`);
    },
  );
  keyed(
    byId("picks"), owned(game), (row) => row.character,
    (row) => h("li", {}, h("label", {}, h("input", { type: "checkbox", name: "member", value: row.character }), h("span", {}))),
    (element, row) => setText(part(element, "span"), `${nameOf(game, row.character)} ${rarityText(row.rarity)}`),
  );
  countPicks();
}

function picked(): string[] {
  return [...byId("picks").querySelectorAll<HTMLInputElement>("input:checked")].map((box) => box.value);
}

function countPicks(): void {
  const count = picked().length;
  byId<HTMLButtonElement>("team-submit").disabled = count !== MEMBERS;
  setText(byId("team-hint"), count === MEMBERS ? "Four are picked." : `${count} of ${MEMBERS} are picked.`);
}

export function watchTeamForm(game: () => GachaponClient, doing: Doing): void {
  const form = byId<HTMLFormElement>("team-form");
  byId("picks").addEventListener("change", countPicks);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = byId<HTMLInputElement>("team-name").value;
    doing(form, async () => {
      await game().formTeam(name, picked());
      form.reset();
      countPicks();
    });
  });
}
