/* ceremony: what was drawn lies face down and is turned card by card, by click, Enter or Space, or all at once.
 *
 * The draws are committed before the first card lies there: closing the dialog half way loses nothing. Each card is a back,
 * which is a button, and a front; the one that is not to be seen is inert. The focus goes on to the next back, at the end to
 * the button that closes; a live region says what a card is when it turns, and what there was in all after "show all". Who
 * prefers reduced motion gets the cards without turning, without waiting. */

import type { GachaponClient, PackOpened, Pull } from "../../protocol/typescript/src/index.js";
import { cardBack, portrait } from "./art.js";
import { byId, h, part, setText, show } from "./dom.js";
import { RARITIES, rarityText } from "./words.js";

const BETWEEN_MS = 130;
const AFTER_LEGENDARY_MS = 900;

const dialog = (): HTMLDialogElement => byId<HTMLDialogElement>("reveal");
const faceDown = (): HTMLElement[] => [...byId("pulls").querySelectorAll<HTMLElement>("li:not(.up)")];

export function celebrate(game: GachaponClient, opened: PackOpened): void {
  const name = game.packs.get(opened.pack)?.name ?? opened.pack;
  const many = opened.pulls.length;
  setText(byId("reveal-title"), many === 1 ? `From the ${name}` : `${many === 10 ? "Ten" : many} from the ${name}`);
  setText(byId("told"), "");
  dialog().className = many === 1 ? "single" : "";
  const words = opened.pulls.map((pull) => {
    const called = game.catalogue.characters.get(pull.character)?.name ?? pull.character;
    return { pull, called };
  });
  byId("pulls").replaceChildren(...words.map(({ pull, called }, i) => card(pull, called, `Turn card ${i + 1} of ${many}`)));
  byId("show-all").onclick = () => void turnAll(words);
  show(byId("keep"), false);
  show(byId("show-all"), many > 1);
  dialog().onanimationend = ({ animationName }) => animationName === "rays" && dialog().classList.remove("moment");
  dialog().showModal();
  part(byId("pulls"), ".back").focus();
}

function card(pull: Pull, called: string, label: string): HTMLElement {
  const back = h("button", { class: "back", type: "button", "aria-label": label }, cardBack());
  const fresh = pull.copies === 1;
  const front = h("div", { class: "front" }, h("div", { class: "picture" }, portrait(pull.character, pull.rarity)), h("b", {}, called),
    h("div", { class: "stars" }, rarityText(pull.rarity)), h("div", { class: fresh ? "badge" : "dim" }, fresh ? "new" : `copy ${pull.copies}`));
  front.inert = true;
  const made = h("li", { class: pull.rarity }, h("div", { class: "flip" }, back, front));
  back.addEventListener("click", () => {
    turn(made);
    setText(byId("told"), `${called}, ${pull.rarity}, ${fresh ? "new" : `copy ${pull.copies}`}`);
    focusNext();
  });
  return made;
}

function turn(made: HTMLElement): void {
  made.classList.add("up");
  part(made, ".front").inert = false;
  if (made.classList.contains("legendary")) dialog().classList.add("moment");
}

/** The next back, or when there is none the button that closes. Focus leaves a back before that becomes inert. */
function focusNext(): void {
  const next = faceDown()[0];
  if (next === undefined) {
    show(byId("show-all"), false);
    show(byId("keep"), true);
  }
  (next === undefined ? byId("keep") : part(next, ".back")).focus();
  for (const back of byId("pulls").querySelectorAll<HTMLElement>(".up .back")) back.inert = true;
}

async function turnAll(words: readonly { pull: Pull; called: string }[]): Promise<void> {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const made of faceDown()) {
    if (!made.isConnected || !dialog().open) return;
    if (made.classList.contains("up")) continue;
    turn(made);
    const pause = made.classList.contains("legendary") ? AFTER_LEGENDARY_MS : BETWEEN_MS;
    if (!still) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  const best = [...words].sort((a, b) => RARITIES.indexOf(a.pull.rarity) - RARITIES.indexOf(b.pull.rarity));
  setText(byId("told"), best.map(({ pull, called }) => `${called}, ${pull.rarity}`).join("; "));
  focusNext();
}
