/* fuzz_codec_stored: an event's payload as the store gives it back.
 *
 * The log is the server's own, but it may be damaged or tampered with, and decoding it must not become memory
 * trouble. Each input is tried as each event and each snapshot: sealed, with the key and with the key
 * destroyed; and as plain values, which are then sealed and opened again, since no input comes with a valid
 * seal by chance. */
#include <sodium.h>
#include "base/check.h"
#include "fuzz.h"
#include "gen/c/schema.h"
#include "wire/codec.h"

static const uint8_t key_bytes[crypto_secretbox_KEYBYTES] = {7};

static void seal_and_open(const struct type_desc *type, const void *value, struct slice key,
                          struct arena *arena)
{
    struct wire_fault fault;
    struct buf sealed, plain, again;
    void *opened = arena_alloc(arena, type->size);
    buf_init(&sealed, 1 << 20);
    buf_init(&plain, 1 << 20);
    buf_init(&again, 1 << 20);
    check(opened != NULL);
    check(codec_encode(&plain, type, value, CODEC_PLAIN) == ERR_OK);
    check(codec_encode_stored(&sealed, type, value, key) == ERR_OK);
    check(codec_decode_stored(type, buf_slice(&sealed), key, arena, opened, &fault));
    check(codec_encode(&again, type, opened, CODEC_PLAIN) == ERR_OK);
    check(slice_equal(buf_slice(&plain), buf_slice(&again)));
    check(codec_decode_stored(type, buf_slice(&sealed), (struct slice){0}, arena, opened, &fault));
    buf_release(&sealed);
    buf_release(&plain);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size), key = slice_of(key_bytes, sizeof key_bytes);
    struct arena arena;
    check(sodium_init() >= 0);
    arena_init(&arena, 4096, 1 << 24);
    for (int i = 0; i < SCHEMA_EVENT_COUNT + SCHEMA_STREAM_COUNT; i++) {
        const struct type_desc *type = i < SCHEMA_EVENT_COUNT
                                           ? schema_events[i].payload
                                           : schema_streams[i - SCHEMA_EVENT_COUNT].snapshot;
        struct wire_fault fault = {0};
        arena_reset(&arena);
        void *value = arena_alloc(&arena, type->size);
        check(value != NULL);
        if (!codec_decode_stored(type, input, key, &arena, value, &fault))
            check(schema_error(fault.code) != NULL);
        if (!codec_decode_stored(type, input, (struct slice){0}, &arena, value, &fault))
            check(schema_error(fault.code) != NULL);
        if (codec_decode(type, input, &arena, value, &fault))
            seal_and_open(type, value, key, &arena);
    }
    arena_release(&arena);
    return 0;
}
