/* helper_token: see its header. */
#include "helper_token.h"

static const struct {
    const char *kid, *alg, *use, *curve;
    unsigned bits;
} keys_made[KEY_COUNT] = {
    [RS256] = {"rs256", "RS256", "sig", NULL, 2048},   [RS384] = {"rs384", "RS384", "sig", NULL, 2048},
    [RS512] = {"rs512", "RS512", "sig", NULL, 2048},   [ES256] = {"es256", "ES256", "sig", "P-256", 0},
    [ES384] = {"es384", "ES384", "sig", "P-384", 0},   [ES512] = {"es512", "ES512", "sig", "P-521", 0},
    [PS256] = {"ps256", "PS256", "sig", NULL, 2048},   [PLAIN_RSA] = {"plain-rsa", NULL, NULL, NULL, 2048},
    [PLAIN_EC] = {"plain-ec", NULL, NULL, "P-256", 0}, [ENC] = {"enc", "RSA-OAEP", "enc", NULL, 2048},
    [WEAK] = {"weak", "RS256", "sig", NULL, 1024},     [STRANGER] = {"stranger", "RS256", "sig", NULL, 2048},
};

static EVP_PKEY *keys[KEY_COUNT];
static struct jwks jwks;
const struct token_policy make_policy = {
    .issuer = ISSUER,
    .audience = "gachapon",
    .clients = {"gachapon-players", "gachapon-operator"},
    .client_count = 2,
    .skew_s = 30,
};

static const struct member good_header[] = {{"alg", "\"RS256\""}, {"typ", "\"JWT\""}, {"kid", "\"rs256\""}};
static const struct member good_payload[] = {
    {"exp", "1800000300"},
    {"iat", "1800000000"},
    {"iss", "\"" ISSUER "\""},
    {"aud", "\"gachapon\""},
    {"sub", "\"" SUBJECT "\""},
    {"typ", "\"Bearer\""},
    {"azp", "\"gachapon-players\""},
    {"sid", "\"916e963c-99e7-47c0-b20c-fcfd79c14328\""},
    {"realm_access", "{\"roles\":[\"player\",\"offline_access\"]}"},
    {"preferred_username", "\"ada\""},
};

static void append_object(char *json, const struct member *good, size_t count, struct member changed,
                          const char *extra)
{
    bool used = changed.name == NULL;
    json[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *value = good[i].value;
        if (changed.name != NULL && strcmp(changed.name, good[i].name) == 0) {
            value = changed.value;
            used = true;
        }
        if (value != NULL)
            sprintf(json + strlen(json), "%s\"%s\":%s", json[0] != '\0' ? "," : "{", good[i].name, value);
    }
    if (!used && changed.value != NULL)
        sprintf(json + strlen(json), ",\"%s\":%s", changed.name, changed.value);
    sprintf(json + strlen(json), "%s}", extra != NULL ? extra : "");
}

char *make_token(const struct forged *forged)
{
    char header[4096], *payload = malloc(ISSUER_TEXT_MAX), *token;
    append_object(header, good_header, sizeof good_header / sizeof *good_header, forged->header,
                  forged->header_extra);
    append_object(payload, good_payload, sizeof good_payload / sizeof *good_payload, forged->payload,
                  forged->payload_extra);
    token = issuer_sign(header, payload, forged->alg != NULL ? forged->alg : "RS256", keys[forged->key],
                        (struct slice){0});
    free(payload);
    return token;
}

char *make_good_token(void)
{
    return make_token(&(struct forged){.key = RS256});
}

static const char header_rs256[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}";

char *make_payload(void)
{
    char *payload = malloc(4096);
    append_object(payload, good_payload, sizeof good_payload / sizeof *good_payload, (struct member){0},
                  NULL);
    return payload;
}

char *make_signed(const char *header, const char *payload, const char *alg, enum key key)
{
    return issuer_sign(header, payload, alg, keys[key], (struct slice){0});
}

char *make_with_payload(const char *payload)
{
    return make_signed(header_rs256, payload, "RS256", RS256);
}

char *make_with_header(const char *header, const char *alg, enum key key)
{
    char *payload = make_payload(), *token = make_signed(header, payload, alg, key);
    free(payload);
    return token;
}

int make_keys(void **state)
{
    (void)state;
    char set[ISSUER_TEXT_MAX] = "{\"keys\":[", failure[200];
    for (int i = 0; i < KEY_COUNT; i++) {
        keys[i] = keys_made[i].curve != NULL ? issuer_ec(keys_made[i].curve) : issuer_rsa(keys_made[i].bits);
        if (i == STRANGER)
            continue;
        char *jwk = issuer_jwk(keys[i], keys_made[i].kid, keys_made[i].alg, keys_made[i].use, "");
        sprintf(set + strlen(set), "%s%s", i > 0 ? "," : "", jwk);
        free(jwk);
    }
    strcat(set, "]}");
    check(jwks_parse(slice_text(set), &jwks, failure) == ERR_OK);
    return 0;
}

int make_keys_end(void **state)
{
    (void)state;
    jwks_release(&jwks);
    for (int i = 0; i < KEY_COUNT; i++)
        EVP_PKEY_free(keys[i]);
    return 0;
}

EVP_PKEY *make_key(enum key key)
{
    return keys[key];
}

const char *make_kid(enum key key)
{
    return keys_made[key].kid;
}

const struct jwks *make_jwks(void)
{
    return &jwks;
}

enum token_rule make_judged(const char *token, struct token_claims *ret_claims)
{
    return token_judge(&make_policy, &jwks, slice_text(token), NOW_S * 1000, ret_claims);
}
