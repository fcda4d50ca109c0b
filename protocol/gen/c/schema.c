// clang-format off
/* schema: the tables of schema.h.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
 *
 * Order: enums, then structs after those they hold, then the tables of commands, events, messages, views, errors,
 * close codes and streams, then the lookups. Field order is wire order; flags and limits are the schema's.
 * The SQL of the views stands in protocol/gen/sql as files; the strings here are those files. */
#include "gen/c/schema.h"
#include "gen/c/upcast.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char schema_fingerprint[65] = "3ccce70087372ac45bb24320e8f370b824521fd7067dae952eca09027c50e775";

static const struct enum_value values_rarity[] = {
    {"common", RARITY_COMMON},
    {"rare", RARITY_RARE},
    {"epic", RARITY_EPIC},
    {"legendary", RARITY_LEGENDARY},
};
const struct enum_desc enum_rarity = {"rarity", values_rarity, COUNT_OF(values_rarity)};

static const struct enum_value values_payment[] = {
    {"currency", PAYMENT_CURRENCY},
    {"item", PAYMENT_ITEM},
};
const struct enum_desc enum_payment = {"payment", values_payment, COUNT_OF(values_payment)};

static const struct enum_value values_grant_kind[] = {
    {"free_currency", GRANT_KIND_FREE_CURRENCY},
    {"paid_currency", GRANT_KIND_PAID_CURRENCY},
    {"item", GRANT_KIND_ITEM},
};
const struct enum_desc enum_grant_kind = {"grant_kind", values_grant_kind, COUNT_OF(values_grant_kind)};

static const struct enum_value values_player_status[] = {
    {"active", PLAYER_STATUS_ACTIVE},
    {"deactivated", PLAYER_STATUS_DEACTIVATED},
    {"erased", PLAYER_STATUS_ERASED},
};
const struct enum_desc enum_player_status = {"player_status", values_player_status, COUNT_OF(values_player_status)};

static const struct enum_value values_door[] = {
    {"registered", DOOR_REGISTERED},
    {"enrolled", DOOR_ENROLLED},
    {"guest", DOOR_GUEST},
};
const struct enum_desc enum_door = {"door", values_door, COUNT_OF(values_door)};

static const struct enum_value values_pack_status[] = {
    {"on_sale", PACK_STATUS_ON_SALE},
    {"retired", PACK_STATUS_RETIRED},
};
const struct enum_desc enum_pack_status = {"pack_status", values_pack_status, COUNT_OF(values_pack_status)};

static const struct enum_value values_consistency[] = {
    {"strong", CONSISTENCY_STRONG},
    {"eventual", CONSISTENCY_EVENTUAL},
};
const struct enum_desc enum_consistency = {"consistency", values_consistency, COUNT_OF(values_consistency)};

static const struct enum_value values_retry[] = {
    {"never", RETRY_NEVER},
    {"now", RETRY_NOW},
    {"later", RETRY_LATER},
    {"sign_in", RETRY_SIGN_IN},
};
const struct enum_desc enum_retry = {"retry", values_retry, COUNT_OF(values_retry)};

static const struct enum_value values_audience[] = {
    {"own", AUDIENCE_OWN},
    {"public", AUDIENCE_PUBLIC},
};
const struct enum_desc enum_audience = {"audience", values_audience, COUNT_OF(values_audience)};

static const struct enum_value values_close_advice[] = {
    {"at_once", CLOSE_ADVICE_AT_ONCE},
    {"later", CLOSE_ADVICE_LATER},
    {"sign_in", CLOSE_ADVICE_SIGN_IN},
    {"never", CLOSE_ADVICE_NEVER},
};
const struct enum_desc enum_close_advice = {"close_advice", values_close_advice, COUNT_OF(values_close_advice)};

static const struct field_desc fields_pull[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct pull, character)},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct pull, rarity), .enumeration = &enum_rarity},
    {.name = "copies", .kind = FIELD_U32, .offset = offsetof(struct pull, copies)},
};
const struct type_desc type_pull = {
    .name = "pull",
    .size = sizeof(struct pull),
    .fields = fields_pull,
    .field_count = COUNT_OF(fields_pull),
};

static const struct field_desc fields_rarity_weight[] = {
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct rarity_weight, rarity), .enumeration = &enum_rarity},
    {.name = "weight", .kind = FIELD_U32, .offset = offsetof(struct rarity_weight, weight)},
};
const struct type_desc type_rarity_weight = {
    .name = "rarity_weight",
    .size = sizeof(struct rarity_weight),
    .fields = fields_rarity_weight,
    .field_count = COUNT_OF(fields_rarity_weight),
};

static const struct field_desc fields_pack_entry[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct pack_entry, character)},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct pack_entry, rarity), .enumeration = &enum_rarity},
    {.name = "weight", .kind = FIELD_U32, .offset = offsetof(struct pack_entry, weight)},
};
const struct type_desc type_pack_entry = {
    .name = "pack_entry",
    .size = sizeof(struct pack_entry),
    .fields = fields_pack_entry,
    .field_count = COUNT_OF(fields_pack_entry),
};

static const struct field_desc fields_limits[] = {
    {.name = "frame_max_bytes", .kind = FIELD_U32, .offset = offsetof(struct limits, frame_max_bytes)},
    {.name = "in_flight_max", .kind = FIELD_U32, .offset = offsetof(struct limits, in_flight_max)},
    {.name = "messages_per_frame_max", .kind = FIELD_U32, .offset = offsetof(struct limits, messages_per_frame_max)},
    {.name = "sign_in_within_ms", .kind = FIELD_U32, .offset = offsetof(struct limits, sign_in_within_ms)},
    {.name = "tick_every_ms", .kind = FIELD_U32, .offset = offsetof(struct limits, tick_every_ms)},
    {.name = "messages_per_second", .kind = FIELD_U32, .offset = offsetof(struct limits, messages_per_second), .flags = FIELD_DEFAULT, .default_value = 0},
};
const struct type_desc type_limits = {
    .name = "limits",
    .size = sizeof(struct limits),
    .fields = fields_limits,
    .field_count = COUNT_OF(fields_limits),
};

static const struct field_desc fields_meta[] = {
    {.name = "command_id", .kind = FIELD_UUID, .offset = offsetof(struct meta, command_id), .flags = FIELD_OPTIONAL | FIELD_DEFAULT},
    {.name = "consistency", .kind = FIELD_ENUM, .offset = offsetof(struct meta, consistency), .flags = FIELD_DEFAULT, .default_value = CONSISTENCY_STRONG, .enumeration = &enum_consistency},
    {.name = "at_least", .kind = FIELD_U64, .offset = offsetof(struct meta, at_least), .flags = FIELD_DEFAULT, .default_value = 0},
    {.name = "traceparent", .kind = FIELD_TEXT, .offset = offsetof(struct meta, traceparent), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 55},
};
const struct type_desc type_meta = {
    .name = "meta",
    .size = sizeof(struct meta),
    .fields = fields_meta,
    .field_count = COUNT_OF(fields_meta),
};

static const struct field_desc fields_reply_meta[] = {
    {.name = "position", .kind = FIELD_U64, .offset = offsetof(struct reply_meta, position)},
    {.name = "view_position", .kind = FIELD_U64, .offset = offsetof(struct reply_meta, view_position), .flags = FIELD_DEFAULT, .default_value = 0},
};
const struct type_desc type_reply_meta = {
    .name = "reply_meta",
    .size = sizeof(struct reply_meta),
    .fields = fields_reply_meta,
    .field_count = COUNT_OF(fields_reply_meta),
};

static const struct field_desc fields_change[] = {
    {.name = "view", .kind = FIELD_U16, .offset = offsetof(struct change, view)},
    {.name = "rows", .kind = FIELD_RAW, .offset = offsetof(struct change, rows)},
};
const struct type_desc type_change = {
    .name = "change",
    .size = sizeof(struct change),
    .fields = fields_change,
    .field_count = COUNT_OF(fields_change),
};

static const struct field_desc fields_message_hello[] = {
    {.name = "protocol", .kind = FIELD_U16, .offset = offsetof(struct message_hello, protocol)},
    {.name = "oldest_client", .kind = FIELD_U16, .offset = offsetof(struct message_hello, oldest_client)},
    {.name = "epoch", .kind = FIELD_UUID, .offset = offsetof(struct message_hello, epoch)},
    {.name = "time", .kind = FIELD_TIME, .offset = offsetof(struct message_hello, time)},
    {.name = "server", .kind = FIELD_TEXT, .offset = offsetof(struct message_hello, server), .max = 64},
    {.name = "limits", .kind = FIELD_STRUCT, .offset = offsetof(struct message_hello, limits), .type = &type_limits},
    {.name = "issuer", .kind = FIELD_TEXT, .offset = offsetof(struct message_hello, issuer), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 255},
    {.name = "client_id", .kind = FIELD_TEXT, .offset = offsetof(struct message_hello, client_id), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 64},
};
const struct type_desc type_message_hello = {
    .name = "message_hello",
    .size = sizeof(struct message_hello),
    .fields = fields_message_hello,
    .field_count = COUNT_OF(fields_message_hello),
};

static const struct field_desc fields_message_tick[] = {
    {.name = "time", .kind = FIELD_TIME, .offset = offsetof(struct message_tick, time)},
    {.name = "own_mark", .kind = FIELD_U64, .offset = offsetof(struct message_tick, own_mark)},
    {.name = "public_mark", .kind = FIELD_U64, .offset = offsetof(struct message_tick, public_mark)},
};
const struct type_desc type_message_tick = {
    .name = "message_tick",
    .size = sizeof(struct message_tick),
    .fields = fields_message_tick,
    .field_count = COUNT_OF(fields_message_tick),
};

static const struct field_desc fields_message_error[] = {
    {.name = "code", .kind = FIELD_U16, .offset = offsetof(struct message_error, code)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct message_error, name), .max = 48},
    {.name = "retry", .kind = FIELD_ENUM, .offset = offsetof(struct message_error, retry), .enumeration = &enum_retry},
    {.name = "retry_after_ms", .kind = FIELD_U32, .offset = offsetof(struct message_error, retry_after_ms)},
    {.name = "detail", .kind = FIELD_TEXT, .offset = offsetof(struct message_error, detail), .flags = FIELD_OPTIONAL, .max = 160},
};
const struct type_desc type_message_error = {
    .name = "message_error",
    .size = sizeof(struct message_error),
    .fields = fields_message_error,
    .field_count = COUNT_OF(fields_message_error),
};

static const struct field_desc fields_message_sign_in[] = {
    {.name = "token", .kind = FIELD_TEXT, .offset = offsetof(struct message_sign_in, token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct message_sign_in, display_name), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 40},
};
const struct type_desc type_message_sign_in = {
    .name = "message_sign_in",
    .size = sizeof(struct message_sign_in),
    .fields = fields_message_sign_in,
    .field_count = COUNT_OF(fields_message_sign_in),
};

static const struct field_desc fields_reply_sign_in[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct reply_sign_in, player)},
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct reply_sign_in, expires_at)},
    {.name = "enrolled", .kind = FIELD_BOOL, .offset = offsetof(struct reply_sign_in, enrolled)},
    {.name = "roles", .kind = FIELD_LIST, .offset = offsetof(struct reply_sign_in, roles), .max = 8, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct reply_sign_in *)0)->roles) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_reply_sign_in = {
    .name = "reply_sign_in",
    .size = sizeof(struct reply_sign_in),
    .fields = fields_reply_sign_in,
    .field_count = COUNT_OF(fields_reply_sign_in),
};

static const struct field_desc fields_message_refresh[] = {
    {.name = "token", .kind = FIELD_TEXT, .offset = offsetof(struct message_refresh, token), .flags = FIELD_SECRET, .max = 16384},
};
const struct type_desc type_message_refresh = {
    .name = "message_refresh",
    .size = sizeof(struct message_refresh),
    .fields = fields_message_refresh,
    .field_count = COUNT_OF(fields_message_refresh),
};

static const struct field_desc fields_reply_refresh[] = {
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct reply_refresh, expires_at)},
};
const struct type_desc type_reply_refresh = {
    .name = "reply_refresh",
    .size = sizeof(struct reply_refresh),
    .fields = fields_reply_refresh,
    .field_count = COUNT_OF(fields_reply_refresh),
};

const struct type_desc type_message_ping = {.name = "message_ping", .size = sizeof(struct message_ping)};

static const struct field_desc fields_reply_ping[] = {
    {.name = "time", .kind = FIELD_TIME, .offset = offsetof(struct reply_ping, time)},
};
const struct type_desc type_reply_ping = {
    .name = "reply_ping",
    .size = sizeof(struct reply_ping),
    .fields = fields_reply_ping,
    .field_count = COUNT_OF(fields_reply_ping),
};

static const struct field_desc fields_message_follow[] = {
    {.name = "epoch", .kind = FIELD_UUID, .offset = offsetof(struct message_follow, epoch), .flags = FIELD_OPTIONAL | FIELD_DEFAULT},
    {.name = "generation", .kind = FIELD_U64, .offset = offsetof(struct message_follow, generation), .flags = FIELD_DEFAULT, .default_value = 0},
    {.name = "own", .kind = FIELD_U64, .offset = offsetof(struct message_follow, own), .flags = FIELD_DEFAULT, .default_value = 0},
    {.name = "public", .kind = FIELD_U64, .offset = offsetof(struct message_follow, public), .flags = FIELD_DEFAULT, .default_value = 0},
};
const struct type_desc type_message_follow = {
    .name = "message_follow",
    .size = sizeof(struct message_follow),
    .fields = fields_message_follow,
    .field_count = COUNT_OF(fields_message_follow),
};

static const struct field_desc fields_reply_follow[] = {
    {.name = "epoch", .kind = FIELD_UUID, .offset = offsetof(struct reply_follow, epoch)},
    {.name = "generation", .kind = FIELD_U64, .offset = offsetof(struct reply_follow, generation)},
    {.name = "own_whole", .kind = FIELD_BOOL, .offset = offsetof(struct reply_follow, own_whole)},
    {.name = "public_whole", .kind = FIELD_BOOL, .offset = offsetof(struct reply_follow, public_whole)},
};
const struct type_desc type_reply_follow = {
    .name = "reply_follow",
    .size = sizeof(struct reply_follow),
    .fields = fields_reply_follow,
    .field_count = COUNT_OF(fields_reply_follow),
};

static const struct field_desc fields_message_changed[] = {
    {.name = "audience", .kind = FIELD_ENUM, .offset = offsetof(struct message_changed, audience), .enumeration = &enum_audience},
    {.name = "mark", .kind = FIELD_U64, .offset = offsetof(struct message_changed, mark)},
    {.name = "changes", .kind = FIELD_LIST, .offset = offsetof(struct message_changed, changes), .max = 4096, .of = FIELD_STRUCT, .type = &type_change},
};
_Static_assert(sizeof(((struct message_changed *)0)->changes) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_message_changed = {
    .name = "message_changed",
    .size = sizeof(struct message_changed),
    .fields = fields_message_changed,
    .field_count = COUNT_OF(fields_message_changed),
};

static const struct field_desc fields_message_expiring[] = {
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct message_expiring, expires_at)},
};
const struct type_desc type_message_expiring = {
    .name = "message_expiring",
    .size = sizeof(struct message_expiring),
    .fields = fields_message_expiring,
    .field_count = COUNT_OF(fields_message_expiring),
};

static const struct field_desc fields_message_closing[] = {
    {.name = "code", .kind = FIELD_U16, .offset = offsetof(struct message_closing, code)},
    {.name = "advice", .kind = FIELD_ENUM, .offset = offsetof(struct message_closing, advice), .enumeration = &enum_close_advice},
    {.name = "retry_after_ms", .kind = FIELD_U32, .offset = offsetof(struct message_closing, retry_after_ms)},
};
const struct type_desc type_message_closing = {
    .name = "message_closing",
    .size = sizeof(struct message_closing),
    .fields = fields_message_closing,
    .field_count = COUNT_OF(fields_message_closing),
};

static const struct field_desc fields_message_register[] = {
    {.name = "email", .kind = FIELD_TEXT, .offset = offsetof(struct message_register, email), .flags = FIELD_SECRET, .min = 3, .max = 120},
    {.name = "password", .kind = FIELD_TEXT, .offset = offsetof(struct message_register, password), .flags = FIELD_SECRET, .min = 8, .max = 128},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct message_register, display_name), .flags = FIELD_PERSONAL, .min = 2, .max = 40},
};
const struct type_desc type_message_register = {
    .name = "message_register",
    .size = sizeof(struct message_register),
    .fields = fields_message_register,
    .field_count = COUNT_OF(fields_message_register),
};

static const struct field_desc fields_reply_register[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct reply_register, player)},
    {.name = "access_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_register, access_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "refresh_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_register, refresh_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct reply_register, expires_at)},
};
const struct type_desc type_reply_register = {
    .name = "reply_register",
    .size = sizeof(struct reply_register),
    .fields = fields_reply_register,
    .field_count = COUNT_OF(fields_reply_register),
};

static const struct field_desc fields_message_signed_in[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct message_signed_in, player)},
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct message_signed_in, expires_at)},
    {.name = "enrolled", .kind = FIELD_BOOL, .offset = offsetof(struct message_signed_in, enrolled)},
    {.name = "roles", .kind = FIELD_LIST, .offset = offsetof(struct message_signed_in, roles), .max = 8, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct message_signed_in *)0)->roles) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_message_signed_in = {
    .name = "message_signed_in",
    .size = sizeof(struct message_signed_in),
    .fields = fields_message_signed_in,
    .field_count = COUNT_OF(fields_message_signed_in),
};

static const struct field_desc fields_message_play_as_guest[] = {
    {.name = "secret", .kind = FIELD_TEXT, .offset = offsetof(struct message_play_as_guest, secret), .flags = FIELD_SECRET, .min = 32, .max = 128},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct message_play_as_guest, display_name), .flags = FIELD_DEFAULT | FIELD_PERSONAL, .max = 40},
};
const struct type_desc type_message_play_as_guest = {
    .name = "message_play_as_guest",
    .size = sizeof(struct message_play_as_guest),
    .fields = fields_message_play_as_guest,
    .field_count = COUNT_OF(fields_message_play_as_guest),
};

static const struct field_desc fields_reply_play_as_guest[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct reply_play_as_guest, player)},
    {.name = "access_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_play_as_guest, access_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "refresh_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_play_as_guest, refresh_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct reply_play_as_guest, expires_at)},
    {.name = "user_name", .kind = FIELD_TEXT, .offset = offsetof(struct reply_play_as_guest, user_name), .max = 64},
};
const struct type_desc type_reply_play_as_guest = {
    .name = "reply_play_as_guest",
    .size = sizeof(struct reply_play_as_guest),
    .fields = fields_reply_play_as_guest,
    .field_count = COUNT_OF(fields_reply_play_as_guest),
};

static const struct field_desc fields_message_claim_account[] = {
    {.name = "email", .kind = FIELD_TEXT, .offset = offsetof(struct message_claim_account, email), .flags = FIELD_SECRET, .min = 3, .max = 120},
    {.name = "password", .kind = FIELD_TEXT, .offset = offsetof(struct message_claim_account, password), .flags = FIELD_SECRET, .min = 8, .max = 128},
};
const struct type_desc type_message_claim_account = {
    .name = "message_claim_account",
    .size = sizeof(struct message_claim_account),
    .fields = fields_message_claim_account,
    .field_count = COUNT_OF(fields_message_claim_account),
};

static const struct field_desc fields_reply_claim_account[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct reply_claim_account, player)},
    {.name = "access_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_claim_account, access_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "refresh_token", .kind = FIELD_TEXT, .offset = offsetof(struct reply_claim_account, refresh_token), .flags = FIELD_SECRET, .max = 16384},
    {.name = "expires_at", .kind = FIELD_TIME, .offset = offsetof(struct reply_claim_account, expires_at)},
};
const struct type_desc type_reply_claim_account = {
    .name = "reply_claim_account",
    .size = sizeof(struct reply_claim_account),
    .fields = fields_reply_claim_account,
    .field_count = COUNT_OF(fields_reply_claim_account),
};

static const struct field_desc fields_query_list[] = {
    {.name = "after", .kind = FIELD_BYTES, .offset = offsetof(struct query_list, after), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 256},
    {.name = "limit", .kind = FIELD_U16, .offset = offsetof(struct query_list, limit), .flags = FIELD_DEFAULT, .default_value = 100},
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct query_list, player), .flags = FIELD_OPTIONAL | FIELD_DEFAULT},
};
const struct type_desc type_query_list = {
    .name = "query_list",
    .size = sizeof(struct query_list),
    .fields = fields_query_list,
    .field_count = COUNT_OF(fields_query_list),
};

static const struct field_desc fields_reply_list[] = {
    {.name = "rows", .kind = FIELD_RAW, .offset = offsetof(struct reply_list, rows)},
    {.name = "next", .kind = FIELD_BYTES, .offset = offsetof(struct reply_list, next), .flags = FIELD_OPTIONAL, .max = 256},
};
const struct type_desc type_reply_list = {
    .name = "reply_list",
    .size = sizeof(struct reply_list),
    .fields = fields_reply_list,
    .field_count = COUNT_OF(fields_reply_list),
};

static const struct field_desc fields_command_enrol_player[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_enrol_player, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct command_enrol_player, display_name), .flags = FIELD_PERSONAL, .min = 1, .max = 40},
    {.name = "door", .kind = FIELD_ENUM, .offset = offsetof(struct command_enrol_player, door), .enumeration = &enum_door},
};
const struct type_desc type_command_enrol_player = {
    .name = "command_enrol_player",
    .size = sizeof(struct command_enrol_player),
    .fields = fields_command_enrol_player,
    .field_count = COUNT_OF(fields_command_enrol_player),
};

static const struct field_desc fields_command_open_pack[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct command_open_pack, pack)},
    {.name = "count", .kind = FIELD_U8, .offset = offsetof(struct command_open_pack, count)},
    {.name = "payment", .kind = FIELD_ENUM, .offset = offsetof(struct command_open_pack, payment), .flags = FIELD_DEFAULT, .default_value = PAYMENT_CURRENCY, .enumeration = &enum_payment},
};
const struct type_desc type_command_open_pack = {
    .name = "command_open_pack",
    .size = sizeof(struct command_open_pack),
    .fields = fields_command_open_pack,
    .field_count = COUNT_OF(fields_command_open_pack),
};

static const struct field_desc fields_command_form_team[] = {
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct command_form_team, name), .flags = FIELD_PERSONAL, .min = 1, .max = 40},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct command_form_team, members), .max = 16, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct command_form_team *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_command_form_team = {
    .name = "command_form_team",
    .size = sizeof(struct command_form_team),
    .fields = fields_command_form_team,
    .field_count = COUNT_OF(fields_command_form_team),
};

static const struct field_desc fields_command_change_team[] = {
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct command_change_team, team)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct command_change_team, name), .flags = FIELD_PERSONAL, .min = 1, .max = 40},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct command_change_team, members), .max = 16, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct command_change_team *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_command_change_team = {
    .name = "command_change_team",
    .size = sizeof(struct command_change_team),
    .fields = fields_command_change_team,
    .field_count = COUNT_OF(fields_command_change_team),
};

static const struct field_desc fields_command_disband_team[] = {
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct command_disband_team, team)},
};
const struct type_desc type_command_disband_team = {
    .name = "command_disband_team",
    .size = sizeof(struct command_disband_team),
    .fields = fields_command_disband_team,
    .field_count = COUNT_OF(fields_command_disband_team),
};

static const struct field_desc fields_command_rename_player[] = {
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct command_rename_player, display_name), .flags = FIELD_PERSONAL, .min = 2, .max = 40},
};
const struct type_desc type_command_rename_player = {
    .name = "command_rename_player",
    .size = sizeof(struct command_rename_player),
    .fields = fields_command_rename_player,
    .field_count = COUNT_OF(fields_command_rename_player),
};

static const struct field_desc fields_command_rotate_seed[] = {
    {.name = "client_seed", .kind = FIELD_TEXT, .offset = offsetof(struct command_rotate_seed, client_seed), .min = 1, .max = 64},
};
const struct type_desc type_command_rotate_seed = {
    .name = "command_rotate_seed",
    .size = sizeof(struct command_rotate_seed),
    .fields = fields_command_rotate_seed,
    .field_count = COUNT_OF(fields_command_rotate_seed),
};

static const struct field_desc fields_command_begin_registration[] = {
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct command_begin_registration, registration)},
    {.name = "content", .kind = FIELD_BYTES, .offset = offsetof(struct command_begin_registration, content), .max = 16},
    {.name = "guest", .kind = FIELD_UUID, .offset = offsetof(struct command_begin_registration, guest), .flags = FIELD_OPTIONAL | FIELD_DEFAULT},
};
const struct type_desc type_command_begin_registration = {
    .name = "command_begin_registration",
    .size = sizeof(struct command_begin_registration),
    .fields = fields_command_begin_registration,
    .field_count = COUNT_OF(fields_command_begin_registration),
};

static const struct field_desc fields_command_finish_registration[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_finish_registration, player)},
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct command_finish_registration, registration)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct command_finish_registration, display_name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "door", .kind = FIELD_ENUM, .offset = offsetof(struct command_finish_registration, door), .flags = FIELD_DEFAULT, .default_value = DOOR_REGISTERED, .enumeration = &enum_door},
};
const struct type_desc type_command_finish_registration = {
    .name = "command_finish_registration",
    .size = sizeof(struct command_finish_registration),
    .fields = fields_command_finish_registration,
    .field_count = COUNT_OF(fields_command_finish_registration),
};

static const struct field_desc fields_command_undo_registration[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_undo_registration, player), .flags = FIELD_OPTIONAL},
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct command_undo_registration, registration)},
};
const struct type_desc type_command_undo_registration = {
    .name = "command_undo_registration",
    .size = sizeof(struct command_undo_registration),
    .fields = fields_command_undo_registration,
    .field_count = COUNT_OF(fields_command_undo_registration),
};

static const struct field_desc fields_command_refuse_enrolment[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_refuse_enrolment, player)},
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct command_refuse_enrolment, registration)},
};
const struct type_desc type_command_refuse_enrolment = {
    .name = "command_refuse_enrolment",
    .size = sizeof(struct command_refuse_enrolment),
    .fields = fields_command_refuse_enrolment,
    .field_count = COUNT_OF(fields_command_refuse_enrolment),
};

static const struct field_desc fields_command_reactivate_player[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_reactivate_player, player)},
};
const struct type_desc type_command_reactivate_player = {
    .name = "command_reactivate_player",
    .size = sizeof(struct command_reactivate_player),
    .fields = fields_command_reactivate_player,
    .field_count = COUNT_OF(fields_command_reactivate_player),
};

static const struct field_desc fields_command_publish_character[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct command_publish_character, character)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct command_publish_character, name), .min = 1, .max = 60},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct command_publish_character, rarity), .enumeration = &enum_rarity},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct command_publish_character, description), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 400},
};
const struct type_desc type_command_publish_character = {
    .name = "command_publish_character",
    .size = sizeof(struct command_publish_character),
    .fields = fields_command_publish_character,
    .field_count = COUNT_OF(fields_command_publish_character),
};

static const struct field_desc fields_command_publish_item[] = {
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct command_publish_item, item)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct command_publish_item, name), .min = 1, .max = 60},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct command_publish_item, description), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 400},
};
const struct type_desc type_command_publish_item = {
    .name = "command_publish_item",
    .size = sizeof(struct command_publish_item),
    .fields = fields_command_publish_item,
    .field_count = COUNT_OF(fields_command_publish_item),
};

static const struct field_desc fields_command_set_starting_balance[] = {
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct command_set_starting_balance, free)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct command_set_starting_balance, item), .flags = FIELD_OPTIONAL},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct command_set_starting_balance, item_count)},
};
const struct type_desc type_command_set_starting_balance = {
    .name = "command_set_starting_balance",
    .size = sizeof(struct command_set_starting_balance),
    .fields = fields_command_set_starting_balance,
    .field_count = COUNT_OF(fields_command_set_starting_balance),
};

static const struct field_desc fields_command_publish_pack[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct command_publish_pack, pack)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct command_publish_pack, name), .min = 1, .max = 60},
    {.name = "price", .kind = FIELD_U64, .offset = offsetof(struct command_publish_pack, price)},
    {.name = "ten_price", .kind = FIELD_U64, .offset = offsetof(struct command_publish_pack, ten_price)},
    {.name = "rarities", .kind = FIELD_LIST, .offset = offsetof(struct command_publish_pack, rarities), .max = 8, .of = FIELD_STRUCT, .type = &type_rarity_weight},
    {.name = "entries", .kind = FIELD_LIST, .offset = offsetof(struct command_publish_pack, entries), .max = 256, .of = FIELD_STRUCT, .type = &type_pack_entry},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct command_publish_pack, pity_group)},
    {.name = "hard_pity", .kind = FIELD_U32, .offset = offsetof(struct command_publish_pack, hard_pity)},
    {.name = "pity_rarity", .kind = FIELD_ENUM, .offset = offsetof(struct command_publish_pack, pity_rarity), .enumeration = &enum_rarity},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct command_publish_pack, item), .flags = FIELD_OPTIONAL},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct command_publish_pack, limited)},
    {.name = "stock", .kind = FIELD_U64, .offset = offsetof(struct command_publish_pack, stock)},
};
_Static_assert(sizeof(((struct command_publish_pack *)0)->rarities) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct command_publish_pack *)0)->entries) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_command_publish_pack = {
    .name = "command_publish_pack",
    .size = sizeof(struct command_publish_pack),
    .fields = fields_command_publish_pack,
    .field_count = COUNT_OF(fields_command_publish_pack),
};

static const struct field_desc fields_command_retire_pack[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct command_retire_pack, pack)},
};
const struct type_desc type_command_retire_pack = {
    .name = "command_retire_pack",
    .size = sizeof(struct command_retire_pack),
    .fields = fields_command_retire_pack,
    .field_count = COUNT_OF(fields_command_retire_pack),
};

static const struct field_desc fields_command_grant[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_grant, player)},
    {.name = "external_id", .kind = FIELD_TEXT, .offset = offsetof(struct command_grant, external_id), .min = 1, .max = 64},
    {.name = "kind", .kind = FIELD_ENUM, .offset = offsetof(struct command_grant, kind), .enumeration = &enum_grant_kind},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct command_grant, item), .flags = FIELD_OPTIONAL},
    {.name = "amount", .kind = FIELD_U64, .offset = offsetof(struct command_grant, amount)},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct command_grant, reason), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 120},
};
const struct type_desc type_command_grant = {
    .name = "command_grant",
    .size = sizeof(struct command_grant),
    .fields = fields_command_grant,
    .field_count = COUNT_OF(fields_command_grant),
};

static const struct field_desc fields_command_deactivate_player[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_deactivate_player, player)},
    {.name = "grace_s", .kind = FIELD_U32, .offset = offsetof(struct command_deactivate_player, grace_s), .flags = FIELD_DEFAULT, .default_value = 2592000},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct command_deactivate_player, reason), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 120},
};
const struct type_desc type_command_deactivate_player = {
    .name = "command_deactivate_player",
    .size = sizeof(struct command_deactivate_player),
    .fields = fields_command_deactivate_player,
    .field_count = COUNT_OF(fields_command_deactivate_player),
};

static const struct field_desc fields_command_erase_player[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct command_erase_player, player)},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct command_erase_player, reason), .flags = FIELD_OPTIONAL | FIELD_DEFAULT, .max = 120},
    {.name = "even_active", .kind = FIELD_BOOL, .offset = offsetof(struct command_erase_player, even_active), .flags = FIELD_DEFAULT, .default_value = 0},
};
const struct type_desc type_command_erase_player = {
    .name = "command_erase_player",
    .size = sizeof(struct command_erase_player),
    .fields = fields_command_erase_player,
    .field_count = COUNT_OF(fields_command_erase_player),
};

static const struct field_desc fields_event_player_registered[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_player_registered, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_registered, display_name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "door", .kind = FIELD_ENUM, .offset = offsetof(struct event_player_registered, door), .enumeration = &enum_door},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_registered, registered_at)},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct event_player_registered, free)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_player_registered, item), .flags = FIELD_OPTIONAL},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct event_player_registered, item_count)},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct event_player_registered, seed_number)},
    {.name = "seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct event_player_registered, seed_hash)},
    {.name = "next_seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct event_player_registered, next_seed_hash)},
    {.name = "client_seed", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_registered, client_seed), .max = 64},
};
const struct type_desc type_event_player_registered = {
    .name = "event_player_registered",
    .size = sizeof(struct event_player_registered),
    .fields = fields_event_player_registered,
    .field_count = COUNT_OF(fields_event_player_registered),
};

static const struct field_desc fields_event_pack_opened[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_pack_opened, player)},
    {.name = "opening", .kind = FIELD_U32, .offset = offsetof(struct event_pack_opened, opening)},
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_opened, pack)},
    {.name = "pack_version", .kind = FIELD_U32, .offset = offsetof(struct event_pack_opened, pack_version)},
    {.name = "payment", .kind = FIELD_ENUM, .offset = offsetof(struct event_pack_opened, payment), .enumeration = &enum_payment},
    {.name = "cost_free", .kind = FIELD_U64, .offset = offsetof(struct event_pack_opened, cost_free)},
    {.name = "cost_paid", .kind = FIELD_U64, .offset = offsetof(struct event_pack_opened, cost_paid)},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct event_pack_opened, free)},
    {.name = "paid", .kind = FIELD_U64, .offset = offsetof(struct event_pack_opened, paid)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_opened, item), .flags = FIELD_OPTIONAL},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct event_pack_opened, item_count)},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct event_pack_opened, seed_number)},
    {.name = "first_nonce", .kind = FIELD_U64, .offset = offsetof(struct event_pack_opened, first_nonce)},
    {.name = "pulls", .kind = FIELD_LIST, .offset = offsetof(struct event_pack_opened, pulls), .min = 1, .max = 10, .of = FIELD_STRUCT, .type = &type_pull},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_opened, pity_group)},
    {.name = "pity", .kind = FIELD_U32, .offset = offsetof(struct event_pack_opened, pity)},
    {.name = "opened_at", .kind = FIELD_TIME, .offset = offsetof(struct event_pack_opened, opened_at)},
};
_Static_assert(sizeof(((struct event_pack_opened *)0)->pulls) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_event_pack_opened = {
    .name = "event_pack_opened",
    .size = sizeof(struct event_pack_opened),
    .fields = fields_event_pack_opened,
    .field_count = COUNT_OF(fields_event_pack_opened),
};

static const struct field_desc fields_event_granted[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_granted, player)},
    {.name = "external_id", .kind = FIELD_TEXT, .offset = offsetof(struct event_granted, external_id), .max = 64},
    {.name = "kind", .kind = FIELD_ENUM, .offset = offsetof(struct event_granted, kind), .enumeration = &enum_grant_kind},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_granted, item), .flags = FIELD_OPTIONAL},
    {.name = "amount", .kind = FIELD_U64, .offset = offsetof(struct event_granted, amount)},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct event_granted, free)},
    {.name = "paid", .kind = FIELD_U64, .offset = offsetof(struct event_granted, paid)},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct event_granted, item_count)},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct event_granted, reason), .flags = FIELD_OPTIONAL, .max = 120},
    {.name = "granted_at", .kind = FIELD_TIME, .offset = offsetof(struct event_granted, granted_at)},
};
const struct type_desc type_event_granted = {
    .name = "event_granted",
    .size = sizeof(struct event_granted),
    .fields = fields_event_granted,
    .field_count = COUNT_OF(fields_event_granted),
};

static const struct field_desc fields_event_team_formed[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_team_formed, player)},
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct event_team_formed, team)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_team_formed, name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct event_team_formed, members), .min = 4, .max = 4, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct event_team_formed *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_event_team_formed = {
    .name = "event_team_formed",
    .size = sizeof(struct event_team_formed),
    .fields = fields_event_team_formed,
    .field_count = COUNT_OF(fields_event_team_formed),
};

static const struct field_desc fields_event_team_changed[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_team_changed, player)},
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct event_team_changed, team)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_team_changed, name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct event_team_changed, members), .min = 4, .max = 4, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct event_team_changed *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_event_team_changed = {
    .name = "event_team_changed",
    .size = sizeof(struct event_team_changed),
    .fields = fields_event_team_changed,
    .field_count = COUNT_OF(fields_event_team_changed),
};

static const struct field_desc fields_event_team_disbanded[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_team_disbanded, player)},
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct event_team_disbanded, team)},
};
const struct type_desc type_event_team_disbanded = {
    .name = "event_team_disbanded",
    .size = sizeof(struct event_team_disbanded),
    .fields = fields_event_team_disbanded,
    .field_count = COUNT_OF(fields_event_team_disbanded),
};

static const struct field_desc fields_event_player_renamed[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_player_renamed, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_renamed, display_name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "status", .kind = FIELD_ENUM, .offset = offsetof(struct event_player_renamed, status), .enumeration = &enum_player_status},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_renamed, registered_at)},
};
const struct type_desc type_event_player_renamed = {
    .name = "event_player_renamed",
    .size = sizeof(struct event_player_renamed),
    .fields = fields_event_player_renamed,
    .field_count = COUNT_OF(fields_event_player_renamed),
};

static const struct field_desc fields_event_seed_rotated[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_seed_rotated, player)},
    {.name = "revealed_number", .kind = FIELD_U32, .offset = offsetof(struct event_seed_rotated, revealed_number)},
    {.name = "revealed_seed", .kind = FIELD_HASH, .offset = offsetof(struct event_seed_rotated, revealed_seed)},
    {.name = "revealed_draws", .kind = FIELD_U64, .offset = offsetof(struct event_seed_rotated, revealed_draws)},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct event_seed_rotated, seed_number)},
    {.name = "seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct event_seed_rotated, seed_hash)},
    {.name = "next_seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct event_seed_rotated, next_seed_hash)},
    {.name = "client_seed", .kind = FIELD_TEXT, .offset = offsetof(struct event_seed_rotated, client_seed), .max = 64},
};
const struct type_desc type_event_seed_rotated = {
    .name = "event_seed_rotated",
    .size = sizeof(struct event_seed_rotated),
    .fields = fields_event_seed_rotated,
    .field_count = COUNT_OF(fields_event_seed_rotated),
};

static const struct field_desc fields_event_enrolment_refused[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_enrolment_refused, player)},
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct event_enrolment_refused, registration)},
    {.name = "refused_at", .kind = FIELD_TIME, .offset = offsetof(struct event_enrolment_refused, refused_at)},
};
const struct type_desc type_event_enrolment_refused = {
    .name = "event_enrolment_refused",
    .size = sizeof(struct event_enrolment_refused),
    .fields = fields_event_enrolment_refused,
    .field_count = COUNT_OF(fields_event_enrolment_refused),
};

static const struct field_desc fields_event_player_deactivated[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_player_deactivated, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_deactivated, display_name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_deactivated, registered_at)},
    {.name = "deactivated_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_deactivated, deactivated_at)},
    {.name = "grace_s", .kind = FIELD_U32, .offset = offsetof(struct event_player_deactivated, grace_s)},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_deactivated, reason), .flags = FIELD_OPTIONAL, .max = 120},
};
const struct type_desc type_event_player_deactivated = {
    .name = "event_player_deactivated",
    .size = sizeof(struct event_player_deactivated),
    .fields = fields_event_player_deactivated,
    .field_count = COUNT_OF(fields_event_player_deactivated),
};

static const struct field_desc fields_event_player_reactivated[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_player_reactivated, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_reactivated, display_name), .flags = FIELD_PERSONAL, .max = 40},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_reactivated, registered_at)},
    {.name = "reactivated_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_reactivated, reactivated_at)},
};
const struct type_desc type_event_player_reactivated = {
    .name = "event_player_reactivated",
    .size = sizeof(struct event_player_reactivated),
    .fields = fields_event_player_reactivated,
    .field_count = COUNT_OF(fields_event_player_reactivated),
};

static const struct field_desc fields_event_player_erased[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_player_erased, player)},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_erased, registered_at)},
    {.name = "teams", .kind = FIELD_LIST, .offset = offsetof(struct event_player_erased, teams), .max = 20, .of = FIELD_U32},
    {.name = "erased_at", .kind = FIELD_TIME, .offset = offsetof(struct event_player_erased, erased_at)},
    {.name = "reason", .kind = FIELD_TEXT, .offset = offsetof(struct event_player_erased, reason), .flags = FIELD_OPTIONAL, .max = 120},
};
_Static_assert(sizeof(((struct event_player_erased *)0)->teams) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_event_player_erased = {
    .name = "event_player_erased",
    .size = sizeof(struct event_player_erased),
    .fields = fields_event_player_erased,
    .field_count = COUNT_OF(fields_event_player_erased),
};

static const struct field_desc fields_event_pack_published[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_published, pack)},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct event_pack_published, version)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_pack_published, name), .max = 60},
    {.name = "price", .kind = FIELD_U64, .offset = offsetof(struct event_pack_published, price)},
    {.name = "ten_price", .kind = FIELD_U64, .offset = offsetof(struct event_pack_published, ten_price)},
    {.name = "rarities", .kind = FIELD_LIST, .offset = offsetof(struct event_pack_published, rarities), .max = 8, .of = FIELD_STRUCT, .type = &type_rarity_weight},
    {.name = "entries", .kind = FIELD_LIST, .offset = offsetof(struct event_pack_published, entries), .max = 256, .of = FIELD_STRUCT, .type = &type_pack_entry},
    {.name = "dropped", .kind = FIELD_LIST, .offset = offsetof(struct event_pack_published, dropped), .max = 256, .of = FIELD_SLUG},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_published, pity_group)},
    {.name = "hard_pity", .kind = FIELD_U32, .offset = offsetof(struct event_pack_published, hard_pity)},
    {.name = "pity_rarity", .kind = FIELD_ENUM, .offset = offsetof(struct event_pack_published, pity_rarity), .enumeration = &enum_rarity},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_published, item), .flags = FIELD_OPTIONAL},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct event_pack_published, limited)},
    {.name = "published_at", .kind = FIELD_TIME, .offset = offsetof(struct event_pack_published, published_at)},
};
_Static_assert(sizeof(((struct event_pack_published *)0)->rarities) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct event_pack_published *)0)->entries) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct event_pack_published *)0)->dropped) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_event_pack_published = {
    .name = "event_pack_published",
    .size = sizeof(struct event_pack_published),
    .fields = fields_event_pack_published,
    .field_count = COUNT_OF(fields_event_pack_published),
};

static const struct field_desc fields_event_pack_retired[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_retired, pack)},
    {.name = "retired_at", .kind = FIELD_TIME, .offset = offsetof(struct event_pack_retired, retired_at)},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct event_pack_retired, version)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_pack_retired, name), .max = 60},
    {.name = "price", .kind = FIELD_U64, .offset = offsetof(struct event_pack_retired, price)},
    {.name = "ten_price", .kind = FIELD_U64, .offset = offsetof(struct event_pack_retired, ten_price)},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_retired, pity_group)},
    {.name = "hard_pity", .kind = FIELD_U32, .offset = offsetof(struct event_pack_retired, hard_pity)},
    {.name = "pity_rarity", .kind = FIELD_ENUM, .offset = offsetof(struct event_pack_retired, pity_rarity), .enumeration = &enum_rarity},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_pack_retired, item), .flags = FIELD_OPTIONAL},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct event_pack_retired, limited)},
};
const struct type_desc type_event_pack_retired = {
    .name = "event_pack_retired",
    .size = sizeof(struct event_pack_retired),
    .fields = fields_event_pack_retired,
    .field_count = COUNT_OF(fields_event_pack_retired),
};

static const struct field_desc fields_event_stock_set[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct event_stock_set, pack)},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct event_stock_set, limited)},
    {.name = "remaining", .kind = FIELD_U64, .offset = offsetof(struct event_stock_set, remaining)},
};
const struct type_desc type_event_stock_set = {
    .name = "event_stock_set",
    .size = sizeof(struct event_stock_set),
    .fields = fields_event_stock_set,
    .field_count = COUNT_OF(fields_event_stock_set),
};

static const struct field_desc fields_event_stock_taken[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct event_stock_taken, pack)},
    {.name = "taken", .kind = FIELD_U32, .offset = offsetof(struct event_stock_taken, taken)},
    {.name = "remaining", .kind = FIELD_U64, .offset = offsetof(struct event_stock_taken, remaining)},
};
const struct type_desc type_event_stock_taken = {
    .name = "event_stock_taken",
    .size = sizeof(struct event_stock_taken),
    .fields = fields_event_stock_taken,
    .field_count = COUNT_OF(fields_event_stock_taken),
};

static const struct field_desc fields_event_character_published[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct event_character_published, character)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_character_published, name), .max = 60},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct event_character_published, rarity), .enumeration = &enum_rarity},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct event_character_published, description), .flags = FIELD_OPTIONAL, .max = 400},
};
const struct type_desc type_event_character_published = {
    .name = "event_character_published",
    .size = sizeof(struct event_character_published),
    .fields = fields_event_character_published,
    .field_count = COUNT_OF(fields_event_character_published),
};

static const struct field_desc fields_event_item_published[] = {
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_item_published, item)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct event_item_published, name), .max = 60},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct event_item_published, description), .flags = FIELD_OPTIONAL, .max = 400},
};
const struct type_desc type_event_item_published = {
    .name = "event_item_published",
    .size = sizeof(struct event_item_published),
    .fields = fields_event_item_published,
    .field_count = COUNT_OF(fields_event_item_published),
};

static const struct field_desc fields_event_starting_balance_set[] = {
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct event_starting_balance_set, free)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct event_starting_balance_set, item), .flags = FIELD_OPTIONAL},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct event_starting_balance_set, item_count)},
};
const struct type_desc type_event_starting_balance_set = {
    .name = "event_starting_balance_set",
    .size = sizeof(struct event_starting_balance_set),
    .fields = fields_event_starting_balance_set,
    .field_count = COUNT_OF(fields_event_starting_balance_set),
};

static const struct field_desc fields_event_registration_begun[] = {
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct event_registration_begun, registration)},
    {.name = "begun_at", .kind = FIELD_TIME, .offset = offsetof(struct event_registration_begun, begun_at)},
    {.name = "guest", .kind = FIELD_UUID, .offset = offsetof(struct event_registration_begun, guest), .flags = FIELD_OPTIONAL | FIELD_DEFAULT},
};
const struct type_desc type_event_registration_begun = {
    .name = "event_registration_begun",
    .size = sizeof(struct event_registration_begun),
    .fields = fields_event_registration_begun,
    .field_count = COUNT_OF(fields_event_registration_begun),
};

static const struct field_desc fields_event_registration_finished[] = {
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct event_registration_finished, registration)},
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct event_registration_finished, player)},
    {.name = "finished_at", .kind = FIELD_TIME, .offset = offsetof(struct event_registration_finished, finished_at)},
};
const struct type_desc type_event_registration_finished = {
    .name = "event_registration_finished",
    .size = sizeof(struct event_registration_finished),
    .fields = fields_event_registration_finished,
    .field_count = COUNT_OF(fields_event_registration_finished),
};

static const struct field_desc fields_event_registration_undone[] = {
    {.name = "registration", .kind = FIELD_UUID, .offset = offsetof(struct event_registration_undone, registration)},
    {.name = "undone_at", .kind = FIELD_TIME, .offset = offsetof(struct event_registration_undone, undone_at)},
};
const struct type_desc type_event_registration_undone = {
    .name = "event_registration_undone",
    .size = sizeof(struct event_registration_undone),
    .fields = fields_event_registration_undone,
    .field_count = COUNT_OF(fields_event_registration_undone),
};

static const struct field_desc fields_row_player[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_player, player)},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct row_player, display_name), .max = 40},
    {.name = "status", .kind = FIELD_ENUM, .offset = offsetof(struct row_player, status), .enumeration = &enum_player_status},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct row_player, registered_at)},
};
const struct type_desc type_row_player = {
    .name = "row_player",
    .size = sizeof(struct row_player),
    .fields = fields_row_player,
    .field_count = COUNT_OF(fields_row_player),
};

static const struct field_desc fields_row_proof[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_proof, player)},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct row_proof, seed_number)},
    {.name = "seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct row_proof, seed_hash)},
    {.name = "next_seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct row_proof, next_seed_hash)},
    {.name = "client_seed", .kind = FIELD_TEXT, .offset = offsetof(struct row_proof, client_seed), .max = 64},
};
const struct type_desc type_row_proof = {
    .name = "row_proof",
    .size = sizeof(struct row_proof),
    .fields = fields_row_proof,
    .field_count = COUNT_OF(fields_row_proof),
};

static const struct field_desc fields_row_wallet[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_wallet, player)},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct row_wallet, free)},
    {.name = "paid", .kind = FIELD_U64, .offset = offsetof(struct row_wallet, paid)},
};
const struct type_desc type_row_wallet = {
    .name = "row_wallet",
    .size = sizeof(struct row_wallet),
    .fields = fields_row_wallet,
    .field_count = COUNT_OF(fields_row_wallet),
};

static const struct field_desc fields_row_character[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_character, player)},
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct row_character, character)},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct row_character, rarity), .enumeration = &enum_rarity},
    {.name = "copies", .kind = FIELD_U32, .offset = offsetof(struct row_character, copies)},
};
const struct type_desc type_row_character = {
    .name = "row_character",
    .size = sizeof(struct row_character),
    .fields = fields_row_character,
    .field_count = COUNT_OF(fields_row_character),
};

static const struct field_desc fields_row_item[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_item, player)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct row_item, item)},
    {.name = "count", .kind = FIELD_U32, .offset = offsetof(struct row_item, count)},
};
const struct type_desc type_row_item = {
    .name = "row_item",
    .size = sizeof(struct row_item),
    .fields = fields_row_item,
    .field_count = COUNT_OF(fields_row_item),
};

static const struct field_desc fields_row_team[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_team, player)},
    {.name = "team", .kind = FIELD_U32, .offset = offsetof(struct row_team, team)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct row_team, name), .max = 40},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct row_team, members), .max = 4, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct row_team *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_row_team = {
    .name = "row_team",
    .size = sizeof(struct row_team),
    .fields = fields_row_team,
    .field_count = COUNT_OF(fields_row_team),
};

static const struct field_desc fields_row_pity[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_pity, player)},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct row_pity, pity_group)},
    {.name = "draws", .kind = FIELD_U32, .offset = offsetof(struct row_pity, draws)},
};
const struct type_desc type_row_pity = {
    .name = "row_pity",
    .size = sizeof(struct row_pity),
    .fields = fields_row_pity,
    .field_count = COUNT_OF(fields_row_pity),
};

static const struct field_desc fields_row_opening[] = {
    {.name = "player", .kind = FIELD_UUID, .offset = offsetof(struct row_opening, player)},
    {.name = "opening", .kind = FIELD_U32, .offset = offsetof(struct row_opening, opening)},
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct row_opening, pack)},
    {.name = "pack_version", .kind = FIELD_U32, .offset = offsetof(struct row_opening, pack_version)},
    {.name = "cost_free", .kind = FIELD_U64, .offset = offsetof(struct row_opening, cost_free)},
    {.name = "cost_paid", .kind = FIELD_U64, .offset = offsetof(struct row_opening, cost_paid)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct row_opening, item), .flags = FIELD_OPTIONAL},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct row_opening, seed_number)},
    {.name = "first_nonce", .kind = FIELD_U64, .offset = offsetof(struct row_opening, first_nonce)},
    {.name = "pulls", .kind = FIELD_LIST, .offset = offsetof(struct row_opening, pulls), .max = 10, .of = FIELD_STRUCT, .type = &type_pull},
    {.name = "opened_at", .kind = FIELD_TIME, .offset = offsetof(struct row_opening, opened_at)},
};
_Static_assert(sizeof(((struct row_opening *)0)->pulls) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_row_opening = {
    .name = "row_opening",
    .size = sizeof(struct row_opening),
    .fields = fields_row_opening,
    .field_count = COUNT_OF(fields_row_opening),
};

static const struct field_desc fields_row_pack[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct row_pack, pack)},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct row_pack, version)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct row_pack, name), .max = 60},
    {.name = "status", .kind = FIELD_ENUM, .offset = offsetof(struct row_pack, status), .enumeration = &enum_pack_status},
    {.name = "price", .kind = FIELD_U64, .offset = offsetof(struct row_pack, price)},
    {.name = "ten_price", .kind = FIELD_U64, .offset = offsetof(struct row_pack, ten_price)},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct row_pack, pity_group)},
    {.name = "hard_pity", .kind = FIELD_U32, .offset = offsetof(struct row_pack, hard_pity)},
    {.name = "pity_rarity", .kind = FIELD_ENUM, .offset = offsetof(struct row_pack, pity_rarity), .enumeration = &enum_rarity},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct row_pack, item), .flags = FIELD_OPTIONAL},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct row_pack, limited)},
};
const struct type_desc type_row_pack = {
    .name = "row_pack",
    .size = sizeof(struct row_pack),
    .fields = fields_row_pack,
    .field_count = COUNT_OF(fields_row_pack),
};

static const struct field_desc fields_row_odds[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct row_odds, pack)},
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct row_odds, character)},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct row_odds, rarity), .enumeration = &enum_rarity},
    {.name = "numerator", .kind = FIELD_U64, .offset = offsetof(struct row_odds, numerator)},
    {.name = "denominator", .kind = FIELD_U64, .offset = offsetof(struct row_odds, denominator)},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct row_odds, version)},
    {.name = "rarity_weight", .kind = FIELD_U32, .offset = offsetof(struct row_odds, rarity_weight)},
    {.name = "weight", .kind = FIELD_U32, .offset = offsetof(struct row_odds, weight)},
};
const struct type_desc type_row_odds = {
    .name = "row_odds",
    .size = sizeof(struct row_odds),
    .fields = fields_row_odds,
    .field_count = COUNT_OF(fields_row_odds),
};

static const struct field_desc fields_row_stock[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct row_stock, pack)},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct row_stock, limited)},
    {.name = "remaining", .kind = FIELD_U64, .offset = offsetof(struct row_stock, remaining)},
};
const struct type_desc type_row_stock = {
    .name = "row_stock",
    .size = sizeof(struct row_stock),
    .fields = fields_row_stock,
    .field_count = COUNT_OF(fields_row_stock),
};

static const struct field_desc fields_row_character_info[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct row_character_info, character)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct row_character_info, name), .max = 60},
    {.name = "rarity", .kind = FIELD_ENUM, .offset = offsetof(struct row_character_info, rarity), .enumeration = &enum_rarity},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct row_character_info, description), .flags = FIELD_OPTIONAL, .max = 400},
};
const struct type_desc type_row_character_info = {
    .name = "row_character_info",
    .size = sizeof(struct row_character_info),
    .fields = fields_row_character_info,
    .field_count = COUNT_OF(fields_row_character_info),
};

static const struct field_desc fields_row_item_info[] = {
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct row_item_info, item)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct row_item_info, name), .max = 60},
    {.name = "description", .kind = FIELD_TEXT, .offset = offsetof(struct row_item_info, description), .flags = FIELD_OPTIONAL, .max = 400},
};
const struct type_desc type_row_item_info = {
    .name = "row_item_info",
    .size = sizeof(struct row_item_info),
    .fields = fields_row_item_info,
    .field_count = COUNT_OF(fields_row_item_info),
};

static const struct field_desc fields_row_pull_statistic[] = {
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct row_pull_statistic, pack)},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct row_pull_statistic, version)},
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct row_pull_statistic, character)},
    {.name = "observed", .kind = FIELD_U64, .offset = offsetof(struct row_pull_statistic, observed)},
};
const struct type_desc type_row_pull_statistic = {
    .name = "row_pull_statistic",
    .size = sizeof(struct row_pull_statistic),
    .fields = fields_row_pull_statistic,
    .field_count = COUNT_OF(fields_row_pull_statistic),
};

static const struct field_desc fields_kept_character[] = {
    {.name = "character", .kind = FIELD_SLUG, .offset = offsetof(struct kept_character, character), .flags = FIELD_OPTIONAL},
    {.name = "rarity", .kind = FIELD_U8, .offset = offsetof(struct kept_character, rarity)},
    {.name = "copies", .kind = FIELD_U32, .offset = offsetof(struct kept_character, copies)},
};
const struct type_desc type_kept_character = {
    .name = "kept_character",
    .size = sizeof(struct kept_character),
    .fields = fields_kept_character,
    .field_count = COUNT_OF(fields_kept_character),
};

static const struct field_desc fields_kept_count[] = {
    {.name = "key", .kind = FIELD_SLUG, .offset = offsetof(struct kept_count, key), .flags = FIELD_OPTIONAL},
    {.name = "count", .kind = FIELD_U32, .offset = offsetof(struct kept_count, count)},
};
const struct type_desc type_kept_count = {
    .name = "kept_count",
    .size = sizeof(struct kept_count),
    .fields = fields_kept_count,
    .field_count = COUNT_OF(fields_kept_count),
};

static const struct field_desc fields_kept_team[] = {
    {.name = "number", .kind = FIELD_U32, .offset = offsetof(struct kept_team, number)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct kept_team, name), .flags = FIELD_PERSONAL, .max = 64},
    {.name = "members", .kind = FIELD_LIST, .offset = offsetof(struct kept_team, members), .max = 4, .of = FIELD_SLUG},
};
_Static_assert(sizeof(((struct kept_team *)0)->members) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_kept_team = {
    .name = "kept_team",
    .size = sizeof(struct kept_team),
    .fields = fields_kept_team,
    .field_count = COUNT_OF(fields_kept_team),
};

static const struct field_desc fields_snapshot_player[] = {
    {.name = "situation", .kind = FIELD_U8, .offset = offsetof(struct snapshot_player, situation)},
    {.name = "id", .kind = FIELD_UUID, .offset = offsetof(struct snapshot_player, id), .flags = FIELD_OPTIONAL},
    {.name = "display_name", .kind = FIELD_TEXT, .offset = offsetof(struct snapshot_player, display_name), .flags = FIELD_PERSONAL, .max = 64},
    {.name = "registered_at", .kind = FIELD_TIME, .offset = offsetof(struct snapshot_player, registered_at)},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct snapshot_player, free)},
    {.name = "paid", .kind = FIELD_U64, .offset = offsetof(struct snapshot_player, paid)},
    {.name = "seed_number", .kind = FIELD_U32, .offset = offsetof(struct snapshot_player, seed_number)},
    {.name = "seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct snapshot_player, seed_hash)},
    {.name = "next_seed_hash", .kind = FIELD_HASH, .offset = offsetof(struct snapshot_player, next_seed_hash)},
    {.name = "client_seed", .kind = FIELD_TEXT, .offset = offsetof(struct snapshot_player, client_seed), .max = 64},
    {.name = "next_nonce", .kind = FIELD_U64, .offset = offsetof(struct snapshot_player, next_nonce)},
    {.name = "openings", .kind = FIELD_U32, .offset = offsetof(struct snapshot_player, openings)},
    {.name = "next_team", .kind = FIELD_U32, .offset = offsetof(struct snapshot_player, next_team)},
    {.name = "characters", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_player, characters), .max = 65535, .of = FIELD_STRUCT, .type = &type_kept_character},
    {.name = "items", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_player, items), .max = 65535, .of = FIELD_STRUCT, .type = &type_kept_count},
    {.name = "pities", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_player, pities), .max = 65535, .of = FIELD_STRUCT, .type = &type_kept_count},
    {.name = "teams", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_player, teams), .max = 65535, .of = FIELD_STRUCT, .type = &type_kept_team},
};
_Static_assert(sizeof(((struct snapshot_player *)0)->characters) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct snapshot_player *)0)->items) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct snapshot_player *)0)->pities) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct snapshot_player *)0)->teams) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_snapshot_player = {
    .name = "snapshot_player",
    .size = sizeof(struct snapshot_player),
    .fields = fields_snapshot_player,
    .field_count = COUNT_OF(fields_snapshot_player),
};

static const struct field_desc fields_snapshot_pack[] = {
    {.name = "situation", .kind = FIELD_U8, .offset = offsetof(struct snapshot_pack, situation)},
    {.name = "pack", .kind = FIELD_SLUG, .offset = offsetof(struct snapshot_pack, pack), .flags = FIELD_OPTIONAL},
    {.name = "version", .kind = FIELD_U32, .offset = offsetof(struct snapshot_pack, version)},
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct snapshot_pack, name), .max = 64},
    {.name = "price", .kind = FIELD_U64, .offset = offsetof(struct snapshot_pack, price)},
    {.name = "ten_price", .kind = FIELD_U64, .offset = offsetof(struct snapshot_pack, ten_price)},
    {.name = "rarities", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_pack, rarities), .max = 65535, .of = FIELD_STRUCT, .type = &type_rarity_weight},
    {.name = "entries", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_pack, entries), .max = 65535, .of = FIELD_STRUCT, .type = &type_pack_entry},
    {.name = "pity_group", .kind = FIELD_SLUG, .offset = offsetof(struct snapshot_pack, pity_group), .flags = FIELD_OPTIONAL},
    {.name = "hard_pity", .kind = FIELD_U32, .offset = offsetof(struct snapshot_pack, hard_pity)},
    {.name = "pity_rarity", .kind = FIELD_U8, .offset = offsetof(struct snapshot_pack, pity_rarity)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct snapshot_pack, item), .flags = FIELD_OPTIONAL},
    {.name = "limited", .kind = FIELD_BOOL, .offset = offsetof(struct snapshot_pack, limited)},
    {.name = "published_at", .kind = FIELD_TIME, .offset = offsetof(struct snapshot_pack, published_at)},
};
_Static_assert(sizeof(((struct snapshot_pack *)0)->rarities) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct snapshot_pack *)0)->entries) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_snapshot_pack = {
    .name = "snapshot_pack",
    .size = sizeof(struct snapshot_pack),
    .fields = fields_snapshot_pack,
    .field_count = COUNT_OF(fields_snapshot_pack),
};

static const struct field_desc fields_snapshot_stock[] = {
    {.name = "situation", .kind = FIELD_U8, .offset = offsetof(struct snapshot_stock, situation)},
    {.name = "remaining", .kind = FIELD_U64, .offset = offsetof(struct snapshot_stock, remaining)},
};
const struct type_desc type_snapshot_stock = {
    .name = "snapshot_stock",
    .size = sizeof(struct snapshot_stock),
    .fields = fields_snapshot_stock,
    .field_count = COUNT_OF(fields_snapshot_stock),
};

static const struct field_desc fields_snapshot_catalogue[] = {
    {.name = "characters", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_catalogue, characters), .max = 65535, .of = FIELD_STRUCT, .type = &type_kept_count},
    {.name = "items", .kind = FIELD_LIST, .offset = offsetof(struct snapshot_catalogue, items), .max = 65535, .of = FIELD_SLUG},
    {.name = "free", .kind = FIELD_U64, .offset = offsetof(struct snapshot_catalogue, free)},
    {.name = "item", .kind = FIELD_SLUG, .offset = offsetof(struct snapshot_catalogue, item), .flags = FIELD_OPTIONAL},
    {.name = "item_count", .kind = FIELD_U32, .offset = offsetof(struct snapshot_catalogue, item_count)},
};
_Static_assert(sizeof(((struct snapshot_catalogue *)0)->characters) == sizeof(struct list_value), "a list is a list_value");
_Static_assert(sizeof(((struct snapshot_catalogue *)0)->items) == sizeof(struct list_value), "a list is a list_value");
const struct type_desc type_snapshot_catalogue = {
    .name = "snapshot_catalogue",
    .size = sizeof(struct snapshot_catalogue),
    .fields = fields_snapshot_catalogue,
    .field_count = COUNT_OF(fields_snapshot_catalogue),
};

static const struct field_desc fields_snapshot_registration[] = {
    {.name = "situation", .kind = FIELD_U8, .offset = offsetof(struct snapshot_registration, situation)},
    {.name = "guest", .kind = FIELD_UUID, .offset = offsetof(struct snapshot_registration, guest), .flags = FIELD_OPTIONAL},
};
const struct type_desc type_snapshot_registration = {
    .name = "snapshot_registration",
    .size = sizeof(struct snapshot_registration),
    .fields = fields_snapshot_registration,
    .field_count = COUNT_OF(fields_snapshot_registration),
};

const struct type_desc *const schema_types[SCHEMA_TYPE_COUNT] = {
    &type_pull,
    &type_rarity_weight,
    &type_pack_entry,
    &type_limits,
    &type_meta,
    &type_reply_meta,
    &type_change,
    &type_message_hello,
    &type_message_tick,
    &type_message_error,
    &type_message_sign_in,
    &type_reply_sign_in,
    &type_message_refresh,
    &type_reply_refresh,
    &type_message_ping,
    &type_reply_ping,
    &type_message_follow,
    &type_reply_follow,
    &type_message_changed,
    &type_message_expiring,
    &type_message_closing,
    &type_message_register,
    &type_reply_register,
    &type_message_signed_in,
    &type_message_play_as_guest,
    &type_reply_play_as_guest,
    &type_message_claim_account,
    &type_reply_claim_account,
    &type_query_list,
    &type_reply_list,
    &type_command_enrol_player,
    &type_command_open_pack,
    &type_command_form_team,
    &type_command_change_team,
    &type_command_disband_team,
    &type_command_rename_player,
    &type_command_rotate_seed,
    &type_command_begin_registration,
    &type_command_finish_registration,
    &type_command_undo_registration,
    &type_command_refuse_enrolment,
    &type_command_reactivate_player,
    &type_command_publish_character,
    &type_command_publish_item,
    &type_command_set_starting_balance,
    &type_command_publish_pack,
    &type_command_retire_pack,
    &type_command_grant,
    &type_command_deactivate_player,
    &type_command_erase_player,
    &type_event_player_registered,
    &type_event_pack_opened,
    &type_event_granted,
    &type_event_team_formed,
    &type_event_team_changed,
    &type_event_team_disbanded,
    &type_event_player_renamed,
    &type_event_seed_rotated,
    &type_event_enrolment_refused,
    &type_event_player_deactivated,
    &type_event_player_reactivated,
    &type_event_player_erased,
    &type_event_pack_published,
    &type_event_pack_retired,
    &type_event_stock_set,
    &type_event_stock_taken,
    &type_event_character_published,
    &type_event_item_published,
    &type_event_starting_balance_set,
    &type_event_registration_begun,
    &type_event_registration_finished,
    &type_event_registration_undone,
    &type_row_player,
    &type_row_proof,
    &type_row_wallet,
    &type_row_character,
    &type_row_item,
    &type_row_team,
    &type_row_pity,
    &type_row_opening,
    &type_row_pack,
    &type_row_odds,
    &type_row_stock,
    &type_row_character_info,
    &type_row_item_info,
    &type_row_pull_statistic,
};

const struct command_desc schema_commands[SCHEMA_COMMAND_COUNT] = {
    {
        .number = COMMAND_ENROL_PLAYER,
        .name = "enrol_player",
        .payload = &type_command_enrol_player,
        .roles = ROLE_INTERNAL,
        .needs = NEEDS_SEEDS,
        .stream_count = 2,
        .streams = {{STREAM_PLAYER, 0}, {STREAM_CATALOGUE, -1}},
        .id_from = -1,
        .reply_event = EVENT_PLAYER_REGISTERED,
    },
    {
        .number = COMMAND_OPEN_PACK,
        .name = "open_pack",
        .payload = &type_command_open_pack,
        .roles = ROLE_PLAYER,
        .needs = NEEDS_SEED,
        .stream_count = 3,
        .streams = {{STREAM_PLAYER, -1}, {STREAM_PACK, 0}, {STREAM_STOCK, 0}},
        .id_from = -1,
        .reply_event = EVENT_PACK_OPENED,
    },
    {
        .number = COMMAND_FORM_TEAM,
        .name = "form_team",
        .payload = &type_command_form_team,
        .roles = ROLE_PLAYER,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, -1}},
        .id_from = -1,
        .reply_event = EVENT_TEAM_FORMED,
    },
    {
        .number = COMMAND_CHANGE_TEAM,
        .name = "change_team",
        .payload = &type_command_change_team,
        .roles = ROLE_PLAYER,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, -1}},
        .id_from = -1,
        .reply_event = EVENT_TEAM_CHANGED,
    },
    {
        .number = COMMAND_DISBAND_TEAM,
        .name = "disband_team",
        .payload = &type_command_disband_team,
        .roles = ROLE_PLAYER,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, -1}},
        .id_from = -1,
        .reply_event = EVENT_TEAM_DISBANDED,
    },
    {
        .number = COMMAND_RENAME_PLAYER,
        .name = "rename_player",
        .payload = &type_command_rename_player,
        .roles = ROLE_PLAYER,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, -1}},
        .id_from = -1,
        .reply_event = EVENT_PLAYER_RENAMED,
    },
    {
        .number = COMMAND_ROTATE_SEED,
        .name = "rotate_seed",
        .payload = &type_command_rotate_seed,
        .roles = ROLE_PLAYER,
        .needs = NEEDS_SEEDS,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, -1}},
        .id_from = -1,
        .reply_event = EVENT_SEED_ROTATED,
    },
    {
        .number = COMMAND_BEGIN_REGISTRATION,
        .name = "begin_registration",
        .payload = &type_command_begin_registration,
        .roles = ROLE_INTERNAL,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_REGISTRATION, 0}},
        .id_from = -1,
        .reply_event = EVENT_REGISTRATION_BEGUN,
    },
    {
        .number = COMMAND_FINISH_REGISTRATION,
        .name = "finish_registration",
        .payload = &type_command_finish_registration,
        .roles = ROLE_INTERNAL,
        .needs = NEEDS_SEEDS,
        .stream_count = 3,
        .streams = {{STREAM_PLAYER, 0}, {STREAM_CATALOGUE, -1}, {STREAM_REGISTRATION, 1}},
        .id_from = -1,
        .reply_event = EVENT_REGISTRATION_FINISHED,
    },
    {
        .number = COMMAND_UNDO_REGISTRATION,
        .name = "undo_registration",
        .payload = &type_command_undo_registration,
        .roles = ROLE_INTERNAL,
        .needs = 0,
        .stream_count = 2,
        .streams = {{STREAM_PLAYER, 0}, {STREAM_REGISTRATION, 1}},
        .id_from = -1,
        .reply_event = EVENT_REGISTRATION_UNDONE,
    },
    {
        .number = COMMAND_REFUSE_ENROLMENT,
        .name = "refuse_enrolment",
        .payload = &type_command_refuse_enrolment,
        .roles = ROLE_INTERNAL,
        .needs = 0,
        .stream_count = 2,
        .streams = {{STREAM_PLAYER, 0}, {STREAM_REGISTRATION, 1}},
        .id_from = -1,
        .reply_event = EVENT_ENROLMENT_REFUSED,
    },
    {
        .number = COMMAND_REACTIVATE_PLAYER,
        .name = "reactivate_player",
        .payload = &type_command_reactivate_player,
        .roles = ROLE_INTERNAL,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, 0}},
        .id_from = -1,
        .reply_event = EVENT_PLAYER_REACTIVATED,
    },
    {
        .number = COMMAND_PUBLISH_CHARACTER,
        .name = "publish_character",
        .payload = &type_command_publish_character,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_CATALOGUE, -1}},
        .id_from = -1,
        .reply_event = EVENT_CHARACTER_PUBLISHED,
    },
    {
        .number = COMMAND_PUBLISH_ITEM,
        .name = "publish_item",
        .payload = &type_command_publish_item,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_CATALOGUE, -1}},
        .id_from = -1,
        .reply_event = EVENT_ITEM_PUBLISHED,
    },
    {
        .number = COMMAND_SET_STARTING_BALANCE,
        .name = "set_starting_balance",
        .payload = &type_command_set_starting_balance,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_CATALOGUE, -1}},
        .id_from = -1,
        .reply_event = EVENT_STARTING_BALANCE_SET,
    },
    {
        .number = COMMAND_PUBLISH_PACK,
        .name = "publish_pack",
        .payload = &type_command_publish_pack,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 3,
        .streams = {{STREAM_PACK, 0}, {STREAM_STOCK, 0}, {STREAM_CATALOGUE, -1}},
        .id_from = -1,
        .reply_event = EVENT_PACK_PUBLISHED,
    },
    {
        .number = COMMAND_RETIRE_PACK,
        .name = "retire_pack",
        .payload = &type_command_retire_pack,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PACK, 0}},
        .id_from = -1,
        .reply_event = EVENT_PACK_RETIRED,
    },
    {
        .number = COMMAND_GRANT,
        .name = "grant",
        .payload = &type_command_grant,
        .roles = ROLE_GAME_ADMIN | ROLE_GAME_SERVICE,
        .needs = 0,
        .stream_count = 2,
        .streams = {{STREAM_PLAYER, 0}, {STREAM_CATALOGUE, -1}},
        .id_from = 1,
        .reply_event = EVENT_GRANTED,
    },
    {
        .number = COMMAND_DEACTIVATE_PLAYER,
        .name = "deactivate_player",
        .payload = &type_command_deactivate_player,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, 0}},
        .id_from = -1,
        .reply_event = EVENT_PLAYER_DEACTIVATED,
    },
    {
        .number = COMMAND_ERASE_PLAYER,
        .name = "erase_player",
        .payload = &type_command_erase_player,
        .roles = ROLE_GAME_ADMIN,
        .needs = 0,
        .stream_count = 1,
        .streams = {{STREAM_PLAYER, 0}},
        .id_from = -1,
        .reply_event = EVENT_PLAYER_ERASED,
    },
};

const struct event_desc schema_events[SCHEMA_EVENT_COUNT] = {
    {
        .number = EVENT_PLAYER_REGISTERED,
        .name = "player_registered",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_player_registered,
    },
    {
        .number = EVENT_PACK_OPENED,
        .name = "pack_opened",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_pack_opened,
    },
    {
        .number = EVENT_GRANTED,
        .name = "granted",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_granted,
    },
    {
        .number = EVENT_TEAM_FORMED,
        .name = "team_formed",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_team_formed,
    },
    {
        .number = EVENT_TEAM_CHANGED,
        .name = "team_changed",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_team_changed,
    },
    {
        .number = EVENT_TEAM_DISBANDED,
        .name = "team_disbanded",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_team_disbanded,
    },
    {
        .number = EVENT_PLAYER_RENAMED,
        .name = "player_renamed",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_player_renamed,
    },
    {
        .number = EVENT_SEED_ROTATED,
        .name = "seed_rotated",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_seed_rotated,
    },
    {
        .number = EVENT_ENROLMENT_REFUSED,
        .name = "enrolment_refused",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_enrolment_refused,
    },
    {
        .number = EVENT_PLAYER_DEACTIVATED,
        .name = "player_deactivated",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_player_deactivated,
    },
    {
        .number = EVENT_PLAYER_REACTIVATED,
        .name = "player_reactivated",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_player_reactivated,
    },
    {
        .number = EVENT_PLAYER_ERASED,
        .name = "player_erased",
        .stream = STREAM_PLAYER,
        .version = 1,
        .payload = &type_event_player_erased,
    },
    {
        .number = EVENT_PACK_PUBLISHED,
        .name = "pack_published",
        .stream = STREAM_PACK,
        .version = 1,
        .payload = &type_event_pack_published,
    },
    {
        .number = EVENT_PACK_RETIRED,
        .name = "pack_retired",
        .stream = STREAM_PACK,
        .version = 1,
        .payload = &type_event_pack_retired,
    },
    {
        .number = EVENT_STOCK_SET,
        .name = "stock_set",
        .stream = STREAM_STOCK,
        .version = 1,
        .payload = &type_event_stock_set,
    },
    {
        .number = EVENT_STOCK_TAKEN,
        .name = "stock_taken",
        .stream = STREAM_STOCK,
        .version = 1,
        .payload = &type_event_stock_taken,
    },
    {
        .number = EVENT_CHARACTER_PUBLISHED,
        .name = "character_published",
        .stream = STREAM_CATALOGUE,
        .version = 1,
        .payload = &type_event_character_published,
    },
    {
        .number = EVENT_ITEM_PUBLISHED,
        .name = "item_published",
        .stream = STREAM_CATALOGUE,
        .version = 1,
        .payload = &type_event_item_published,
    },
    {
        .number = EVENT_STARTING_BALANCE_SET,
        .name = "starting_balance_set",
        .stream = STREAM_CATALOGUE,
        .version = 1,
        .payload = &type_event_starting_balance_set,
    },
    {
        .number = EVENT_REGISTRATION_BEGUN,
        .name = "registration_begun",
        .stream = STREAM_REGISTRATION,
        .version = 1,
        .payload = &type_event_registration_begun,
    },
    {
        .number = EVENT_REGISTRATION_FINISHED,
        .name = "registration_finished",
        .stream = STREAM_REGISTRATION,
        .version = 1,
        .payload = &type_event_registration_finished,
    },
    {
        .number = EVENT_REGISTRATION_UNDONE,
        .name = "registration_undone",
        .stream = STREAM_REGISTRATION,
        .version = 1,
        .payload = &type_event_registration_undone,
    },
};

const struct message_desc schema_messages[SCHEMA_MESSAGE_COUNT] = {
    {
        .number = MESSAGE_HELLO,
        .name = "hello",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_hello,
        .reply = NULL,
    },
    {
        .number = MESSAGE_TICK,
        .name = "tick",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_tick,
        .reply = NULL,
    },
    {
        .number = MESSAGE_ERROR,
        .name = "error",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_error,
        .reply = NULL,
    },
    {
        .number = MESSAGE_SIGN_IN,
        .name = "sign_in",
        .push = false,
        .signed_out = true,
        .command = false,
        .payload = &type_message_sign_in,
        .reply = &type_reply_sign_in,
    },
    {
        .number = MESSAGE_REFRESH,
        .name = "refresh",
        .push = false,
        .signed_out = false,
        .command = false,
        .payload = &type_message_refresh,
        .reply = &type_reply_refresh,
    },
    {
        .number = MESSAGE_PING,
        .name = "ping",
        .push = false,
        .signed_out = true,
        .command = false,
        .payload = &type_message_ping,
        .reply = &type_reply_ping,
    },
    {
        .number = MESSAGE_FOLLOW,
        .name = "follow",
        .push = false,
        .signed_out = false,
        .command = false,
        .payload = &type_message_follow,
        .reply = &type_reply_follow,
    },
    {
        .number = MESSAGE_CHANGED,
        .name = "changed",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_changed,
        .reply = NULL,
    },
    {
        .number = MESSAGE_EXPIRING,
        .name = "expiring",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_expiring,
        .reply = NULL,
    },
    {
        .number = MESSAGE_CLOSING,
        .name = "closing",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_closing,
        .reply = NULL,
    },
    {
        .number = MESSAGE_REGISTER,
        .name = "register",
        .push = false,
        .signed_out = true,
        .command = true,
        .payload = &type_message_register,
        .reply = &type_reply_register,
    },
    {
        .number = MESSAGE_SIGNED_IN,
        .name = "signed_in",
        .push = true,
        .signed_out = false,
        .command = false,
        .payload = &type_message_signed_in,
        .reply = NULL,
    },
    {
        .number = MESSAGE_PLAY_AS_GUEST,
        .name = "play_as_guest",
        .push = false,
        .signed_out = true,
        .command = true,
        .payload = &type_message_play_as_guest,
        .reply = &type_reply_play_as_guest,
    },
    {
        .number = MESSAGE_CLAIM_ACCOUNT,
        .name = "claim_account",
        .push = false,
        .signed_out = false,
        .command = true,
        .payload = &type_message_claim_account,
        .reply = &type_reply_claim_account,
    },
};

const struct view_desc schema_views[SCHEMA_VIEW_COUNT] = {
    {
        .number = VIEW_PLAYER,
        .name = "player",
        .table = "players",
        .projection = "players",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_PLAYERS,
        .query_name = "list_players",
        .payload = &type_row_player,
        .upsert_sql = 
            "insert into players (\"position\", deleted, player, display_name, status, registered_at)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::smallint[], $6::timestamptz[])\n"
            "on conflict (player) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, display_name = excluded.display_name, status = excluded.status, registered_at = excluded.registered_at\n"
            "where players.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, display_name, status, registered_at\n"
            "from players\n"
            "where player = $1::uuid and \"position\" > $2::bigint\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, player, display_name, status, registered_at\n"
            "from players\n"
            "where player = $1::uuid and not deleted\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_PROOF,
        .name = "proof",
        .table = "proofs",
        .projection = "players",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_PROOFS,
        .query_name = "list_proofs",
        .payload = &type_row_proof,
        .upsert_sql = 
            "insert into proofs (\"position\", deleted, player, seed_number, seed_hash, next_seed_hash, client_seed)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[], $7::text[])\n"
            "on conflict (player) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, seed_number = excluded.seed_number, seed_hash = excluded.seed_hash, next_seed_hash = excluded.next_seed_hash, client_seed = excluded.client_seed\n"
            "where proofs.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, seed_number, seed_hash, next_seed_hash, client_seed\n"
            "from proofs\n"
            "where player = $1::uuid and \"position\" > $2::bigint\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, player, seed_number, seed_hash, next_seed_hash, client_seed\n"
            "from proofs\n"
            "where player = $1::uuid and not deleted\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_WALLET,
        .name = "wallet",
        .table = "wallets",
        .projection = "wallets",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_WALLETS,
        .query_name = "list_wallets",
        .payload = &type_row_wallet,
        .upsert_sql = 
            "insert into wallets (\"position\", deleted, player, free, paid)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::bigint[])\n"
            "on conflict (player) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, free = excluded.free, paid = excluded.paid\n"
            "where wallets.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, free, paid\n"
            "from wallets\n"
            "where player = $1::uuid and \"position\" > $2::bigint\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, player, free, paid\n"
            "from wallets\n"
            "where player = $1::uuid and not deleted\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_CHARACTER,
        .name = "character",
        .table = "characters",
        .projection = "inventory",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_CHARACTERS,
        .query_name = "list_characters",
        .payload = &type_row_character,
        .upsert_sql = 
            "insert into characters (\"position\", deleted, player, \"character\", rarity, copies)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::smallint[], $6::bigint[])\n"
            "on conflict (player, \"character\") do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, rarity = excluded.rarity, copies = excluded.copies\n"
            "where characters.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, \"character\", rarity, copies\n"
            "from characters\n"
            "where player = $1::uuid and \"position\" > $2::bigint and (\"character\") > (coalesce($3::text, ''::text))\n"
            "order by \"character\"\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, player, \"character\", rarity, copies\n"
            "from characters\n"
            "where player = $1::uuid and not deleted and (\"character\") > (coalesce($2::text, ''::text))\n"
            "order by \"character\"\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_ITEM,
        .name = "item",
        .table = "items",
        .projection = "inventory",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_ITEMS,
        .query_name = "list_items",
        .payload = &type_row_item,
        .upsert_sql = 
            "insert into items (\"position\", deleted, player, item, count)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::bigint[])\n"
            "on conflict (player, item) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, count = excluded.count\n"
            "where items.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, item, count\n"
            "from items\n"
            "where player = $1::uuid and \"position\" > $2::bigint and (item) > (coalesce($3::text, ''::text))\n"
            "order by item\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, player, item, count\n"
            "from items\n"
            "where player = $1::uuid and not deleted and (item) > (coalesce($2::text, ''::text))\n"
            "order by item\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_TEAM,
        .name = "team",
        .table = "teams",
        .projection = "teams",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_TEAMS,
        .query_name = "list_teams",
        .payload = &type_row_team,
        .upsert_sql = 
            "insert into teams (\"position\", deleted, player, team, name, members)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::text[], $6::bytea[])\n"
            "on conflict (player, team) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, name = excluded.name, members = excluded.members\n"
            "where teams.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, team, name, members\n"
            "from teams\n"
            "where player = $1::uuid and \"position\" > $2::bigint and (team) > (coalesce($3::bigint, '-9223372036854775808'::bigint))\n"
            "order by team\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, player, team, name, members\n"
            "from teams\n"
            "where player = $1::uuid and not deleted and (team) > (coalesce($2::bigint, '-9223372036854775808'::bigint))\n"
            "order by team\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_PITY,
        .name = "pity",
        .table = "pities",
        .projection = "inventory",
        .audience = AUDIENCE_OWN,
        .push = true,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_PITIES,
        .query_name = "list_pities",
        .payload = &type_row_pity,
        .upsert_sql = 
            "insert into pities (\"position\", deleted, player, pity_group, draws)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::bigint[])\n"
            "on conflict (player, pity_group) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, draws = excluded.draws\n"
            "where pities.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, pity_group, draws\n"
            "from pities\n"
            "where player = $1::uuid and \"position\" > $2::bigint and (pity_group) > (coalesce($3::text, ''::text))\n"
            "order by pity_group\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, player, pity_group, draws\n"
            "from pities\n"
            "where player = $1::uuid and not deleted and (pity_group) > (coalesce($2::text, ''::text))\n"
            "order by pity_group\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_OPENING,
        .name = "opening",
        .table = "openings",
        .projection = "openings",
        .audience = AUDIENCE_OWN,
        .push = false,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_OPENINGS,
        .query_name = "list_openings",
        .payload = &type_row_opening,
        .upsert_sql = 
            "insert into openings (\"position\", deleted, player, opening, pack, pack_version, cost_free, cost_paid, item, seed_number, first_nonce, pulls, opened_at)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bytea[], $13::timestamptz[])\n"
            "on conflict (player, opening) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, pack = excluded.pack, pack_version = excluded.pack_version, cost_free = excluded.cost_free, cost_paid = excluded.cost_paid, item = excluded.item, seed_number = excluded.seed_number, first_nonce = excluded.first_nonce, pulls = excluded.pulls, opened_at = excluded.opened_at\n"
            "where openings.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, player, opening, pack, pack_version, cost_free, cost_paid, item, seed_number, first_nonce, pulls, opened_at\n"
            "from openings\n"
            "where player = $1::uuid and \"position\" > $2::bigint and (opening) > (coalesce($3::bigint, '-9223372036854775808'::bigint))\n"
            "order by opening\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, player, opening, pack, pack_version, cost_free, cost_paid, item, seed_number, first_nonce, pulls, opened_at\n"
            "from openings\n"
            "where player = $1::uuid and not deleted and (opening) > (coalesce($2::bigint, '-9223372036854775808'::bigint))\n"
            "order by opening\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_PACK,
        .name = "pack",
        .table = "packs",
        .projection = "packs",
        .audience = AUDIENCE_PUBLIC,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_PACKS,
        .query_name = "list_packs",
        .payload = &type_row_pack,
        .upsert_sql = 
            "insert into packs (\"position\", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::smallint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::smallint[], $12::text[], $13::boolean[])\n"
            "on conflict (pack) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, version = excluded.version, name = excluded.name, status = excluded.status, price = excluded.price, ten_price = excluded.ten_price, pity_group = excluded.pity_group, hard_pity = excluded.hard_pity, pity_rarity = excluded.pity_rarity, item = excluded.item, limited = excluded.limited\n"
            "where packs.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited\n"
            "from packs\n"
            "where \"position\" > $1::bigint and (pack) > (coalesce($2::text, ''::text))\n"
            "order by pack\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited\n"
            "from packs\n"
            "where not deleted and (pack) > (coalesce($1::text, ''::text))\n"
            "order by pack\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_ODDS,
        .name = "odds",
        .table = "pack_odds",
        .projection = "packs",
        .audience = AUDIENCE_PUBLIC,
        .push = true,
        .delta = false,
        .key_count = 2,
        .query = QUERY_LIST_ODDS,
        .query_name = "list_odds",
        .payload = &type_row_odds,
        .upsert_sql = 
            "insert into pack_odds (\"position\", deleted, pack, \"character\", rarity, numerator, denominator, version, rarity_weight, weight)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])\n"
            "on conflict (pack, \"character\") do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, rarity = excluded.rarity, numerator = excluded.numerator, denominator = excluded.denominator, version = excluded.version, rarity_weight = excluded.rarity_weight, weight = excluded.weight\n"
            "where pack_odds.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, pack, \"character\", rarity, numerator, denominator, version, rarity_weight, weight\n"
            "from pack_odds\n"
            "where \"position\" > $1::bigint and (pack, \"character\") > (coalesce($2::text, ''::text), coalesce($3::text, ''::text))\n"
            "order by pack, \"character\"\n"
            "limit $4::bigint",
        .page_sql = 
            "select \"position\", deleted, pack, \"character\", rarity, numerator, denominator, version, rarity_weight, weight\n"
            "from pack_odds\n"
            "where not deleted and (pack, \"character\") > (coalesce($1::text, ''::text), coalesce($2::text, ''::text))\n"
            "order by pack, \"character\"\n"
            "limit $3::bigint",
    },
    {
        .number = VIEW_STOCK,
        .name = "stock",
        .table = "stocks",
        .projection = "packs",
        .audience = AUDIENCE_PUBLIC,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_STOCKS,
        .query_name = "list_stocks",
        .payload = &type_row_stock,
        .upsert_sql = 
            "insert into stocks (\"position\", deleted, pack, limited, remaining)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::boolean[], $5::bigint[])\n"
            "on conflict (pack) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, limited = excluded.limited, remaining = excluded.remaining\n"
            "where stocks.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, pack, limited, remaining\n"
            "from stocks\n"
            "where \"position\" > $1::bigint and (pack) > (coalesce($2::text, ''::text))\n"
            "order by pack\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, pack, limited, remaining\n"
            "from stocks\n"
            "where not deleted and (pack) > (coalesce($1::text, ''::text))\n"
            "order by pack\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_CHARACTER_INFO,
        .name = "character_info",
        .table = "character_catalogue",
        .projection = "catalogue",
        .audience = AUDIENCE_PUBLIC,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_CHARACTER_INFOS,
        .query_name = "list_character_infos",
        .payload = &type_row_character_info,
        .upsert_sql = 
            "insert into character_catalogue (\"position\", deleted, \"character\", name, rarity, description)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::smallint[], $6::text[])\n"
            "on conflict (\"character\") do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, name = excluded.name, rarity = excluded.rarity, description = excluded.description\n"
            "where character_catalogue.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, \"character\", name, rarity, description\n"
            "from character_catalogue\n"
            "where \"position\" > $1::bigint and (\"character\") > (coalesce($2::text, ''::text))\n"
            "order by \"character\"\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, \"character\", name, rarity, description\n"
            "from character_catalogue\n"
            "where not deleted and (\"character\") > (coalesce($1::text, ''::text))\n"
            "order by \"character\"\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_ITEM_INFO,
        .name = "item_info",
        .table = "item_catalogue",
        .projection = "catalogue",
        .audience = AUDIENCE_PUBLIC,
        .push = true,
        .delta = false,
        .key_count = 1,
        .query = QUERY_LIST_ITEM_INFOS,
        .query_name = "list_item_infos",
        .payload = &type_row_item_info,
        .upsert_sql = 
            "insert into item_catalogue (\"position\", deleted, item, name, description)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::text[])\n"
            "on conflict (item) do update set \"position\" = excluded.\"position\", deleted = excluded.deleted, name = excluded.name, description = excluded.description\n"
            "where item_catalogue.\"position\" <= excluded.\"position\"",
        .since_sql = 
            "select \"position\", deleted, item, name, description\n"
            "from item_catalogue\n"
            "where \"position\" > $1::bigint and (item) > (coalesce($2::text, ''::text))\n"
            "order by item\n"
            "limit $3::bigint",
        .page_sql = 
            "select \"position\", deleted, item, name, description\n"
            "from item_catalogue\n"
            "where not deleted and (item) > (coalesce($1::text, ''::text))\n"
            "order by item\n"
            "limit $2::bigint",
    },
    {
        .number = VIEW_PULL_STATISTIC,
        .name = "pull_statistic",
        .table = "pull_statistics",
        .projection = "statistics",
        .audience = AUDIENCE_PUBLIC,
        .push = false,
        .delta = true,
        .key_count = 3,
        .query = QUERY_LIST_PULL_STATISTICS,
        .query_name = "list_pull_statistics",
        .payload = &type_row_pull_statistic,
        .upsert_sql = 
            "insert into pull_statistics (\"position\", deleted, pack, version, \"character\", observed)\n"
            "select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])\n"
            "on conflict (pack, version, \"character\") do update set \"position\" = greatest(pull_statistics.\"position\", excluded.\"position\"), deleted = excluded.deleted, observed = pull_statistics.observed + excluded.observed",
        .since_sql = 
            "select \"position\", deleted, pack, version, \"character\", observed\n"
            "from pull_statistics\n"
            "where \"position\" > $1::bigint and (pack, version, \"character\") > (coalesce($2::text, ''::text), coalesce($3::bigint, '-9223372036854775808'::bigint), coalesce($4::text, ''::text))\n"
            "order by pack, version, \"character\"\n"
            "limit $5::bigint",
        .page_sql = 
            "select \"position\", deleted, pack, version, \"character\", observed\n"
            "from pull_statistics\n"
            "where not deleted and (pack, version, \"character\") > (coalesce($1::text, ''::text), coalesce($2::bigint, '-9223372036854775808'::bigint), coalesce($3::text, ''::text))\n"
            "order by pack, version, \"character\"\n"
            "limit $4::bigint",
    },
};

const struct error_desc schema_errors[SCHEMA_ERROR_COUNT] = {
    {
        .number = ERROR_MALFORMED,
        .name = "malformed",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TYPE_UNKNOWN,
        .name = "type_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_FIELD_MISSING,
        .name = "field_missing",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_FIELD_WRONG_TYPE,
        .name = "field_wrong_type",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_FIELD_OUT_OF_RANGE,
        .name = "field_out_of_range",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ID_INVALID,
        .name = "id_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_COMMAND_ID_MISSING,
        .name = "command_id_missing",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOO_DEEP,
        .name = "too_deep",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOO_MANY_VALUES,
        .name = "too_many_values",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ID_IN_USE,
        .name = "id_in_use",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_SIGNED_OUT,
        .name = "signed_out",
        .retry = RETRY_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_SIGNED_IN_ALREADY,
        .name = "signed_in_already",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_FORBIDDEN,
        .name = "forbidden",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOKEN_INVALID,
        .name = "token_invalid",
        .retry = RETRY_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOKEN_EXPIRED,
        .name = "token_expired",
        .retry = RETRY_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOKEN_REVOKED,
        .name = "token_revoked",
        .retry = RETRY_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOKEN_OTHER_SUBJECT,
        .name = "token_other_subject",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_IDENTITY_UNAVAILABLE,
        .name = "identity_unavailable",
        .retry = RETRY_LATER,
        .retry_after_ms = 2000,
    },
    {
        .number = ERROR_INSECURE_TRANSPORT,
        .name = "insecure_transport",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_WRONG_PATH,
        .name = "wrong_path",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TOO_MANY_IN_FLIGHT,
        .name = "too_many_in_flight",
        .retry = RETRY_LATER,
        .retry_after_ms = 100,
    },
    {
        .number = ERROR_OVERLOADED,
        .name = "overloaded",
        .retry = RETRY_LATER,
        .retry_after_ms = 500,
    },
    {
        .number = ERROR_STORE_UNAVAILABLE,
        .name = "store_unavailable",
        .retry = RETRY_LATER,
        .retry_after_ms = 1000,
    },
    {
        .number = ERROR_VIEW_UNAVAILABLE,
        .name = "view_unavailable",
        .retry = RETRY_LATER,
        .retry_after_ms = 1000,
    },
    {
        .number = ERROR_VIEW_BEHIND,
        .name = "view_behind",
        .retry = RETRY_LATER,
        .retry_after_ms = 500,
    },
    {
        .number = ERROR_CONFLICT,
        .name = "conflict",
        .retry = RETRY_NOW,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_DRAINING,
        .name = "draining",
        .retry = RETRY_LATER,
        .retry_after_ms = 1000,
    },
    {
        .number = ERROR_INTERNAL,
        .name = "internal",
        .retry = RETRY_LATER,
        .retry_after_ms = 1000,
    },
    {
        .number = ERROR_COMMAND_ID_REUSED,
        .name = "command_id_reused",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_RATE_LIMITED,
        .name = "rate_limited",
        .retry = RETRY_LATER,
        .retry_after_ms = 1000,
    },
    {
        .number = ERROR_EMAIL_TAKEN,
        .name = "email_taken",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_EMAIL_INVALID,
        .name = "email_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PASSWORD_WEAK,
        .name = "password_weak",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_DISPLAY_NAME_INVALID,
        .name = "display_name_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PLAYER_EXISTS,
        .name = "player_exists",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PLAYER_UNKNOWN,
        .name = "player_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PLAYER_INACTIVE,
        .name = "player_inactive",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_REGISTRATION_UNDONE,
        .name = "registration_undone",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_REGISTRATION_SETTLED,
        .name = "registration_settled",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_REGISTRATION_UNKNOWN,
        .name = "registration_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_NOT_A_GUEST,
        .name = "not_a_guest",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PLAYER_ACTIVE,
        .name = "player_active",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ACCOUNT_INCOMPLETE,
        .name = "account_incomplete",
        .retry = RETRY_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ACCOUNT_DISABLED,
        .name = "account_disabled",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PACK_UNKNOWN,
        .name = "pack_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PACK_RETIRED,
        .name = "pack_retired",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_COUNT_INVALID,
        .name = "count_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_WALLET_INSUFFICIENT,
        .name = "wallet_insufficient",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ITEM_INSUFFICIENT,
        .name = "item_insufficient",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PACK_NOT_OWNED_AS_ITEM,
        .name = "pack_not_owned_as_item",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_STOCK_EXHAUSTED,
        .name = "stock_exhausted",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TEAM_SIZE_INVALID,
        .name = "team_size_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TEAM_MEMBER_REPEATED,
        .name = "team_member_repeated",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_CHARACTER_NOT_OWNED,
        .name = "character_not_owned",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TEAM_NAME_INVALID,
        .name = "team_name_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TEAM_UNKNOWN,
        .name = "team_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_TEAMS_FULL,
        .name = "teams_full",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_CLIENT_SEED_INVALID,
        .name = "client_seed_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_RARITY_CHANGED,
        .name = "rarity_changed",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_CATALOGUE_FULL,
        .name = "catalogue_full",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_CHARACTER_UNKNOWN,
        .name = "character_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_ITEM_UNKNOWN,
        .name = "item_unknown",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_PACK_TABLE_INVALID,
        .name = "pack_table_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
    {
        .number = ERROR_AMOUNT_INVALID,
        .name = "amount_invalid",
        .retry = RETRY_NEVER,
        .retry_after_ms = 0,
    },
};

const struct close_desc schema_closes[SCHEMA_CLOSE_COUNT] = {
    {
        .code = CLOSE_GOING_AWAY,
        .name = "going_away",
        .advice = CLOSE_ADVICE_LATER,
        .retry_after_ms = 1000,
    },
    {
        .code = CLOSE_PROTOCOL_ERROR,
        .name = "protocol_error",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_UNSUPPORTED_DATA,
        .name = "unsupported_data",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_NOT_UTF8,
        .name = "not_utf8",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_TOO_BIG,
        .name = "too_big",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_HOSTILE,
        .name = "hostile",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_TOKEN_EXPIRED,
        .name = "token_expired",
        .advice = CLOSE_ADVICE_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_SIGNED_OUT,
        .name = "signed_out",
        .advice = CLOSE_ADVICE_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_DISABLED,
        .name = "disabled",
        .advice = CLOSE_ADVICE_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_SIGN_IN_TIMEOUT,
        .name = "sign_in_timeout",
        .advice = CLOSE_ADVICE_SIGN_IN,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_SLOW_READER,
        .name = "slow_reader",
        .advice = CLOSE_ADVICE_AT_ONCE,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_TOO_MANY_CONNECTIONS,
        .name = "too_many_connections",
        .advice = CLOSE_ADVICE_LATER,
        .retry_after_ms = 5000,
    },
    {
        .code = CLOSE_TOO_MANY_MESSAGES,
        .name = "too_many_messages",
        .advice = CLOSE_ADVICE_LATER,
        .retry_after_ms = 1000,
    },
    {
        .code = CLOSE_ROLES_CHANGED,
        .name = "roles_changed",
        .advice = CLOSE_ADVICE_AT_ONCE,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_REPLACED,
        .name = "replaced",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
    {
        .code = CLOSE_FORBIDDEN,
        .name = "forbidden",
        .advice = CLOSE_ADVICE_NEVER,
        .retry_after_ms = 0,
    },
};

const struct stream_desc schema_streams[SCHEMA_STREAM_COUNT] = {
    {
        .number = STREAM_PLAYER,
        .name = "player",
        .key = STREAM_KEY_UUID,
        .snapshot = &type_snapshot_player,
    },
    {
        .number = STREAM_PACK,
        .name = "pack",
        .key = STREAM_KEY_SLUG,
        .snapshot = &type_snapshot_pack,
    },
    {
        .number = STREAM_STOCK,
        .name = "stock",
        .key = STREAM_KEY_SLUG,
        .snapshot = &type_snapshot_stock,
    },
    {
        .number = STREAM_CATALOGUE,
        .name = "catalogue",
        .key = STREAM_KEY_NONE,
        .snapshot = &type_snapshot_catalogue,
    },
    {
        .number = STREAM_REGISTRATION,
        .name = "registration",
        .key = STREAM_KEY_UUID,
        .snapshot = &type_snapshot_registration,
    },
};

const struct command_desc *schema_command(int number)
{
    switch (number) {
    case COMMAND_ENROL_PLAYER:
        return &schema_commands[0];
    case COMMAND_OPEN_PACK:
        return &schema_commands[1];
    case COMMAND_FORM_TEAM:
        return &schema_commands[2];
    case COMMAND_CHANGE_TEAM:
        return &schema_commands[3];
    case COMMAND_DISBAND_TEAM:
        return &schema_commands[4];
    case COMMAND_RENAME_PLAYER:
        return &schema_commands[5];
    case COMMAND_ROTATE_SEED:
        return &schema_commands[6];
    case COMMAND_BEGIN_REGISTRATION:
        return &schema_commands[7];
    case COMMAND_FINISH_REGISTRATION:
        return &schema_commands[8];
    case COMMAND_UNDO_REGISTRATION:
        return &schema_commands[9];
    case COMMAND_REFUSE_ENROLMENT:
        return &schema_commands[10];
    case COMMAND_REACTIVATE_PLAYER:
        return &schema_commands[11];
    case COMMAND_PUBLISH_CHARACTER:
        return &schema_commands[12];
    case COMMAND_PUBLISH_ITEM:
        return &schema_commands[13];
    case COMMAND_SET_STARTING_BALANCE:
        return &schema_commands[14];
    case COMMAND_PUBLISH_PACK:
        return &schema_commands[15];
    case COMMAND_RETIRE_PACK:
        return &schema_commands[16];
    case COMMAND_GRANT:
        return &schema_commands[17];
    case COMMAND_DEACTIVATE_PLAYER:
        return &schema_commands[18];
    case COMMAND_ERASE_PLAYER:
        return &schema_commands[19];
    default:
        return NULL;
    }
}

const struct event_desc *schema_event(int number)
{
    switch (number) {
    case EVENT_PLAYER_REGISTERED:
        return &schema_events[0];
    case EVENT_PACK_OPENED:
        return &schema_events[1];
    case EVENT_GRANTED:
        return &schema_events[2];
    case EVENT_TEAM_FORMED:
        return &schema_events[3];
    case EVENT_TEAM_CHANGED:
        return &schema_events[4];
    case EVENT_TEAM_DISBANDED:
        return &schema_events[5];
    case EVENT_PLAYER_RENAMED:
        return &schema_events[6];
    case EVENT_SEED_ROTATED:
        return &schema_events[7];
    case EVENT_ENROLMENT_REFUSED:
        return &schema_events[8];
    case EVENT_PLAYER_DEACTIVATED:
        return &schema_events[9];
    case EVENT_PLAYER_REACTIVATED:
        return &schema_events[10];
    case EVENT_PLAYER_ERASED:
        return &schema_events[11];
    case EVENT_PACK_PUBLISHED:
        return &schema_events[12];
    case EVENT_PACK_RETIRED:
        return &schema_events[13];
    case EVENT_STOCK_SET:
        return &schema_events[14];
    case EVENT_STOCK_TAKEN:
        return &schema_events[15];
    case EVENT_CHARACTER_PUBLISHED:
        return &schema_events[16];
    case EVENT_ITEM_PUBLISHED:
        return &schema_events[17];
    case EVENT_STARTING_BALANCE_SET:
        return &schema_events[18];
    case EVENT_REGISTRATION_BEGUN:
        return &schema_events[19];
    case EVENT_REGISTRATION_FINISHED:
        return &schema_events[20];
    case EVENT_REGISTRATION_UNDONE:
        return &schema_events[21];
    default:
        return NULL;
    }
}

const struct message_desc *schema_message(int number)
{
    switch (number) {
    case MESSAGE_HELLO:
        return &schema_messages[0];
    case MESSAGE_TICK:
        return &schema_messages[1];
    case MESSAGE_ERROR:
        return &schema_messages[2];
    case MESSAGE_SIGN_IN:
        return &schema_messages[3];
    case MESSAGE_REFRESH:
        return &schema_messages[4];
    case MESSAGE_PING:
        return &schema_messages[5];
    case MESSAGE_FOLLOW:
        return &schema_messages[6];
    case MESSAGE_CHANGED:
        return &schema_messages[7];
    case MESSAGE_EXPIRING:
        return &schema_messages[8];
    case MESSAGE_CLOSING:
        return &schema_messages[9];
    case MESSAGE_REGISTER:
        return &schema_messages[10];
    case MESSAGE_SIGNED_IN:
        return &schema_messages[11];
    case MESSAGE_PLAY_AS_GUEST:
        return &schema_messages[12];
    case MESSAGE_CLAIM_ACCOUNT:
        return &schema_messages[13];
    default:
        return NULL;
    }
}

const struct view_desc *schema_view(int number)
{
    switch (number) {
    case VIEW_PLAYER:
        return &schema_views[0];
    case VIEW_PROOF:
        return &schema_views[1];
    case VIEW_WALLET:
        return &schema_views[2];
    case VIEW_CHARACTER:
        return &schema_views[3];
    case VIEW_ITEM:
        return &schema_views[4];
    case VIEW_TEAM:
        return &schema_views[5];
    case VIEW_PITY:
        return &schema_views[6];
    case VIEW_OPENING:
        return &schema_views[7];
    case VIEW_PACK:
        return &schema_views[8];
    case VIEW_ODDS:
        return &schema_views[9];
    case VIEW_STOCK:
        return &schema_views[10];
    case VIEW_CHARACTER_INFO:
        return &schema_views[11];
    case VIEW_ITEM_INFO:
        return &schema_views[12];
    case VIEW_PULL_STATISTIC:
        return &schema_views[13];
    default:
        return NULL;
    }
}

const struct error_desc *schema_error(int number)
{
    switch (number) {
    case ERROR_MALFORMED:
        return &schema_errors[0];
    case ERROR_TYPE_UNKNOWN:
        return &schema_errors[1];
    case ERROR_FIELD_MISSING:
        return &schema_errors[2];
    case ERROR_FIELD_WRONG_TYPE:
        return &schema_errors[3];
    case ERROR_FIELD_OUT_OF_RANGE:
        return &schema_errors[4];
    case ERROR_ID_INVALID:
        return &schema_errors[5];
    case ERROR_COMMAND_ID_MISSING:
        return &schema_errors[6];
    case ERROR_TOO_DEEP:
        return &schema_errors[7];
    case ERROR_TOO_MANY_VALUES:
        return &schema_errors[8];
    case ERROR_ID_IN_USE:
        return &schema_errors[9];
    case ERROR_SIGNED_OUT:
        return &schema_errors[10];
    case ERROR_SIGNED_IN_ALREADY:
        return &schema_errors[11];
    case ERROR_FORBIDDEN:
        return &schema_errors[12];
    case ERROR_TOKEN_INVALID:
        return &schema_errors[13];
    case ERROR_TOKEN_EXPIRED:
        return &schema_errors[14];
    case ERROR_TOKEN_REVOKED:
        return &schema_errors[15];
    case ERROR_TOKEN_OTHER_SUBJECT:
        return &schema_errors[16];
    case ERROR_IDENTITY_UNAVAILABLE:
        return &schema_errors[17];
    case ERROR_INSECURE_TRANSPORT:
        return &schema_errors[18];
    case ERROR_WRONG_PATH:
        return &schema_errors[19];
    case ERROR_TOO_MANY_IN_FLIGHT:
        return &schema_errors[20];
    case ERROR_OVERLOADED:
        return &schema_errors[21];
    case ERROR_STORE_UNAVAILABLE:
        return &schema_errors[22];
    case ERROR_VIEW_UNAVAILABLE:
        return &schema_errors[23];
    case ERROR_VIEW_BEHIND:
        return &schema_errors[24];
    case ERROR_CONFLICT:
        return &schema_errors[25];
    case ERROR_DRAINING:
        return &schema_errors[26];
    case ERROR_INTERNAL:
        return &schema_errors[27];
    case ERROR_COMMAND_ID_REUSED:
        return &schema_errors[28];
    case ERROR_RATE_LIMITED:
        return &schema_errors[29];
    case ERROR_EMAIL_TAKEN:
        return &schema_errors[30];
    case ERROR_EMAIL_INVALID:
        return &schema_errors[31];
    case ERROR_PASSWORD_WEAK:
        return &schema_errors[32];
    case ERROR_DISPLAY_NAME_INVALID:
        return &schema_errors[33];
    case ERROR_PLAYER_EXISTS:
        return &schema_errors[34];
    case ERROR_PLAYER_UNKNOWN:
        return &schema_errors[35];
    case ERROR_PLAYER_INACTIVE:
        return &schema_errors[36];
    case ERROR_REGISTRATION_UNDONE:
        return &schema_errors[37];
    case ERROR_REGISTRATION_SETTLED:
        return &schema_errors[38];
    case ERROR_REGISTRATION_UNKNOWN:
        return &schema_errors[39];
    case ERROR_NOT_A_GUEST:
        return &schema_errors[40];
    case ERROR_PLAYER_ACTIVE:
        return &schema_errors[41];
    case ERROR_ACCOUNT_INCOMPLETE:
        return &schema_errors[42];
    case ERROR_ACCOUNT_DISABLED:
        return &schema_errors[43];
    case ERROR_PACK_UNKNOWN:
        return &schema_errors[44];
    case ERROR_PACK_RETIRED:
        return &schema_errors[45];
    case ERROR_COUNT_INVALID:
        return &schema_errors[46];
    case ERROR_WALLET_INSUFFICIENT:
        return &schema_errors[47];
    case ERROR_ITEM_INSUFFICIENT:
        return &schema_errors[48];
    case ERROR_PACK_NOT_OWNED_AS_ITEM:
        return &schema_errors[49];
    case ERROR_STOCK_EXHAUSTED:
        return &schema_errors[50];
    case ERROR_TEAM_SIZE_INVALID:
        return &schema_errors[51];
    case ERROR_TEAM_MEMBER_REPEATED:
        return &schema_errors[52];
    case ERROR_CHARACTER_NOT_OWNED:
        return &schema_errors[53];
    case ERROR_TEAM_NAME_INVALID:
        return &schema_errors[54];
    case ERROR_TEAM_UNKNOWN:
        return &schema_errors[55];
    case ERROR_TEAMS_FULL:
        return &schema_errors[56];
    case ERROR_CLIENT_SEED_INVALID:
        return &schema_errors[57];
    case ERROR_RARITY_CHANGED:
        return &schema_errors[58];
    case ERROR_CATALOGUE_FULL:
        return &schema_errors[59];
    case ERROR_CHARACTER_UNKNOWN:
        return &schema_errors[60];
    case ERROR_ITEM_UNKNOWN:
        return &schema_errors[61];
    case ERROR_PACK_TABLE_INVALID:
        return &schema_errors[62];
    case ERROR_AMOUNT_INVALID:
        return &schema_errors[63];
    default:
        return NULL;
    }
}

const struct close_desc *schema_close(int number)
{
    switch (number) {
    case CLOSE_GOING_AWAY:
        return &schema_closes[0];
    case CLOSE_PROTOCOL_ERROR:
        return &schema_closes[1];
    case CLOSE_UNSUPPORTED_DATA:
        return &schema_closes[2];
    case CLOSE_NOT_UTF8:
        return &schema_closes[3];
    case CLOSE_TOO_BIG:
        return &schema_closes[4];
    case CLOSE_HOSTILE:
        return &schema_closes[5];
    case CLOSE_TOKEN_EXPIRED:
        return &schema_closes[6];
    case CLOSE_SIGNED_OUT:
        return &schema_closes[7];
    case CLOSE_DISABLED:
        return &schema_closes[8];
    case CLOSE_SIGN_IN_TIMEOUT:
        return &schema_closes[9];
    case CLOSE_SLOW_READER:
        return &schema_closes[10];
    case CLOSE_TOO_MANY_CONNECTIONS:
        return &schema_closes[11];
    case CLOSE_TOO_MANY_MESSAGES:
        return &schema_closes[12];
    case CLOSE_ROLES_CHANGED:
        return &schema_closes[13];
    case CLOSE_REPLACED:
        return &schema_closes[14];
    case CLOSE_FORBIDDEN:
        return &schema_closes[15];
    default:
        return NULL;
    }
}

const struct stream_desc *schema_stream(int number)
{
    switch (number) {
    case STREAM_PLAYER:
        return &schema_streams[0];
    case STREAM_PACK:
        return &schema_streams[1];
    case STREAM_STOCK:
        return &schema_streams[2];
    case STREAM_CATALOGUE:
        return &schema_streams[3];
    case STREAM_REGISTRATION:
        return &schema_streams[4];
    default:
        return NULL;
    }
}

const struct view_desc *schema_view_of_query(int number)
{
    switch (number) {
    case QUERY_LIST_PLAYERS:
        return &schema_views[0];
    case QUERY_LIST_PROOFS:
        return &schema_views[1];
    case QUERY_LIST_WALLETS:
        return &schema_views[2];
    case QUERY_LIST_CHARACTERS:
        return &schema_views[3];
    case QUERY_LIST_ITEMS:
        return &schema_views[4];
    case QUERY_LIST_TEAMS:
        return &schema_views[5];
    case QUERY_LIST_PITIES:
        return &schema_views[6];
    case QUERY_LIST_OPENINGS:
        return &schema_views[7];
    case QUERY_LIST_PACKS:
        return &schema_views[8];
    case QUERY_LIST_ODDS:
        return &schema_views[9];
    case QUERY_LIST_STOCKS:
        return &schema_views[10];
    case QUERY_LIST_CHARACTER_INFOS:
        return &schema_views[11];
    case QUERY_LIST_ITEM_INFOS:
        return &schema_views[12];
    case QUERY_LIST_PULL_STATISTICS:
        return &schema_views[13];
    default:
        return NULL;
    }
}
