/* keys: the issuer's keys, fetched and kept fresh. Discovery document first, then its key set, every
 * KEYS_REFRESH_S and when an unknown kid asks for it, which is at most every KEYS_REFETCH_EVERY_MS. While the
 * issuer is away it is asked again by itself, and the last keys stay in use, for KEYS_STALE_S at most. */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include "auth/auth.h"
#include "auth/http.h"
#include "auth/jwks.h"
#include "loop/loop.h"

struct keys;

struct keys_config {
    const char *issuer;           /* must be the discovery document's `issuer`, exactly */
    const char *issuer_fetch_url; /* where to read it; NULL: the issuer itself */
    bool allow_plain_http;        /* of jwks_uri too */
    /* A fetch ended, well or not. `changed`: the set is another one than before. Runs from the loop. */
    void (*on_fetched)(void *ctx, bool changed);
    void *ctx;
};

/* Starts the first fetch. Texts are copied; `http` outlives it. NULL: `ret_failure` in words. */
struct keys *keys_open(struct loop *loop, struct http *http, const struct keys_config *config,
                       char ret_failure[200]);
void keys_close(struct keys *keys); /* accepts NULL */

/* The keys to verify with; NULL when none were ever fetched or the last ones are stale. Borrowed until the
 * next turn. */
const struct jwks *keys_current(const struct keys *keys);
/* Asks for a fetch as soon as the rate limit allows one; nothing when one is on its way. */
void keys_want(struct keys *keys);

struct keys_status {
    uint64_t started; /* fetches begun; the last one is under way while started > ended */
    uint64_t ended;
    uint64_t failed[KEY_FAILURE_KINDS];
    char failure[200]; /* words of the last failed one; "" after a good one */
};
const struct keys_status *keys_status(const struct keys *keys);
/* Seconds since the last good fetch, or since keys_open when there was none. */
uint64_t keys_age_s(const struct keys *keys);

#endif
