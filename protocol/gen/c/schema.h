// clang-format off
/* schema: the protocol as tables, for one codec, one printer and one column binder that serve every type.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
 *
 * Everything here is constant and lives as long as the process. Lookups take the number from the wire or the
 * store, cost O(1) and give NULL for what the schema does not know. */
#ifndef GEN_SCHEMA_H
#define GEN_SCHEMA_H

#include "base/descriptor.h"
#include "gen/c/types.h"

/* Hex SHA-256 of what the read models are made of. A change means that they are rebuilt. */
extern const char schema_fingerprint[65];

#define SCHEMA_COMMAND_COUNT 20
extern const struct command_desc schema_commands[SCHEMA_COMMAND_COUNT];
const struct command_desc *schema_command(int number);

#define SCHEMA_EVENT_COUNT 22
extern const struct event_desc schema_events[SCHEMA_EVENT_COUNT];
const struct event_desc *schema_event(int number);

#define SCHEMA_MESSAGE_COUNT 14
extern const struct message_desc schema_messages[SCHEMA_MESSAGE_COUNT];
const struct message_desc *schema_message(int number);

#define SCHEMA_VIEW_COUNT 14
extern const struct view_desc schema_views[SCHEMA_VIEW_COUNT];
const struct view_desc *schema_view(int number);

#define SCHEMA_ERROR_COUNT 64
extern const struct error_desc schema_errors[SCHEMA_ERROR_COUNT];
const struct error_desc *schema_error(int number);

#define SCHEMA_CLOSE_COUNT 16
extern const struct close_desc schema_closes[SCHEMA_CLOSE_COUNT];
const struct close_desc *schema_close(int number);

#define SCHEMA_STREAM_COUNT 5
extern const struct stream_desc schema_streams[SCHEMA_STREAM_COUNT];
const struct stream_desc *schema_stream(int number);

/* Every struct, for tests that go over all of them. */
#define SCHEMA_TYPE_COUNT 86
extern const struct type_desc *const schema_types[SCHEMA_TYPE_COUNT];

/* The view that a list_ query reads, by the number of the query. */
const struct view_desc *schema_view_of_query(int number);

extern const struct enum_desc enum_rarity;
extern const struct enum_desc enum_payment;
extern const struct enum_desc enum_grant_kind;
extern const struct enum_desc enum_player_status;
extern const struct enum_desc enum_door;
extern const struct enum_desc enum_pack_status;
extern const struct enum_desc enum_consistency;
extern const struct enum_desc enum_retry;
extern const struct enum_desc enum_audience;
extern const struct enum_desc enum_close_advice;

extern const struct type_desc type_pull;
extern const struct type_desc type_rarity_weight;
extern const struct type_desc type_pack_entry;
extern const struct type_desc type_limits;
extern const struct type_desc type_meta;
extern const struct type_desc type_reply_meta;
extern const struct type_desc type_change;
extern const struct type_desc type_message_hello;
extern const struct type_desc type_message_tick;
extern const struct type_desc type_message_error;
extern const struct type_desc type_message_sign_in;
extern const struct type_desc type_reply_sign_in;
extern const struct type_desc type_message_refresh;
extern const struct type_desc type_reply_refresh;
extern const struct type_desc type_message_ping;
extern const struct type_desc type_reply_ping;
extern const struct type_desc type_message_follow;
extern const struct type_desc type_reply_follow;
extern const struct type_desc type_message_changed;
extern const struct type_desc type_message_expiring;
extern const struct type_desc type_message_closing;
extern const struct type_desc type_message_register;
extern const struct type_desc type_reply_register;
extern const struct type_desc type_message_signed_in;
extern const struct type_desc type_message_play_as_guest;
extern const struct type_desc type_reply_play_as_guest;
extern const struct type_desc type_message_claim_account;
extern const struct type_desc type_reply_claim_account;
extern const struct type_desc type_query_list;
extern const struct type_desc type_reply_list;
extern const struct type_desc type_command_enrol_player;
extern const struct type_desc type_command_open_pack;
extern const struct type_desc type_command_form_team;
extern const struct type_desc type_command_change_team;
extern const struct type_desc type_command_disband_team;
extern const struct type_desc type_command_rename_player;
extern const struct type_desc type_command_rotate_seed;
extern const struct type_desc type_command_begin_registration;
extern const struct type_desc type_command_finish_registration;
extern const struct type_desc type_command_undo_registration;
extern const struct type_desc type_command_refuse_enrolment;
extern const struct type_desc type_command_reactivate_player;
extern const struct type_desc type_command_publish_character;
extern const struct type_desc type_command_publish_item;
extern const struct type_desc type_command_set_starting_balance;
extern const struct type_desc type_command_publish_pack;
extern const struct type_desc type_command_retire_pack;
extern const struct type_desc type_command_grant;
extern const struct type_desc type_command_deactivate_player;
extern const struct type_desc type_command_erase_player;
extern const struct type_desc type_event_player_registered;
extern const struct type_desc type_event_pack_opened;
extern const struct type_desc type_event_granted;
extern const struct type_desc type_event_team_formed;
extern const struct type_desc type_event_team_changed;
extern const struct type_desc type_event_team_disbanded;
extern const struct type_desc type_event_player_renamed;
extern const struct type_desc type_event_seed_rotated;
extern const struct type_desc type_event_enrolment_refused;
extern const struct type_desc type_event_player_deactivated;
extern const struct type_desc type_event_player_reactivated;
extern const struct type_desc type_event_player_erased;
extern const struct type_desc type_event_pack_published;
extern const struct type_desc type_event_pack_retired;
extern const struct type_desc type_event_stock_set;
extern const struct type_desc type_event_stock_taken;
extern const struct type_desc type_event_character_published;
extern const struct type_desc type_event_item_published;
extern const struct type_desc type_event_starting_balance_set;
extern const struct type_desc type_event_registration_begun;
extern const struct type_desc type_event_registration_finished;
extern const struct type_desc type_event_registration_undone;
extern const struct type_desc type_row_player;
extern const struct type_desc type_row_proof;
extern const struct type_desc type_row_wallet;
extern const struct type_desc type_row_character;
extern const struct type_desc type_row_item;
extern const struct type_desc type_row_team;
extern const struct type_desc type_row_pity;
extern const struct type_desc type_row_opening;
extern const struct type_desc type_row_pack;
extern const struct type_desc type_row_odds;
extern const struct type_desc type_row_stock;
extern const struct type_desc type_row_character_info;
extern const struct type_desc type_row_item_info;
extern const struct type_desc type_row_pull_statistic;
extern const struct type_desc type_kept_character;
extern const struct type_desc type_kept_count;
extern const struct type_desc type_kept_team;
extern const struct type_desc type_snapshot_player;
extern const struct type_desc type_snapshot_pack;
extern const struct type_desc type_snapshot_stock;
extern const struct type_desc type_snapshot_catalogue;
extern const struct type_desc type_snapshot_registration;

#endif
