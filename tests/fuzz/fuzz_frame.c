/* fuzz_frame: a client's frame through the path of the socket, and the same bytes as a server's for connect.
 *
 * What must hold beyond no crash: each step makes the rest shorter; a payload that was taken encodes again,
 * and its encoding decodes to the same bytes (canonical form is a fixed point); a refusal has a code of the
 * schema. */
#include <stddef.h>
#include <stdint.h>
#include "base/check.h"
#include "fuzz.h"
#include "gen/c/schema.h"
#include "tools/show.h"
#include "wire/frame.h"

static void round_trip(const struct type_desc *type, struct slice payload, struct arena *arena)
{
    struct wire_fault fault = {0};
    struct buf first, second;
    void *value = arena_alloc(arena, type->size);
    if (value == NULL)
        return;
    if (!codec_decode(type, payload, arena, value, &fault)) {
        check(schema_error(fault.code) != NULL);
        return;
    }
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    check(codec_encode(&first, type, value, CODEC_PLAIN) == ERR_OK);
    check(codec_decode(type, buf_slice(&first), arena, value, &fault));
    check(codec_encode(&second, type, value, CODEC_PLAIN) == ERR_OK);
    check(slice_equal(buf_slice(&first), buf_slice(&second)));
    buf_release(&first);
    buf_release(&second);
}

/* Every payload that a client could have meant, not only the one the type says. */
static void try_types(struct slice payload, struct arena *arena)
{
    for (int i = 0; i < SCHEMA_COMMAND_COUNT; i++)
        round_trip(schema_commands[i].payload, payload, arena);
    for (int i = 0; i < SCHEMA_MESSAGE_COUNT; i++)
        round_trip(schema_messages[i].payload, payload, arena);
    round_trip(&type_query_list, payload, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf line;
    struct slice rest = slice_of(data, size);
    arena_init(&arena, 4096, 1 << 24);
    buf_init(&line, 1 << 24);
    do {
        struct frame_request request;
        struct wire_fault fault = {0};
        size_t before = rest.size;
        arena_reset(&arena);
        if (frame_next(&rest, &arena, &request, &fault))
            try_types(request.payload, &arena);
        else
            check(schema_error(fault.code) != NULL);
        check(rest.size < before || before == 0);
    } while (rest.size > 0);
    for (int style = SHOW_POSITIONAL; style <= SHOW_NAMES; style++) {
        rest = slice_of(data, size);
        do {
            arena_reset(&arena);
            buf_clear(&line);
            show_request(&rest, (enum show_style)style, &arena, &line);
        } while (rest.size > 0);
        rest = slice_of(data, size);
        do {
            arena_reset(&arena);
            buf_clear(&line);
            show_from_server(&rest, (enum show_style)style, &arena, &line);
        } while (rest.size > 0);
    }
    buf_release(&line);
    arena_release(&arena);
    return 0;
}
