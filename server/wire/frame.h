/* frame: what one WebSocket message holds: one or more msgpack arrays [id, type, payload, meta].
 *
 *   request  [id, type, payload, meta]      id 1 to 4294967295; meta may be nil or absent
 *   reply    [id, type, payload, reply_meta]
 *   error    [id, 3, error]                 id 0 when the message had none
 *   push     [0, type, payload]
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "wire/codec.h"

/* One request taken apart; slices borrow from the frame. */
struct frame_request {
    uint32_t id; /* 0 when it could not be read */
    uint32_t type;
    struct slice payload; /* the raw bytes of the payload, scanned */
    struct meta meta;     /* defaults where absent */
};

/* Takes the next message off `*rest` (advanced past it on success and on faults that leave the frame
 * readable). Returns true with *ret_request, or false with *fault; ret_request->id is set when it was
 * readable, so that the error can name it. After ERROR_MALFORMED the rest of the frame is unreadable and
 * *rest is emptied. An empty frame (no message at all) is ERROR_MALFORMED; the caller loops while (rest.size
 * > 0). */
bool frame_next(struct slice *rest, struct arena *arena, struct frame_request *ret_request,
                struct wire_fault *fault);

/* Encoders append one message to `out`; failures as codec_encode. */
MUST_CHECK enum err frame_reply(struct buf *out, uint32_t id, uint32_t type,
                                const struct type_desc *payload_type, const void *payload,
                                const struct reply_meta *meta /* NULL: nil */);
MUST_CHECK enum err frame_error(struct buf *out, uint32_t id, enum error_code code,
                                uint32_t retry_after_ms /* 0: table */, const char *detail /* may be NULL */);
MUST_CHECK enum err frame_push(struct buf *out, enum message_type type, const void *payload);

/* A request, as clients write it: for the tools. */
MUST_CHECK enum err frame_request(struct buf *out, uint32_t id, uint32_t type,
                                  const struct type_desc *payload_type, const void *payload,
                                  const struct meta *meta /* NULL: absent */);

/* Rows. A row is [position, deleted, fields...]. */
MUST_CHECK enum err frame_row(struct buf *out, const struct row *row);
/* The struct inside a row and its descriptor. */
const void *row_payload(const struct row *row);
void *row_payload_mutable(struct row *row);
const struct type_desc *row_type(enum view view);
const void *event_payload(const struct event *event);
void *event_payload_mutable(struct event *event);
const struct type_desc *event_type_desc(enum event_type type);
void *command_payload_mutable(struct command *command);

#endif
