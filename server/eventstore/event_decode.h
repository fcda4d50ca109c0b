/* event_decode: from what the log holds to the event of today. */
#ifndef EVENTSTORE_EVENT_DECODE_H
#define EVENTSTORE_EVENT_DECODE_H

#include "base/arena.h"
#include "eventstore/eventstore.h"
#include "pg/pg_result.h"
#include "wire/codec.h"

/* A row of a statement with the columns of eventstore_read.sql. `stream`: the one that was asked for, where
 * kind and key are left out; else NULL. Slices borrow from the result. False: no writer of ours made it. */
MUST_CHECK bool event_from_row(const PGresult *result, uint32_t row, const struct stream_ref *stream,
                               struct stored_event *ret_event);

/* The event as this program knows it, whichever version was written: the only way from the log's bytes to a
 * struct event. Slices borrow from stored->data, the rest is in `arena`; a personal text whose key is gone
 * reads `erased`. False: `ret_fault` says what is wrong with it (a type or version of a later program,
 * damaged bytes, no memory). */
MUST_CHECK bool event_decode(const struct stored_event *stored, struct arena *arena, struct event *ret_event,
                             struct wire_fault *ret_fault);

/* The same for one kind of event, into its payload struct (desc->payload->size bytes). */
MUST_CHECK bool event_decode_payload(const struct event_desc *desc, const struct stored_event *stored,
                                     struct arena *arena, void *ret_payload, struct wire_fault *ret_fault);

/* The payload in the shape it was stored in, not in today's, for who shows the log as it is; `desc` NULL: of
 * an unknown kind. Answers the shape; NULL when this program does not know it, or cannot read it. */
const struct type_desc *event_decode_as_stored(const struct event_desc *desc,
                                               const struct stored_event *stored, struct arena *arena,
                                               void **ret_payload);

#endif
