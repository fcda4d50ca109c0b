/* codec_stored: personal fields, which the event store holds only sealed.
 *
 * A field marked `personal` is written as a bin of nonce[24] and the XSalsa20-Poly1305 box (libsodium's
 * crypto_secretbox) under the player's own key. Erasing a player destroys that key and nothing else: the log,
 * its chain and all folds stay as they are, and the field reads "erased" from then on. The nonce is random,
 * so the same name sealed twice differs, and encoding twice gives different bytes: store what was encoded,
 * never encode again to compare.
 *
 * The rest of the codec does not know about keys: codec_encode.c and codec_decode.c call personal_seal and
 * personal_open where a descriptor carries FIELD_PERSONAL. The schema allows the mark on texts only;
 * codec_has_personal checks it. */
#include "wire/codec_internal.h"
#include <sodium.h>
#include "base/check.h"

_Static_assert(PERSONAL_NONCE_BYTES == crypto_secretbox_NONCEBYTES, "the stored layout");
_Static_assert(PERSONAL_OVERHEAD_BYTES == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
               "the stored layout");

enum err codec_encode_stored(struct buf *out, const struct type_desc *type, const void *value,
                             struct slice key)
{
    if (key.data == NULL && codec_has_personal(type))
        return ERR_CONFIG;
    check(key.data == NULL || key.size == crypto_secretbox_KEYBYTES);
    return codec_encode_mode(out, type, value, &(struct codec_mode){.stored = true, .key = key});
}

bool codec_decode_stored(const struct type_desc *type, struct slice payload, struct slice key,
                         struct arena *arena, void *ret_struct, struct wire_fault *fault)
{
    check(key.data == NULL || key.size == crypto_secretbox_KEYBYTES);
    return codec_decode_mode(type, payload, &(struct codec_mode){.stored = true, .key = key}, arena,
                             ret_struct, fault);
}

bool codec_has_personal(const struct type_desc *type)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        if (field->flags & FIELD_PERSONAL) {
            check(field->kind == FIELD_TEXT);
            return true;
        }
        if (field->type != NULL && codec_has_personal(field->type))
            return true;
    }
    return false;
}

void personal_seal(struct slice plain, struct slice key, uint8_t *ret_sealed)
{
    check(key.size == crypto_secretbox_KEYBYTES);
    randombytes_buf(ret_sealed, PERSONAL_NONCE_BYTES);
    static const uint8_t empty[1];
    const uint8_t *data = plain.size == 0 ? empty : plain.data;
    check(crypto_secretbox_easy(ret_sealed + PERSONAL_NONCE_BYTES, data, plain.size, ret_sealed, key.data) ==
          0);
}

enum err personal_open(struct slice sealed, struct slice key, struct arena *arena, struct slice *ret_plain)
{
    check(key.size == crypto_secretbox_KEYBYTES);
    if (sealed.size < PERSONAL_OVERHEAD_BYTES)
        return ERR_INTEGRITY;
    size_t size = sealed.size - PERSONAL_OVERHEAD_BYTES;
    uint8_t *plain = arena_alloc(arena, size + 1); /* a NUL behind it, as slice_copy gives */
    if (plain == NULL)
        return ERR_NOMEM;
    if (crypto_secretbox_open_easy(plain, sealed.data + PERSONAL_NONCE_BYTES,
                                   sealed.size - PERSONAL_NONCE_BYTES, sealed.data, key.data) != 0)
        return ERR_INTEGRITY;
    *ret_plain = slice_of(plain, size);
    return ERR_OK;
}
