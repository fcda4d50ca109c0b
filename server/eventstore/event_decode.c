/* event_decode: one way from stored bytes to an event, through upcasters.
 *
 * The problem: what was written years ago must fold today, and nobody who folds - states, projections, the
 * answer to a repeated command, replay - should know that an event once looked different. So all of them
 * decode here. Most events are of the version that is written today: one comparison, then the codec. An older
 * one is decoded with the shape it had (the schema keeps it under `older`) and made into the next version,
 * and the next, by the functions of server/domain/upcast.c, which the generated table names.
 *
 * A field appended with a default needs no new version: the codec reads what is absent as its default. A
 * version is for everything else: a field that means something else, is split, or is gone.
 *
 * A version above today's is of a later program (a deploy that was rolled back): it is refused, never
 * guessed.
 *
 * When an event changes: raise `version` in protocol/schema/events.yaml, put the shape it had under `older`,
 * run the generator, write upcast_<event>_v<n>; the samples of the old version in protocol/vectors/stored
 * stay and are folded by tests/unit/test_stored_samples.c. */
#include "eventstore/event_decode.h"
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include "gen/c/schema.h"
#include "wire/frame.h"
#include <stdio.h>

static bool fail(struct wire_fault *fault, enum error_code code, const char *what)
{
    fault->code = code;
    snprintf(fault->where, sizeof fault->where, "%s", what);
    return false;
}

bool event_from_row(const PGresult *result, uint32_t row, const struct stream_ref *stream,
                    struct stored_event *ret_event)
{
    struct stored_event event = {.position = (uint64_t)pg_get_i64(result, row, 0),
                                 .version = (uint32_t)pg_get_i32(result, row, 3),
                                 .type = (uint16_t)pg_get_i16(result, row, 4),
                                 .schema_version = (uint16_t)pg_get_i16(result, row, 5),
                                 .recorded_at_us = pg_get_timestamp_us(result, row, 6),
                                 .first_of_command = !pg_is_null(result, row, 7),
                                 .data = pg_get_slice(result, row, 12),
                                 .personal_key = pg_get_slice(result, row, 13)};
    if (stream != NULL)
        event.stream = *stream;
    else if (!stream_parse(pg_get_i16(result, row, 1), pg_get_slice(result, row, 2), &event.stream))
        return false;
    if (event.personal_key.data != NULL && event.personal_key.size != 32)
        return false;
    if (event.first_of_command) {
        struct slice digest = pg_get_slice(result, row, 11);
        if (digest.size != sizeof event.digest)
            return false;
        memcpy(event.digest, digest.data, sizeof event.digest);
        event.command_id = pg_get_uuid(result, row, 7);
        event.causation_id = pg_is_null(result, row, 8) ? event.command_id : pg_get_uuid(result, row, 8);
        event.correlation_id = pg_is_null(result, row, 9) ? event.command_id : pg_get_uuid(result, row, 9);
        event.actor = pg_get_uuid(result, row, 10);
    }
    *ret_event = event;
    return true;
}

bool event_decode(const struct stored_event *stored, struct arena *arena, struct event *ret_event,
                  struct wire_fault *ret_fault)
{
    const struct event_desc *desc = schema_event(stored->type);
    if (desc == NULL)
        return fail(ret_fault, ERROR_INTERNAL, "an event of a type that this program does not know");
    ret_event->type = (enum event_type)stored->type;
    return event_decode_payload(desc, stored, arena, event_payload_mutable(ret_event), ret_fault);
}

bool event_decode_payload(const struct event_desc *desc, const struct stored_event *stored,
                          struct arena *arena, void *ret_payload, struct wire_fault *ret_fault)
{
    check(desc->version == 1 || desc->older != NULL);
    uint32_t version = stored->schema_version;
    if (version == desc->version)
        return codec_decode_stored(desc->payload, stored->data, stored->personal_key, arena, ret_payload,
                                   ret_fault);
    if (version == 0 || version > desc->version)
        return fail(ret_fault, ERROR_INTERNAL, "an event of a version that this program does not know");

    const struct event_version *older = desc->older;
    void *from = arena_alloc(arena, older[version - 1].payload->size);
    if (from == NULL)
        return fail(ret_fault, ERROR_INTERNAL, "out of memory");
    if (!codec_decode_stored(older[version - 1].payload, stored->data, stored->personal_key, arena, from,
                             ret_fault))
        return false;
    for (; version < desc->version; version++) {
        bool last = version + 1 == desc->version;
        const struct type_desc *next = last ? desc->payload : older[version].payload;
        void *to = last ? ret_payload : arena_alloc(arena, next->size);
        if (to != NULL)
            memset(to, 0, next->size);
        if (to == NULL || !older[version - 1].upcast(from, arena, to))
            return fail(ret_fault, ERROR_INTERNAL, "out of memory");
        from = to;
    }
    return true;
}

const struct type_desc *event_decode_as_stored(const struct event_desc *desc,
                                               const struct stored_event *stored, struct arena *arena,
                                               void **ret_payload)
{
    uint32_t version = stored->schema_version;
    struct wire_fault fault;
    if (desc == NULL || version == 0 || version > desc->version)
        return NULL;
    const struct type_desc *type =
        version == desc->version ? desc->payload : desc->older[version - 1].payload;
    void *payload = arena_alloc(arena, type->size);
    if (payload == NULL ||
        !codec_decode_stored(type, stored->data, stored->personal_key, arena, payload, &fault))
        return NULL;
    *ret_payload = payload;
    return type;
}
