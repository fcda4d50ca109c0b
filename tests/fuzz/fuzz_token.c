/* fuzz_token: what comes from outside for identity - tokens, the issuer's key set, Keycloak's answers.
 *
 * Each input is tried as it is: as a token, a header or a payload, a key set, an answer. As few inputs are
 * JSON by chance, it is also taken as a list of changes (where, what) to good ones. Held against the result:
 * nothing but a token with a real signature is good, a good payload keeps its promises, strict base64url has
 * one text for its bytes, and a key set that is taken has only keys that can be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/answers.h"
#include "auth/base64url.h"
#include "auth/claims.h"
#include "auth/jwks.h"
#include "auth/token.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "fuzz.h"

static const char good_payload[] =
    "{\"exp\":1800000300,\"iat\":1800000000,\"iss\":\"https://id/realms/"
    "g\",\"aud\":[\"account\",\"gachapon\"],"
    "\"sub\":\"5f0c7a3e-9a1f-4a7b-8b45-0123456789ab\",\"typ\":\"Bearer\",\"azp\":\"players\",\"sid\":\"s\","
    "\"realm_access\":{\"roles\":[\"player\"]},\"name\":\"Ada\"}";
static const char good_header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k\"}";
static const char good_events[] =
    "{\"time\":1795411482491,\"operationType\":\"UPDATE\",\"resourceType\":\"USER\","
    "\"resourcePath\":\"users/c3841379-d76f-4670-8470-1a722e482162\"}";

static const struct token_policy policy = {.issuer = "https://id/realms/g",
                                           .audience = "gachapon",
                                           .clients = {"players"},
                                           .client_count = 1,
                                           .skew_s = 5};
static const int64_t now_ms = 1800000000000;
static struct jwks jwks;
static char good_set[600];

/* A modulus of 2048 one bits: nobody checks that it is a product, and nobody can sign for it. */
static void prepare(void)
{
    char failure[200], n[343];
    memset(n, '_', 341);
    strcpy(n + 341, "w");
    snprintf(good_set, sizeof good_set,
             "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"use\":\"sig\",\"n\":\"%s\",\"e\":\"AQAB\"}]}", n);
    check(jwks_parse(slice_text(good_set), &jwks, failure) == ERR_OK);
}

/* A copy of `good` with a byte changed for each two bytes of input; exactly its size, so that reading over is
 * seen. */
static struct slice changed(const char *good, const uint8_t *data, size_t size)
{
    size_t length = strlen(good);
    uint8_t *text = malloc(length);
    check(text != NULL);
    memcpy(text, good, length);
    for (size_t i = 0; i + 1 < size && i < 16; i += 2)
        text[(size_t)data[i] * length / 256] = data[i + 1];
    return slice_of(text, length);
}

static char *encode(struct slice bytes)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = malloc(bytes.size * 4 / 3 + 4);
    size_t written = 0;
    check(text != NULL);
    for (size_t i = 0; i < bytes.size; i += 3) {
        uint32_t bits = 0;
        size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < count ? bytes.data[i + k] : 0);
        for (size_t k = 0; k <= count; k++)
            text[written++] = alphabet[bits >> (18 - 6 * k) & 63];
    }
    text[written] = '\0';
    return text;
}

static void try_base64(struct slice input)
{
    uint8_t *bytes = malloc(input.size + 1);
    size_t size = 0;
    check(bytes != NULL);
    if (base64url_decode(input, bytes, input.size + 1, &size)) {
        char *again = encode(slice_of(bytes, size));
        check(slice_equal_text(input, again));
        free(again);
    }
    free(bytes);
}

static void try_payload(struct slice payload)
{
    struct token_claims claims;
    if (claims_judge(&policy, payload, now_ms, &claims) != TOKEN_GOOD)
        return;
    check(!uuid_is_nil(claims.subject));
    check(claims.expires_at_ms > now_ms - 5000);
    check(claims.expires_at_ms - claims.issued_at_ms <= (int64_t)TOKEN_LIFE_MAX_S * 1000);
    check(memchr(claims.name, 0, sizeof claims.name) != NULL && strchr(claims.name, '@') == NULL);
    check(memchr(claims.sid, 0, sizeof claims.sid) != NULL && strcmp(claims.azp, "players") == 0);
    check((claims.roles & ~(ROLE_PLAYER | ROLE_GAME_SERVICE | ROLE_GAME_ADMIN)) == 0);
}

static void try_token(struct slice header, struct slice payload)
{
    struct token_claims claims;
    char *head = encode(header), *body = encode(payload), *token = NULL;
    check(asprintf(&token, "%s.%s.AAAA", head, body) > 0);
    check(token_judge(&policy, &jwks, slice_text(token), now_ms, &claims) != TOKEN_GOOD);
    free(head);
    free(body);
    free(token);
}

static void try_set(struct slice set)
{
    struct jwks taken;
    char failure[200] = "";
    if (jwks_parse(set, &taken, failure) != ERR_OK) {
        check(failure[0] != '\0');
        return;
    }
    check(taken.usable > 0 && taken.usable <= taken.count && taken.count <= JWKS_KEYS_MAX);
    for (uint32_t i = 0; i < taken.count; i++)
        check((taken.keys[i].algorithm != NULL) == (taken.keys[i].pem != NULL));
    jwks_release(&taken);
}

static void try_answers(struct slice body)
{
    char detail[ANSWER_DETAIL_BYTES];
    struct uuid user = {{1}};
    struct keycloak_tokens tokens;
    struct admin_event event;
    json_t *json = NULL;
    json_error_t error;
    bool disabled;
    uint8_t roles;
    answer_refused(body, detail);
    check(memchr(detail, 0, sizeof detail) != NULL);
    answer_existing(body, user, &user);
    answer_tokens(200, body, &tokens, &json);
    json_decref(json);
    answer_events_on(body, &disabled);
    answer_user_events_on(body, &disabled);
    json_decref(answer_action_list(body));
    json_decref(answer_default_actions(body));
    if (answer_user_disabled(body, &disabled) == ERR_OK && answer_roles(body, &roles) == ERR_OK)
        check(!"both a user and a list");
    json = json_loadb((const char *)body.data, body.size, 0, &error);
    if (json != NULL && answer_event(json, &event) == ERR_OK)
        check(event.at_ms > 0);
    if (json != NULL && answer_user_event(json, &event) == ERR_OK)
        check(event.at_ms > 0);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size);
    struct token_claims claims;
    if (jwks.count == 0)
        prepare();
    struct slice header = changed(good_header, data, size), payload = changed(good_payload, data, size);
    struct slice set = changed(good_set, data, size), event = changed(good_events, data, size);
    check(token_judge(&policy, &jwks, input, now_ms, &claims) != TOKEN_GOOD);
    try_base64(input);
    try_payload(input);
    try_payload(payload);
    try_token(input, slice_text(good_payload));
    try_token(header, payload);
    try_set(input);
    try_set(set);
    try_answers(input);
    try_answers(event);
    free((void *)header.data);
    free((void *)payload.data);
    free((void *)set.data);
    free((void *)event.data);
    return 0;
}
