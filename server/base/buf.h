/* buf: a growing byte buffer with a bound; what encoders write into. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/slice.h"

struct buf {
    uint8_t *data;
    size_t size;     /* bytes written */
    size_t capacity; /* bytes held */
    size_t max;      /* bound on size */
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_release(struct buf *buf); /* accepts a zeroed buf */
/* Empties; keeps the memory up to 64 KiB. */
void buf_clear(struct buf *buf);
/* Appends; ERR_TOO_LARGE over the bound, ERR_NOMEM when malloc fails; nothing is written then. */
MUST_CHECK enum err buf_append(struct buf *buf, const void *data, size_t size);
/* Appends text as printf makes it, without the NUL; errors as above. Over 511 bytes are a bug. */
MUST_CHECK enum err buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
MUST_CHECK enum err buf_vprintf(struct buf *buf, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* Makes room for `size` more bytes and returns where they go (caller then adds to size); NULL as above. */
uint8_t *buf_reserve(struct buf *buf, size_t size);
static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->data, buf->size);
}

#endif
