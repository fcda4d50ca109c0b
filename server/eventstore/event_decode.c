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
#include "gen/c/schema.h"
#include "wire/frame.h"
#include <stdio.h>

static bool fail(struct wire_fault *fault, enum error_code code, const char *what)
{
    fault->code = code;
    snprintf(fault->where, sizeof fault->where, "%s", what);
    return false;
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
