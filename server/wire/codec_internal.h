/* codec_internal: what the files of the codec share with each other; not for other folders. */
#ifndef WIRE_CODEC_INTERNAL_H
#define WIRE_CODEC_INTERNAL_H

#include "wire/codec.h"

/* How personal fields are written: as they are on the wire, sealed in the store. */
struct codec_mode {
    int flags;        /* enum codec_flag */
    bool stored;      /* personal fields are sealed */
    struct slice key; /* 32 bytes, or absent; used when stored */
};

/* codec_encode with a mode. */
MUST_CHECK enum err codec_encode_mode(struct buf *out, const struct type_desc *type, const void *value,
                                      const struct codec_mode *mode);
/* codec_decode with a mode. */
bool codec_decode_mode(const struct type_desc *type, struct slice payload, const struct codec_mode *mode,
                       struct arena *arena, void *ret_struct, struct wire_fault *fault);

/* A msgpack packer that writes to a buf. The first failure sticks: msgpack-c only sees -1. */
struct codec_sink {
    struct buf *buf;
    enum err err;
    size_t size_before;
    msgpack_packer packer;
};
void codec_sink_init(struct codec_sink *sink, struct buf *buf);
/* Appends the positional array of `value`. */
void codec_sink_struct(struct codec_sink *sink, const struct type_desc *type, const void *value,
                       const struct codec_mode *mode);
/* Appends the first `count` fields of `value`, without the array's head. */
void codec_sink_fields(struct codec_sink *sink, const struct type_desc *type, uint16_t count,
                       const void *value, const struct codec_mode *mode);
/* ERR_OK, or the first failure: then the buf is as it was at init. */
MUST_CHECK enum err codec_sink_end(struct codec_sink *sink);

/* Personal texts in the store (codec_stored.c). */
#define PERSONAL_NONCE_BYTES 24
#define PERSONAL_OVERHEAD_BYTES (PERSONAL_NONCE_BYTES + 16)
/* Writes `plain.size + PERSONAL_OVERHEAD_BYTES` bytes at `ret_sealed`: a fresh nonce and the ciphertext. */
void personal_seal(struct slice plain, struct slice key, uint8_t *ret_sealed);
/* Opens into `arena`. ERR_INTEGRITY: not sealed with this key. ERR_NOMEM: the arena is full. */
MUST_CHECK enum err personal_open(struct slice sealed, struct slice key, struct arena *arena,
                                  struct slice *ret_plain);

#endif
