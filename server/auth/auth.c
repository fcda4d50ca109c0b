/* auth: the front of this folder - is this token good?
 *
 *   auth_check    now: remembered? else judged (token.c) with the keys held (keys.c); then time, revocation
 *   auth_verify   the same with patience:
 *
 *        fresh --(budget a turn)--> callback             any verdict but "the key is unknown" or "no keys"
 *                     |   ^
 *                     v   |
 *              waiting -> again                          for a fetch of keys that began after the token came
 *
 *     A fetch that was under way when the token came may have read the set before the key was in it, so
 * "unknown" is final only after one that began later; keys.c limits how often fetches begin. AUTH_WAIT_MS
 * ends the waiting. A token whose key is known never waits for a fetch, and fresh ones go before those that
 * waited: a storm of invented kids delays nobody else.
 *
 * The budget: a signature costs 30 us, and 400 where libjwt is asked (signature.c), so AUTH_VERIFIES_PER_TURN
 * tokens are judged, then the loop serves its sockets. Over AUTH_WAITERS_MAX a token is not even copied, over
 * AUTH_WAITING_MAX none more waits for keys: the callback comes with "keys-unavailable" (come back).
 *
 * Memory is one struct waiter a verify, freed where its callback runs: whoever loses interest meanwhile lets
 * it run. The token is copied into a struct secret, as the caller's frame is gone by then. */
#include "auth/auth.h"
#include "auth/keys.h"
#include "auth/remembered.h"
#include "auth/revoked.h"
#include "auth/secret.h"
#include "auth/token.h"
#include "base/check.h"
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUTH_MAGIC = 0x41555448, WAITER_MAGIC = 0x57414954 };

struct auth {
    uint32_t magic;
    struct loop *loop;
    struct http *http;
    struct keys *keys;
    struct token_policy policy;
    char *texts; /* issuer, audience and clients, which the policy borrows */
    struct remembered remembered;
    struct revoked revoked;
    bool held;                         /* what was revoked is not known yet */
    struct list_node fresh, again;     /* to be judged: for the first time, and after a fetch */
    struct list_node waiting;          /* for a fetch */
    uint32_t verifying, waiting_count; /* in all three; in the last one */
    struct loop_timer judge;
    struct auth_counters counters;
};

struct waiter {
    uint32_t magic;
    struct list_node node; /* in one of auth's lists */
    bool waiting;          /* in auth->waiting */
    struct auth *auth;
    struct secret token;
    enum token_rule refused; /* not TOKEN_GOOD: the verdict, without looking */
    uint64_t fetches_before; /* keys_status()->started when the token came */
    struct loop_timer deadline;
    auth_done done;               /* one of the two */
    auth_logout_done logout_done; /* it is a logout token */
    void *ctx;
};

static enum err read_policy(struct auth *auth, const struct auth_config *config, char ret_failure[200]);
static enum token_rule judge(struct auth *auth, struct slice token, int64_t now_ms,
                             struct token_claims *ret_claims);
static enum token_rule judge_once(struct auth *auth, struct slice token, int64_t now_ms,
                                  struct token_claims *ret_claims);
static void judge_some(void *auth);
static void judge_soon(struct auth *auth);
static void judge_waiter(struct waiter *waiter);
static void wait_for_keys(struct waiter *waiter, enum token_rule rule);
static void keys_fetched(void *auth, bool changed);
static void waited_long_enough(void *waiter);
static void waiter_new(struct auth *auth, struct slice token, auth_done done, auth_logout_done logout_done,
                       void *ctx);
static void waiters_judge_again(struct auth *auth);
static void waiter_done(struct waiter *waiter, enum token_rule rule, const struct token_claims *claims,
                        const struct logout_claims *logout);
static void waiter_free(struct waiter *waiter);

struct auth *auth_open(struct loop *loop, const struct auth_config *config, char ret_failure[200])
{
    struct auth *auth = calloc(1, sizeof *auth);
    if (auth == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return NULL;
    }
    auth->magic = AUTH_MAGIC;
    auth->loop = loop;
    remembered_init(&auth->remembered, AUTH_REMEMBERED_MAX);
    revoked_init(&auth->revoked, AUTH_REVOKED_MAX);
    list_init(&auth->fresh);
    list_init(&auth->again);
    list_init(&auth->waiting);
    loop_timer_init(&auth->judge, loop, judge_some, auth);
    auth->held = config->hold;
    if (read_policy(auth, config, ret_failure) == ERR_OK &&
        (auth->http = http_open(loop, config->ca_file, ret_failure)) != NULL) {
        struct keys_config keys = {.issuer = auth->policy.issuer,
                                   .issuer_fetch_url = config->issuer_fetch_url,
                                   .allow_plain_http = config->allow_plain_http,
                                   .on_fetched = keys_fetched,
                                   .ctx = auth};
        auth->keys = keys_open(loop, auth->http, &keys, ret_failure);
    }
    if (auth->keys == NULL) {
        auth_close(auth);
        return NULL;
    }
    return auth;
}

void auth_close(struct auth *auth)
{
    if (auth == NULL)
        return;
    check_magic(auth, AUTH_MAGIC);
    list_splice(&auth->fresh, &auth->again);
    list_splice(&auth->fresh, &auth->waiting);
    while (!list_empty(&auth->fresh))
        waiter_done(list_entry(auth->fresh.next, struct waiter, node), TOKEN_KEYS_UNAVAILABLE, NULL, NULL);
    loop_timer_stop(&auth->judge);
    keys_close(auth->keys);
    http_close(auth->http);
    remembered_release(&auth->remembered);
    revoked_release(&auth->revoked);
    free(auth->texts);
    auth->magic = 0;
    free(auth);
}

/* The configured texts in one copy; commas become NULs. */
static enum err read_policy(struct auth *auth, const struct auth_config *config, char ret_failure[200])
{
    if (config->issuer == NULL || config->audience == NULL || config->clients == NULL ||
        config->issuer[0] == '\0' || config->audience[0] == '\0') {
        snprintf(ret_failure, 200, "issuer, audience and clients must be set");
        return ERR_CONFIG;
    }
    size_t issuer_size = strlen(config->issuer) + 1, audience_size = strlen(config->audience) + 1;
    auth->texts = malloc(issuer_size + audience_size + strlen(config->clients) + 1);
    if (auth->texts == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return ERR_NOMEM;
    }
    struct token_policy *policy = &auth->policy;
    policy->issuer = memcpy(auth->texts, config->issuer, issuer_size);
    policy->audience = memcpy(auth->texts + issuer_size, config->audience, audience_size);
    policy->skew_s = config->skew_s;
    char *rest = strcpy(auth->texts + issuer_size + audience_size, config->clients), *client;
    while ((client = strtok_r(rest, ", ", &rest)) != NULL) {
        if (policy->client_count == TOKEN_CLIENTS_MAX) {
            snprintf(ret_failure, 200, "more than %d clients", TOKEN_CLIENTS_MAX);
            return ERR_CONFIG;
        }
        policy->clients[policy->client_count++] = client;
    }
    if (policy->client_count == 0) {
        snprintf(ret_failure, 200, "no client is named whose tokens are taken");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

bool auth_ready(const struct auth *auth)
{
    return auth_has_keys(auth) && !auth->held;
}

bool auth_has_keys(const struct auth *auth)
{
    return keys_current(auth->keys) != NULL;
}

const struct auth_counters *auth_counters(const struct auth *auth)
{
    struct auth_counters *counters = &((struct auth *)auth)->counters;
    const struct keys_status *status = keys_status(auth->keys);
    const struct jwks *keys = keys_current(auth->keys);
    counters->key_fetches = status->started;
    memcpy(counters->key_fetch_failures, status->failed, sizeof counters->key_fetch_failures);
    counters->keys_known = keys != NULL ? keys->usable : 0;
    counters->keys_age_s = keys_age_s(auth->keys);
    return counters;
}

const char *key_failure_name(enum key_failure kind)
{
    static const char *const names[] = {
#define X(name, text) [name] = text,
        KEY_FAILURES(X)
#undef X
    };
    check((size_t)kind < KEY_FAILURE_KINDS);
    return names[kind];
}

const char *auth_failure(const struct auth *auth)
{
    return keys_status(auth->keys)->failure;
}

enum token_rule auth_check(struct auth *auth, struct slice token, int64_t now_ms,
                           struct token_claims *ret_claims)
{
    check_magic(auth, AUTH_MAGIC);
    enum token_rule rule = judge(auth, token, now_ms, ret_claims);
    if (rule != TOKEN_GOOD)
        auth->counters.refused++;
    return rule;
}

static enum token_rule judge(struct auth *auth, struct slice token, int64_t now_ms,
                             struct token_claims *ret_claims)
{
    struct token_claims claims;
    enum token_rule rule = auth->held ? TOKEN_KEYS_UNAVAILABLE : judge_once(auth, token, now_ms, &claims);
    if (rule == TOKEN_GOOD && auth_revoked(auth, &claims))
        rule = TOKEN_REVOKED;
    if (rule == TOKEN_GOOD)
        *ret_claims = claims;
    return rule;
}

/* A token remembered is judged again by the clock only. */
static enum token_rule judge_once(struct auth *auth, struct slice token, int64_t now_ms,
                                  struct token_claims *ret_claims)
{
    struct hash hash;
    if (token.size > TOKEN_MAX_BYTES)
        return TOKEN_TOO_LARGE;
    SHA256(token.data, token.size, hash.bytes);
    const struct token_claims *known = remembered_find(&auth->remembered, &hash);
    if (known != NULL) {
        enum token_rule rule = token_judge_again(&auth->policy, known, now_ms);
        if (rule == TOKEN_GOOD) {
            *ret_claims = *known;
            auth->counters.remembered++;
        } else {
            remembered_remove(&auth->remembered, &hash);
        }
        return rule;
    }
    enum token_rule rule = token_judge(&auth->policy, keys_current(auth->keys), token, now_ms, ret_claims);
    if (rule == TOKEN_GOOD) {
        auth->counters.verified++;
        remembered_add(&auth->remembered, &hash, ret_claims);
    }
    return rule;
}

void auth_revoke(struct auth *auth, const struct revocation *revocation, uint64_t age_ms)
{
    check_magic(auth, AUTH_MAGIC);
    revoked_add(&auth->revoked, revocation, (int64_t)loop_mono_ms(auth->loop) - (int64_t)age_ms);
}

bool auth_revoked(const struct auth *auth, const struct token_claims *claims)
{
    struct revoked_token token = {claims->subject, claims->sid, claims->azp, claims->issued_at_ms,
                                  claims->roles};
    return revoked_refuses(&auth->revoked, &token) != 0;
}

int auth_closes(const struct auth *auth, struct uuid subject, const char *sid, const char *azp,
                int64_t issued_at_ms, uint8_t roles)
{
    struct revoked_token token = {subject, sid, azp, issued_at_ms, roles};
    return revoked_closes(&auth->revoked, &token);
}

void auth_release(struct auth *auth)
{
    check_magic(auth, AUTH_MAGIC);
    auth->held = false;
    waiters_judge_again(auth);
}

void auth_verify(struct auth *auth, struct slice token, auth_done done, void *ctx)
{
    check_magic(auth, AUTH_MAGIC);
    check(done != NULL);
    waiter_new(auth, token, done, NULL, ctx);
}

void auth_verify_logout(struct auth *auth, struct slice token, auth_logout_done done, void *ctx)
{
    check_magic(auth, AUTH_MAGIC);
    check(done != NULL);
    waiter_new(auth, token, NULL, done, ctx);
}

static void waiter_new(struct auth *auth, struct slice token, auth_done done, auth_logout_done logout_done,
                       void *ctx)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);
    check(waiter != NULL);
    *waiter = (struct waiter){.magic = WAITER_MAGIC,
                              .auth = auth,
                              .fetches_before = keys_status(auth->keys)->started,
                              .done = done,
                              .logout_done = logout_done,
                              .ctx = ctx};
    loop_timer_init(&waiter->deadline, auth->loop, waited_long_enough, waiter);
    secret_init(&waiter->token, TOKEN_MAX_BYTES);
    if (token.size > TOKEN_MAX_BYTES)
        waiter->refused = TOKEN_TOO_LARGE;
    else if (auth->verifying >= AUTH_WAITERS_MAX || secret_append(&waiter->token, token) != ERR_OK)
        waiter->refused = TOKEN_KEYS_UNAVAILABLE;
    auth->verifying++;
    list_append(&auth->fresh, &waiter->node);
    judge_soon(auth);
}

uint32_t auth_waiting(const struct auth *auth)
{
    return auth->waiting_count;
}

static void judge_some(void *ctx)
{
    struct auth *auth = ctx;
    check_magic(auth, AUTH_MAGIC);
    for (int i = 0; i < AUTH_VERIFIES_PER_TURN; i++) {
        struct list_node *list = !list_empty(&auth->fresh) ? &auth->fresh : &auth->again;
        if (list_empty(list))
            return;
        judge_waiter(list_entry(list->next, struct waiter, node));
    }
    judge_soon(auth);
}

static void judge_soon(struct auth *auth)
{
    if (!(list_empty(&auth->fresh) && list_empty(&auth->again)) && !loop_timer_running(&auth->judge))
        loop_timer_start(&auth->judge, 0);
}

static void judge_waiter(struct waiter *waiter)
{
    check_magic(waiter, WAITER_MAGIC);
    struct auth *auth = waiter->auth;
    struct token_claims claims;
    struct logout_claims logout;
    if (waiter->refused != TOKEN_GOOD) {
        waiter_done(waiter, waiter->refused, NULL, NULL);
        return;
    }
    struct slice token = secret_slice(&waiter->token);
    int64_t now_ms = loop_now_ms(auth->loop);
    enum token_rule rule = waiter->done != NULL ? judge(auth, token, now_ms, &claims)
                                                : token_judge_logout(&auth->policy, keys_current(auth->keys),
                                                                     token, now_ms, &logout);
    const struct keys_status *keys = keys_status(auth->keys);
    bool no_answer_yet = rule == TOKEN_KEY_UNKNOWN && keys->ended <= waiter->fetches_before;
    if (rule == TOKEN_KEYS_UNAVAILABLE || no_answer_yet)
        wait_for_keys(waiter, rule);
    else
        waiter_done(waiter, rule, rule == TOKEN_GOOD && waiter->done != NULL ? &claims : NULL,
                    rule == TOKEN_GOOD && waiter->done == NULL ? &logout : NULL);
}

/* Too many wait already: those who come now may come back. Tokens with known keys are not among them. */
static void wait_for_keys(struct waiter *waiter, enum token_rule rule)
{
    struct auth *auth = waiter->auth;
    if (auth->waiting_count >= AUTH_WAITING_MAX) {
        waiter_done(waiter, TOKEN_KEYS_UNAVAILABLE, NULL, NULL);
        return;
    }
    list_remove(&waiter->node);
    list_append(&auth->waiting, &waiter->node);
    waiter->waiting = true;
    auth->waiting_count++;
    if (!loop_timer_running(&waiter->deadline))
        loop_timer_start(&waiter->deadline, AUTH_WAIT_MS);
    if (rule == TOKEN_KEY_UNKNOWN)
        keys_want(auth->keys);
}

static void keys_fetched(void *ctx, bool changed)
{
    struct auth *auth = ctx;
    check_magic(auth, AUTH_MAGIC);
    if (changed)
        remembered_clear(&auth->remembered);
    waiters_judge_again(auth);
}

static void waiters_judge_again(struct auth *auth)
{
    list_each(node, &auth->waiting) list_entry(node, struct waiter, node)->waiting = false;
    auth->waiting_count = 0;
    list_splice(&auth->again, &auth->waiting);
    judge_soon(auth);
}

static void waited_long_enough(void *ctx)
{
    struct waiter *waiter = ctx;
    check_magic(waiter, WAITER_MAGIC);
    waiter_done(waiter, TOKEN_KEYS_UNAVAILABLE, NULL, NULL); /* nobody has said that there is no such key */
}

/* The callback may verify others; this one is off every list before it runs. */
static void waiter_done(struct waiter *waiter, enum token_rule rule, const struct token_claims *claims,
                        const struct logout_claims *logout)
{
    struct auth *auth = waiter->auth;
    auth_done done = waiter->done;
    auth_logout_done logout_done = waiter->logout_done;
    void *ctx = waiter->ctx;
    bool issuer_silent = keys_status(auth->keys)->failure[0] != '\0';
    if (rule == TOKEN_KEY_UNKNOWN && issuer_silent)
        rule = TOKEN_KEYS_UNAVAILABLE; /* it may well be a new key: nobody could be asked */
    if (rule != TOKEN_GOOD)
        auth->counters.refused++;
    waiter_free(waiter);
    if (done != NULL)
        done(ctx, rule, claims);
    else
        logout_done(ctx, rule, logout);
}

static void waiter_free(struct waiter *waiter)
{
    check_magic(waiter, WAITER_MAGIC);
    list_remove(&waiter->node);
    waiter->auth->verifying--;
    if (waiter->waiting)
        waiter->auth->waiting_count--;
    loop_timer_stop(&waiter->deadline);
    secret_release(&waiter->token);
    waiter->magic = 0;
    free(waiter);
}
