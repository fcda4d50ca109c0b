/* codec: msgpack arrays <-> the generated structs, driven by the generated descriptors (base/descriptor.h).
 *
 * Decoding is bounded: wire_scan() has looked at the bytes before msgpack-c is given them (depth, declared
 * counts against bytes left, number of values, no ext, no NaN). Decoded slices borrow from the input; lists
 * are in the arena. */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include <msgpack.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/descriptor.h"
#include "gen/c/types.h"

/* What was wrong with a message: an error of the protocol and where ("field `name`: ..."), text in `where`.
 */
struct wire_fault {
    enum error_code code;
    char where[120];
};

/* Looks over one msgpack value at the start of `bytes` without allocating. On success *ret_size is its length
 * in bytes. ERROR_MALFORMED (truncated, ext, NaN, reserved byte), ERROR_TOO_DEEP, ERROR_TOO_MANY_VALUES. */
enum error_code wire_scan(struct slice bytes, uint32_t depth_max, uint32_t values_max, size_t *ret_size);

/* Decodes a scanned payload (a positional array, or nil for a struct whose fields all have defaults) into
 * `ret_struct` (type->size bytes, zeroed here). Unknown trailing elements are skipped. False: `fault` says
 * what and where. */
bool codec_decode(const struct type_desc *type, struct slice payload, struct arena *arena, void *ret_struct,
                  struct wire_fault *fault);
/* The same from an object that is already unpacked. */
bool codec_decode_object(const struct type_desc *type, const msgpack_object *object, struct arena *arena,
                         void *ret_struct, struct wire_fault *fault);

/* Which fields an encoding leaves out. */
enum codec_flag {
    CODEC_PLAIN = 0,
    CODEC_WITHOUT_SECRETS = 1, /* secret fields become nil: digests, logs */
};
/* Appends the positional array of `value` to `out`. ERR_TOO_LARGE or ERR_NOMEM: out is as before. */
MUST_CHECK enum err codec_encode(struct buf *out, const struct type_desc *type, const void *value, int flags);

/* Personal fields (FIELD_PERSONAL) in stored events: a msgpack bin of nonce[24] and crypto_secretbox
 * ciphertext. `key` has 32 bytes, or is absent: then encoding fails (ERR_CONFIG) and decoding reads "erased".
 * Encoding draws nonces from libsodium's randombytes. */
MUST_CHECK enum err codec_encode_stored(struct buf *out, const struct type_desc *type, const void *value,
                                        struct slice key);
bool codec_decode_stored(const struct type_desc *type, struct slice payload, struct slice key,
                         struct arena *arena, void *ret_struct, struct wire_fault *fault);
/* Whether the type (or one nested in it) has a personal field. */
bool codec_has_personal(const struct type_desc *type);

/* Appends {"name":value,...} with field names, enum names, hex and ISO times; secrets are left out; personal
 * texts are shown unless `hide_personal`. */
MUST_CHECK enum err codec_to_json(struct buf *out, const struct type_desc *type, const void *value,
                                  bool hide_personal);

#endif
