/* payload: from a tagged union of the generated types to the struct inside it and its descriptor.
 *
 * All members of such a union start at the union's address, so any member names it; the tag says which type
 * is there. What the schema does not know is a bug by now: numbers from outside were looked up before they
 * became a tag. */
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/frame.h"

const void *row_payload(const struct row *row)
{
    return &row->player;
}

void *row_payload_mutable(struct row *row)
{
    return &row->player;
}

const struct type_desc *row_type(enum view view)
{
    const struct view_desc *desc = schema_view(view);
    check(desc != NULL);
    return desc->payload;
}

const void *event_payload(const struct event *event)
{
    return &event->player_registered;
}

void *event_payload_mutable(struct event *event)
{
    return &event->player_registered;
}

const struct type_desc *event_type_desc(enum event_type type)
{
    const struct event_desc *desc = schema_event(type);
    check(desc != NULL);
    return desc->payload;
}

void *command_payload_mutable(struct command *command)
{
    return &command->enrol_player;
}
