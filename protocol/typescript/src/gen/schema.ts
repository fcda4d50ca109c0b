/* schema: the protocol as tables, for one codec that serves every type.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */

import type { Field } from "../codec.js";

export const PROTOCOL_VERSION = 1;

export const LIMITS: Readonly<Record<string, number>> = {
  frameMaxBytes: 65536,
  messagesPerFrameMax: 32,
  depthMax: 8,
  valuesMax: 4096,
  inFlightMax: 64,
  eventsPerCommandMax: 16,
  pageRowsMax: 500,
};

/** Enum -> value's name -> number. */
export const ENUMS: Readonly<Record<string, Record<string, number>>> = {
  rarity: { common: 1, rare: 2, epic: 3, legendary: 4 },
  payment: { currency: 1, item: 2 },
  grant_kind: { free_currency: 1, paid_currency: 2, item: 3 },
  player_status: { active: 1, deactivated: 2, erased: 3 },
  door: { registered: 1, enrolled: 2 },
  pack_status: { on_sale: 1, retired: 2 },
  consistency: { strong: 1, eventual: 2 },
  retry: { never: 1, now: 2, later: 3, sign_in: 4 },
  audience: { own: 1, public: 2 },
  close_advice: { at_once: 1, later: 2, sign_in: 3, never: 4 },
};

/** Request -> its number, the structs of its payload and its reply, and what else its sender must know. */
export interface RequestEntry {
  number: number;
  payload: string;
  reply: string;
  /** It carries a command id, made by the client. */
  command?: true;
  /** It answers rows of this view. */
  view?: string;
}
export const REQUESTS: Readonly<Record<string, RequestEntry>> = {
  sign_in: { number: 4, payload: "message_sign_in", reply: "reply_sign_in" },
  refresh: { number: 5, payload: "message_refresh", reply: "reply_refresh" },
  ping: { number: 6, payload: "message_ping", reply: "reply_ping" },
  follow: { number: 7, payload: "message_follow", reply: "reply_follow" },
  register: { number: 11, payload: "message_register", reply: "reply_register", command: true },
  open_pack: { number: 101, payload: "command_open_pack", reply: "event_pack_opened", command: true },
  form_team: { number: 102, payload: "command_form_team", reply: "event_team_formed", command: true },
  change_team: { number: 103, payload: "command_change_team", reply: "event_team_changed", command: true },
  disband_team: { number: 104, payload: "command_disband_team", reply: "event_team_disbanded", command: true },
  rename_player: { number: 105, payload: "command_rename_player", reply: "event_player_renamed", command: true },
  rotate_seed: { number: 106, payload: "command_rotate_seed", reply: "event_seed_rotated", command: true },
  publish_character: { number: 200, payload: "command_publish_character", reply: "event_character_published", command: true },
  publish_item: { number: 201, payload: "command_publish_item", reply: "event_item_published", command: true },
  set_starting_balance: { number: 202, payload: "command_set_starting_balance", reply: "event_starting_balance_set", command: true },
  publish_pack: { number: 203, payload: "command_publish_pack", reply: "event_pack_published", command: true },
  retire_pack: { number: 204, payload: "command_retire_pack", reply: "event_pack_retired", command: true },
  grant: { number: 205, payload: "command_grant", reply: "event_granted" },
  list_players: { number: 300, payload: "query_list", reply: "reply_list", view: "player" },
  list_proofs: { number: 301, payload: "query_list", reply: "reply_list", view: "proof" },
  list_wallets: { number: 302, payload: "query_list", reply: "reply_list", view: "wallet" },
  list_characters: { number: 303, payload: "query_list", reply: "reply_list", view: "character" },
  list_items: { number: 304, payload: "query_list", reply: "reply_list", view: "item" },
  list_teams: { number: 305, payload: "query_list", reply: "reply_list", view: "team" },
  list_pities: { number: 306, payload: "query_list", reply: "reply_list", view: "pity" },
  list_openings: { number: 307, payload: "query_list", reply: "reply_list", view: "opening" },
  list_packs: { number: 320, payload: "query_list", reply: "reply_list", view: "pack" },
  list_odds: { number: 321, payload: "query_list", reply: "reply_list", view: "odds" },
  list_stocks: { number: 322, payload: "query_list", reply: "reply_list", view: "stock" },
  list_character_infos: { number: 323, payload: "query_list", reply: "reply_list", view: "character_info" },
  list_item_infos: { number: 324, payload: "query_list", reply: "reply_list", view: "item_info" },
  list_pull_statistics: { number: 325, payload: "query_list", reply: "reply_list", view: "pull_statistic" },
};

/** Push -> its number and struct. */
export const PUSHES: Readonly<Record<string, { number: number; payload: string }>> = {
  hello: { number: 1, payload: "message_hello" },
  tick: { number: 2, payload: "message_tick" },
  error: { number: 3, payload: "message_error" },
  changed: { number: 8, payload: "message_changed" },
  expiring: { number: 9, payload: "message_expiring" },
  closing: { number: 10, payload: "message_closing" },
  signed_in: { number: 12, payload: "message_signed_in" },
};

/** View -> its number, its struct, the audience, the fields that are its key, and whether it is replicated. */
export interface ViewEntry {
  number: number;
  struct: string;
  audience: string;
  key: readonly string[];
  pushed: boolean;
}
export const VIEWS: Readonly<Record<string, ViewEntry>> = {
  player: { number: 1, struct: "row_player", audience: "own", key: ["player"], pushed: true },
  proof: { number: 2, struct: "row_proof", audience: "own", key: ["player"], pushed: true },
  wallet: { number: 3, struct: "row_wallet", audience: "own", key: ["player"], pushed: true },
  character: { number: 4, struct: "row_character", audience: "own", key: ["player", "character"], pushed: true },
  item: { number: 5, struct: "row_item", audience: "own", key: ["player", "item"], pushed: true },
  team: { number: 6, struct: "row_team", audience: "own", key: ["player", "team"], pushed: true },
  pity: { number: 7, struct: "row_pity", audience: "own", key: ["player", "pityGroup"], pushed: true },
  opening: { number: 8, struct: "row_opening", audience: "own", key: ["player", "opening"], pushed: false },
  pack: { number: 20, struct: "row_pack", audience: "public", key: ["pack"], pushed: true },
  odds: { number: 21, struct: "row_odds", audience: "public", key: ["pack", "character"], pushed: true },
  stock: { number: 22, struct: "row_stock", audience: "public", key: ["pack"], pushed: true },
  character_info: { number: 23, struct: "row_character_info", audience: "public", key: ["character"], pushed: true },
  item_info: { number: 24, struct: "row_item_info", audience: "public", key: ["item"], pushed: true },
  pull_statistic: { number: 25, struct: "row_pull_statistic", audience: "public", key: ["pack", "version", "character"], pushed: false },
};

/** Error -> its number and whether sending it again can help. */
export const ERRORS: Readonly<Record<string, { number: number; retry: string }>> = {
  malformed: { number: 1, retry: "never" },
  type_unknown: { number: 2, retry: "never" },
  field_missing: { number: 3, retry: "never" },
  field_wrong_type: { number: 4, retry: "never" },
  field_out_of_range: { number: 5, retry: "never" },
  id_invalid: { number: 6, retry: "never" },
  command_id_missing: { number: 7, retry: "never" },
  too_deep: { number: 8, retry: "never" },
  too_many_values: { number: 9, retry: "never" },
  id_in_use: { number: 10, retry: "never" },
  signed_out: { number: 20, retry: "sign_in" },
  signed_in_already: { number: 21, retry: "never" },
  forbidden: { number: 22, retry: "never" },
  token_invalid: { number: 23, retry: "sign_in" },
  token_expired: { number: 24, retry: "sign_in" },
  token_revoked: { number: 25, retry: "sign_in" },
  token_other_subject: { number: 26, retry: "never" },
  identity_unavailable: { number: 27, retry: "later" },
  insecure_transport: { number: 28, retry: "never" },
  wrong_path: { number: 29, retry: "never" },
  too_many_in_flight: { number: 40, retry: "later" },
  overloaded: { number: 41, retry: "later" },
  store_unavailable: { number: 42, retry: "later" },
  view_unavailable: { number: 43, retry: "later" },
  view_behind: { number: 44, retry: "later" },
  conflict: { number: 45, retry: "now" },
  draining: { number: 46, retry: "later" },
  internal: { number: 47, retry: "later" },
  command_id_reused: { number: 48, retry: "never" },
  rate_limited: { number: 49, retry: "later" },
  email_taken: { number: 60, retry: "never" },
  email_invalid: { number: 61, retry: "never" },
  password_weak: { number: 62, retry: "never" },
  display_name_invalid: { number: 63, retry: "never" },
  player_exists: { number: 64, retry: "never" },
  player_unknown: { number: 65, retry: "never" },
  player_inactive: { number: 66, retry: "never" },
  registration_undone: { number: 67, retry: "never" },
  registration_settled: { number: 68, retry: "never" },
  registration_unknown: { number: 69, retry: "never" },
  account_incomplete: { number: 72, retry: "sign_in" },
  account_disabled: { number: 73, retry: "never" },
  pack_unknown: { number: 100, retry: "never" },
  pack_retired: { number: 101, retry: "never" },
  count_invalid: { number: 102, retry: "never" },
  wallet_insufficient: { number: 103, retry: "never" },
  item_insufficient: { number: 104, retry: "never" },
  pack_not_owned_as_item: { number: 105, retry: "never" },
  stock_exhausted: { number: 106, retry: "never" },
  team_size_invalid: { number: 110, retry: "never" },
  team_member_repeated: { number: 111, retry: "never" },
  character_not_owned: { number: 112, retry: "never" },
  team_name_invalid: { number: 113, retry: "never" },
  team_unknown: { number: 114, retry: "never" },
  teams_full: { number: 115, retry: "never" },
  client_seed_invalid: { number: 116, retry: "never" },
  rarity_changed: { number: 120, retry: "never" },
  catalogue_full: { number: 121, retry: "never" },
  character_unknown: { number: 122, retry: "never" },
  item_unknown: { number: 123, retry: "never" },
  pack_table_invalid: { number: 124, retry: "never" },
  amount_invalid: { number: 125, retry: "never" },
};

/** Close code -> its name and what a client does. */
export interface CloseEntry {
  name: string;
  advice: string;
  retryAfterMs: number;
}
export const CLOSES: Readonly<Record<number, CloseEntry>> = {
  1001: { name: "going_away", advice: "later", retryAfterMs: 1000 },
  1002: { name: "protocol_error", advice: "never", retryAfterMs: 0 },
  1003: { name: "unsupported_data", advice: "never", retryAfterMs: 0 },
  1007: { name: "not_utf8", advice: "never", retryAfterMs: 0 },
  1009: { name: "too_big", advice: "never", retryAfterMs: 0 },
  4000: { name: "hostile", advice: "never", retryAfterMs: 0 },
  4001: { name: "token_expired", advice: "sign_in", retryAfterMs: 0 },
  4002: { name: "signed_out", advice: "sign_in", retryAfterMs: 0 },
  4003: { name: "disabled", advice: "sign_in", retryAfterMs: 0 },
  4004: { name: "sign_in_timeout", advice: "sign_in", retryAfterMs: 0 },
  4005: { name: "slow_reader", advice: "at_once", retryAfterMs: 0 },
  4006: { name: "too_many_connections", advice: "later", retryAfterMs: 5000 },
  4007: { name: "too_many_messages", advice: "later", retryAfterMs: 1000 },
  4008: { name: "roles_changed", advice: "at_once", retryAfterMs: 0 },
};

/** Struct -> its fields, in the order of the wire. */
export const STRUCTS: Readonly<Record<string, readonly Field[]>> = {
  pull: [
    { name: "character", kind: "slug" },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "copies", kind: "u32" },
  ],
  rarity_weight: [
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "weight", kind: "u32" },
  ],
  pack_entry: [
    { name: "character", kind: "slug" },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "weight", kind: "u32" },
  ],
  limits: [
    { name: "frameMaxBytes", kind: "u32" },
    { name: "inFlightMax", kind: "u32" },
    { name: "messagesPerFrameMax", kind: "u32" },
    { name: "signInWithinMs", kind: "u32" },
    { name: "tickEveryMs", kind: "u32" },
    { name: "messagesPerSecond", kind: "u32", absent: 0 },
  ],
  meta: [
    { name: "commandId", kind: "uuid", optional: true, absent: null },
    { name: "consistency", kind: "enum", type: "consistency", absent: "strong" },
    { name: "atLeast", kind: "u64", absent: 0n },
    { name: "traceparent", kind: "text", max: 55, optional: true, absent: null },
  ],
  reply_meta: [
    { name: "position", kind: "u64" },
    { name: "viewPosition", kind: "u64", absent: 0n },
  ],
  change: [
    { name: "view", kind: "u16" },
    { name: "rows", kind: "raw" },
  ],
  message_hello: [
    { name: "protocol", kind: "u16" },
    { name: "oldestClient", kind: "u16" },
    { name: "epoch", kind: "uuid" },
    { name: "time", kind: "time" },
    { name: "server", kind: "text", max: 64 },
    { name: "limits", kind: "struct", type: "limits" },
    { name: "issuer", kind: "text", max: 255, optional: true, absent: null },
    { name: "clientId", kind: "text", max: 64, optional: true, absent: null },
  ],
  message_tick: [
    { name: "time", kind: "time" },
    { name: "ownMark", kind: "u64" },
    { name: "publicMark", kind: "u64" },
  ],
  message_error: [
    { name: "code", kind: "u16" },
    { name: "name", kind: "text", max: 48 },
    { name: "retry", kind: "enum", type: "retry" },
    { name: "retryAfterMs", kind: "u32" },
    { name: "detail", kind: "text", max: 160, optional: true },
  ],
  message_sign_in: [
    { name: "token", kind: "text", max: 16384 },
    { name: "displayName", kind: "text", max: 40, optional: true, absent: null },
  ],
  reply_sign_in: [
    { name: "player", kind: "uuid" },
    { name: "expiresAt", kind: "time" },
    { name: "enrolled", kind: "bool" },
    { name: "roles", kind: "list", of: "slug", max: 8 },
  ],
  message_refresh: [
    { name: "token", kind: "text", max: 16384 },
  ],
  reply_refresh: [
    { name: "expiresAt", kind: "time" },
  ],
  message_ping: [],
  reply_ping: [
    { name: "time", kind: "time" },
  ],
  message_follow: [
    { name: "epoch", kind: "uuid", optional: true, absent: null },
    { name: "generation", kind: "u64", absent: 0n },
    { name: "own", kind: "u64", absent: 0n },
    { name: "public", kind: "u64", absent: 0n },
  ],
  reply_follow: [
    { name: "epoch", kind: "uuid" },
    { name: "generation", kind: "u64" },
    { name: "ownWhole", kind: "bool" },
    { name: "publicWhole", kind: "bool" },
  ],
  message_changed: [
    { name: "audience", kind: "enum", type: "audience" },
    { name: "mark", kind: "u64" },
    { name: "changes", kind: "list", type: "change", of: "struct", max: 4096 },
  ],
  message_expiring: [
    { name: "expiresAt", kind: "time" },
  ],
  message_closing: [
    { name: "code", kind: "u16" },
    { name: "advice", kind: "enum", type: "close_advice" },
    { name: "retryAfterMs", kind: "u32" },
  ],
  message_register: [
    { name: "email", kind: "text", min: 3, max: 120 },
    { name: "password", kind: "text", min: 8, max: 128 },
    { name: "displayName", kind: "text", min: 2, max: 40 },
  ],
  reply_register: [
    { name: "player", kind: "uuid" },
    { name: "accessToken", kind: "text", max: 16384 },
    { name: "refreshToken", kind: "text", max: 16384 },
    { name: "expiresAt", kind: "time" },
  ],
  message_signed_in: [
    { name: "player", kind: "uuid" },
    { name: "expiresAt", kind: "time" },
    { name: "enrolled", kind: "bool" },
    { name: "roles", kind: "list", of: "slug", max: 8 },
  ],
  query_list: [
    { name: "after", kind: "bytes", max: 256, optional: true, absent: null },
    { name: "limit", kind: "u16", absent: 100 },
    { name: "player", kind: "uuid", optional: true, absent: null },
  ],
  reply_list: [
    { name: "rows", kind: "raw" },
    { name: "next", kind: "bytes", max: 256, optional: true },
  ],
  command_enrol_player: [
    { name: "player", kind: "uuid" },
    { name: "displayName", kind: "text", min: 1, max: 40 },
    { name: "door", kind: "enum", type: "door" },
  ],
  command_open_pack: [
    { name: "pack", kind: "slug" },
    { name: "count", kind: "u8" },
    { name: "payment", kind: "enum", type: "payment", absent: "currency" },
  ],
  command_form_team: [
    { name: "name", kind: "text", min: 1, max: 40 },
    { name: "members", kind: "list", of: "slug", max: 16 },
  ],
  command_change_team: [
    { name: "team", kind: "u32" },
    { name: "name", kind: "text", min: 1, max: 40 },
    { name: "members", kind: "list", of: "slug", max: 16 },
  ],
  command_disband_team: [
    { name: "team", kind: "u32" },
  ],
  command_rename_player: [
    { name: "displayName", kind: "text", min: 2, max: 40 },
  ],
  command_rotate_seed: [
    { name: "clientSeed", kind: "text", min: 1, max: 64 },
  ],
  command_begin_registration: [
    { name: "registration", kind: "uuid" },
    { name: "content", kind: "bytes", max: 16 },
  ],
  command_finish_registration: [
    { name: "player", kind: "uuid" },
    { name: "registration", kind: "uuid" },
    { name: "displayName", kind: "text", max: 40 },
  ],
  command_undo_registration: [
    { name: "player", kind: "uuid", optional: true },
    { name: "registration", kind: "uuid" },
  ],
  command_refuse_enrolment: [
    { name: "player", kind: "uuid" },
    { name: "registration", kind: "uuid" },
  ],
  command_publish_character: [
    { name: "character", kind: "slug" },
    { name: "name", kind: "text", min: 1, max: 60 },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "description", kind: "text", max: 400, optional: true, absent: null },
  ],
  command_publish_item: [
    { name: "item", kind: "slug" },
    { name: "name", kind: "text", min: 1, max: 60 },
    { name: "description", kind: "text", max: 400, optional: true, absent: null },
  ],
  command_set_starting_balance: [
    { name: "free", kind: "u64" },
    { name: "item", kind: "slug", optional: true },
    { name: "itemCount", kind: "u32" },
  ],
  command_publish_pack: [
    { name: "pack", kind: "slug" },
    { name: "name", kind: "text", min: 1, max: 60 },
    { name: "price", kind: "u64" },
    { name: "tenPrice", kind: "u64" },
    { name: "rarities", kind: "list", type: "rarity_weight", of: "struct", max: 8 },
    { name: "entries", kind: "list", type: "pack_entry", of: "struct", max: 256 },
    { name: "pityGroup", kind: "slug" },
    { name: "hardPity", kind: "u32" },
    { name: "pityRarity", kind: "enum", type: "rarity" },
    { name: "item", kind: "slug", optional: true },
    { name: "limited", kind: "bool" },
    { name: "stock", kind: "u64" },
  ],
  command_retire_pack: [
    { name: "pack", kind: "slug" },
  ],
  command_grant: [
    { name: "player", kind: "uuid" },
    { name: "externalId", kind: "text", min: 1, max: 64 },
    { name: "kind", kind: "enum", type: "grant_kind" },
    { name: "item", kind: "slug", optional: true },
    { name: "amount", kind: "u64" },
    { name: "reason", kind: "text", max: 120, optional: true, absent: null },
  ],
  event_player_registered: [
    { name: "player", kind: "uuid" },
    { name: "displayName", kind: "text", max: 40 },
    { name: "door", kind: "enum", type: "door" },
    { name: "registeredAt", kind: "time" },
    { name: "free", kind: "u64" },
    { name: "item", kind: "slug", optional: true },
    { name: "itemCount", kind: "u32" },
    { name: "seedNumber", kind: "u32" },
    { name: "seedHash", kind: "hash" },
    { name: "nextSeedHash", kind: "hash" },
    { name: "clientSeed", kind: "text", max: 64 },
  ],
  event_pack_opened: [
    { name: "player", kind: "uuid" },
    { name: "opening", kind: "u32" },
    { name: "pack", kind: "slug" },
    { name: "packVersion", kind: "u32" },
    { name: "payment", kind: "enum", type: "payment" },
    { name: "costFree", kind: "u64" },
    { name: "costPaid", kind: "u64" },
    { name: "free", kind: "u64" },
    { name: "paid", kind: "u64" },
    { name: "item", kind: "slug", optional: true },
    { name: "itemCount", kind: "u32" },
    { name: "seedNumber", kind: "u32" },
    { name: "firstNonce", kind: "u64" },
    { name: "pulls", kind: "list", type: "pull", of: "struct", min: 1, max: 10 },
    { name: "pityGroup", kind: "slug" },
    { name: "pity", kind: "u32" },
    { name: "openedAt", kind: "time" },
  ],
  event_granted: [
    { name: "player", kind: "uuid" },
    { name: "externalId", kind: "text", max: 64 },
    { name: "kind", kind: "enum", type: "grant_kind" },
    { name: "item", kind: "slug", optional: true },
    { name: "amount", kind: "u64" },
    { name: "free", kind: "u64" },
    { name: "paid", kind: "u64" },
    { name: "itemCount", kind: "u32" },
    { name: "reason", kind: "text", max: 120, optional: true },
    { name: "grantedAt", kind: "time" },
  ],
  event_team_formed: [
    { name: "player", kind: "uuid" },
    { name: "team", kind: "u32" },
    { name: "name", kind: "text", max: 40 },
    { name: "members", kind: "list", of: "slug", min: 4, max: 4 },
  ],
  event_team_changed: [
    { name: "player", kind: "uuid" },
    { name: "team", kind: "u32" },
    { name: "name", kind: "text", max: 40 },
    { name: "members", kind: "list", of: "slug", min: 4, max: 4 },
  ],
  event_team_disbanded: [
    { name: "player", kind: "uuid" },
    { name: "team", kind: "u32" },
  ],
  event_player_renamed: [
    { name: "player", kind: "uuid" },
    { name: "displayName", kind: "text", max: 40 },
    { name: "status", kind: "enum", type: "player_status" },
    { name: "registeredAt", kind: "time" },
  ],
  event_seed_rotated: [
    { name: "player", kind: "uuid" },
    { name: "revealedNumber", kind: "u32" },
    { name: "revealedSeed", kind: "hash" },
    { name: "revealedDraws", kind: "u64" },
    { name: "seedNumber", kind: "u32" },
    { name: "seedHash", kind: "hash" },
    { name: "nextSeedHash", kind: "hash" },
    { name: "clientSeed", kind: "text", max: 64 },
  ],
  event_enrolment_refused: [
    { name: "player", kind: "uuid" },
    { name: "registration", kind: "uuid" },
    { name: "refusedAt", kind: "time" },
  ],
  event_pack_published: [
    { name: "pack", kind: "slug" },
    { name: "version", kind: "u32" },
    { name: "name", kind: "text", max: 60 },
    { name: "price", kind: "u64" },
    { name: "tenPrice", kind: "u64" },
    { name: "rarities", kind: "list", type: "rarity_weight", of: "struct", max: 8 },
    { name: "entries", kind: "list", type: "pack_entry", of: "struct", max: 256 },
    { name: "dropped", kind: "list", of: "slug", max: 256 },
    { name: "pityGroup", kind: "slug" },
    { name: "hardPity", kind: "u32" },
    { name: "pityRarity", kind: "enum", type: "rarity" },
    { name: "item", kind: "slug", optional: true },
    { name: "limited", kind: "bool" },
    { name: "publishedAt", kind: "time" },
  ],
  event_pack_retired: [
    { name: "pack", kind: "slug" },
    { name: "retiredAt", kind: "time" },
    { name: "version", kind: "u32" },
    { name: "name", kind: "text", max: 60 },
    { name: "price", kind: "u64" },
    { name: "tenPrice", kind: "u64" },
    { name: "pityGroup", kind: "slug" },
    { name: "hardPity", kind: "u32" },
    { name: "pityRarity", kind: "enum", type: "rarity" },
    { name: "item", kind: "slug", optional: true },
    { name: "limited", kind: "bool" },
  ],
  event_stock_set: [
    { name: "pack", kind: "slug" },
    { name: "limited", kind: "bool" },
    { name: "remaining", kind: "u64" },
  ],
  event_stock_taken: [
    { name: "pack", kind: "slug" },
    { name: "taken", kind: "u32" },
    { name: "remaining", kind: "u64" },
  ],
  event_character_published: [
    { name: "character", kind: "slug" },
    { name: "name", kind: "text", max: 60 },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "description", kind: "text", max: 400, optional: true },
  ],
  event_item_published: [
    { name: "item", kind: "slug" },
    { name: "name", kind: "text", max: 60 },
    { name: "description", kind: "text", max: 400, optional: true },
  ],
  event_starting_balance_set: [
    { name: "free", kind: "u64" },
    { name: "item", kind: "slug", optional: true },
    { name: "itemCount", kind: "u32" },
  ],
  event_registration_begun: [
    { name: "registration", kind: "uuid" },
    { name: "begunAt", kind: "time" },
  ],
  event_registration_finished: [
    { name: "registration", kind: "uuid" },
    { name: "player", kind: "uuid" },
    { name: "finishedAt", kind: "time" },
  ],
  event_registration_undone: [
    { name: "registration", kind: "uuid" },
    { name: "undoneAt", kind: "time" },
  ],
  row_player: [
    { name: "player", kind: "uuid" },
    { name: "displayName", kind: "text", max: 40 },
    { name: "status", kind: "enum", type: "player_status" },
    { name: "registeredAt", kind: "time" },
  ],
  row_proof: [
    { name: "player", kind: "uuid" },
    { name: "seedNumber", kind: "u32" },
    { name: "seedHash", kind: "hash" },
    { name: "nextSeedHash", kind: "hash" },
    { name: "clientSeed", kind: "text", max: 64 },
  ],
  row_wallet: [
    { name: "player", kind: "uuid" },
    { name: "free", kind: "u64" },
    { name: "paid", kind: "u64" },
  ],
  row_character: [
    { name: "player", kind: "uuid" },
    { name: "character", kind: "slug" },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "copies", kind: "u32" },
  ],
  row_item: [
    { name: "player", kind: "uuid" },
    { name: "item", kind: "slug" },
    { name: "count", kind: "u32" },
  ],
  row_team: [
    { name: "player", kind: "uuid" },
    { name: "team", kind: "u32" },
    { name: "name", kind: "text", max: 40 },
    { name: "members", kind: "list", of: "slug", max: 4 },
  ],
  row_pity: [
    { name: "player", kind: "uuid" },
    { name: "pityGroup", kind: "slug" },
    { name: "draws", kind: "u32" },
  ],
  row_opening: [
    { name: "player", kind: "uuid" },
    { name: "opening", kind: "u32" },
    { name: "pack", kind: "slug" },
    { name: "packVersion", kind: "u32" },
    { name: "costFree", kind: "u64" },
    { name: "costPaid", kind: "u64" },
    { name: "item", kind: "slug", optional: true },
    { name: "seedNumber", kind: "u32" },
    { name: "firstNonce", kind: "u64" },
    { name: "pulls", kind: "list", type: "pull", of: "struct", max: 10 },
    { name: "openedAt", kind: "time" },
  ],
  row_pack: [
    { name: "pack", kind: "slug" },
    { name: "version", kind: "u32" },
    { name: "name", kind: "text", max: 60 },
    { name: "status", kind: "enum", type: "pack_status" },
    { name: "price", kind: "u64" },
    { name: "tenPrice", kind: "u64" },
    { name: "pityGroup", kind: "slug" },
    { name: "hardPity", kind: "u32" },
    { name: "pityRarity", kind: "enum", type: "rarity" },
    { name: "item", kind: "slug", optional: true },
    { name: "limited", kind: "bool" },
  ],
  row_odds: [
    { name: "pack", kind: "slug" },
    { name: "character", kind: "slug" },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "numerator", kind: "u64" },
    { name: "denominator", kind: "u64" },
    { name: "version", kind: "u32" },
    { name: "rarityWeight", kind: "u32" },
    { name: "weight", kind: "u32" },
  ],
  row_stock: [
    { name: "pack", kind: "slug" },
    { name: "limited", kind: "bool" },
    { name: "remaining", kind: "u64" },
  ],
  row_character_info: [
    { name: "character", kind: "slug" },
    { name: "name", kind: "text", max: 60 },
    { name: "rarity", kind: "enum", type: "rarity" },
    { name: "description", kind: "text", max: 400, optional: true },
  ],
  row_item_info: [
    { name: "item", kind: "slug" },
    { name: "name", kind: "text", max: 60 },
    { name: "description", kind: "text", max: 400, optional: true },
  ],
  row_pull_statistic: [
    { name: "pack", kind: "slug" },
    { name: "version", kind: "u32" },
    { name: "character", kind: "slug" },
    { name: "observed", kind: "u64" },
  ],
};
