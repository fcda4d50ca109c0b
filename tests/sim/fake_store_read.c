/* fake_store_read: what is read from the simulated event store: streams, states, the log, commands, heads. */
#include "database.h"
#include "store_read.h"
#include "pg/pg_result.h"

#define ELEMENTS_MAX 4096

static void put_event(PGresult *result, int row, const struct logged *event, bool with_key)
{
    struct slice key =
        event->ref.kind == STREAM_PLAYER ? slice_of(event->ref.uuid.bytes, 16) : slug_slice(&event->ref.slug);
    if (event->ref.kind == STREAM_CATALOGUE || !with_key)
        key = slice_of("", 0);
    result_int(result, row, 0, (int64_t)event->position, 8);
    if (with_key)
        result_int(result, row, 1, event->ref.kind, 2);
    else
        result_slice(result, row, 1, (struct slice){0});
    result_slice(result, row, 2, with_key ? key : (struct slice){0});
    result_int(result, row, 3, event->version, 4);
    result_int(result, row, 4, event->type, 2);
    result_int(result, row, 5, event->schema_version, 2);
    result_int(result, row, 6, event->recorded_at_us - PG_EPOCH_OFFSET_US, 8);
    result_uuid(result, row, 7, event->first ? event->command_id : (struct uuid){{0}});
    result_slice(result, row, 8, (struct slice){0});
    result_slice(result, row, 9, (struct slice){0});
    result_uuid(result, row, 10, event->actor);
    result_slice(result, row, 11, event->first ? slice_of(event->digest, 16) : (struct slice){0});
    result_slice(result, row, 12, event->data);
    result_slice(result, row, 13, store_personal_key(event->stream));
}

PGresult *store_load(const struct wire_call *call)
{
    PGresult *result = result_new(14);
    uint64_t stream = (uint64_t)call_i64(call, 1);
    int row = 0;
    for (uint64_t i = 0; i < store_head() && row < call_i64(call, 5); i++)
        if (store_event(i + 1)->stream == stream && store_event(i + 1)->version > (uint64_t)call_int(call, 4))
            put_event(result, row++, store_event(i + 1), false);
    return result;
}

PGresult *store_load_state(const struct wire_call *call)
{
    PGresult *result = result_new(14);
    struct logged snapshot = {.stream = (uint64_t)call_i64(call, 1)};
    int row = 0;
    if (snapshots_get(snapshot.stream, (int32_t)call_int(call, 4), &snapshot.version, &snapshot.data))
        put_event(result, row++, &snapshot, false);
    int rows_max = row + (int)call_i64(call, 5);
    for (uint64_t i = 0; i < store_head() && row < rows_max; i++)
        if (store_event(i + 1)->stream == snapshot.stream && store_event(i + 1)->version > snapshot.version)
            put_event(result, row++, store_event(i + 1), false);
    return result;
}

PGresult *store_read_log(const struct wire_call *call)
{
    PGresult *result = result_new(14);
    uint64_t after = (uint64_t)call_i64(call, 1), limit = (uint64_t)call_i64(call, 2);
    for (uint64_t i = after; i < store_head() && i < after + limit; i++)
        put_event(result, (int)(i - after), store_event(i + 1), true);
    return result;
}

PGresult *store_find_commands(const struct wire_call *call)
{
    struct slice ids[64];
    PGresult *result = result_new(14);
    uint32_t count = call_array(call, 1, ids, 64);
    int row = 0;
    for (uint64_t i = 0; i < store_head(); i++) {
        bool wanted = false;
        for (uint32_t k = 0; k < count; k++)
            wanted = wanted || (store_event(i + 1)->first &&
                                uuid_equal(store_event(i + 1)->command_id, element_uuid(ids[k])));
        if (!wanted)
            continue;
        put_event(result, row++, store_event(i + 1), true);
        while (i + 1 < store_head() && !store_event(i + 2)->first)
            put_event(result, row++, store_event(++i + 1), true);
    }
    return result;
}

PGresult *store_heads(const struct wire_call *call)
{
    static struct slice ids[ELEMENTS_MAX], streams[ELEMENTS_MAX], known[ELEMENTS_MAX], versions[ELEMENTS_MAX];
    uint32_t id_count = call_array(call, 1, ids, ELEMENTS_MAX), known_count = 0;
    uint32_t stream_count = call_array(call, 2, streams, ELEMENTS_MAX);
    uint8_t *numbers = arena_alloc(&world.arena, 8 * (size_t)stream_count + 1);
    check(numbers != NULL);
    memset(numbers, 0, 8 * (size_t)stream_count);
    for (uint32_t i = 0; i < id_count; i++)
        if (store_command(element_uuid(ids[i])) != NULL)
            known[known_count++] = ids[i];
    for (uint32_t i = 0; i < stream_count; i++) {
        uint32_t version = store_head_version((uint64_t)element_int(streams[i]));
        for (int byte = 0; byte < 4; byte++)
            numbers[8 * i + 7 - (uint32_t)byte] = (uint8_t)(version >> (8 * byte));
        versions[i] = slice_of(numbers + 8 * (size_t)i, 8);
    }
    PGresult *result = result_new(2);
    result_array(result, 0, 0, PG_TYPE_UUID, known, known_count);
    result_array(result, 0, 1, PG_TYPE_I64, versions, stream_count);
    return result;
}
