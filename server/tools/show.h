/* show: messages as lines of JSON, for people: what decode-frame and connect print. */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include "wire/frame.h"

enum show_style {
    SHOW_POSITIONAL, /* as on the wire: numbers of types and enums, arrays */
    SHOW_NAMES,      /* by the schema's names, rows of views too */
};

/* Both take one message off `*rest` and append one line (with its newline) to `out`. True: the message is
 * good; false: it is not, and the line names the error. Fields marked secret are left out (nil where
 * positional). ERR_TOO_LARGE or ERR_NOMEM of `out` end in an abort: give it room. */

/* A client's message, judged as a socket does that is signed in with every role: the envelope, the type, the
 * payload, the command id. */
bool show_request(struct slice *rest, enum show_style style, struct arena *arena, struct buf *out);
/* A server's message: a push, an error, a reply. */
bool show_from_server(struct slice *rest, enum show_style style, struct arena *arena, struct buf *out);

#endif
