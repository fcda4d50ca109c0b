/* logout_token: OpenID Connect Back-Channel Logout 1.0, section 2.6, step by step.
 *
 *   1  encryption          not asked for; an encrypted token has five parts: rule "three-parts"
 *   2  signature, alg      token.c, as for an access token; the header's `typ` is "logout+jwt"
 *   3  iss, aud, iat, exp  exactly our issuer; one of the configured clients; not from the future, not over.
 *                          `exp` may be missing (it was optional in drafts): then `iat` is asked alone
 *   4  sub or sid          one of them at least
 *   5  events              an object with the member of the specification, itself an object
 *   6  nonce               there must be none: an ID token has it
 *   7  jti                 replayed? that is for whoever keeps them (server/revocation)
 *   8, 9  iss, sub, sid of a recent ID token: optional, and no ID token comes here; what no session has is
 *         revoked all the same, as one may be on its way in
 *
 * A token is taken for LOGOUT_AGE_MAX_S after its `iat` and not longer, whatever `exp` says, so that a replay
 * cannot outlive the memory of its `jti`. */
#include "auth/logout_token.h"
#include "base/check.h"
#include <jansson.h>
#include <openssl/sha.h>
#include <string.h>

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"

static enum token_rule judge_when(const struct token_policy *policy, const json_t *payload, int64_t now_ms,
                                  struct logout_claims *claims);
static enum token_rule judge_what(const json_t *payload, struct logout_claims *claims);
static enum token_rule judge_whom(const json_t *payload, struct logout_claims *claims);
static bool audience_is_ours(const struct token_policy *policy, const json_t *audience);
static bool is_client(const struct token_policy *policy, const json_t *value);

enum token_rule logout_claims_judge(const struct token_policy *policy, struct slice text, int64_t now_ms,
                                    struct logout_claims *ret_claims)
{
    json_error_t error;
    struct logout_claims claims = {0};
    json_t *payload = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    const char *issuer = json_string_value(json_object_get(payload, "iss"));
    enum token_rule rule = TOKEN_GOOD;
    if (!json_is_object(payload))
        rule = TOKEN_PAYLOAD_JSON;
    else if (issuer == NULL || strcmp(issuer, policy->issuer) != 0)
        rule = TOKEN_ISSUER;
    else if (!audience_is_ours(policy, json_object_get(payload, "aud")))
        rule = TOKEN_AUDIENCE;
    if (rule == TOKEN_GOOD)
        rule = judge_when(policy, payload, now_ms, &claims);
    if (rule == TOKEN_GOOD)
        rule = judge_what(payload, &claims);
    if (rule == TOKEN_GOOD)
        rule = judge_whom(payload, &claims);
    if (rule == TOKEN_GOOD)
        *ret_claims = claims;
    json_decref(payload);
    return rule;
}

static bool read_date(const json_t *value, int64_t *ret_ms)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 253402300799)
        return false;
    *ret_ms = json_integer_value(value) * 1000;
    return true;
}

static enum token_rule judge_when(const struct token_policy *policy, const json_t *payload, int64_t now_ms,
                                  struct logout_claims *claims)
{
    const json_t *expires = json_object_get(payload, "exp");
    int64_t skew_ms = (int64_t)policy->skew_s * 1000, expires_ms = INT64_MAX - skew_ms;
    if (!read_date(json_object_get(payload, "iat"), &claims->issued_at_ms) ||
        (expires != NULL && !read_date(expires, &expires_ms)))
        return TOKEN_EXPIRY_INVALID;
    if (now_ms >= expires_ms + skew_ms ||
        now_ms >= claims->issued_at_ms + (int64_t)LOGOUT_AGE_MAX_S * 1000 + skew_ms)
        return TOKEN_EXPIRED;
    return claims->issued_at_ms > now_ms + (int64_t)TOKEN_AHEAD_S * 1000 ? TOKEN_ISSUED_AT : TOKEN_GOOD;
}

static enum token_rule judge_what(const json_t *payload, struct logout_claims *claims)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    const json_t *jti = json_object_get(payload, "jti");
    if (!json_is_object(json_object_get(json_object_get(payload, "events"), LOGOUT_EVENT)))
        return TOKEN_EVENTS;
    if (json_object_get(payload, "nonce") != NULL)
        return TOKEN_NONCE;
    if (json_string_length(jti) == 0)
        return TOKEN_JTI;
    SHA256((const uint8_t *)json_string_value(jti), json_string_length(jti), hash);
    memcpy(claims->jti.bytes, hash, sizeof claims->jti.bytes);
    return TOKEN_GOOD;
}

static enum token_rule judge_whom(const json_t *payload, struct logout_claims *claims)
{
    const json_t *sub = json_object_get(payload, "sub"), *sid = json_object_get(payload, "sid");
    if (sub == NULL && sid == NULL)
        return TOKEN_SUBJECT;
    if (sub != NULL &&
        (!json_is_string(sub) ||
         !uuid_parse(slice_of(json_string_value(sub), json_string_length(sub)), &claims->subject) ||
         uuid_is_nil(claims->subject)))
        return TOKEN_SUBJECT;
    if (sid == NULL)
        return TOKEN_GOOD;
    if (json_string_length(sid) == 0 || json_string_length(sid) >= sizeof claims->sid)
        return TOKEN_SUBJECT;
    memcpy(claims->sid, json_string_value(sid), json_string_length(sid) + 1);
    return TOKEN_GOOD;
}

static bool audience_is_ours(const struct token_policy *policy, const json_t *audience)
{
    bool found = is_client(policy, audience);
    if (!json_is_array(audience) || json_array_size(audience) > TOKEN_AUDIENCES_MAX)
        return found;
    for (size_t i = 0; i < json_array_size(audience); i++) {
        if (!json_is_string(json_array_get(audience, i)))
            return false;
        found = found || is_client(policy, json_array_get(audience, i));
    }
    return found;
}

static bool is_client(const struct token_policy *policy, const json_t *value)
{
    const char *text = json_string_value(value);
    for (uint32_t i = 0; text != NULL && i < policy->client_count; i++)
        if (strcmp(text, policy->clients[i]) == 0)
            return true;
    return false;
}
