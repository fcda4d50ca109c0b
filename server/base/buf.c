/* buf: grows by doubling, never over its bound. */
#include "base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define KEEP_MAX_BYTES 65536

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes};
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->size = buf->capacity = 0;
}

void buf_clear(struct buf *buf)
{
    if (buf->capacity > KEEP_MAX_BYTES)
        buf_release(buf);
    buf->size = 0;
}

/* Makes the capacity hold `size` more bytes. */
static enum err grow(struct buf *buf, size_t size)
{
    if (size > buf->max || buf->size > buf->max - size)
        return ERR_TOO_LARGE;
    if (buf->size + size <= buf->capacity)
        return ERR_OK;
    size_t capacity = buf->capacity == 0 ? 256 : buf->capacity;
    while (capacity < buf->size + size)
        capacity *= 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (data == NULL)
        return ERR_NOMEM;
    buf->data = data;
    buf->capacity = capacity;
    return ERR_OK;
}

enum err buf_append(struct buf *buf, const void *data, size_t size)
{
    enum err err = grow(buf, size);
    if (err != ERR_OK)
        return err;
    if (size > 0)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    return ERR_OK;
}

enum err buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum err err = buf_vprintf(buf, format, arguments);
    va_end(arguments);
    return err;
}

enum err buf_vprintf(struct buf *buf, const char *format, va_list arguments)
{
    char text[512];
    int size = vsnprintf(text, sizeof text, format, arguments);
    check(size >= 0 && (size_t)size < sizeof text);
    return buf_append(buf, text, (size_t)size);
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
    return grow(buf, size) == ERR_OK ? buf->data + buf->size : NULL;
}
