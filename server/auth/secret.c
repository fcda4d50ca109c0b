/* secret: memory that is wiped.
 *
 * A password that came in with `register`, the service account's secret, every token: each is in memory only
 * while it is used. What may hold one is built in a struct secret, never in a plain buffer: realloc() would
 * leave a copy of the old bytes behind, so growing is malloc, copy, wipe, free.
 *
 * JSON made from such answers lives in jansson's objects. jansson has one pair of allocation functions a
 * process; secret_wipe_json() sets a free that overwrites the block first (malloc_usable_size knows its
 * length). It costs a memset per object and covers every string of every token and answer, also inside
 * libjwt, without anyone having to remember it.
 *
 * Not covered: libcurl's and libjwt's own copies (curl's send buffer, jwt_decode's working copy), which their
 * libraries free unwiped. The process therefore must not dump core: serve.c's part. */
#include "auth/secret.h"
#include "base/check.h"
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static enum err secret_grow(struct secret *secret, size_t more);
static int append_json(const char *bytes, size_t size, void *ctx);
static void wiping_free(void *memory);

void secret_init(struct secret *secret, size_t max_bytes)
{
    *secret = (struct secret){.max = max_bytes};
}

void secret_release(struct secret *secret)
{
    if (secret->data != NULL)
        OPENSSL_cleanse(secret->data, secret->capacity);
    free(secret->data);
    *secret = (struct secret){.max = secret->max};
}

enum err secret_append(struct secret *secret, struct slice bytes)
{
    enum err err = secret_grow(secret, bytes.size);
    if (err != ERR_OK)
        return err;
    if (bytes.size > 0)
        memcpy(secret->data + secret->size, bytes.data, bytes.size);
    secret->size += bytes.size;
    secret->data[secret->size] = '\0';
    return ERR_OK;
}

enum err secret_text(struct secret *secret, const char *text)
{
    return secret_append(secret, slice_text(text));
}

enum err secret_form(struct secret *secret, const char *name, struct slice value)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t name_size = strlen(name);
    enum err err = secret_grow(secret, 1 + name_size + 1 + 3 * value.size);
    if (err != ERR_OK)
        return err;
    uint8_t *to = secret->data + secret->size;
    if (secret->size > 0)
        *to++ = '&';
    memcpy(to, name, name_size);
    to += name_size;
    *to++ = '=';
    for (size_t i = 0; i < value.size; i++) {
        uint8_t byte = value.data[i];
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
            byte == '-' || byte == '_' || byte == '.') {
            *to++ = byte;
        } else {
            *to++ = '%';
            *to++ = (uint8_t)hex[byte >> 4];
            *to++ = (uint8_t)hex[byte & 15];
        }
    }
    *to = '\0';
    secret->size = (size_t)(to - secret->data);
    return ERR_OK;
}

enum err secret_json(struct secret *secret, const json_t *json)
{
    if (json_dump_callback(json, append_json, secret, JSON_COMPACT) != 0)
        return ERR_TOO_LARGE;
    return ERR_OK;
}

static int append_json(const char *bytes, size_t size, void *ctx)
{
    return secret_append(ctx, slice_of(bytes, size)) == ERR_OK ? 0 : -1;
}

static enum err secret_grow(struct secret *secret, size_t more)
{
    check(secret->size <= secret->max);
    if (more > secret->max - secret->size)
        return ERR_TOO_LARGE;
    size_t wanted = secret->size + more + 1;
    if (wanted <= secret->capacity)
        return ERR_OK;
    size_t capacity = secret->capacity > 0 ? secret->capacity : 256;
    while (capacity < wanted)
        capacity *= 2;
    uint8_t *data = malloc(capacity);
    if (data == NULL)
        return ERR_NOMEM;
    if (secret->data != NULL) {
        memcpy(data, secret->data, secret->size + 1);
        OPENSSL_cleanse(secret->data, secret->capacity);
        free(secret->data);
    }
    secret->data = data;
    secret->capacity = capacity;
    return ERR_OK;
}

void secret_wipe_json(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
}

static void wiping_free(void *memory)
{
    if (memory == NULL)
        return;
    OPENSSL_cleanse(memory, malloc_usable_size(memory));
    free(memory);
}
