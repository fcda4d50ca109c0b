/* event_text: stored events, and the names of streams, for people and programs. Pure. */
#ifndef TOOLS_EVENT_TEXT_H
#define TOOLS_EVENT_TEXT_H

#include "base/buf.h"
#include "eventstore/eventstore.h"

#define STREAM_TEXT_SIZE 64

struct event_style {
    bool json;     /* one object a line, else two lines for people */
    bool personal; /* personal texts are shown, else <personal> stands in their place */
};

/* Appends the event, with its newline, by the names of the shape it was stored in. What this program does not
 * know - a type or a version of a later one - or cannot read is shown as it lies there, positional. A
 * personal text without its key reads `erased`. ERR_NOMEM, ERR_TOO_LARGE: `out` may hold a part of it. */
MUST_CHECK enum err event_text(struct buf *out, struct event_style style, const struct stored_event *stored,
                               struct arena *arena);

/* "player/81a1a2b6-...", "pack/vernal", "catalogue". */
char *stream_text(const struct stream_ref *stream, char text[STREAM_TEXT_SIZE]);
/* The reverse. False: ret_wrong says what is wrong, for people. */
bool stream_text_parse(const char *text, struct stream_ref *ret_stream, char ret_wrong[160]);

#endif
