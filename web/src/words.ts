/* words: what errors and numbers are called on the page. */

import { GachaponError, type Rarity } from "../../protocol/typescript/src/index.js";

const WORDS: Record<string, string> = {
  email_taken: "Someone has registered with this e-mail address. Sign in instead.",
  email_invalid: "This is not an e-mail address.",
  password_weak: "This password is too weak.",
  display_name_invalid: "A display name has 2 to 40 letters, digits, spaces or .-_' and no space at its ends.",
  wallet_insufficient: "Not enough currency for that.",
  item_insufficient: "You have none of the item that opens this pack.",
  stock_exhausted: "Not enough of this pack is left.",
  pack_retired: "This pack is no longer on sale.",
  team_name_invalid: "A team needs a name.",
  teams_full: "You have as many teams as there can be.",
  client_seed_invalid: "A seed is 1 to 64 printable characters without a colon.",
  login_failed: "Signing in did not work.",
  login_unavailable: "The sign-in service cannot be reached.",
  identity_unavailable: "The sign-in service cannot be reached.",
  signed_out: "You were signed out.",
  login_needed: "You were signed out. Sign in to play on.",
  token_expired: "Your sign-in has run out. Sign in to play on.",
  disabled: "This account was disabled.",
  account_disabled: "This account was disabled.",
  player_inactive: "This player was deactivated.",
  account_incomplete: "The account is made. Sign in on the studio's page, which has something to ask first.",
  registration_undone: "That took too long and was undone. Register once more.",
  replaced: "You play somewhere else now. Load this page again to play here.",
  timeout: "The server cannot be reached.",
  closed: "The connection was closed. What was under way may have happened: your collection shows it.",
  overloaded: "The server is busy. Try again in a moment.",
  rate_limited: "That was too fast. Try again in a moment.",
  too_many_messages: "That was too fast. Load this page again.",
  store_unavailable: "The server cannot save anything just now. Try again in a moment.",
  draining: "The server is restarting. Try again in a moment.",
  internal: "Something is wrong with the server. Nothing was taken from you.",
  not_understood: "This page is of another version than the server. Load it again.",
  client_too_old: "This page is of another version than the server. Load it again.",
  not_a_guest: "This account has an e-mail address already.",
  insecure_transport: "Registering needs a secure connection (https).",
};

export function wordsFor(error: unknown): string {
  if (!(error instanceof GachaponError)) return String(error);
  return WORDS[error.code] ?? (error.detail ? `${error.code}: ${error.detail}` : error.code);
}

/** The best first. */
export const RARITIES: readonly Rarity[] = ["legendary", "epic", "rare", "common", "unknown"];

const STARS: Record<Rarity, string> = { common: "★", rare: "★★", epic: "★★★", legendary: "★★★★", unknown: "" };

/** Its stars and its name: no meaning is in a colour alone. */
export function rarityText(rarity: Rarity): string {
  return `${STARS[rarity]} ${rarity}`;
}

/** To a thousandth, without zeros at the end. */
export function percent(numerator: bigint, denominator: bigint): string {
  return `${Number(((Number(numerator) / Number(denominator)) * 100).toFixed(3))} %`;
}

export function numberText(value: bigint | number): string {
  return value.toLocaleString("en");
}
