/* eventstore_stream: streams as numbers.
 *
 * The problem: events name their stream, twice indexed; a uuid or slug there would double the size of both
 * indexes, and a number handed out by the database would need a look-up before anything can be decided or
 * sent. So a stream's number is made of its name: the first 63 bits of SHA-256 over kind and key. It is
 * positive, spread evenly, and the same on every node and after every restore. Two streams with one number
 * are improbable (one in 10^5 at ten million streams) and harmless: `streams` keeps kind and key beside the
 * number, append_batch refuses the second one by name (GC002), and a load looks for all three.
 *
 * The bytes of a key: a uuid's 16, a slug's text, nothing for a kind without key. Never change this: it is
 * stored. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include "gen/c/schema.h"

struct slice stream_key(const struct stream_ref *ref)
{
    const struct stream_desc *desc = schema_stream((int)ref->kind);
    check(desc != NULL);
    switch (desc->key) {
    case STREAM_KEY_NONE:
        return slice_of("", 0);
    case STREAM_KEY_UUID:
        return slice_of(ref->uuid.bytes, sizeof ref->uuid.bytes);
    case STREAM_KEY_SLUG:
        return slug_slice(&ref->slug);
    }
    check(!"stream_key_kind");
}

uint64_t stream_number(struct stream_ref ref)
{
    struct slice key = stream_key(&ref);
    uint8_t kind[2] = {(uint8_t)(ref.kind >> 8), (uint8_t)ref.kind};
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, kind, sizeof kind);
    sha256_update(&sha, key.data, key.size);
    struct hash hash = sha256_final(&sha);
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | hash.bytes[i];
    return number >> 1;
}

bool stream_parse(int16_t kind, struct slice key, struct stream_ref *ret_ref)
{
    const struct stream_desc *desc = schema_stream(kind);
    struct stream_ref ref = {.kind = (enum stream_kind)kind};
    if (desc == NULL)
        return false;
    switch (desc->key) {
    case STREAM_KEY_NONE:
        if (key.size != 0)
            return false;
        break;
    case STREAM_KEY_UUID:
        if (key.size != sizeof ref.uuid.bytes)
            return false;
        memcpy(ref.uuid.bytes, key.data, key.size);
        break;
    case STREAM_KEY_SLUG:
        if (!slug_parse(key, &ref.slug))
            return false;
        break;
    }
    *ret_ref = ref;
    return true;
}
