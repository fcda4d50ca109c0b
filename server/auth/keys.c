/* keys: when to ask the issuer for its keys, and what to believe of the answer.
 *
 *   PAUSED --timer--> DISCOVERY --document--> KEY_SET --set--> PAUSED        any failure --> PAUSED, sooner
 *
 * There is one timer and one fetch at a time. The pause is KEYS_REFRESH_S after a good fetch; after failures
 * it doubles from one second up to KEYS_RETRY_MAX_S (with jitter, so that many nodes do not come back
 * together). An unknown kid shortens the pause to what is left of KEYS_REFETCH_EVERY_MS since the last start:
 * a storm of invented kids costs the issuer one fetch in three seconds and nobody else anything, and a key
 * rotated a moment ago is known in time for a waiting sign-in.
 *
 * Believed is only: an answer 200, JSON without duplicate members, `issuer` exactly as configured, a
 * `jwks_uri` that is below the issuer's address where `issuer_fetch_url` is set (it is then read below that
 * one), and a set with at least one usable key. Anything else leaves the old keys in place, and is counted by
 * its kind (KEY_FAILURES in auth.h). Keys are never taken from a token. */
#include "auth/keys.h"
#include "auth/url.h"
#include "base/check.h"
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAGIC = 0x4b455953, URL_BYTES = 1024, FETCH_TIMEOUT_MS = 5000 };

enum keys_state { KEYS_PAUSED, KEYS_DISCOVERY, KEYS_KEY_SET };

struct keys {
    uint32_t magic;
    enum keys_state state;
    struct loop *loop;
    struct http *http;
    struct loop_timer timer; /* ends the pause */
    uint64_t request;
    uint64_t started_at; /* loop_mono_ms of the last start; 0: never */
    uint64_t fetched_at; /* of the last good end; until then, of keys_open */
    uint64_t pause_ends_at;
    uint32_t failures;        /* in a row */
    enum key_failure failing; /* what kind it is, should the fetch under way end now */
    bool wanted;              /* asked for while a fetch was under way */
    bool allow_plain_http;
    void (*on_fetched)(void *ctx, bool changed);
    void *ctx;
    char *issuer, *fetch_url; /* fetch_url NULL: the issuer */
    struct jwks current;
    struct keys_status status;
};

static void fetch_begin(void *keys);
static void fetch_get(struct keys *keys, enum keys_state state, const char *url, size_t max_bytes,
                      http_done done);
static void discovery_came(void *keys, const struct http_answer *answer);
static bool discovery_read(struct keys *keys, struct slice body, char ret_url[URL_BYTES]);
static bool key_set_url(struct keys *keys, const char *named, char ret_url[URL_BYTES]);
static void key_set_came(void *keys, const struct http_answer *answer);
static bool answer_is_good(struct keys *keys, const struct http_answer *answer, const char *what,
                           enum key_failure if_not_believed);
static enum key_failure kind_of(enum err err);
static void fetch_ended(struct keys *keys, bool good, bool changed);
static void pause_for(struct keys *keys, uint64_t after_ms);
static uint64_t with_jitter(uint64_t ms);

struct keys *keys_open(struct loop *loop, struct http *http, const struct keys_config *config,
                       char ret_failure[200])
{
    const char *fetch_url = config->issuer_fetch_url;
    if (url_check(fetch_url != NULL ? fetch_url : config->issuer, config->allow_plain_http, ret_failure) !=
        ERR_OK)
        return NULL;
    struct keys *keys = calloc(1, sizeof *keys);
    char *issuer = strdup(config->issuer), *fetch_copy = fetch_url != NULL ? strdup(fetch_url) : NULL;
    if (keys == NULL || issuer == NULL || (fetch_url != NULL && fetch_copy == NULL)) {
        snprintf(ret_failure, 200, "out of memory");
        free(keys);
        free(issuer);
        free(fetch_copy);
        return NULL;
    }
    *keys = (struct keys){
        .magic = KEYS_MAGIC, .loop = loop, .http = http, .issuer = issuer, .fetch_url = fetch_copy};
    keys->allow_plain_http = config->allow_plain_http;
    keys->on_fetched = config->on_fetched;
    keys->ctx = config->ctx;
    keys->fetched_at = loop_mono_ms(loop);
    loop_timer_init(&keys->timer, loop, fetch_begin, keys);
    pause_for(keys, 0);
    return keys;
}

void keys_close(struct keys *keys)
{
    if (keys == NULL)
        return;
    check_magic(keys, KEYS_MAGIC);
    loop_timer_stop(&keys->timer);
    if (keys->state != KEYS_PAUSED)
        http_cancel(keys->http, keys->request);
    jwks_release(&keys->current);
    free(keys->issuer);
    free(keys->fetch_url);
    keys->magic = 0;
    free(keys);
}

const struct jwks *keys_current(const struct keys *keys)
{
    check_magic(keys, KEYS_MAGIC);
    if (keys->current.usable == 0 ||
        loop_mono_ms(keys->loop) - keys->fetched_at > (uint64_t)KEYS_STALE_S * 1000)
        return NULL;
    return &keys->current;
}

void keys_want(struct keys *keys)
{
    check_magic(keys, KEYS_MAGIC);
    if (keys->state != KEYS_PAUSED) {
        keys->wanted = true;
        return;
    }
    uint64_t now = loop_mono_ms(keys->loop), allowed_at = keys->started_at + KEYS_REFETCH_EVERY_MS;
    if (allowed_at < keys->pause_ends_at)
        pause_for(keys, allowed_at > now ? allowed_at - now : 0);
}

const struct keys_status *keys_status(const struct keys *keys)
{
    return &keys->status;
}

uint64_t keys_age_s(const struct keys *keys)
{
    check_magic(keys, KEYS_MAGIC);
    return (loop_mono_ms(keys->loop) - keys->fetched_at) / 1000;
}

static void fetch_begin(void *ctx)
{
    struct keys *keys = ctx;
    check_magic(keys, KEYS_MAGIC);
    check(keys->state == KEYS_PAUSED);
    char url[URL_BYTES];
    int size = snprintf(url, sizeof url, "%s/.well-known/openid-configuration",
                        keys->fetch_url != NULL ? keys->fetch_url : keys->issuer);
    keys->started_at = loop_mono_ms(keys->loop);
    keys->status.started++;
    keys->failing = KEY_FAILURE_BROKEN;
    keys->wanted = false;
    if (size < 0 || (size_t)size >= sizeof url) {
        snprintf(keys->status.failure, sizeof keys->status.failure, "the issuer's address is too long");
        fetch_ended(keys, false, false);
        return;
    }
    fetch_get(keys, KEYS_DISCOVERY, url, JWKS_MAX_BYTES, discovery_came);
}

static void fetch_get(struct keys *keys, enum keys_state state, const char *url, size_t max_bytes,
                      http_done done)
{
    struct http_request request = {
        .method = "GET", .url = url, .answer_max_bytes = max_bytes, .timeout_ms = FETCH_TIMEOUT_MS};
    enum err err = http_send(keys->http, &request, &keys->request, done, keys);
    if (err == ERR_OK) {
        keys->state = state;
        return;
    }
    snprintf(keys->status.failure, sizeof keys->status.failure, "%s", err_text(err));
    fetch_ended(keys, false, false);
}

static void discovery_came(void *ctx, const struct http_answer *answer)
{
    struct keys *keys = ctx;
    char url[URL_BYTES];
    check_magic(keys, KEYS_MAGIC);
    check(keys->state == KEYS_DISCOVERY);
    if (!answer_is_good(keys, answer, "discovery", KEY_FAILURE_DISCOVERY) ||
        !discovery_read(keys, answer->body, url))
        fetch_ended(keys, false, false);
    else
        fetch_get(keys, KEYS_KEY_SET, url, JWKS_MAX_BYTES, key_set_came);
}

static bool discovery_read(struct keys *keys, struct slice body, char ret_url[URL_BYTES])
{
    json_error_t error;
    char *failure = keys->status.failure;
    json_t *json = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, &error);
    const char *issuer = json_string_value(json_object_get(json, "issuer"));
    const char *named = json_string_value(json_object_get(json, "jwks_uri"));
    bool good = false;
    if (issuer == NULL || named == NULL)
        snprintf(failure, 200, "the discovery document lacks issuer or jwks_uri");
    else if (strcmp(issuer, keys->issuer) != 0)
        snprintf(failure, 200, "the discovery document is of issuer %.60s, configured is %.60s", issuer,
                 keys->issuer);
    else
        good = key_set_url(keys, named, ret_url);
    json_decref(json);
    return good;
}

/* Inside containers the issuer's public address is not where it can be read: the same path below fetch_url
 * is. */
static bool key_set_url(struct keys *keys, const char *named, char ret_url[URL_BYTES])
{
    char *failure = keys->status.failure;
    int size;
    const char *below = NULL;
    if (keys->fetch_url != NULL)
        below = url_below(named, keys->issuer) ?: url_below(named, keys->fetch_url);
    if (keys->fetch_url != NULL && below == NULL) {
        snprintf(failure, 200, "jwks_uri %.100s is not below the issuer", named);
        return false;
    }
    size = keys->fetch_url != NULL ? snprintf(ret_url, URL_BYTES, "%s%s", keys->fetch_url, below)
                                   : snprintf(ret_url, URL_BYTES, "%s", named);
    if (size < 0 || size >= URL_BYTES) {
        snprintf(failure, 200, "jwks_uri is too long");
        return false;
    }
    return url_check(ret_url, keys->allow_plain_http, failure) == ERR_OK;
}

static void key_set_came(void *ctx, const struct http_answer *answer)
{
    struct keys *keys = ctx;
    struct jwks fresh = {0};
    check_magic(keys, KEYS_MAGIC);
    check(keys->state == KEYS_KEY_SET);
    if (!answer_is_good(keys, answer, "key set", KEY_FAILURE_KEY_SET) ||
        jwks_parse(answer->body, &fresh, keys->status.failure) != ERR_OK) {
        fetch_ended(keys, false, false);
        return;
    }
    bool changed = !jwks_equal(&fresh, &keys->current);
    jwks_release(&keys->current);
    keys->current = fresh;
    fetch_ended(keys, true, changed);
}

/* When it is, what is left to fail is that its content is not believed. */
static bool answer_is_good(struct keys *keys, const struct http_answer *answer, const char *what,
                           enum key_failure if_not_believed)
{
    keys->failing = answer->err != ERR_OK   ? kind_of(answer->err)
                    : answer->status != 200 ? KEY_FAILURE_STATUS
                                            : if_not_believed;
    if (answer->err != ERR_OK)
        snprintf(keys->status.failure, 200, "%s: %.120s", what, answer->failure);
    else if (answer->status != 200)
        snprintf(keys->status.failure, 200, "%s: status %ld", what, answer->status);
    return answer->err == ERR_OK && answer->status == 200;
}

static enum key_failure kind_of(enum err err)
{
    switch (err) {
    case ERR_AWAY:
        return KEY_FAILURE_AWAY;
    case ERR_TIMEOUT:
        return KEY_FAILURE_TIMEOUT;
    case ERR_REFUSED:
        return KEY_FAILURE_TLS;
    case ERR_TOO_LARGE:
        return KEY_FAILURE_TOO_LARGE;
    default:
        return KEY_FAILURE_BROKEN;
    }
}

static void fetch_ended(struct keys *keys, bool good, bool changed)
{
    keys->state = KEYS_PAUSED;
    keys->status.ended++;
    if (good) {
        keys->failures = 0;
        keys->fetched_at = loop_mono_ms(keys->loop);
        keys->status.failure[0] = '\0';
        pause_for(keys, with_jitter((uint64_t)KEYS_REFRESH_S * 1000));
    } else {
        uint64_t pause_s = keys->failures < 4 ? 1u << keys->failures : KEYS_RETRY_MAX_S;
        keys->failures++;
        keys->status.failed[keys->failing]++;
        pause_for(keys, with_jitter(pause_s * 1000));
    }
    if (keys->wanted)
        keys_want(keys);
    if (keys->on_fetched != NULL)
        keys->on_fetched(keys->ctx, changed);
}

static void pause_for(struct keys *keys, uint64_t after_ms)
{
    check(keys->state == KEYS_PAUSED);
    keys->pause_ends_at = loop_mono_ms(keys->loop) + after_ms;
    loop_timer_start(&keys->timer, after_ms);
}

/* 80 to 100 % of it. */
static uint64_t with_jitter(uint64_t ms)
{
    uint16_t random = 0;
    check(RAND_bytes((unsigned char *)&random, sizeof random) == 1);
    return ms - ms * random / 65536 / 5;
}
