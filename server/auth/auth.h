/* auth: is this token good, and what does it say? Keys come from the issuer (discovery, JWKS) by libcurl's
 * multi interface on the loop; the signature is libjwt's; everything around it is checked here, strictly,
 * first (RFC 8725, hazards of libjwt). A verified token is remembered by its hash until `exp`. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/err.h"
#include "base/slice.h"
#include "base/uuid.h"
#include "gen/c/types.h"
#include "loop/loop.h"

struct auth;

struct auth_config {
    const char *issuer;           /* compared exactly */
    const char *issuer_fetch_url; /* where to read it; NULL: the issuer itself */
    const char *audience;         /* "gachapon" */
    const char *clients;          /* comma separated azp allowed */
    bool allow_plain_http;        /* http:// off loopback */
    const char *ca_file;          /* PEM: the only authorities trusted for it; NULL: the system's */
    uint32_t skew_s;              /* `exp` is over so much later: clock skew */
    bool hold;                    /* until auth_release */
};

/* Why a token was refused, in the order of the checks. Names are stable: check-token prints them, README.md
 * lists them. */
#define TOKEN_RULES(X)                                                                                       \
    X(TOKEN_GOOD, "good")                                                                                    \
    X(TOKEN_TOO_LARGE, "size")                                                                               \
    X(TOKEN_NOT_THREE_PARTS, "three-parts")                                                                  \
    X(TOKEN_BASE64, "base64url")                                                                             \
    X(TOKEN_HEADER_JSON, "header-json")                                                                      \
    X(TOKEN_CRIT, "crit")                                                                                    \
    X(TOKEN_HEADER_TYP, "header-typ")                                                                        \
    X(TOKEN_ALGORITHM, "alg")                                                                                \
    X(TOKEN_KID_MISSING, "kid")                                                                              \
    X(TOKEN_KEY_UNKNOWN, "key-unknown")                                                                      \
    X(TOKEN_KEY_MISMATCH, "alg-of-key")                                                                      \
    X(TOKEN_SIGNATURE, "signature")                                                                          \
    X(TOKEN_PAYLOAD_JSON, "payload-json")                                                                    \
    X(TOKEN_ISSUER, "iss")                                                                                   \
    X(TOKEN_AUDIENCE, "aud")                                                                                 \
    X(TOKEN_AZP, "azp")                                                                                      \
    X(TOKEN_TYPE, "typ")                                                                                     \
    X(TOKEN_SUBJECT, "sub")                                                                                  \
    X(TOKEN_ROLES, "roles")                                                                                  \
    X(TOKEN_EXPIRY_INVALID, "exp")                                                                           \
    X(TOKEN_EXPIRED, "expired")                                                                              \
    X(TOKEN_NOT_YET, "nbf")                                                                                  \
    X(TOKEN_ISSUED_AT, "iat")                                                                                \
    X(TOKEN_REVOKED, "revoked")                                                                              \
    X(TOKEN_KEYS_UNAVAILABLE, "keys-unavailable")                                                            \
    X(TOKEN_EVENTS, "events") /* this and what follows: of logout tokens */                                  \
    X(TOKEN_NONCE, "nonce")                                                                                  \
    X(TOKEN_JTI, "jti")

enum token_rule {
#define X(name, text) name,
    TOKEN_RULES(X)
#undef X
};
const char *token_rule_name(enum token_rule rule);
/* A sentence for the operator or developer who asks why; static, holds nothing of the token. */
const char *token_rule_text(enum token_rule rule);

/* What a good token says. */
struct token_claims {
    struct uuid subject;
    uint8_t roles; /* enum role bits known to the game, from realm_access.roles */
    int64_t expires_at_ms, issued_at_ms;
    char sid[64], azp[64];
    char name[128]; /* preferred display name: `name`, else `preferred_username`; "" for none, or if it looks
                       like an e-mail address (a display name is public) */
};

/* Starts discovery at once, keeps keys fresh. NULL: `ret_failure` in words for the operator. */
struct auth *auth_open(struct loop *loop, const struct auth_config *config, char ret_failure[200]);
void auth_close(struct auth *auth); /* accepts NULL */
/* True once tokens can be judged: keys are there, and auth_release was called if it must be. */
bool auth_ready(const struct auth *auth);
bool auth_has_keys(const struct auth *auth);

/* Judges a token now; some 30 us for one not seen before. TOKEN_GOOD fills *ret_claims. TOKEN_KEY_UNKNOWN:
 * a refetch may help, see auth_verify. */
enum token_rule auth_check(struct auth *auth, struct slice token, int64_t now_ms,
                           struct token_claims *ret_claims);

/* The same, waiting (bounded, 5 s) for one rate-limited refetch when the key is unknown. The token is copied
 * and wiped after. At most AUTH_VERIFIES_PER_TURN are judged in a turn of the loop. `done` runs exactly once,
 * never before this returns; at auth_close with TOKEN_KEYS_UNAVAILABLE; `claims` is NULL unless TOKEN_GOOD,
 * borrowed for the call. */
typedef void (*auth_done)(void *ctx, enum token_rule rule, const struct token_claims *claims);
void auth_verify(struct auth *auth, struct slice token, auth_done done, void *ctx);
/* How many verifies wait for the issuer's keys: for seconds, and doing nothing. */
uint32_t auth_waiting(const struct auth *auth);

/* What Keycloak took back, of whom, and when by Keycloak's clock. */
enum revocation_kind {
    REVOKED_SUBJECT = 1, /* the subject's tokens issued before at_ms */
    REVOKED_SESSION,     /* all tokens of one session of Keycloak's, the one in their `sid` */
    REVOKED_ROLES,       /* the subject's tokens issued before at_ms that name other roles than these */
    REVOKED_EVERYBODY,   /* all tokens issued before at_ms */
    REVOKED_CLIENT,      /* those of one client, the one in their `azp`, issued before at_ms */
};
struct revocation {
    enum revocation_kind kind;
    enum close_code close; /* what sockets are closed with; REVOKED_ROLES: with CLOSE_ROLES_CHANGED */
    struct uuid subject;   /* nil but with SUBJECT and ROLES */
    char sid[64];          /* with SESSION; with CLIENT its client_id */
    uint8_t roles;         /* with ROLES: enum role bits */
    int64_t at_ms;
    struct uuid cause; /* what it was learnt from: the same when another node, or we again, see that */
};
/* Such tokens are refused from now on (TOKEN_REVOKED), until they would have expired anyway (bounded set: at
 * the bound, everybody's tokens of before the oldest entry are refused instead). `iat` counts whole seconds:
 * a token issued in the same second as the revocation is refused too, so that none slips through; its user
 * signs in again. `age_ms`: how long ago this was learnt, for one that was kept. */
void auth_revoke(struct auth *auth, const struct revocation *revocation, uint64_t age_ms);

/* Whether a token that was good when it was verified has been revoked since: for whoever acts on it after a
 * wait. */
bool auth_revoked(const struct auth *auth, const struct token_claims *claims);
/* The code that closes a socket which was opened with such a token, because that was revoked since or a role
 * was given that it does not name; 0: none. */
int auth_closes(const struct auth *auth, struct uuid subject, const char *sid, const char *azp,
                int64_t issued_at_ms, uint8_t roles);

/* Until this is called no token is good, as what was revoked is not known yet: they wait as for keys. */
void auth_release(struct auth *auth);

/* A logout token (OpenID Connect Back-Channel Logout 1.0), judged by every rule of its section 2.6 but the
 * replay of its `jti`, which is for the caller, who knows which ones were seen. Waits for keys as auth_verify
 * does; `done` likewise. */
struct logout_claims {
    struct uuid subject; /* nil: it names only the session */
    char sid[64];        /* "": it names only the subject */
    struct uuid jti;     /* a hash of it */
    int64_t issued_at_ms;
};
typedef void (*auth_logout_done)(void *ctx, enum token_rule rule, const struct logout_claims *claims);
void auth_verify_logout(struct auth *auth, struct slice token, auth_logout_done done, void *ctx);

/* Why a fetch of keys failed. Names are stable: metrics carry them. */
#define KEY_FAILURES(X)                                                                                      \
    X(KEY_FAILURE_AWAY, "away")           /* nobody there, or the name is not known */                       \
    X(KEY_FAILURE_TIMEOUT, "timeout")     /* connecting, headers or body took too long */                    \
    X(KEY_FAILURE_TLS, "tls")             /* a certificate not trusted, or of another name */                \
    X(KEY_FAILURE_TOO_LARGE, "too_large") /* more bytes than an answer may have */                           \
    X(KEY_FAILURE_BROKEN, "broken")       /* no HTTP, or cut off */                                          \
    X(KEY_FAILURE_STATUS, "status")       /* another status than 200, a redirect too */                      \
    X(KEY_FAILURE_DISCOVERY, "discovery") /* a discovery document that is not believed */                    \
    X(KEY_FAILURE_KEY_SET, "key_set")     /* a key set that is not believed, or without a usable key */

enum key_failure {
#define X(name, text) name,
    KEY_FAILURES(X)
#undef X
        KEY_FAILURE_KINDS
};
const char *key_failure_name(enum key_failure kind);

struct auth_counters {
    uint64_t verified, remembered, refused, key_fetches;
    uint64_t key_fetch_failures[KEY_FAILURE_KINDS];
    uint32_t keys_known; /* that verify tokens now: 0 before the first fetch, and when they are too old */
    uint64_t keys_age_s; /* since the last good fetch, or since the start when there was none */
};
const struct auth_counters *auth_counters(const struct auth *auth);
/* Why the last fetch of keys failed, in words; "" while all is well. */
const char *auth_failure(const struct auth *auth);

#endif
