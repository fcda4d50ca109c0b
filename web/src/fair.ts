/* fair: the seeds in use, and draws computed again in this page once a seed is revealed. */

import { checkDraws, seedKey, type GachaponClient, type OpeningRow } from "../../protocol/typescript/src/index.js";
import { byId, h, setText } from "./dom.js";
import type { Doing } from "./packs.js";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function renderProof(game: GachaponClient): void {
  const proof = game.profile.proof;
  if (proof === undefined) return;
  const terms: [string, string][] = [
    ["Seed in use", `number ${proof.seedNumber}`],
    ["Its SHA-256", hex(proof.seedHash)],
    ["The next one's", hex(proof.nextSeedHash)],
    ["Your seed", proof.clientSeed],
  ];
  byId("proof").replaceChildren(...terms.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

export function watchRevealForm(game: () => GachaponClient, doing: Doing): void {
  const form = byId<HTMLFormElement>("reveal-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(form, () => revealAndCheck(game(), byId<HTMLInputElement>("client-seed").value));
  });
}

async function revealAndCheck(game: GachaponClient, clientSeed: string): Promise<void> {
  const before = game.profile.proof!;
  const { revealedSeed, revealedNumber } = await game.rotateSeed(clientSeed);
  const key = await seedKey(revealedSeed, before.seedHash);
  if (key === null) return setText(byId("verdict"), "The revealed seed is not the one whose fingerprint you were given. That is not fair.");
  const openings: OpeningRow[] = [];
  for await (const opening of game.all("opening", { limit: 500 })) openings.push(opening);
  const tables = { pack: (pack: string) => game.packs.get(pack), odds: (pack: string) => game.packs.odds(pack) };
  const revealed = { number: revealedNumber, key, clientSeed: before.clientSeed };
  const { same, different, unknown } = await checkDraws(openings, tables, revealed);
  const rest = unknown > 0 ? ` ${unknown} more came from tables that are no longer published.` : "";
  const found = different.length === 0
    ? `Fair: seed ${revealedNumber} has the promised fingerprint, and all ${same} draws made with it come out the same here.`
    : `Not fair: ${different.length} draws come out differently here.`;
  setText(byId("verdict"), found + rest);
}
