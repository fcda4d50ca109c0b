/* app: the page. It shows what the client's replicas hold, whenever they change, and turns clicks into commands; it keeps
 * nothing of the game itself. Tokens stay in this tab's sessionStorage. */

import {
  GachaponClient, guest, redirectLogin, registration, sessionTokens, type Auth, type StateChange,
} from "../../protocol/typescript/src/index.js";
import { celebrate } from "./ceremony.js";
import { renderCollection } from "./collection.js";
import { byId, setText, show } from "./dom.js";
import { guests, openEntrance } from "./entrance.js";
import { renderProof, watchRevealForm } from "./fair.js";
import { renderPacks, type Doing, type Open } from "./packs.js";
import { renderTeams, watchTeamForm } from "./teams.js";
import { numberText, wordsFor } from "./words.js";

const url = location.origin.replace(/^http/, "ws");
const tokens = sessionTokens();
const provider = { clientId: "gachapon-web", store: tokens };
const GUEST = "gachapon.as-guest"; /* in sessionStorage: this tab plays as the guest of localStorage */
let game: GachaponClient | null = null;
let leaving: Promise<unknown> = Promise.resolve(); /* the last player's session ends before another one begins */

function tell(text: string): void {
  setText(byId("news"), text);
  show(byId("news"), text !== "");
}

/* Buttons are not disabled meanwhile: one that is would lose the focus, and the keyboard its place. */
const doing: Doing = (form, action) => {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  tell("");
  action()
    .catch((error: unknown) => tell(wordsFor(error)))
    .finally(() => (form.ariaBusy = "false"));
};

const open: Open = (form, pack, count, payment) =>
  doing(form, async () => {
    const ours = game!;
    celebrate(ours, await ours.openPack(pack, count, { payment }));
  });

function render(): void {
  if (game === null || game.player === null) return;
  setText(byId("who"), game.profile.player?.displayName ?? "");
  setText(byId("wallet"), `◆ ${numberText(game.wallet.total)}`);
  byId("wallet").setAttribute("aria-label", `${game.wallet.free} free and ${game.wallet.paid} paid currency`);
  renderPacks(byId("packs"), game, game, open);
  renderCollection(game);
  renderTeams(game, doing);
  renderProof(game);
}

function place(playing: boolean): void {
  const enters = playing && !byId("welcome").hidden;
  show(byId("welcome"), !playing);
  show(byId("claim"), playing && sessionStorage.getItem(GUEST) !== null);
  openEntrance(url, !playing);
  for (const id of ["game", "who", "wallet", "leave"]) show(byId(id), playing);
  if (enters) byId("packs-title").focus(); /* what had the focus is gone */
}

const STATES = { connecting: "connecting…", live: "live", stale: "reconnecting…", closed: "" };

function onState({ state, reason }: StateChange): void {
  setText(byId("state"), STATES[state]);
  byId("state").className = `pill ${state}`;
  if (state === "live") place(true);
  if (state !== "closed") return;
  place(false);
  const leftByOurselves = reason === null || reason.code === "closed" || (reason.code === "login_needed" && !game?.player);
  if (!leftByOurselves) tell(wordsFor(reason));
}

/** Connects, and shows the game once it is live. */
async function play(auth: Auth): Promise<void> {
  game?.close();
  await leaving;
  game = new GachaponClient(url, auth, { callWithinMs: Infinity }); /* a pull is waited for: its card is busy, and the state says why */
  const ours = game;
  ours.stateChanged.on((change) => ours === game && onState(change));
  for (const view of [ours.wallet, ours.inventory, ours.teams, ours.catalogue, ours.profile]) view.changed.on(render);
  ours.packs.anyChanged.on(render);
  await ours.connect();
  render();
}

async function playAsGuest(): Promise<void> {
  sessionStorage.setItem(GUEST, "yes");
  tokens.save(null);
  await play(guest(guests)).catch((error: unknown) => {
    sessionStorage.removeItem(GUEST);
    throw error;
  });
}

byId("register").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const field = (name: string): string => String(new FormData(form).get(name));
  const given = { displayName: field("displayName"), email: field("email"), password: field("password") };
  doing(form, async () => {
    await play(registration(given, tokens));
    form.reset();
  });
});
byId("sign-in").addEventListener("click", () => doing(byId("welcome"), () => play(redirectLogin({ ...provider, automatic: true }))));
byId("guest").addEventListener("click", () => doing(byId("welcome"), playAsGuest));
byId("claim").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  doing(form, async () => {
    await game!.claimAccount(byId<HTMLInputElement>("claim-email").value, byId<HTMLInputElement>("claim-password").value);
    sessionStorage.removeItem(GUEST);
    form.reset();
    show(byId("claim"), false);
  });
});
byId("leave").addEventListener("click", () => {
  sessionStorage.removeItem(GUEST);
  leaving = game!.signOut().catch(() => undefined); /* who cannot be told forgets it in time; here it is forgotten already */
  tell("");
});
watchTeamForm(() => game!, doing);
watchRevealForm(() => game!, doing);

/** Going back in the history brings an answer of the provider's that was used before: it need not stand in the address. */
function cleanAddress(): void {
  if (location.search !== "") history.replaceState(history.state, "", location.pathname);
}

/* Somebody comes back: from the provider's page with a code, or to a tab that has tokens. */
const comesBack = tokens.load() !== null || new URLSearchParams(location.search).has("state");
place(false);
if (sessionStorage.getItem(GUEST) !== null) playAsGuest().catch(() => undefined); /* onState has told why */
else if (comesBack) play(redirectLogin(provider)).catch(() => undefined).finally(cleanAddress);
