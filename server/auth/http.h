/* http: libcurl's multi interface on the loop. https and http only, no redirects, no proxy from the
 * environment, no compression; every request has a deadline and a bound on its answer; host names resolve on
 * curl's own thread.
 *
 * Owned by one module each (auth, keycloak): a `struct http` is one curl multi handle with its connections.
 */
#ifndef AUTH_HTTP_H
#define AUTH_HTTP_H

#include "base/err.h"
#include "base/slice.h"
#include "loop/loop.h"

struct http;

/* `ca_file`: PEM, read now, whose certificates are the only authorities trusted for https; NULL: the
 * system's. NULL is returned for a libcurl without asynchronous resolver, a file without a certificate, or
 * out of memory: `ret_failure` in words. */
struct http *http_open(struct loop *loop, const char *ca_file, char ret_failure[200]);
/* Ends everything; no callback runs any more. Not from inside a callback. Accepts NULL. */
void http_close(struct http *http);

/* Everything is copied, and wiped when the request ends. */
struct http_request {
    const char *method;       /* "GET", "POST", "PUT", "DELETE" */
    const char *url;          /* passed url_check() */
    const char *bearer;       /* access token for the Authorization header; NULL: none */
    const char *content_type; /* of `body`; NULL without one */
    struct slice body;        /* absent: none */
    size_t answer_max_bytes;  /* body of the answer; more: ERR_TOO_LARGE */
    uint32_t timeout_ms;      /* for all of it */
};

/* Borrowed for the callback; the body is wiped after it. */
struct http_answer {
    enum err err;         /* ERR_OK: an answer came, whatever its status. ERR_AWAY: not reached. ERR_TIMEOUT.
                             ERR_LOST: broke after the request may have gone out. ERR_TOO_LARGE. ERR_REFUSED: TLS */
    long status;          /* HTTP status; 0 when err */
    struct slice body;    /* NUL behind it, not counted */
    const char *location; /* header, "" for none */
    const char *failure;  /* words for the operator when err; holds no secret */
};
typedef void (*http_done)(void *ctx, const struct http_answer *answer);

/* Starts a request. `done` runs exactly once, never before this returns, unless http_cancel or http_close
 * come first. ERR_FULL at HTTP_IN_FLIGHT_MAX, ERR_NOMEM: `done` never runs. */
MUST_CHECK enum err http_send(struct http *http, const struct http_request *request, uint64_t *ret_id,
                              http_done done, void *ctx);
/* Ends a request without its callback; an id that is over is ignored. */
void http_cancel(struct http *http, uint64_t id);

#endif
