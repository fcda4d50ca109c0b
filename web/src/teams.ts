/* teams: those there are, and four slots for a new one. The picks are checkboxes that look like portraits, so that mouse,
 * keyboard and screen reader choose as in any form; the slots only show what is checked, and take it out again. */

import type { GachaponClient } from "../../protocol/typescript/src/index.js";
import { portrait } from "./art.js";
import { nameOf, owned } from "./collection.js";
import { byId, h, keyed, part, setText } from "./dom.js";
import type { Doing } from "./packs.js";
import { rarityText } from "./words.js";

const MEMBERS = 4;

export function renderTeams(game: GachaponClient, doing: Doing): void {
  keyed(
    byId("teams"), game.teams.toArray(), (team) => String(team.team),
    (team) => {
      const disband = h("button", { class: "quiet", type: "button" }, "Disband");
      const made = h("li", { class: "card" }, h("div", { class: "head" }, h("h3", {}), disband), h("ul", { class: "members" }));
      disband.addEventListener("click", () => doing(made, async () => void (await game.disbandTeam(team.team))));
      return made;
    },
    (element, team) => {
      setText(part(element, "h3"), team.name);
      part(element, "button").setAttribute("aria-label", `Disband ${team.name}`);
      keyed(part(element, ".members"), team.members, (member) => member,
        (member) => h("li", {}, portrait(member, game.catalogue.characters.get(member)?.rarity ?? "unknown"), h("span", {})),
        (slot, member) => setText(part(slot, "span"), nameOf(game, member)));
    },
  );
  keyed(
    byId("picks"), owned(game), (row) => row.character,
    (row) => h("li", { class: row.rarity }, h("label", {}, h("input", { class: "unseen", type: "checkbox", name: "member", value: row.character, "data-rarity": row.rarity }),
      portrait(row.character, row.rarity), h("b", {}), h("span", { class: "stars" }, rarityText(row.rarity)))),
    (element, row) => setText(part(element, "b"), nameOf(game, row.character)),
  );
  showPicks(game);
}

function boxes(): HTMLInputElement[] {
  return [...byId("picks").querySelectorAll<HTMLInputElement>("input")];
}

function showPicks(game: GachaponClient): void {
  const picked = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.disabled = !box.checked && picked.length >= MEMBERS;
  byId<HTMLButtonElement>("team-submit").disabled = picked.length !== MEMBERS;
  setText(byId("team-hint"), picked.length === MEMBERS ? "Four are picked." : `${picked.length} of ${MEMBERS} are picked.`);
  const slots = Array.from({ length: MEMBERS }, (_, i) => ({ i, box: picked[i] }));
  keyed(byId("slots"), slots, ({ i, box }) => box?.value ?? `empty ${i}`, ({ box }) => (box === undefined ? h("li", {}, h("span", {}, "free")) : filled(game, box)), () => undefined);
}

function filled(game: GachaponClient, box: HTMLInputElement): HTMLElement {
  const take = h("button", { type: "button", "aria-label": `Take ${nameOf(game, box.value)} out` }, portrait(box.value, box.dataset["rarity"] as "common"));
  take.addEventListener("click", () => {
    box.checked = false;
    showPicks(game);
    box.focus();
  });
  return h("li", {}, take);
}

export function watchTeamForm(game: () => GachaponClient, doing: Doing): void {
  const form = byId<HTMLFormElement>("team-form");
  byId("picks").addEventListener("change", () => showPicks(game()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = byId<HTMLInputElement>("team-name").value;
    const members = boxes().filter((box) => box.checked).map((box) => box.value);
    doing(form, async () => {
      await game().formTeam(name, members);
      form.reset();
      showPicks(game());
    });
  });
}
