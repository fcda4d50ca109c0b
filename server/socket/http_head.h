/* http_head: a request's head taken apart, strictly. Pure; everything borrows from the bytes given. */
#ifndef SOCKET_HTTP_HEAD_H
#define SOCKET_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/slice.h"
#include "socket/limits.h"

enum head_verdict {
    HEAD_WHOLE,
    HEAD_MORE,      /* not all of it is there yet */
    HEAD_MALFORMED, /* 400 */
    HEAD_TOO_LONG,  /* 431: bytes, lines or the token */
    HEAD_TARGET,    /* 414 */
    HEAD_VERSION,   /* 505: not HTTP/1.x */
};

struct http_head {
    struct slice method, target;
    unsigned minor; /* HTTP/1.minor, 0 or 1 */
    struct {
        struct slice name, value;
    } lines[HEAD_LINES_MAX];
    unsigned count;
    size_t size; /* bytes of the head with its empty line; what follows is the body or the first frames */
};

enum head_verdict http_head_parse(struct slice bytes, struct http_head *ret_head);

/* How often a header is there; *ret_value (may be NULL) is its first value, absent for none. Names in lower
 * case. */
unsigned http_head_find(const struct http_head *head, const char *name, struct slice *ret_value);
/* Whether a comma separated header (all its lines) holds `token`, in either case. */
bool http_head_has(const struct http_head *head, const char *name, const char *token);

#endif
