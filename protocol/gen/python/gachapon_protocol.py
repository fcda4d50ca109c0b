# Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
"""The protocol of Gachapon by names, for black-box tests and tools. Needs the package `msgpack`.

    frame = encode_request(1, "open_pack", {"pack": "starter", "count": 1}, meta={"command_id": uuid4()})
    for message in decode_messages(frame_from_server, {1: "open_pack"}):
        message == {"kind": "reply", "id": 1, "type": "open_pack", "payload": {...}, "meta": {...}}
        message == {"kind": "error", "id": 1, "type": "error", "error": "wallet_insufficient", "payload": {...}}
        message == {"kind": "push", "id": 0, "type": "changed", "payload": {...}}

Values: an enum is its name, a uuid its text, hash and bytes are bytes, a time is milliseconds since 1970, an absent
optional value is None. When encoding, a uuid may also be a uuid.UUID or 16 bytes, a hash hex text, an enum a number;
fields with defaults may be left out. To send what is wrong on purpose, give numbers for types and lists for payloads:
they go out as they are.
"""

import uuid
from typing import NamedTuple, Optional


class Field(NamedTuple):
    name: str
    kind: str
    type: str = ""  # of an enum or a struct
    of: str = ""  # what a list holds
    of_type: str = ""
    min: int = 0
    max: int = 0
    optional: bool = False
    has_default: bool = False
    default: object = None
    secret: bool = False
    personal: bool = False


PROTOCOL_VERSION = 1
PROTOCOL_OLDEST_CLIENT = 1

LIMITS = {
    "frame_max_bytes": 65536,
    "messages_per_frame_max": 32,
    "depth_max": 8,
    "values_max": 4096,
    "in_flight_max": 64,
    "events_per_command_max": 16,
    "page_rows_max": 500,
}

ENUMS = {
    "rarity": {"common": 1, "rare": 2, "epic": 3, "legendary": 4},
    "payment": {"currency": 1, "item": 2},
    "grant_kind": {"free_currency": 1, "paid_currency": 2, "item": 3},
    "player_status": {"active": 1, "deactivated": 2, "erased": 3},
    "door": {"registered": 1, "enrolled": 2, "guest": 3},
    "pack_status": {"on_sale": 1, "retired": 2},
    "consistency": {"strong": 1, "eventual": 2},
    "retry": {"never": 1, "now": 2, "later": 3, "sign_in": 4},
    "audience": {"own": 1, "public": 2},
    "close_advice": {"at_once": 1, "later": 2, "sign_in": 3, "never": 4},
}

# Type numbers of the wire: messages, commands, queries.
TYPES = {
    "hello": 1,
    "tick": 2,
    "error": 3,
    "sign_in": 4,
    "refresh": 5,
    "ping": 6,
    "follow": 7,
    "changed": 8,
    "expiring": 9,
    "closing": 10,
    "register": 11,
    "signed_in": 12,
    "play_as_guest": 13,
    "claim_account": 14,
    "enrol_player": 100,
    "open_pack": 101,
    "form_team": 102,
    "change_team": 103,
    "disband_team": 104,
    "rename_player": 105,
    "rotate_seed": 106,
    "begin_registration": 110,
    "finish_registration": 111,
    "undo_registration": 112,
    "refuse_enrolment": 113,
    "reactivate_player": 114,
    "publish_character": 200,
    "publish_item": 201,
    "set_starting_balance": 202,
    "publish_pack": 203,
    "retire_pack": 204,
    "grant": 205,
    "deactivate_player": 206,
    "erase_player": 207,
    "list_players": 300,
    "list_proofs": 301,
    "list_wallets": 302,
    "list_characters": 303,
    "list_items": 304,
    "list_teams": 305,
    "list_pities": 306,
    "list_openings": 307,
    "list_packs": 320,
    "list_odds": 321,
    "list_stocks": 322,
    "list_character_infos": 323,
    "list_item_infos": 324,
    "list_pull_statistics": 325,
}

EVENTS = {
    "player_registered": 1,
    "pack_opened": 2,
    "granted": 3,
    "team_formed": 4,
    "team_changed": 5,
    "team_disbanded": 6,
    "player_renamed": 7,
    "seed_rotated": 8,
    "enrolment_refused": 9,
    "player_deactivated": 10,
    "player_reactivated": 11,
    "player_erased": 12,
    "pack_published": 20,
    "pack_retired": 21,
    "stock_set": 30,
    "stock_taken": 31,
    "character_published": 40,
    "item_published": 41,
    "starting_balance_set": 42,
    "registration_begun": 50,
    "registration_finished": 51,
    "registration_undone": 52,
}

VIEWS = {
    "player": 1,
    "proof": 2,
    "wallet": 3,
    "character": 4,
    "item": 5,
    "team": 6,
    "pity": 7,
    "opening": 8,
    "pack": 20,
    "odds": 21,
    "stock": 22,
    "character_info": 23,
    "item_info": 24,
    "pull_statistic": 25,
}

ERRORS = {
    "malformed": 1,
    "type_unknown": 2,
    "field_missing": 3,
    "field_wrong_type": 4,
    "field_out_of_range": 5,
    "id_invalid": 6,
    "command_id_missing": 7,
    "too_deep": 8,
    "too_many_values": 9,
    "id_in_use": 10,
    "signed_out": 20,
    "signed_in_already": 21,
    "forbidden": 22,
    "token_invalid": 23,
    "token_expired": 24,
    "token_revoked": 25,
    "token_other_subject": 26,
    "identity_unavailable": 27,
    "insecure_transport": 28,
    "wrong_path": 29,
    "too_many_in_flight": 40,
    "overloaded": 41,
    "store_unavailable": 42,
    "view_unavailable": 43,
    "view_behind": 44,
    "conflict": 45,
    "draining": 46,
    "internal": 47,
    "command_id_reused": 48,
    "rate_limited": 49,
    "email_taken": 60,
    "email_invalid": 61,
    "password_weak": 62,
    "display_name_invalid": 63,
    "player_exists": 64,
    "player_unknown": 65,
    "player_inactive": 66,
    "registration_undone": 67,
    "registration_settled": 68,
    "registration_unknown": 69,
    "not_a_guest": 70,
    "player_active": 71,
    "account_incomplete": 72,
    "account_disabled": 73,
    "pack_unknown": 100,
    "pack_retired": 101,
    "count_invalid": 102,
    "wallet_insufficient": 103,
    "item_insufficient": 104,
    "pack_not_owned_as_item": 105,
    "stock_exhausted": 106,
    "team_size_invalid": 110,
    "team_member_repeated": 111,
    "character_not_owned": 112,
    "team_name_invalid": 113,
    "team_unknown": 114,
    "teams_full": 115,
    "client_seed_invalid": 116,
    "rarity_changed": 120,
    "catalogue_full": 121,
    "character_unknown": 122,
    "item_unknown": 123,
    "pack_table_invalid": 124,
    "amount_invalid": 125,
}

RETRIES = {
    "malformed": "never",
    "type_unknown": "never",
    "field_missing": "never",
    "field_wrong_type": "never",
    "field_out_of_range": "never",
    "id_invalid": "never",
    "command_id_missing": "never",
    "too_deep": "never",
    "too_many_values": "never",
    "id_in_use": "never",
    "signed_out": "sign_in",
    "signed_in_already": "never",
    "forbidden": "never",
    "token_invalid": "sign_in",
    "token_expired": "sign_in",
    "token_revoked": "sign_in",
    "token_other_subject": "never",
    "identity_unavailable": "later",
    "insecure_transport": "never",
    "wrong_path": "never",
    "too_many_in_flight": "later",
    "overloaded": "later",
    "store_unavailable": "later",
    "view_unavailable": "later",
    "view_behind": "later",
    "conflict": "now",
    "draining": "later",
    "internal": "later",
    "command_id_reused": "never",
    "rate_limited": "later",
    "email_taken": "never",
    "email_invalid": "never",
    "password_weak": "never",
    "display_name_invalid": "never",
    "player_exists": "never",
    "player_unknown": "never",
    "player_inactive": "never",
    "registration_undone": "never",
    "registration_settled": "never",
    "registration_unknown": "never",
    "not_a_guest": "never",
    "player_active": "never",
    "account_incomplete": "sign_in",
    "account_disabled": "never",
    "pack_unknown": "never",
    "pack_retired": "never",
    "count_invalid": "never",
    "wallet_insufficient": "never",
    "item_insufficient": "never",
    "pack_not_owned_as_item": "never",
    "stock_exhausted": "never",
    "team_size_invalid": "never",
    "team_member_repeated": "never",
    "character_not_owned": "never",
    "team_name_invalid": "never",
    "team_unknown": "never",
    "teams_full": "never",
    "client_seed_invalid": "never",
    "rarity_changed": "never",
    "catalogue_full": "never",
    "character_unknown": "never",
    "item_unknown": "never",
    "pack_table_invalid": "never",
    "amount_invalid": "never",
}

CLOSES = {
    "going_away": 1001,
    "protocol_error": 1002,
    "unsupported_data": 1003,
    "not_utf8": 1007,
    "too_big": 1009,
    "hostile": 4000,
    "token_expired": 4001,
    "signed_out": 4002,
    "disabled": 4003,
    "sign_in_timeout": 4004,
    "slow_reader": 4005,
    "too_many_connections": 4006,
    "too_many_messages": 4007,
    "roles_changed": 4008,
    "replaced": 4009,
    "forbidden": 4010,
}

CLOSE_ADVICES = {
    "going_away": "later",
    "protocol_error": "never",
    "unsupported_data": "never",
    "not_utf8": "never",
    "too_big": "never",
    "hostile": "never",
    "token_expired": "sign_in",
    "signed_out": "sign_in",
    "disabled": "sign_in",
    "sign_in_timeout": "sign_in",
    "slow_reader": "at_once",
    "too_many_connections": "later",
    "too_many_messages": "later",
    "roles_changed": "at_once",
    "replaced": "never",
    "forbidden": "never",
}

STREAMS = {
    "player": 1,
    "pack": 2,
    "stock": 3,
    "catalogue": 4,
    "registration": 5,
}

# Struct of a request's payload, and of its reply's.
REQUESTS = {
    "sign_in": "message_sign_in",
    "refresh": "message_refresh",
    "ping": "message_ping",
    "follow": "message_follow",
    "register": "message_register",
    "play_as_guest": "message_play_as_guest",
    "claim_account": "message_claim_account",
    "enrol_player": "command_enrol_player",
    "open_pack": "command_open_pack",
    "form_team": "command_form_team",
    "change_team": "command_change_team",
    "disband_team": "command_disband_team",
    "rename_player": "command_rename_player",
    "rotate_seed": "command_rotate_seed",
    "begin_registration": "command_begin_registration",
    "finish_registration": "command_finish_registration",
    "undo_registration": "command_undo_registration",
    "refuse_enrolment": "command_refuse_enrolment",
    "reactivate_player": "command_reactivate_player",
    "publish_character": "command_publish_character",
    "publish_item": "command_publish_item",
    "set_starting_balance": "command_set_starting_balance",
    "publish_pack": "command_publish_pack",
    "retire_pack": "command_retire_pack",
    "grant": "command_grant",
    "deactivate_player": "command_deactivate_player",
    "erase_player": "command_erase_player",
    "list_players": "query_list",
    "list_proofs": "query_list",
    "list_wallets": "query_list",
    "list_characters": "query_list",
    "list_items": "query_list",
    "list_teams": "query_list",
    "list_pities": "query_list",
    "list_openings": "query_list",
    "list_packs": "query_list",
    "list_odds": "query_list",
    "list_stocks": "query_list",
    "list_character_infos": "query_list",
    "list_item_infos": "query_list",
    "list_pull_statistics": "query_list",
}

REPLIES = {
    "sign_in": "reply_sign_in",
    "refresh": "reply_refresh",
    "ping": "reply_ping",
    "follow": "reply_follow",
    "register": "reply_register",
    "play_as_guest": "reply_play_as_guest",
    "claim_account": "reply_claim_account",
    "enrol_player": "event_player_registered",
    "open_pack": "event_pack_opened",
    "form_team": "event_team_formed",
    "change_team": "event_team_changed",
    "disband_team": "event_team_disbanded",
    "rename_player": "event_player_renamed",
    "rotate_seed": "event_seed_rotated",
    "begin_registration": "event_registration_begun",
    "finish_registration": "event_registration_finished",
    "undo_registration": "event_registration_undone",
    "refuse_enrolment": "event_enrolment_refused",
    "reactivate_player": "event_player_reactivated",
    "publish_character": "event_character_published",
    "publish_item": "event_item_published",
    "set_starting_balance": "event_starting_balance_set",
    "publish_pack": "event_pack_published",
    "retire_pack": "event_pack_retired",
    "grant": "event_granted",
    "deactivate_player": "event_player_deactivated",
    "erase_player": "event_player_erased",
    "list_players": "reply_list",
    "list_proofs": "reply_list",
    "list_wallets": "reply_list",
    "list_characters": "reply_list",
    "list_items": "reply_list",
    "list_teams": "reply_list",
    "list_pities": "reply_list",
    "list_openings": "reply_list",
    "list_packs": "reply_list",
    "list_odds": "reply_list",
    "list_stocks": "reply_list",
    "list_character_infos": "reply_list",
    "list_item_infos": "reply_list",
    "list_pull_statistics": "reply_list",
}

VIEW_OF_QUERY = {
    "list_players": "player",
    "list_proofs": "proof",
    "list_wallets": "wallet",
    "list_characters": "character",
    "list_items": "item",
    "list_teams": "team",
    "list_pities": "pity",
    "list_openings": "opening",
    "list_packs": "pack",
    "list_odds": "odds",
    "list_stocks": "stock",
    "list_character_infos": "character_info",
    "list_item_infos": "item_info",
    "list_pull_statistics": "pull_statistic",
}

# Leading fields of a row that are its key.
KEY_COUNTS = {
    "player": 1,
    "proof": 1,
    "wallet": 1,
    "character": 2,
    "item": 2,
    "team": 2,
    "pity": 2,
    "opening": 2,
    "pack": 1,
    "odds": 2,
    "stock": 1,
    "character_info": 1,
    "item_info": 1,
    "pull_statistic": 3,
}

TABLES = {
    "player": "players",
    "proof": "proofs",
    "wallet": "wallets",
    "character": "characters",
    "item": "items",
    "team": "teams",
    "pity": "pities",
    "opening": "openings",
    "pack": "packs",
    "odds": "pack_odds",
    "stock": "stocks",
    "character_info": "character_catalogue",
    "item_info": "item_catalogue",
    "pull_statistic": "pull_statistics",
}

STRUCTS = {
    "pull": (
        Field("character", "slug"),
        Field("rarity", "enum", type="rarity"),
        Field("copies", "u32"),
    ),
    "rarity_weight": (
        Field("rarity", "enum", type="rarity"),
        Field("weight", "u32"),
    ),
    "pack_entry": (
        Field("character", "slug"),
        Field("rarity", "enum", type="rarity"),
        Field("weight", "u32"),
    ),
    "limits": (
        Field("frame_max_bytes", "u32"),
        Field("in_flight_max", "u32"),
        Field("messages_per_frame_max", "u32"),
        Field("sign_in_within_ms", "u32"),
        Field("tick_every_ms", "u32"),
        Field("messages_per_second", "u32", has_default=True),
    ),
    "meta": (
        Field("command_id", "uuid", optional=True, has_default=True),
        Field("consistency", "enum", type="consistency", has_default=True, default="strong"),
        Field("at_least", "u64", has_default=True),
        Field("traceparent", "text", max=55, optional=True, has_default=True, default=""),
    ),
    "reply_meta": (
        Field("position", "u64"),
        Field("view_position", "u64", has_default=True),
    ),
    "change": (
        Field("view", "u16"),
        Field("rows", "raw"),
    ),
    "message_hello": (
        Field("protocol", "u16"),
        Field("oldest_client", "u16"),
        Field("epoch", "uuid"),
        Field("time", "time"),
        Field("server", "text", max=64),
        Field("limits", "struct", type="limits"),
        Field("issuer", "text", max=255, optional=True, has_default=True, default=""),
        Field("client_id", "text", max=64, optional=True, has_default=True, default=""),
    ),
    "message_tick": (
        Field("time", "time"),
        Field("own_mark", "u64"),
        Field("public_mark", "u64"),
    ),
    "message_error": (
        Field("code", "u16"),
        Field("name", "text", max=48),
        Field("retry", "enum", type="retry"),
        Field("retry_after_ms", "u32"),
        Field("detail", "text", max=160, optional=True),
    ),
    "message_sign_in": (
        Field("token", "text", max=16384, secret=True),
        Field("display_name", "text", max=40, optional=True, has_default=True, default=""),
    ),
    "reply_sign_in": (
        Field("player", "uuid"),
        Field("expires_at", "time"),
        Field("enrolled", "bool"),
        Field("roles", "list", of="slug", max=8),
    ),
    "message_refresh": (
        Field("token", "text", max=16384, secret=True),
    ),
    "reply_refresh": (
        Field("expires_at", "time"),
    ),
    "message_ping": (
    ),
    "reply_ping": (
        Field("time", "time"),
    ),
    "message_follow": (
        Field("epoch", "uuid", optional=True, has_default=True),
        Field("generation", "u64", has_default=True),
        Field("own", "u64", has_default=True),
        Field("public", "u64", has_default=True),
    ),
    "reply_follow": (
        Field("epoch", "uuid"),
        Field("generation", "u64"),
        Field("own_whole", "bool"),
        Field("public_whole", "bool"),
    ),
    "message_changed": (
        Field("audience", "enum", type="audience"),
        Field("mark", "u64"),
        Field("changes", "list", of="struct", of_type="change", max=4096),
    ),
    "message_expiring": (
        Field("expires_at", "time"),
    ),
    "message_closing": (
        Field("code", "u16"),
        Field("advice", "enum", type="close_advice"),
        Field("retry_after_ms", "u32"),
    ),
    "message_register": (
        Field("email", "text", min=3, max=120, secret=True),
        Field("password", "text", min=8, max=128, secret=True),
        Field("display_name", "text", min=2, max=40, personal=True),
    ),
    "reply_register": (
        Field("player", "uuid"),
        Field("access_token", "text", max=16384, secret=True),
        Field("refresh_token", "text", max=16384, secret=True),
        Field("expires_at", "time"),
    ),
    "message_signed_in": (
        Field("player", "uuid"),
        Field("expires_at", "time"),
        Field("enrolled", "bool"),
        Field("roles", "list", of="slug", max=8),
    ),
    "message_play_as_guest": (
        Field("secret", "text", min=32, max=128, secret=True),
        Field("display_name", "text", max=40, has_default=True, default="", personal=True),
    ),
    "reply_play_as_guest": (
        Field("player", "uuid"),
        Field("access_token", "text", max=16384, secret=True),
        Field("refresh_token", "text", max=16384, secret=True),
        Field("expires_at", "time"),
        Field("user_name", "text", max=64),
    ),
    "message_claim_account": (
        Field("email", "text", min=3, max=120, secret=True),
        Field("password", "text", min=8, max=128, secret=True),
    ),
    "reply_claim_account": (
        Field("player", "uuid"),
        Field("access_token", "text", max=16384, secret=True),
        Field("refresh_token", "text", max=16384, secret=True),
        Field("expires_at", "time"),
    ),
    "query_list": (
        Field("after", "bytes", max=256, optional=True, has_default=True, default=""),
        Field("limit", "u16", has_default=True, default=100),
        Field("player", "uuid", optional=True, has_default=True),
    ),
    "reply_list": (
        Field("rows", "raw"),
        Field("next", "bytes", max=256, optional=True),
    ),
    "command_enrol_player": (
        Field("player", "uuid"),
        Field("display_name", "text", min=1, max=40, personal=True),
        Field("door", "enum", type="door"),
    ),
    "command_open_pack": (
        Field("pack", "slug"),
        Field("count", "u8"),
        Field("payment", "enum", type="payment", has_default=True, default="currency"),
    ),
    "command_form_team": (
        Field("name", "text", min=1, max=40, personal=True),
        Field("members", "list", of="slug", max=16),
    ),
    "command_change_team": (
        Field("team", "u32"),
        Field("name", "text", min=1, max=40, personal=True),
        Field("members", "list", of="slug", max=16),
    ),
    "command_disband_team": (
        Field("team", "u32"),
    ),
    "command_rename_player": (
        Field("display_name", "text", min=2, max=40, personal=True),
    ),
    "command_rotate_seed": (
        Field("client_seed", "text", min=1, max=64),
    ),
    "command_begin_registration": (
        Field("registration", "uuid"),
        Field("content", "bytes", max=16),
        Field("guest", "uuid", optional=True, has_default=True),
    ),
    "command_finish_registration": (
        Field("player", "uuid"),
        Field("registration", "uuid"),
        Field("display_name", "text", max=40, personal=True),
        Field("door", "enum", type="door", has_default=True, default="registered"),
    ),
    "command_undo_registration": (
        Field("player", "uuid", optional=True),
        Field("registration", "uuid"),
    ),
    "command_refuse_enrolment": (
        Field("player", "uuid"),
        Field("registration", "uuid"),
    ),
    "command_reactivate_player": (
        Field("player", "uuid"),
    ),
    "command_publish_character": (
        Field("character", "slug"),
        Field("name", "text", min=1, max=60),
        Field("rarity", "enum", type="rarity"),
        Field("description", "text", max=400, optional=True, has_default=True, default=""),
    ),
    "command_publish_item": (
        Field("item", "slug"),
        Field("name", "text", min=1, max=60),
        Field("description", "text", max=400, optional=True, has_default=True, default=""),
    ),
    "command_set_starting_balance": (
        Field("free", "u64"),
        Field("item", "slug", optional=True),
        Field("item_count", "u32"),
    ),
    "command_publish_pack": (
        Field("pack", "slug"),
        Field("name", "text", min=1, max=60),
        Field("price", "u64"),
        Field("ten_price", "u64"),
        Field("rarities", "list", of="struct", of_type="rarity_weight", max=8),
        Field("entries", "list", of="struct", of_type="pack_entry", max=256),
        Field("pity_group", "slug"),
        Field("hard_pity", "u32"),
        Field("pity_rarity", "enum", type="rarity"),
        Field("item", "slug", optional=True),
        Field("limited", "bool"),
        Field("stock", "u64"),
    ),
    "command_retire_pack": (
        Field("pack", "slug"),
    ),
    "command_grant": (
        Field("player", "uuid"),
        Field("external_id", "text", min=1, max=64),
        Field("kind", "enum", type="grant_kind"),
        Field("item", "slug", optional=True),
        Field("amount", "u64"),
        Field("reason", "text", max=120, optional=True, has_default=True, default=""),
    ),
    "command_deactivate_player": (
        Field("player", "uuid"),
        Field("grace_s", "u32", has_default=True, default=2592000),
        Field("reason", "text", max=120, optional=True, has_default=True, default=""),
    ),
    "command_erase_player": (
        Field("player", "uuid"),
        Field("reason", "text", max=120, optional=True, has_default=True, default=""),
        Field("even_active", "bool", has_default=True),
    ),
    "event_player_registered": (
        Field("player", "uuid"),
        Field("display_name", "text", max=40, personal=True),
        Field("door", "enum", type="door"),
        Field("registered_at", "time"),
        Field("free", "u64"),
        Field("item", "slug", optional=True),
        Field("item_count", "u32"),
        Field("seed_number", "u32"),
        Field("seed_hash", "hash"),
        Field("next_seed_hash", "hash"),
        Field("client_seed", "text", max=64),
    ),
    "event_pack_opened": (
        Field("player", "uuid"),
        Field("opening", "u32"),
        Field("pack", "slug"),
        Field("pack_version", "u32"),
        Field("payment", "enum", type="payment"),
        Field("cost_free", "u64"),
        Field("cost_paid", "u64"),
        Field("free", "u64"),
        Field("paid", "u64"),
        Field("item", "slug", optional=True),
        Field("item_count", "u32"),
        Field("seed_number", "u32"),
        Field("first_nonce", "u64"),
        Field("pulls", "list", of="struct", of_type="pull", min=1, max=10),
        Field("pity_group", "slug"),
        Field("pity", "u32"),
        Field("opened_at", "time"),
    ),
    "event_granted": (
        Field("player", "uuid"),
        Field("external_id", "text", max=64),
        Field("kind", "enum", type="grant_kind"),
        Field("item", "slug", optional=True),
        Field("amount", "u64"),
        Field("free", "u64"),
        Field("paid", "u64"),
        Field("item_count", "u32"),
        Field("reason", "text", max=120, optional=True),
        Field("granted_at", "time"),
    ),
    "event_team_formed": (
        Field("player", "uuid"),
        Field("team", "u32"),
        Field("name", "text", max=40, personal=True),
        Field("members", "list", of="slug", min=4, max=4),
    ),
    "event_team_changed": (
        Field("player", "uuid"),
        Field("team", "u32"),
        Field("name", "text", max=40, personal=True),
        Field("members", "list", of="slug", min=4, max=4),
    ),
    "event_team_disbanded": (
        Field("player", "uuid"),
        Field("team", "u32"),
    ),
    "event_player_renamed": (
        Field("player", "uuid"),
        Field("display_name", "text", max=40, personal=True),
        Field("status", "enum", type="player_status"),
        Field("registered_at", "time"),
    ),
    "event_seed_rotated": (
        Field("player", "uuid"),
        Field("revealed_number", "u32"),
        Field("revealed_seed", "hash"),
        Field("revealed_draws", "u64"),
        Field("seed_number", "u32"),
        Field("seed_hash", "hash"),
        Field("next_seed_hash", "hash"),
        Field("client_seed", "text", max=64),
    ),
    "event_enrolment_refused": (
        Field("player", "uuid"),
        Field("registration", "uuid"),
        Field("refused_at", "time"),
    ),
    "event_player_deactivated": (
        Field("player", "uuid"),
        Field("display_name", "text", max=40, personal=True),
        Field("registered_at", "time"),
        Field("deactivated_at", "time"),
        Field("grace_s", "u32"),
        Field("reason", "text", max=120, optional=True),
    ),
    "event_player_reactivated": (
        Field("player", "uuid"),
        Field("display_name", "text", max=40, personal=True),
        Field("registered_at", "time"),
        Field("reactivated_at", "time"),
    ),
    "event_player_erased": (
        Field("player", "uuid"),
        Field("registered_at", "time"),
        Field("teams", "list", of="u32", max=20),
        Field("erased_at", "time"),
        Field("reason", "text", max=120, optional=True),
    ),
    "event_pack_published": (
        Field("pack", "slug"),
        Field("version", "u32"),
        Field("name", "text", max=60),
        Field("price", "u64"),
        Field("ten_price", "u64"),
        Field("rarities", "list", of="struct", of_type="rarity_weight", max=8),
        Field("entries", "list", of="struct", of_type="pack_entry", max=256),
        Field("dropped", "list", of="slug", max=256),
        Field("pity_group", "slug"),
        Field("hard_pity", "u32"),
        Field("pity_rarity", "enum", type="rarity"),
        Field("item", "slug", optional=True),
        Field("limited", "bool"),
        Field("published_at", "time"),
    ),
    "event_pack_retired": (
        Field("pack", "slug"),
        Field("retired_at", "time"),
        Field("version", "u32"),
        Field("name", "text", max=60),
        Field("price", "u64"),
        Field("ten_price", "u64"),
        Field("pity_group", "slug"),
        Field("hard_pity", "u32"),
        Field("pity_rarity", "enum", type="rarity"),
        Field("item", "slug", optional=True),
        Field("limited", "bool"),
    ),
    "event_stock_set": (
        Field("pack", "slug"),
        Field("limited", "bool"),
        Field("remaining", "u64"),
    ),
    "event_stock_taken": (
        Field("pack", "slug"),
        Field("taken", "u32"),
        Field("remaining", "u64"),
    ),
    "event_character_published": (
        Field("character", "slug"),
        Field("name", "text", max=60),
        Field("rarity", "enum", type="rarity"),
        Field("description", "text", max=400, optional=True),
    ),
    "event_item_published": (
        Field("item", "slug"),
        Field("name", "text", max=60),
        Field("description", "text", max=400, optional=True),
    ),
    "event_starting_balance_set": (
        Field("free", "u64"),
        Field("item", "slug", optional=True),
        Field("item_count", "u32"),
    ),
    "event_registration_begun": (
        Field("registration", "uuid"),
        Field("begun_at", "time"),
        Field("guest", "uuid", optional=True, has_default=True),
    ),
    "event_registration_finished": (
        Field("registration", "uuid"),
        Field("player", "uuid"),
        Field("finished_at", "time"),
    ),
    "event_registration_undone": (
        Field("registration", "uuid"),
        Field("undone_at", "time"),
    ),
    "row_player": (
        Field("player", "uuid"),
        Field("display_name", "text", max=40),
        Field("status", "enum", type="player_status"),
        Field("registered_at", "time"),
    ),
    "row_proof": (
        Field("player", "uuid"),
        Field("seed_number", "u32"),
        Field("seed_hash", "hash"),
        Field("next_seed_hash", "hash"),
        Field("client_seed", "text", max=64),
    ),
    "row_wallet": (
        Field("player", "uuid"),
        Field("free", "u64"),
        Field("paid", "u64"),
    ),
    "row_character": (
        Field("player", "uuid"),
        Field("character", "slug"),
        Field("rarity", "enum", type="rarity"),
        Field("copies", "u32"),
    ),
    "row_item": (
        Field("player", "uuid"),
        Field("item", "slug"),
        Field("count", "u32"),
    ),
    "row_team": (
        Field("player", "uuid"),
        Field("team", "u32"),
        Field("name", "text", max=40),
        Field("members", "list", of="slug", max=4),
    ),
    "row_pity": (
        Field("player", "uuid"),
        Field("pity_group", "slug"),
        Field("draws", "u32"),
    ),
    "row_opening": (
        Field("player", "uuid"),
        Field("opening", "u32"),
        Field("pack", "slug"),
        Field("pack_version", "u32"),
        Field("cost_free", "u64"),
        Field("cost_paid", "u64"),
        Field("item", "slug", optional=True),
        Field("seed_number", "u32"),
        Field("first_nonce", "u64"),
        Field("pulls", "list", of="struct", of_type="pull", max=10),
        Field("opened_at", "time"),
    ),
    "row_pack": (
        Field("pack", "slug"),
        Field("version", "u32"),
        Field("name", "text", max=60),
        Field("status", "enum", type="pack_status"),
        Field("price", "u64"),
        Field("ten_price", "u64"),
        Field("pity_group", "slug"),
        Field("hard_pity", "u32"),
        Field("pity_rarity", "enum", type="rarity"),
        Field("item", "slug", optional=True),
        Field("limited", "bool"),
    ),
    "row_odds": (
        Field("pack", "slug"),
        Field("character", "slug"),
        Field("rarity", "enum", type="rarity"),
        Field("numerator", "u64"),
        Field("denominator", "u64"),
        Field("version", "u32"),
        Field("rarity_weight", "u32"),
        Field("weight", "u32"),
    ),
    "row_stock": (
        Field("pack", "slug"),
        Field("limited", "bool"),
        Field("remaining", "u64"),
    ),
    "row_character_info": (
        Field("character", "slug"),
        Field("name", "text", max=60),
        Field("rarity", "enum", type="rarity"),
        Field("description", "text", max=400, optional=True),
    ),
    "row_item_info": (
        Field("item", "slug"),
        Field("name", "text", max=60),
        Field("description", "text", max=400, optional=True),
    ),
    "row_pull_statistic": (
        Field("pack", "slug"),
        Field("version", "u32"),
        Field("character", "slug"),
        Field("observed", "u64"),
    ),
}


# ---------------------------------------------------------------------- encoding


def encode_request(request_id, type_name, payload=None, meta=None):
    """One request as bytes. `payload` is a mapping by names, or a list sent as it is; `meta` likewise, or None."""
    message = [request_id, TYPES.get(type_name, type_name)]
    message.append(payload_to_wire(type_name, {} if payload is None else payload))
    if meta is not None:
        message.append(to_wire("meta", meta) if isinstance(meta, dict) else meta)
    return pack(message)


def encode_push(type_name, payload):
    """A push as the server sends it; rows in `changed` by names."""
    if type_name == "changed":
        changes = [
            {
                "view": VIEWS[change["view"]],
                "rows": [row_to_wire(change["view"], row) for row in change["rows"]],
            }
            for change in payload["changes"]
        ]
        payload = {**payload, "changes": changes}
    return pack([0, TYPES[type_name], to_wire(f"message_{type_name}", payload)])


def encode_error(request_id, payload):
    return pack([request_id, TYPES["error"], to_wire("message_error", payload)])


def encode_reply(request_id, type_name, payload, meta=None):
    """A reply as the server sends it; the rows of a query by names."""
    if type_name in VIEW_OF_QUERY:
        payload = {**payload, "rows": [row_to_wire(VIEW_OF_QUERY[type_name], row) for row in payload["rows"]]}
    message = [request_id, TYPES[type_name], to_wire(REPLIES[type_name], payload)]
    return pack(message + [to_wire("reply_meta", meta) if meta is not None else None])


def payload_to_wire(type_name, payload):
    return to_wire(REQUESTS[type_name], payload) if isinstance(payload, dict) else payload


def row_to_wire(view, row):
    fields = {name: value for name, value in row.items() if name not in ("position", "deleted")}
    return [row["position"], row["deleted"], *to_wire(f"row_{view}", fields)]


def to_wire(struct, values):
    """The positional array of a struct given by names."""
    fields = STRUCTS[struct]
    unknown = set(values) - {field.name for field in fields}
    if unknown:
        raise ValueError(f"{struct} has no field {', '.join(sorted(unknown))}")
    last = max(
        (i for i, field in enumerate(fields) if field.name in values or not field.has_default), default=-1
    )
    return [field_to_wire(struct, field, values) for field in fields[: last + 1]]


def field_to_wire(struct, field, values):
    if field.name in values:
        value = values[field.name]
    elif field.has_default:
        value = default_of(field)
    elif field.optional:
        value = None
    else:
        raise ValueError(f"{struct} needs {field.name}")
    if value is None and field.optional:
        return None
    if field.kind == "list":
        return [value_to_wire(field.of, field.of_type, entry) for entry in value]
    return value_to_wire(field.kind, field.type, value)


def value_to_wire(kind, type_name, value):
    if kind == "struct" and isinstance(value, dict):
        return to_wire(type_name, value)
    if kind == "enum" and isinstance(value, str):
        return ENUMS[type_name][value]
    if kind == "uuid" and not isinstance(value, bytes):
        return uuid.UUID(str(value)).bytes
    if kind in ("hash", "bytes") and isinstance(value, str):
        return bytes.fromhex(value)
    return value


def pack(value):
    import msgpack  # here, so that the tables serve without it

    return msgpack.packb(value, use_bin_type=True)


# ---------------------------------------------------------------------- decoding


def decode_messages(frame, requests: Optional[dict] = None):
    """The messages of one frame by names. With `requests` (id -> type name) replies to anything else raise ValueError."""
    return [decode_message(message, requests) for message in unpack_all(frame)]


def decode_message(message, requests=None):
    if not isinstance(message, list) or not 3 <= len(message) <= 4:
        raise ValueError(f"not a message: {message!r}")
    message_id, number, payload = message[:3]
    type_name = TYPE_NAMES.get(number)
    if type_name is None:
        raise ValueError(f"unknown type {number}")
    named = {"kind": "push", "id": message_id, "type": type_name}
    if type_name == "error":
        named.update(kind="error", payload=from_wire("message_error", payload))
        named["error"] = ERROR_NAMES.get(named["payload"]["code"], named["payload"]["name"])
    elif message_id == 0:
        named["payload"] = from_wire(f"message_{type_name}", payload)
        if type_name == "changed":
            for change in named["payload"]["changes"]:
                decode_change(change)
    else:
        if requests is not None and requests.get(message_id) != type_name:
            raise ValueError(f"{type_name} {message_id} answers nothing that was asked")
        meta = message[3] if len(message) > 3 else None
        named.update(
            kind="reply",
            payload=decode_reply(type_name, payload),
            meta=from_wire("reply_meta", meta) if meta else None,
        )
    return named


def decode_reply(type_name, payload):
    named = from_wire(REPLIES[type_name], payload)
    if type_name in VIEW_OF_QUERY:
        named["rows"] = [decode_row(VIEW_OF_QUERY[type_name], row) for row in named["rows"]]
    return named


def decode_change(change):
    view = VIEW_NAMES.get(change["view"])
    if view is not None:
        change["view"] = view
        change["rows"] = [decode_row(view, row) for row in change["rows"]]


def decode_row(view, array):
    """A row [position, deleted, fields...] by names; `view` is a name or a number. A tombstone has its key only."""
    view = VIEW_NAMES.get(view, view)
    position, deleted, *values = array
    struct = f"row_{view}"
    if deleted:
        values = values[: KEY_COUNTS[view]]
    named = {field.name: field_from_wire(field, value) for field, value in zip(STRUCTS[struct], values)}
    if not deleted and len(values) < len(STRUCTS[struct]):
        raise ValueError(f"{struct} has {len(values)} of {len(STRUCTS[struct])} fields")
    return {"position": position, "deleted": deleted, **named}


def decode_event(event, data):
    """A stored payload by names; `event` is a name or a number. Personal texts stay the ciphertext they are."""
    event = EVENT_NAMES.get(event, event)
    (array,) = unpack_all(data)
    return from_wire(f"event_{event}", array)


def from_wire(struct, array):
    """A positional array by names. What a newer schema appended is skipped, what is absent reads as its default."""
    if not isinstance(array, list):
        raise ValueError(f"{struct} is no array: {array!r}")
    named = {}
    for i, field in enumerate(STRUCTS[struct]):
        if i < len(array):
            named[field.name] = field_from_wire(field, array[i])
        elif field.has_default:
            named[field.name] = default_of(field)
        else:
            raise ValueError(f"{struct} lacks {field.name}")
    return named


def field_from_wire(field, value):
    if field.kind == "list":
        return [value_from_wire(field.of, field.of_type, entry) for entry in value]
    if value is None and field.kind == "raw":
        return None
    if value is None and not field.optional:
        raise ValueError(f"{field.name} is nil")
    if field.personal and isinstance(value, bytes):
        return value  # sealed, as in the store
    return value_from_wire(field.kind, field.type, value)


def value_from_wire(kind, type_name, value):
    if value is None:
        return None
    if kind == "struct":
        return from_wire(type_name, value)
    if kind == "enum":
        return ENUM_NAMES[type_name].get(value, value)
    if kind == "uuid":
        return str(uuid.UUID(bytes=value))
    expected = PYTHON_TYPES.get(kind)
    if expected and (not isinstance(value, expected) or (expected is int and isinstance(value, bool))):
        raise ValueError(f"{value!r} is no {kind}")
    return value


PYTHON_TYPES = {
    "bool": bool,
    **dict.fromkeys(("u8", "u16", "u32", "u64", "i64", "time"), int),
    **dict.fromkeys(("slug", "text"), str),
    "hash": bytes,
    "bytes": bytes,
}


def default_of(field):
    """What an absent field reads as."""
    if field.optional:
        return field.default or None
    if field.default is not None:
        return field.default
    zeros = {"bool": False, "text": "", "slug": "", "bytes": b"", "list": [], "uuid": str(uuid.UUID(int=0))}
    return zeros.get(field.kind, 0)


def unpack_all(data):
    import msgpack  # here, so that the tables serve without it

    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(data)
    values, end = [], 0
    while end < len(data):
        try:
            values.append(unpacker.unpack())
        except msgpack.OutOfData:
            raise ValueError(f"{len(data) - end} bytes are left over") from None
        end = unpacker.tell()
    return values


TYPE_NAMES = {number: name for name, number in TYPES.items()}
EVENT_NAMES = {number: name for name, number in EVENTS.items()}
VIEW_NAMES = {number: name for name, number in VIEWS.items()}
ERROR_NAMES = {number: name for name, number in ERRORS.items()}
CLOSE_NAMES = {code: name for name, code in CLOSES.items()}
ENUM_NAMES = {enum: {number: name for name, number in values.items()} for enum, values in ENUMS.items()}
