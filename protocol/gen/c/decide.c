// clang-format off
/* decide: from a command's type to its decision. A switch without default: a type outside the enum cannot come
 * here, as the decoder refuses it; if one does, it is a bug and aborts.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */
#include "base/check.h"
#include "gen/c/decide.h"

void decide(const struct decide_input *input, const struct command *command, struct decision *decision)
{
    switch (command->type) {
    case COMMAND_ENROL_PLAYER:
        decide_enrol_player(input, &command->enrol_player, decision);
        return;
    case COMMAND_OPEN_PACK:
        decide_open_pack(input, &command->open_pack, decision);
        return;
    case COMMAND_FORM_TEAM:
        decide_form_team(input, &command->form_team, decision);
        return;
    case COMMAND_CHANGE_TEAM:
        decide_change_team(input, &command->change_team, decision);
        return;
    case COMMAND_DISBAND_TEAM:
        decide_disband_team(input, &command->disband_team, decision);
        return;
    case COMMAND_RENAME_PLAYER:
        decide_rename_player(input, &command->rename_player, decision);
        return;
    case COMMAND_ROTATE_SEED:
        decide_rotate_seed(input, &command->rotate_seed, decision);
        return;
    case COMMAND_BEGIN_REGISTRATION:
        decide_begin_registration(input, &command->begin_registration, decision);
        return;
    case COMMAND_FINISH_REGISTRATION:
        decide_finish_registration(input, &command->finish_registration, decision);
        return;
    case COMMAND_UNDO_REGISTRATION:
        decide_undo_registration(input, &command->undo_registration, decision);
        return;
    case COMMAND_REFUSE_ENROLMENT:
        decide_refuse_enrolment(input, &command->refuse_enrolment, decision);
        return;
    case COMMAND_REACTIVATE_PLAYER:
        decide_reactivate_player(input, &command->reactivate_player, decision);
        return;
    case COMMAND_PUBLISH_CHARACTER:
        decide_publish_character(input, &command->publish_character, decision);
        return;
    case COMMAND_PUBLISH_ITEM:
        decide_publish_item(input, &command->publish_item, decision);
        return;
    case COMMAND_SET_STARTING_BALANCE:
        decide_set_starting_balance(input, &command->set_starting_balance, decision);
        return;
    case COMMAND_PUBLISH_PACK:
        decide_publish_pack(input, &command->publish_pack, decision);
        return;
    case COMMAND_RETIRE_PACK:
        decide_retire_pack(input, &command->retire_pack, decision);
        return;
    case COMMAND_GRANT:
        decide_grant(input, &command->grant, decision);
        return;
    case COMMAND_DEACTIVATE_PLAYER:
        decide_deactivate_player(input, &command->deactivate_player, decision);
        return;
    case COMMAND_ERASE_PLAYER:
        decide_erase_player(input, &command->erase_player, decision);
        return;
    }
    check(!"a command type outside the schema");
}
