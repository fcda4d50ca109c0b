// clang-format off
/* decide: one decision per command of the schema. The dispatcher is decide.c; the decisions live in server/domain
 * and are pure functions: they read `input` (states, time, ids, seeds) and write events or one rejection to
 * `decision`. Both are borrowed for the call. A command without its decision does not link.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */
#ifndef GEN_DECIDE_H
#define GEN_DECIDE_H

#include "gen/c/types.h"

struct decide_input;
struct decision;

/* Decides any command: calls the function of its type. */
void decide(const struct decide_input *input, const struct command *command, struct decision *decision);

/* Makes a player of a Keycloak user; issued by the server at registration and at the first sign-in. */
void decide_enrol_player(const struct decide_input *input, const struct command_enrol_player *command,
                         struct decision *decision);
/* Opens a pack once or ten times. */
void decide_open_pack(const struct decide_input *input, const struct command_open_pack *command,
                      struct decision *decision);
/* Forms a team of four different characters of one's own. */
void decide_form_team(const struct decide_input *input, const struct command_form_team *command,
                      struct decision *decision);
/* Gives a team another name and members. */
void decide_change_team(const struct decide_input *input, const struct command_change_team *command,
                        struct decision *decision);
/* Disbands a team. */
void decide_disband_team(const struct decide_input *input, const struct command_disband_team *command,
                         struct decision *decision);
/* Changes the name that others see. */
void decide_rename_player(const struct decide_input *input, const struct command_rename_player *command,
                          struct decision *decision);
/* Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client
 * seed of the player's choice. */
void decide_rotate_seed(const struct decide_input *input, const struct command_rotate_seed *command,
                        struct decision *decision);
/* Takes a `register` down before Keycloak is asked. Its command id is the client's, so that another
 * content under it is refused here. */
void decide_begin_registration(const struct decide_input *input, const struct command_begin_registration *command,
                               struct decision *decision);
/* The user is there; makes the player if the game does not know it yet, in one commit with the
 * registration's end. */
void decide_finish_registration(const struct decide_input *input, const struct command_finish_registration *command,
                                struct decision *decision);
/* Gives a registration up that was never finished. The user it made, if any, must not be a player. */
void decide_undo_registration(const struct decide_input *input, const struct command_undo_registration *command,
                              struct decision *decision);
/* Closes the game to a user of a registration that was undone, before the user is deleted: who signs in
 * meanwhile is not enrolled. */
void decide_refuse_enrolment(const struct decide_input *input, const struct command_refuse_enrolment *command,
                             struct decision *decision);
/* The user of a deactivated player is there again: it signed in, or Keycloak was asked before the erasure. */
void decide_reactivate_player(const struct decide_input *input, const struct command_reactivate_player *command,
                              struct decision *decision);
/* Adds a character to the catalogue or changes its texts. */
void decide_publish_character(const struct decide_input *input, const struct command_publish_character *command,
                              struct decision *decision);
/* Adds an item to the catalogue or changes its texts. */
void decide_publish_item(const struct decide_input *input, const struct command_publish_item *command,
                         struct decision *decision);
/* Says what a new player starts with. */
void decide_set_starting_balance(const struct decide_input *input, const struct command_set_starting_balance *command,
                                 struct decision *decision);
/* Publishes a pack, or a new version of it. */
void decide_publish_pack(const struct decide_input *input, const struct command_publish_pack *command,
                         struct decision *decision);
/* Takes a pack off sale. */
void decide_retire_pack(const struct decide_input *input, const struct command_retire_pack *command,
                        struct decision *decision);
/* Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever. */
void decide_grant(const struct decide_input *input, const struct command_grant *command,
                  struct decision *decision);
/* Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion;
 * operators where it could not hear. The player is erased after the grace time, unless the user is there
 * again. */
void decide_deactivate_player(const struct decide_input *input, const struct command_deactivate_player *command,
                              struct decision *decision);
/* Erases a player at once and for good: its personal key is destroyed and its user deleted in Keycloak.
 * Issued by the server when the grace time of a deactivated player is over. */
void decide_erase_player(const struct decide_input *input, const struct command_erase_player *command,
                         struct decision *decision);

#endif
