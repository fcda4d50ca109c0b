/* app: the page. It shows what the client's replicas hold, whenever they change, and turns clicks into commands; it keeps
 * nothing of the game itself. Tokens stay in this tab's sessionStorage. */

import {
  GachaponClient, redirectLogin, registration, sessionTokens, type Auth, type StateChange,
} from "../../protocol/typescript/src/index.js";
import { renderCollection, renderTeams, watchTeamForm } from "./collection.js";
import { byId, setText, show } from "./dom.js";
import { renderProof, watchRevealForm } from "./fair.js";
import { renderPacks, type Doing } from "./packs.js";
import { wordsFor } from "./words.js";

const url = location.origin.replace(/^http/, "ws");
const tokens = sessionTokens();
const provider = { clientId: "gachapon-web", store: tokens };
let game: GachaponClient | null = null;

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

function render(): void {
  if (game === null || game.player === null) return;
  setText(byId("who"), game.profile.player?.displayName ?? "");
  setText(byId("wallet"), `◆ ${game.wallet.total}`);
  byId("wallet").setAttribute("aria-label", `${game.wallet.free} free and ${game.wallet.paid} paid currency`);
  renderPacks(game, doing);
  renderCollection(game);
  renderTeams(game, doing);
  renderProof(game);
}

function place(playing: boolean): void {
  show(byId("welcome"), !playing);
  for (const id of ["game", "who", "wallet", "leave"]) show(byId(id), playing);
}

const STATES = { connecting: "connecting…", live: "live", stale: "connection lost, coming back…", closed: "not connected" };

function onState({ state, reason }: StateChange): void {
  setText(byId("state"), STATES[state]);
  byId("state").className = `pill ${state}`;
  if (state === "live") place(true);
  if (state !== "closed") return;
  place(false);
  if (reason !== null && reason.code !== "closed" && reason.code !== "login_needed") tell(wordsFor(reason));
}

/** Connects, and shows the game once it is live. */
async function play(auth: Auth): Promise<void> {
  game?.close();
  game = new GachaponClient(url, auth);
  const ours = game;
  ours.stateChanged.on((change) => ours === game && onState(change));
  for (const view of [ours.wallet, ours.inventory, ours.teams, ours.catalogue, ours.profile]) view.changed.on(render);
  ours.packs.anyChanged.on(render);
  await ours.connect();
  render();
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
byId("leave").addEventListener("click", () => {
  tokens.save(null);
  game?.close();
  tell("");
});
watchTeamForm(() => game!, doing);
watchRevealForm(() => game!, doing);

/* Somebody comes back: from the provider's page with a code, or to a tab that has tokens. */
const comesBack = tokens.load() !== null || new URLSearchParams(location.search).has("state");
place(false);
if (comesBack) play(redirectLogin(provider)).catch(() => undefined); /* onState has told why */
