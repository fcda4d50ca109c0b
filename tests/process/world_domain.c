/* world_domain: commands of the game, decided by the domain's own rules on the world's log. */
#include "world.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "wire/frame.h"
#include <string.h>

static const uint8_t personal_key[32] = {7};

void world_load(struct state *state, struct stream_ref stream, struct arena *arena)
{
    state_init(state, stream.kind, arena);
    for (uint32_t i = 0; i < world.event_count; i++) {
        struct event event;
        struct wire_fault fault;
        if (stream_number(world.events[i]->stored.stream) != stream_number(stream))
            continue;
        check(event_decode(&world.events[i]->stored, arena, &event, &fault));
        check(state_evolve(state, &event) == ERR_OK);
    }
}

static struct stream_ref stream_of(const struct command_desc *desc, int index, const void *payload)
{
    const struct command_stream *stream = &desc->streams[index];
    struct stream_ref ref = {.kind = (enum stream_kind)stream->kind};
    if (stream->key_field >= 0)
        memcpy(&ref.uuid, (const char *)payload + desc->payload->fields[stream->key_field].offset,
               sizeof ref.uuid);
    return ref;
}

enum error_code world_decide(const struct op *op)
{
    static struct decision decision;
    struct command command = op->command;
    const struct command_desc *desc = schema_command((int)command.type);
    struct decide_context context = {.now_ms = world.now_us / 1000};
    struct state states[COMMAND_STREAMS_MAX], *list[COMMAND_STREAMS_MAX];
    struct stream_ref refs[COMMAND_STREAMS_MAX];
    struct arena arena;
    arena_init(&arena, 4096, 1u << 20);
    for (int i = 0; i < desc->stream_count; i++) {
        refs[i] = stream_of(desc, i, command_payload_mutable(&command));
        world_load(&states[i], refs[i], &arena);
        list[i] = &states[i];
    }
    decision = (struct decision){0};
    decide(&(struct decide_input){.context = &context, .states = list, .arena = &arena}, &command, &decision);
    check(decision.failure == ERR_OK);
    struct buf bytes;
    buf_init(&bytes, 4096);
    for (uint32_t i = 0; i < decision.count; i++) {
        struct event *event = &decision.events[i].event;
        const struct type_desc *payload = schema_event((int)event->type)->payload;
        struct slice key =
            codec_has_personal(payload) ? slice_of(personal_key, sizeof personal_key) : (struct slice){0};
        buf_clear(&bytes);
        check(codec_encode_stored(&bytes, payload, event_payload(event), key) == ERR_OK);
        world_append(refs[decision.events[i].stream], (uint16_t)event->type, buf_slice(&bytes),
                     i == 0 ? op->id : (struct uuid){{0}});
        world.events[world.event_count - 1]->stored.personal_key = key;
    }
    buf_release(&bytes);
    arena_release(&arena);
    return decision.rejection;
}
