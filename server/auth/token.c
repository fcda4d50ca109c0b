/* token: every rule a token must pass, in the order of TOKEN_RULES.
 *
 * libjwt checks a signature; whatever else one might hope of it, it does not do (README.md here lists it): it
 * takes the algorithm from the token, skips junk inside base64, lets the last of two equal claims win,
 * ignores `crit`, takes an array for a payload. So its jwt_decode is called in the middle of three:
 *
 *   1. judge_header    size, three strict base64url parts, a JSON object without duplicates, no `crit`,
 * `typ`, `alg` one of ours, `kid` in the issuer's set, `alg` exactly what that key is for. Other members
 * (jwk, jku, x5c, x5u) are not looked at: keys come from the issuer's set and nowhere else.
 *   2. judge_signature OpenSSL with that key (signature.c); where that cannot look, libjwt, with the key's
 * PEM, and what libjwt says it verified with is compared too. It is not asked about PS*, which it cannot
 * verify.
 *   3. claims_judge    the payload, parsed again by us, strictly: claims.c.
 *
 * The first rule that fails is the answer, so the order is part of what tests hold. All three parts are
 * decoded before the first is judged, so that "base64url" never depends on what the header says. Nothing here
 * allocates but libjwt and jansson; copies of the token are wiped.
 *
 * When you add a rule: its line in TOKEN_RULES at its place, its sentence in token_rule_text, a forged token
 * in tests/unit/test_token.c and its line in README.md. */
#include "auth/token.h"
#include "auth/base64url.h"
#include "auth/claims.h"
#include "auth/logout_token.h"
#include "auth/signature.h"
#include "base/check.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

/* What a token is for; its header must say so. */
enum token_use { TOKEN_USE_ACCESS, TOKEN_USE_LOGOUT };

struct parts {
    uint8_t header[TOKEN_MAX_BYTES], payload[TOKEN_MAX_BYTES];
    size_t header_size, payload_size;
};

static enum token_rule judge_signed(const struct jwks *keys, struct slice token, enum token_use use,
                                    struct parts *parts);
static enum token_rule split(struct slice token, struct parts *parts);
static enum token_rule judge_header(const struct jwks *keys, struct slice header, enum token_use use,
                                    const struct jwk **ret_key);
static enum token_rule judge_header_json(const struct jwks *keys, const json_t *header, enum token_use use,
                                         const struct jwk **ret_key);
static enum token_rule judge_signature(const struct jwk *key, struct slice token);
static bool libjwt_says_good(const struct jwk *key, struct slice token);
static bool typ_is_good(const char *typ, enum token_use use);
static struct slice text_member(const json_t *json, const char *name);

enum token_rule token_judge(const struct token_policy *policy, const struct jwks *keys, struct slice token,
                            int64_t now_ms, struct token_claims *ret_claims)
{
    if (token.size > TOKEN_MAX_BYTES)
        return TOKEN_TOO_LARGE;
    struct parts parts;
    struct token_claims claims = {0};
    enum token_rule rule = judge_signed(keys, token, TOKEN_USE_ACCESS, &parts);
    if (rule == TOKEN_GOOD)
        rule = claims_judge(policy, slice_of(parts.payload, parts.payload_size), now_ms, &claims);
    if (rule == TOKEN_GOOD)
        *ret_claims = claims;
    OPENSSL_cleanse(&parts, sizeof parts);
    return rule;
}

enum token_rule token_judge_logout(const struct token_policy *policy, const struct jwks *keys,
                                   struct slice token, int64_t now_ms, struct logout_claims *ret_claims)
{
    if (token.size > TOKEN_MAX_BYTES)
        return TOKEN_TOO_LARGE;
    struct parts parts;
    enum token_rule rule = judge_signed(keys, token, TOKEN_USE_LOGOUT, &parts);
    if (rule == TOKEN_GOOD)
        rule = logout_claims_judge(policy, slice_of(parts.payload, parts.payload_size), now_ms, ret_claims);
    OPENSSL_cleanse(&parts, sizeof parts);
    return rule;
}

static enum token_rule judge_signed(const struct jwks *keys, struct slice token, enum token_use use,
                                    struct parts *parts)
{
    const struct jwk *key = NULL;
    enum token_rule rule = split(token, parts);
    if (rule == TOKEN_GOOD)
        rule = judge_header(keys, slice_of(parts->header, parts->header_size), use, &key);
    if (rule == TOKEN_GOOD)
        rule = judge_signature(key, token);
    return rule;
}

static enum token_rule split(struct slice token, struct parts *parts)
{
    struct slice part[3] = {{0}};
    size_t found = 0, start = 0;
    for (size_t i = 0; i <= token.size; i++) {
        if (i < token.size && token.data[i] != '.')
            continue;
        if (found == 3 || i == start)
            return TOKEN_NOT_THREE_PARTS;
        part[found++] = slice_of(token.data + start, i - start);
        start = i + 1;
    }
    if (found != 3)
        return TOKEN_NOT_THREE_PARTS;
    /* The signature is decoded where the payload goes next. */
    if (!base64url_decode(part[0], parts->header, sizeof parts->header, &parts->header_size) ||
        !base64url_decode(part[2], parts->payload, sizeof parts->payload, &parts->payload_size) ||
        !base64url_decode(part[1], parts->payload, sizeof parts->payload, &parts->payload_size))
        return TOKEN_BASE64;
    return TOKEN_GOOD;
}

static enum token_rule judge_header(const struct jwks *keys, struct slice header, enum token_use use,
                                    const struct jwk **ret_key)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)header.data, header.size, JSON_REJECT_DUPLICATES, &error);
    enum token_rule rule =
        json_is_object(json) ? judge_header_json(keys, json, use, ret_key) : TOKEN_HEADER_JSON;
    json_decref(json);
    return rule;
}

static enum token_rule judge_header_json(const struct jwks *keys, const json_t *header, enum token_use use,
                                         const struct jwk **ret_key)
{
    if (json_object_get(header, "crit") != NULL)
        return TOKEN_CRIT;
    if (!typ_is_good(json_string_value(json_object_get(header, "typ")), use))
        return TOKEN_HEADER_TYP;
    const struct algorithm *algorithm = algorithm_named(text_member(header, "alg"));
    if (algorithm == NULL)
        return TOKEN_ALGORITHM;
    struct slice kid = text_member(header, "kid");
    if (kid.size == 0 || kid.size > TOKEN_KID_MAX_BYTES)
        return TOKEN_KID_MISSING;
    if (keys == NULL)
        return TOKEN_KEYS_UNAVAILABLE;
    const struct jwk *key = jwks_find(keys, kid);
    if (key == NULL)
        return TOKEN_KEY_UNKNOWN;
    if (key->algorithm != algorithm)
        return TOKEN_KEY_MISMATCH;
    *ret_key = key;
    return TOKEN_GOOD;
}

static bool typ_is_good(const char *typ, enum token_use use)
{
    if (typ == NULL)
        return false;
    if (use == TOKEN_USE_LOGOUT)
        return strcasecmp(typ, "logout+jwt") == 0;
    return strcasecmp(typ, "JWT") == 0 || strcasecmp(typ, "at+jwt") == 0; /* RFC 9068 */
}

static enum token_rule judge_signature(const struct jwk *key, struct slice token)
{
    check(token.size <= TOKEN_MAX_BYTES && key->algorithm != NULL && key->pem != NULL);
    enum signature signature = signature_judge(key, token);
    bool ask = signature == SIGNATURE_UNKNOWN && !key->algorithm->pss;
    return signature == SIGNATURE_GOOD || (ask && libjwt_says_good(key, token)) ? TOKEN_GOOD
                                                                                : TOKEN_SIGNATURE;
}

static bool libjwt_says_good(const struct jwk *key, struct slice token)
{
    char text[TOKEN_MAX_BYTES + 1];
    jwt_t *jwt = NULL;
    memcpy(text, token.data, token.size);
    text[token.size] = '\0';
    bool good = jwt_decode(&jwt, text, (const unsigned char *)key->pem, key->pem_size) == 0 &&
                jwt_get_alg(jwt) == key->jwt_algorithm;
    jwt_free(jwt);
    OPENSSL_cleanse(text, token.size);
    return good;
}

enum token_rule token_judge_again(const struct token_policy *policy, const struct token_claims *claims,
                                  int64_t now_ms)
{
    int64_t skew_ms = (int64_t)policy->skew_s * 1000;
    if (now_ms >= claims->expires_at_ms + skew_ms)
        return TOKEN_EXPIRED;
    if (claims->issued_at_ms > now_ms + (int64_t)TOKEN_AHEAD_S * 1000)
        return TOKEN_ISSUED_AT;
    return TOKEN_GOOD;
}

const char *token_rule_name(enum token_rule rule)
{
    switch (rule) {
#define X(name, text)                                                                                        \
    case name:                                                                                               \
        return text;
        TOKEN_RULES(X)
#undef X
    }
    check(!"a token rule");
    return "";
}

const char *token_rule_text(enum token_rule rule)
{
    switch (rule) {
    case TOKEN_GOOD:
        return "the token is good";
    case TOKEN_TOO_LARGE:
        return "the token is longer than 16384 bytes";
    case TOKEN_NOT_THREE_PARTS:
        return "not three parts with two dots between them";
    case TOKEN_BASE64:
        return "a part is not strict base64url (no padding, no other characters, no bits left over)";
    case TOKEN_HEADER_JSON:
        return "the header is not a JSON object, or has a member twice";
    case TOKEN_CRIT:
        return "the header has `crit`: no extension is understood here";
    case TOKEN_HEADER_TYP:
        return "the header's `typ` is neither JWT nor at+jwt";
    case TOKEN_ALGORITHM:
        return "the header's `alg` is not one of the asymmetric algorithms accepted";
    case TOKEN_KID_MISSING:
        return "the header has no usable `kid`";
    case TOKEN_KEY_UNKNOWN:
        return "the issuer has no key of this `kid`";
    case TOKEN_KEY_MISMATCH:
        return "the key of this `kid` is not for this `alg`, or not for verifying tokens";
    case TOKEN_SIGNATURE:
        return "the signature is not this key's";
    case TOKEN_PAYLOAD_JSON:
        return "the payload is not a JSON object, has a claim twice, or a claim of another type";
    case TOKEN_ISSUER:
        return "`iss` is not exactly the configured issuer";
    case TOKEN_AUDIENCE:
        return "`aud` does not hold this server's audience (a client without the audience mapper, or one "
               "that "
               "issues lightweight access tokens?)";
    case TOKEN_AZP:
        return "`azp` is not one of the configured clients";
    case TOKEN_TYPE:
        return "claim `typ` is not Bearer: an ID, refresh or logout token is not an access token";
    case TOKEN_SUBJECT:
        return "`sub` is missing or not a UUID (a lightweight access token? switch those off for this "
               "client)";
    case TOKEN_ROLES:
        return "`realm_access.roles` is missing or not a list of texts (a lightweight access token, or a "
               "user "
               "without any realm role)";
    case TOKEN_EXPIRY_INVALID:
        return "`exp`, `iat` or `nbf` is missing or not a whole number of seconds, or the token lives over "
               "24 hours";
    case TOKEN_EXPIRED:
        return "the token has expired";
    case TOKEN_NOT_YET:
        return "the token is not valid yet";
    case TOKEN_ISSUED_AT:
        return "the token was issued in the future: compare the clocks";
    case TOKEN_REVOKED:
        return "the user was signed out, disabled, deleted or changed after this token was issued";
    case TOKEN_KEYS_UNAVAILABLE:
        return "the issuer's keys could not be fetched yet, or too many tokens wait for them";
    case TOKEN_EVENTS:
        return "`events` does not say that this is a logout";
    case TOKEN_NONCE:
        return "it has a `nonce`, which a logout token must not: it may be an ID token";
    case TOKEN_JTI:
        return "`jti` is missing or no text: a replay could not be told";
    }
    check(!"a token rule");
    return "";
}

static struct slice text_member(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    if (!json_is_string(value))
        return slice_text("");
    return slice_of(json_string_value(value), json_string_length(value));
}
