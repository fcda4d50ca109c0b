/* domain: what every decision shares - how it says yes, no, or "I could not".
 *
 * A decision is filled by exactly one decide_<command>() (each in the file of the stream it is mostly about;
 * the dispatcher is generated) and read by the request layer. It has three outcomes that exclude each other:
 *
 *   events      1 to LIMIT_EVENTS_PER_COMMAND_MAX, in the order in which they are appended; the first carries
 * the command id, and one of them is the command's reply event rejection   the rules say no; a value of the
 * protocol, leaves nothing behind failure     the rules could not be asked: no memory, or seeds that are not
 * the committed ones
 *
 * Ending a decision drops what was added before, so a decide function may add events as it goes and still
 * change its mind. The other way round is a bug: nothing is added to a decision that has ended.
 *
 * When you add a command: its schema entry, its decide function, its rows in tests/domain. Nothing here. */
#include "domain/domain.h"
#include "base/check.h"
#include <string.h>

struct event *decision_add(struct decision *decision, int stream, enum event_type type)
{
    check(decision->rejection == ERROR_NONE && decision->failure == ERR_OK);
    check(decision->count < LIMIT_EVENTS_PER_COMMAND_MAX);
    struct decided_event *added = &decision->events[decision->count++];
    memset(added, 0, sizeof *added);
    added->stream = stream;
    added->event.type = type;
    return &added->event;
}

void decision_reject(struct decision *decision, enum error_code rejection, const char *detail)
{
    check(rejection != ERROR_NONE && decision->failure == ERR_OK);
    decision->rejection = rejection;
    decision->detail = detail;
    decision->count = 0;
}

void decision_fail(struct decision *decision, enum err failure)
{
    check(failure != ERR_OK && decision->rejection == ERROR_NONE);
    decision->failure = failure;
    decision->count = 0;
}
