/* changes: builds one `changed` message, rows view by view. Reused from message to message. */
#ifndef NOTIFY_CHANGES_H
#define NOTIFY_CHANGES_H

#include "projection/projection.h"
#include "socket/session.h"

#define CHANGES_SPANS_MAX 64 /* [view, rows] entries of one message */

struct changes {
    struct buf rows; /* encoded arrays of rows, one after the other */
    struct {
        uint16_t view;
        size_t offset, size; /* in rows */
    } spans[CHANGES_SPANS_MAX];
    uint32_t count;
    struct buf message; /* being made: its memory stays */
};

void changes_init(struct changes *changes);
void changes_release(struct changes *changes);
void changes_clear(struct changes *changes);
/* Adds rows of one view. ERR_FULL: no further entry; ERR_NOMEM, ERR_TOO_LARGE: nothing was added. */
MUST_CHECK enum err changes_add_rows(struct changes *changes, const struct row *const *rows, uint32_t count);
/* Adds an array of rows that is encoded already. Failures as above. */
MUST_CHECK enum err changes_add_encoded(struct changes *changes, enum view view, struct slice rows);
/* The message, with one reference; mark 0: more follows. NULL: out of memory. The rows stay. */
struct outgoing *changes_message(struct changes *changes, enum audience audience, uint64_t mark);

#endif
