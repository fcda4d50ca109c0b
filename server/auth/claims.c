/* claims: what an access token of Keycloak must say to be let in.
 *
 * A good signature only says that the issuer made it - it makes ID tokens, refresh tokens and logout tokens
 * too, and access tokens for other applications of the same realm. So: `iss` exactly ours, `aud` holds us
 * (only Keycloak's audience mapper puts it there), `azp` names a client we know, claim `typ` is Bearer, `sub`
 * is a UUID, the roles are there, the dates are whole numbers and around now. Each type is checked:
 * "1735689600" is not a date, nor is 1.7e9, nor true.
 *
 * A lightweight access token lacks sub and roles; it is refused by those rules, whose sentences say so. A
 * token that lives longer than TOKEN_LIFE_MAX_S is refused because revocations are remembered that long and
 * no longer.
 *
 * The display name is a suggestion for a player that is enrolled at first login. Where user names are e-mail
 * addresses (in-game registration makes such), `preferred_username` must not become public: anything with an
 * @ is dropped. */
#include "auth/claims.h"
#include "base/check.h"
#include "base/descriptor.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const int64_t date_max_s = 253402300799; /* end of the year 9999 */

static enum token_rule judge_who(const struct token_policy *policy, const json_t *payload,
                                 struct token_claims *claims);
static enum token_rule judge_when(const struct token_policy *policy, const json_t *payload, int64_t now_ms,
                                  struct token_claims *claims);
static bool audience_holds(const json_t *audience, const char *ours);
static bool client_allowed(const struct token_policy *policy, struct slice client);
static bool read_roles(const json_t *payload, uint8_t *ret_roles);
static bool read_date(const json_t *payload, const char *name, int64_t *ret_s);
static bool read_text(const json_t *payload, const char *name, char *text, size_t capacity);
static void read_name(const json_t *payload, char name[128]);
static struct slice text_of(const json_t *value);

enum token_rule claims_judge(const struct token_policy *policy, struct slice text, int64_t now_ms,
                             struct token_claims *ret_claims)
{
    json_error_t error;
    struct token_claims claims = {0};
    json_t *payload = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    enum token_rule rule = json_is_object(payload) ? TOKEN_GOOD : TOKEN_PAYLOAD_JSON;
    if (rule == TOKEN_GOOD && !read_text(payload, "sid", claims.sid, sizeof claims.sid))
        rule = TOKEN_PAYLOAD_JSON;
    if (rule == TOKEN_GOOD)
        rule = judge_who(policy, payload, &claims);
    if (rule == TOKEN_GOOD)
        rule = judge_when(policy, payload, now_ms, &claims);
    if (rule == TOKEN_GOOD) {
        read_name(payload, claims.name);
        *ret_claims = claims;
    }
    json_decref(payload);
    return rule;
}

static enum token_rule judge_who(const struct token_policy *policy, const json_t *payload,
                                 struct token_claims *claims)
{
    if (!slice_equal_text(text_of(json_object_get(payload, "iss")), policy->issuer))
        return TOKEN_ISSUER;
    if (!audience_holds(json_object_get(payload, "aud"), policy->audience))
        return TOKEN_AUDIENCE;
    if (!client_allowed(policy, text_of(json_object_get(payload, "azp"))) ||
        !read_text(payload, "azp", claims->azp, sizeof claims->azp))
        return TOKEN_AZP;
    if (!slice_equal_text(text_of(json_object_get(payload, "typ")), "Bearer"))
        return TOKEN_TYPE;
    if (!uuid_parse(text_of(json_object_get(payload, "sub")), &claims->subject) ||
        uuid_is_nil(claims->subject))
        return TOKEN_SUBJECT;
    if (!read_roles(payload, &claims->roles))
        return TOKEN_ROLES;
    return TOKEN_GOOD;
}

static enum token_rule judge_when(const struct token_policy *policy, const json_t *payload, int64_t now_ms,
                                  struct token_claims *claims)
{
    int64_t expires_s, issued_s, not_before_s = 0;
    if (!read_date(payload, "exp", &expires_s) || !read_date(payload, "iat", &issued_s))
        return TOKEN_EXPIRY_INVALID;
    if (json_object_get(payload, "nbf") != NULL && !read_date(payload, "nbf", &not_before_s))
        return TOKEN_EXPIRY_INVALID;
    if (expires_s - issued_s > TOKEN_LIFE_MAX_S)
        return TOKEN_EXPIRY_INVALID;
    claims->expires_at_ms = expires_s * 1000;
    claims->issued_at_ms = issued_s * 1000;
    enum token_rule rule = token_judge_again(policy, claims, now_ms);
    if (rule != TOKEN_EXPIRED && not_before_s * 1000 > now_ms + (int64_t)TOKEN_AHEAD_S * 1000)
        return TOKEN_NOT_YET;
    return rule;
}

static bool audience_holds(const json_t *audience, const char *ours)
{
    if (json_is_string(audience))
        return slice_equal_text(text_of(audience), ours);
    if (!json_is_array(audience) || json_array_size(audience) > TOKEN_AUDIENCES_MAX)
        return false;
    bool found = false;
    for (size_t i = 0; i < json_array_size(audience); i++) {
        if (!json_is_string(json_array_get(audience, i)))
            return false;
        found = found || slice_equal_text(text_of(json_array_get(audience, i)), ours);
    }
    return found;
}

static bool client_allowed(const struct token_policy *policy, struct slice client)
{
    for (uint32_t i = 0; i < policy->client_count; i++)
        if (slice_equal_text(client, policy->clients[i]))
            return true;
    return false;
}

uint8_t claims_role(struct slice name)
{
    static const struct {
        const char *name;
        enum role role;
    } known[] = {
        {"player", ROLE_PLAYER}, {"game-service", ROLE_GAME_SERVICE}, {"game-admin", ROLE_GAME_ADMIN}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_equal_text(name, known[i].name))
            return (uint8_t)known[i].role;
    return 0;
}

static bool read_roles(const json_t *payload, uint8_t *ret_roles)
{
    const json_t *roles = json_object_get(json_object_get(payload, "realm_access"), "roles");
    if (!json_is_array(roles))
        return false;
    uint8_t found = 0;
    for (size_t i = 0; i < json_array_size(roles); i++) {
        if (!json_is_string(json_array_get(roles, i)))
            return false;
        found |= claims_role(text_of(json_array_get(roles, i)));
    }
    *ret_roles = found;
    return true;
}

/* A whole number of seconds from 0 to the year 9999. */
static bool read_date(const json_t *payload, const char *name, int64_t *ret_s)
{
    const json_t *value = json_object_get(payload, name);
    if (!json_is_integer(value))
        return false;
    int64_t seconds = json_integer_value(value);
    if (seconds < 0 || seconds > date_max_s)
        return false;
    *ret_s = seconds;
    return true;
}

/* Copies a text that may be absent; false when it is no text or does not fit. */
static bool read_text(const json_t *payload, const char *name, char *text, size_t capacity)
{
    const json_t *value = json_object_get(payload, name);
    struct slice slice = text_of(value);
    if (value == NULL)
        return true;
    if (!json_is_string(value) || slice.size >= capacity)
        return false;
    memcpy(text, slice.data, slice.size);
    text[slice.size] = '\0';
    return true;
}

static void read_name(const json_t *payload, char name[128])
{
    struct slice text = text_of(json_object_get(payload, "name"));
    if (text.size == 0)
        text = text_of(json_object_get(payload, "preferred_username"));
    if (memchr(text.data, '@', text.size) != NULL)
        return;
    size_t size = text.size < 127 ? text.size : 127;
    while (size < text.size && size > 0 && (text.data[size] & 0xc0) == 0x80)
        size--; /* not in the middle of a character */
    memcpy(name, text.data, size);
    name[size] = '\0';
}

/* Empty, never absent, for what is no text. */
static struct slice text_of(const json_t *value)
{
    if (!json_is_string(value))
        return slice_text("");
    return slice_of(json_string_value(value), json_string_length(value));
}
