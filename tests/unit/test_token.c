/* Tokens: good ones of every algorithm, and a table of forged and misused ones, each with the rule that
 * refuses it.
 *
 * Most lines change one member of a good token and sign it properly with the issuer's own key: what is then
 * refused is refused for its content alone. Where `build` is set, the bytes are made by hand. Every line is
 * judged twice, so that nothing of the first time changes the second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/claims.h"
#include "auth/jwks.h"
#include "auth/token.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "helper_issuer.h"

#define ISSUER "https://id.example.com/realms/gachapon"
#define SUBJECT "5f0c7a3e-9a1f-4a7b-8b45-0123456789ab"
#define NOW_S 1800000000LL

/* The issuer's keys; the kid is the name. WEAK is in the set with 1024 bits, ENC with use "enc", STRANGER is
 * not. */
enum key {
    RS256,
    RS384,
    RS512,
    ES256,
    ES384,
    ES512,
    PS256,
    PLAIN_RSA,
    PLAIN_EC,
    ENC,
    WEAK,
    STRANGER,
    KEY_COUNT
};
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
static struct token_policy policy = {
    .issuer = ISSUER,
    .audience = "gachapon",
    .clients = {"gachapon-players", "gachapon-operator"},
    .client_count = 2,
    .skew_s = 30,
};

struct member {
    const char *name, *value; /* value is JSON; NULL: left out */
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

/* One line of the table. `header` and `payload` replace the member of that name, or add it. */
struct forged {
    const char *name;
    enum token_rule rule;
    struct member header, payload;
    const char *header_extra, *payload_extra; /* appended inside the object as they are */
    const char *alg;                          /* that signs; NULL: RS256 */
    enum key key;                             /* that signs */
    char *(*build)(void);                     /* instead of all this */
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

static char *token_of(const struct forged *forged)
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

static char *good_token(void)
{
    return token_of(&(struct forged){.key = RS256});
}

/* ---- tokens made by hand */

static const char header_rs256[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}";

static char *payload_text(void)
{
    char *payload = malloc(4096);
    append_object(payload, good_payload, sizeof good_payload / sizeof *good_payload, (struct member){0},
                  NULL);
    return payload;
}

static char *signed_with(const char *header, const char *payload, const char *alg, enum key key)
{
    return issuer_sign(header, payload, alg, keys[key], (struct slice){0});
}

static char *with_payload(const char *payload)
{
    return signed_with(header_rs256, payload, "RS256", RS256);
}

static char *with_header(const char *header, const char *alg, enum key key)
{
    char *payload = payload_text(), *token = signed_with(header, payload, alg, key);
    free(payload);
    return token;
}

static char *appended(const char *more)
{
    char *token = good_token(), *longer = NULL;
    check(asprintf(&longer, "%s%s", token, more) > 0);
    free(token);
    return longer;
}

/* The n-th part of a good token replaced. */
static char *part_replaced(int n, const char *text)
{
    char *token = good_token(), *rest = token, *parts[3], *made = NULL;
    for (int i = 0; i < 3; i++)
        parts[i] = strsep(&rest, ".");
    parts[n] = (char *)text;
    check(asprintf(&made, "%s.%s.%s", parts[0], parts[1], parts[2]) > 0);
    free(token);
    return made;
}

/* A good token with `inserted` put into its n-th part after two characters. */
static char *part_inserted(int n, const char *inserted)
{
    char *token = good_token(), *at = token, *made = NULL;
    for (int i = 0; i < n; i++)
        at = strchr(at, '.') + 1;
    check(asprintf(&made, "%.*s%s%s", (int)(at + 2 - token), token, inserted, at + 2) > 0);
    free(token);
    return made;
}

static char *empty(void)
{
    return strdup("");
}
static char *only_dots(void)
{
    return strdup("..");
}
static char *no_dots(void)
{
    return strdup("eyJhbGciOiJSUzI1NiJ9");
}
static char *two_parts(void)
{
    char *token = good_token();
    *strrchr(token, '.') = '\0';
    return token;
}
static char *four_parts(void)
{
    return appended(".AAAA");
}
static char *trailing_dot(void)
{
    return appended(".");
}
static char *leading_dot(void)
{
    char *token = good_token(), *made = NULL;
    check(asprintf(&made, ".%s", token) > 0);
    free(token);
    return made;
}
static char *five_parts_jwe(void)
{
    return strdup("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.AAAA.AAAA.AAAA.AAAA");
}
static char *no_signature(void)
{
    return part_replaced(2, "");
}
static char *none_without_signature(void)
{
    return with_header("{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "none", RS256);
}
static char *none_with_signature(void)
{
    return with_header("{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256", RS256);
}
static char *hs_with_public_pem(const char *header, const char *alg)
{
    char *pem = issuer_public_pem(keys[RS256]), *payload = payload_text();
    char *token = issuer_sign(header, payload, alg, NULL, slice_text(pem));
    free(pem);
    free(payload);
    return token;
}
static char *hs256_public_pem(void)
{
    return hs_with_public_pem("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "HS256");
}
static char *hs512_public_pem(void)
{
    return hs_with_public_pem("{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "HS512");
}
static char *hs256_signature_rs256_header(void)
{
    return hs_with_public_pem(header_rs256, "HS256");
}
static char *rs512_with_rs256_key(void)
{
    return with_header("{\"alg\":\"RS512\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS512", RS256);
}
static char *rs256_header_rs512_signature(void)
{
    return with_header(header_rs256, "RS512", RS256);
}
static char *lower_case_alg(void)
{
    return with_header("{\"alg\":\"rs256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256", RS256);
}
static char *ec_key_with_rsa_alg(void)
{
    return with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256);
}
static char *es256_wrong_curve(void)
{
    return with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es384\"}", "ES384", ES384);
}
static char *es256_zero_signature(void)
{
    uint8_t zeros[64] = {0};
    char *token = with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256),
         *made = NULL;
    char *signature = issuer_base64url(zeros, sizeof zeros);
    *strrchr(token, '.') = '\0';
    check(asprintf(&made, "%s.%s", token, signature) > 0);
    free(token);
    free(signature);
    return made;
}
static char *es256_long_signature(void)
{
    char *token = with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256),
         *made = NULL;
    check(asprintf(&made, "%sAAAA", token) > 0);
    free(token);
    return made;
}
static char *payload_changed(void)
{
    char *payload = payload_text(), *good = good_token(), *signature = strrchr(good, '.') + 1, *made = NULL;
    strstr(payload, "player")[0] = 'P';
    char *payload64 = issuer_base64url(payload, strlen(payload));
    char *header64 = issuer_base64url(header_rs256, strlen(header_rs256));
    check(asprintf(&made, "%s.%s.%s", header64, payload64, signature) > 0);
    free(payload);
    free(payload64);
    free(header64);
    free(good);
    return made;
}
static char *padding(void)
{
    return appended("==");
}
static char *padded_header(void)
{
    return part_inserted(0, "=");
}
static char *junk_in_payload(void)
{
    return part_inserted(1, "!");
}
static char *space_in_payload(void)
{
    return part_inserted(1, " ");
}
static char *newline_at_end(void)
{
    return appended("\n");
}
static char *standard_alphabet(void)
{
    return part_inserted(1, "+/");
}
static char *bytes_over_127(void)
{
    return part_inserted(0, "\xc3\xa9");
}
/* The last character of a 256-byte signature has two bits to spare: another text of the same bytes. */
static char *bits_left_over(void)
{
    char *token = good_token(), *last = token + strlen(token) - 1;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    *last = alphabet[(strchr(alphabet, *last) - alphabet) + 1];
    return token;
}
static char *one_character_part(void)
{
    return part_replaced(2, "A");
}
static char *twenty_kilobytes(void)
{
    char *payload = malloc(ISSUER_TEXT_MAX), *token, *padded = malloc(21000);
    memset(padded, 'x', 20000);
    padded[20000] = '\0';
    sprintf(payload, "{\"exp\":1800000300,\"padding\":\"%s\"}", padded);
    token = with_payload(payload);
    free(payload);
    free(padded);
    return token;
}
static char *header_array(void)
{
    return with_header("[\"RS256\"]", "RS256", RS256);
}
static char *header_not_json(void)
{
    return with_header("{alg:RS256}", "RS256", RS256);
}
static char *header_twice_alg(void)
{
    return with_header("{\"alg\":\"none\",\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256",
                       RS256);
}
static char *header_twice_escaped(void)
{
    return with_header("{\"alg\":\"RS256\",\"\\u0061lg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}",
                       "RS256", RS256);
}
static char *header_trailing(void)
{
    return with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}{}", "RS256", RS256);
}
static char *payload_array(void)
{
    return with_payload("[{\"exp\":1800000300}]");
}
static char *payload_text_only(void)
{
    return with_payload("\"exp\"");
}
static char *payload_nested_deep(void)
{
    char *payload = malloc(12000), *token;
    memset(payload, '[', 5000);
    memset(payload + 5000, ']', 5000);
    payload[10000] = '\0';
    token = with_payload(payload);
    free(payload);
    return token;
}
static char *payload_bad_utf8(void)
{
    return with_payload("{\"sub\":\"\xff\xfe\"}");
}
static char *stranger_with_our_kid(void)
{
    return with_header(header_rs256, "RS256", STRANGER);
}
static char *embedded_jwk(void)
{
    char *jwk = issuer_jwk(keys[STRANGER], "rs256", "RS256", "sig", ""), *header = NULL;
    check(asprintf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\",\"jwk\":%s}", jwk) > 0);
    char *token = with_header(header, "RS256", STRANGER);
    free(jwk);
    free(header);
    return token;
}
static char *embedded_jwk_no_kid(void)
{
    char *jwk = issuer_jwk(keys[STRANGER], "own", "RS256", "sig", ""), *header = NULL;
    check(asprintf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"jwk\":%s}", jwk) > 0);
    char *token = with_header(header, "RS256", STRANGER);
    free(jwk);
    free(header);
    return token;
}
static char *jku_header(void)
{
    return with_header(
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\",\"jku\":\"http://127.0.0.1:1/keys\"}", "RS256",
        STRANGER);
}
static char *signed_by_enc_key(void)
{
    return with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"enc\"}", "RS256", ENC);
}
static char *signed_by_weak_key(void)
{
    return with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"weak\"}", "RS256", WEAK);
}
static char *ps256_with_rs256_key(void)
{
    return with_header("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "PS256", RS256);
}

#define PAYLOAD(name, value) .payload = {name, value}
#define HEADER(name, value) .header = {name, value}

static const struct forged table[] = {
    /* form */
    {"empty", TOKEN_NOT_THREE_PARTS, .build = empty},
    {"no dots", TOKEN_NOT_THREE_PARTS, .build = no_dots},
    {"only dots", TOKEN_NOT_THREE_PARTS, .build = only_dots},
    {"two parts", TOKEN_NOT_THREE_PARTS, .build = two_parts},
    {"four parts", TOKEN_NOT_THREE_PARTS, .build = four_parts},
    {"trailing dot", TOKEN_NOT_THREE_PARTS, .build = trailing_dot},
    {"leading dot", TOKEN_NOT_THREE_PARTS, .build = leading_dot},
    {"an encrypted token (JWE, five parts)", TOKEN_NOT_THREE_PARTS, .build = five_parts_jwe},
    {"empty signature", TOKEN_NOT_THREE_PARTS, .build = no_signature},
    {"alg none, empty signature", TOKEN_NOT_THREE_PARTS, .build = none_without_signature},
    {"20 KB", TOKEN_TOO_LARGE, .build = twenty_kilobytes},
    {"padding", TOKEN_BASE64, .build = padding},
    {"padding inside the header", TOKEN_BASE64, .build = padded_header},
    {"junk inside the payload", TOKEN_BASE64, .build = junk_in_payload},
    {"space inside the payload", TOKEN_BASE64, .build = space_in_payload},
    {"newline at the end", TOKEN_BASE64, .build = newline_at_end},
    {"standard base64 alphabet", TOKEN_BASE64, .build = standard_alphabet},
    {"bytes over 127", TOKEN_BASE64, .build = bytes_over_127},
    {"bits left over", TOKEN_BASE64, .build = bits_left_over},
    {"a part of one character", TOKEN_BASE64, .build = one_character_part},
    /* header */
    {"header is an array", TOKEN_HEADER_JSON, .build = header_array},
    {"header is not JSON", TOKEN_HEADER_JSON, .build = header_not_json},
    {"header has alg twice", TOKEN_HEADER_JSON, .build = header_twice_alg},
    {"header has alg twice, once escaped", TOKEN_HEADER_JSON, .build = header_twice_escaped},
    {"something after the header", TOKEN_HEADER_JSON, .build = header_trailing},
    {"crit", TOKEN_CRIT, .header_extra = ",\"crit\":[\"exp\"]"},
    {"empty crit", TOKEN_CRIT, HEADER("crit", "[]")},
    {"crit b64", TOKEN_CRIT, .header_extra = ",\"b64\":false,\"crit\":[\"b64\"]"},
    {"no typ", TOKEN_HEADER_TYP, HEADER("typ", NULL)},
    {"typ is a number", TOKEN_HEADER_TYP, HEADER("typ", "1")},
    {"typ logout+jwt", TOKEN_HEADER_TYP, HEADER("typ", "\"logout+jwt\"")},
    {"typ dpop+jwt", TOKEN_HEADER_TYP, HEADER("typ", "\"dpop+jwt\"")},
    {"no alg", TOKEN_ALGORITHM, HEADER("alg", NULL)},
    {"alg is a list", TOKEN_ALGORITHM, HEADER("alg", "[\"RS256\"]")},
    {"alg none with a signature", TOKEN_ALGORITHM, .build = none_with_signature},
    {"alg None", TOKEN_ALGORITHM, HEADER("alg", "\"None\"")},
    {"HS256 keyed with the public PEM", TOKEN_ALGORITHM, .build = hs256_public_pem},
    {"HS512 keyed with the public PEM", TOKEN_ALGORITHM, .build = hs512_public_pem},
    {"alg in lower case", TOKEN_ALGORITHM, .build = lower_case_alg},
    {"alg EdDSA", TOKEN_ALGORITHM, HEADER("alg", "\"EdDSA\"")},
    {"no kid", TOKEN_KID_MISSING, HEADER("kid", NULL)},
    {"empty kid", TOKEN_KID_MISSING, HEADER("kid", "\"\"")},
    {"kid is a number", TOKEN_KID_MISSING, HEADER("kid", "256")},
    {"kid of 200 bytes", TOKEN_KID_MISSING,
     HEADER("kid", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                   "aaaaaaaaaaaaa"
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                   "aaaaaaaaaaa\"")},
    {"embedded jwk, no kid", TOKEN_KID_MISSING, .build = embedded_jwk_no_kid},
    {"unknown kid", TOKEN_KEY_UNKNOWN, HEADER("kid", "\"stranger\""), .key = STRANGER},
    {"kid is a path", TOKEN_KEY_UNKNOWN, HEADER("kid", "\"../../../../dev/null\"")},
    {"kid is a prefix of a key's", TOKEN_KEY_UNKNOWN, HEADER("kid", "\"rs25\"")},
    {"kid is SQL", TOKEN_KEY_UNKNOWN, HEADER("kid", "\"x' or '1'='1\"")},
    {"the encryption key", TOKEN_KEY_MISMATCH, .build = signed_by_enc_key},
    {"a key of 1024 bits", TOKEN_KEY_MISMATCH, .build = signed_by_weak_key},
    {"RS512 with an RS256 key", TOKEN_KEY_MISMATCH, .build = rs512_with_rs256_key},
    {"RS256 with an EC key", TOKEN_KEY_MISMATCH, .build = ec_key_with_rsa_alg},
    {"ES256 with a P-384 key", TOKEN_KEY_MISMATCH, .build = es256_wrong_curve},
    /* signature */
    {"another's signature under our kid", TOKEN_SIGNATURE, .build = stranger_with_our_kid},
    {"embedded jwk with our kid", TOKEN_SIGNATURE, .build = embedded_jwk},
    {"jku of the attacker's", TOKEN_SIGNATURE, .build = jku_header},
    {"RS256 header, HS256 signature with the PEM", TOKEN_SIGNATURE, .build = hs256_signature_rs256_header},
    {"RS256 header, RS512 signature", TOKEN_SIGNATURE, .build = rs256_header_rs512_signature},
    {"payload changed", TOKEN_SIGNATURE, .build = payload_changed},
    {"ES256 with r = s = 0", TOKEN_SIGNATURE, .build = es256_zero_signature},
    {"ES256 signature too long", TOKEN_SIGNATURE, .build = es256_long_signature},
    /* payload */
    {"payload is an array", TOKEN_PAYLOAD_JSON, .build = payload_array},
    {"payload is a text", TOKEN_PAYLOAD_JSON, .build = payload_text_only},
    {"payload 5000 levels deep", TOKEN_PAYLOAD_JSON, .build = payload_nested_deep},
    {"payload is not UTF-8", TOKEN_PAYLOAD_JSON, .build = payload_bad_utf8},
    {"exp twice", TOKEN_PAYLOAD_JSON, .payload_extra = ",\"exp\":1900000000"},
    {"sub twice", TOKEN_PAYLOAD_JSON, .payload_extra = ",\"sub\":\"" SUBJECT "\""},
    {"a duplicate deep inside", TOKEN_PAYLOAD_JSON,
     PAYLOAD("realm_access", "{\"roles\":[],\"roles\":[\"game-admin\"]}")},
    {"NUL inside sub", TOKEN_PAYLOAD_JSON, PAYLOAD("sub", "\"" SUBJECT "\\u0000x\"")},
    {"NUL inside iss", TOKEN_PAYLOAD_JSON, PAYLOAD("iss", "\"" ISSUER "\\u0000.evil.example\"")},
    {"exp over 64 bits", TOKEN_PAYLOAD_JSON, PAYLOAD("exp", "99999999999999999999999999")},
    {"sid is a number", TOKEN_PAYLOAD_JSON, PAYLOAD("sid", "7")},
    /* who */
    {"no iss", TOKEN_ISSUER, PAYLOAD("iss", NULL)},
    {"iss with a slash more", TOKEN_ISSUER, PAYLOAD("iss", "\"" ISSUER "/\"")},
    {"iss longer", TOKEN_ISSUER, PAYLOAD("iss", "\"" ISSUER "-2\"")},
    {"iss shorter", TOKEN_ISSUER, PAYLOAD("iss", "\"https://id.example.com/realms/gachapo\"")},
    {"iss of another realm", TOKEN_ISSUER, PAYLOAD("iss", "\"https://id.example.com/realms/master\"")},
    {"iss in upper case", TOKEN_ISSUER, PAYLOAD("iss", "\"HTTPS://id.example.com/realms/gachapon\"")},
    {"iss is a list", TOKEN_ISSUER, PAYLOAD("iss", "[\"" ISSUER "\"]")},
    {"no aud", TOKEN_AUDIENCE, PAYLOAD("aud", NULL)},
    {"another aud", TOKEN_AUDIENCE, PAYLOAD("aud", "\"account\"")},
    {"aud longer", TOKEN_AUDIENCE, PAYLOAD("aud", "\"gachapon2\"")},
    {"aud list without us", TOKEN_AUDIENCE, PAYLOAD("aud", "[\"account\",\"web\"]")},
    {"empty aud list", TOKEN_AUDIENCE, PAYLOAD("aud", "[]")},
    {"aud list with a number", TOKEN_AUDIENCE, PAYLOAD("aud", "[\"gachapon\",1]")},
    {"aud is an object", TOKEN_AUDIENCE, PAYLOAD("aud", "{\"gachapon\":true}")},
    {"no azp", TOKEN_AZP, PAYLOAD("azp", NULL)},
    {"another azp", TOKEN_AZP, PAYLOAD("azp", "\"evil-app\"")},
    {"azp is the whole list", TOKEN_AZP, PAYLOAD("azp", "\"gachapon-players,gachapon-operator\"")},
    {"empty azp", TOKEN_AZP, PAYLOAD("azp", "\"\"")},
    {"an ID token", TOKEN_TYPE, PAYLOAD("typ", "\"ID\"")},
    {"a refresh token", TOKEN_TYPE, PAYLOAD("typ", "\"Refresh\"")},
    {"an offline token", TOKEN_TYPE, PAYLOAD("typ", "\"Offline\"")},
    {"a logout token", TOKEN_TYPE, PAYLOAD("typ", "\"Logout\"")},
    {"no typ claim", TOKEN_TYPE, PAYLOAD("typ", NULL)},
    {"typ claim in lower case", TOKEN_TYPE, PAYLOAD("typ", "\"bearer\"")},
    {"no sub (a lightweight token)", TOKEN_SUBJECT, PAYLOAD("sub", NULL)},
    {"sub is no UUID", TOKEN_SUBJECT, PAYLOAD("sub", "\"ada\"")},
    {"sub is a number", TOKEN_SUBJECT, PAYLOAD("sub", "1")},
    {"sub with a space behind", TOKEN_SUBJECT, PAYLOAD("sub", "\"" SUBJECT " \"")},
    {"sub is the nil UUID", TOKEN_SUBJECT, PAYLOAD("sub", "\"00000000-0000-0000-0000-000000000000\"")},
    {"no roles (a lightweight token)", TOKEN_ROLES, PAYLOAD("realm_access", NULL)},
    {"roles are a text", TOKEN_ROLES, PAYLOAD("realm_access", "{\"roles\":\"game-admin\"}")},
    {"roles hold a number", TOKEN_ROLES, PAYLOAD("realm_access", "{\"roles\":[\"player\",1]}")},
    /* when */
    {"no exp", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", NULL)},
    {"exp is a text", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "\"1800000300\"")},
    {"exp is a float", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "1800000300.0")},
    {"exp with an exponent", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "18e8")},
    {"exp is true", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "true")},
    {"exp is null", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "null")},
    {"exp is huge", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "9223372036854775807")},
    {"exp is negative", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "-1")},
    {"no iat", TOKEN_EXPIRY_INVALID, PAYLOAD("iat", NULL)},
    {"iat is a text", TOKEN_EXPIRY_INVALID, PAYLOAD("iat", "\"1800000000\"")},
    {"nbf is a text", TOKEN_EXPIRY_INVALID, PAYLOAD("nbf", "\"0\"")},
    {"lives two days", TOKEN_EXPIRY_INVALID, PAYLOAD("exp", "1800172800")},
    {"expired", TOKEN_EXPIRED, PAYLOAD("exp", "1799999900")},
    {"expired by the skew exactly", TOKEN_EXPIRED, PAYLOAD("exp", "1799999970")},
    {"nbf in the future", TOKEN_NOT_YET, PAYLOAD("nbf", "1800000031")},
    {"iat in the future", TOKEN_ISSUED_AT, PAYLOAD("iat", "1800000031")},
};

static int setup(void **state)
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
    assert_int_equal(jwks_parse(slice_text(set), &jwks, failure), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    jwks_release(&jwks);
    for (int i = 0; i < KEY_COUNT; i++)
        EVP_PKEY_free(keys[i]);
    return 0;
}

static enum token_rule judged(const char *token, struct token_claims *ret_claims)
{
    return token_judge(&policy, &jwks, slice_text(token), NOW_S * 1000, ret_claims);
}

static void every_forged_token_is_refused_by_its_rule(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct forged *forged = &table[i];
        struct token_claims claims;
        memset(&claims, 0x5a, sizeof claims);
        struct token_claims untouched = claims;
        char *token = forged->build != NULL ? forged->build() : token_of(forged);
        enum token_rule rule = judged(token, &claims), again = judged(token, &claims);
        if (rule != forged->rule || again != rule || memcmp(&claims, &untouched, sizeof claims) != 0) {
            print_error("%s: %s, expected %s\n", forged->name, token_rule_name(rule),
                        token_rule_name(forged->rule));
            wrong++;
        }
        free(token);
    }
    print_message("%zu forged and misused tokens\n", sizeof table / sizeof *table);
    assert_int_equal(wrong, 0);
    assert_true(sizeof table / sizeof *table >= 80);
}

static void a_good_token_says_who_and_what(void **state)
{
    (void)state;
    struct token_claims claims;
    struct uuid subject;
    char *token = good_token();
    assert_int_equal(judged(token, &claims), TOKEN_GOOD);
    assert_true(uuid_parse(slice_text(SUBJECT), &subject));
    assert_true(uuid_equal(claims.subject, subject));
    assert_int_equal(claims.roles, ROLE_PLAYER);
    assert_int_equal(claims.expires_at_ms, (NOW_S + 300) * 1000);
    assert_int_equal(claims.issued_at_ms, NOW_S * 1000);
    assert_string_equal(claims.azp, "gachapon-players");
    assert_string_equal(claims.sid, "916e963c-99e7-47c0-b20c-fcfd79c14328");
    assert_string_equal(claims.name, "ada");
    free(token);
}

static void variants_that_are_good(void **state)
{
    (void)state;
    static const struct forged good[] = {
        {"typ in lower case", TOKEN_GOOD, HEADER("typ", "\"jwt\"")},
        {"spaces as Keycloak writes them", TOKEN_GOOD, .header_extra = " "},
        {"aud list with us", TOKEN_GOOD, PAYLOAD("aud", "[\"account\",\"gachapon\"]")},
        {"the operator's client", TOKEN_GOOD, PAYLOAD("azp", "\"gachapon-operator\"")},
        {"no sid (a service account)", TOKEN_GOOD, PAYLOAD("sid", NULL)},
        {"expired within the skew", TOKEN_GOOD, PAYLOAD("exp", "1799999971")},
        {"nbf 0", TOKEN_GOOD, PAYLOAD("nbf", "0")},
        {"nbf within the skew", TOKEN_GOOD, PAYLOAD("nbf", "1800000030")},
        {"sub in upper case", TOKEN_GOOD, PAYLOAD("sub", "\"5F0C7A3E-9A1F-4A7B-8B45-0123456789AB\"")},
        {"lives a day", TOKEN_GOOD, PAYLOAD("exp", "1800086400")},
        {"RS256 key without alg and use", TOKEN_GOOD, HEADER("kid", "\"plain-rsa\""), .key = PLAIN_RSA},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct token_claims claims;
        char *token = token_of(&good[i]);
        enum token_rule rule = judged(token, &claims);
        if (rule != TOKEN_GOOD)
            print_error("%s: %s\n", good[i].name, token_rule_name(rule));
        assert_int_equal(rule, TOKEN_GOOD);
        free(token);
    }
}

static void every_algorithm_verifies_with_its_own_key(void **state)
{
    (void)state;
    static const struct {
        enum key key;
        const char *alg;
    } good[] = {{RS256, "RS256"}, {RS384, "RS384"}, {RS512, "RS512"},   {ES256, "ES256"},
                {ES384, "ES384"}, {ES512, "ES512"}, {PLAIN_EC, "ES256"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct token_claims claims;
        char header[256];
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", good[i].alg,
                 keys_made[good[i].key].kid);
        char *token = with_header(header, good[i].alg, good[i].key);
        if (judged(token, &claims) != TOKEN_GOOD)
            print_error("%s\n", header);
        assert_int_equal(judged(token, &claims), TOKEN_GOOD);
        free(token);
    }
}

/* What depends on the libjwt in use is asked of it, and named where it cannot. */
static void what_this_libjwt_cannot_do_is_refused_by_name(void **state)
{
    (void)state;
    struct token_claims claims;
    bool ps = jwt_str_alg("PS256") != JWT_ALG_INVAL;
    char *token = with_header("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"kid\":\"ps256\"}", "PS256", PS256);
    assert_int_equal(judged(token, &claims), ps ? TOKEN_GOOD : TOKEN_ALGORITHM);
    free(token);
    token = ps256_with_rs256_key();
    assert_int_equal(judged(token, &claims), ps ? TOKEN_KEY_MISMATCH : TOKEN_ALGORITHM);
    free(token);

    struct token_policy with_typ = policy;
    with_typ.access_token_typ = token_library_takes_at_jwt();
    token = with_header("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs256\"}", "RS256", RS256);
    assert_int_equal(token_judge(&with_typ, &jwks, slice_text(token), NOW_S * 1000, &claims),
                     with_typ.access_token_typ ? TOKEN_GOOD : TOKEN_HEADER_TYP);
    free(token);
    print_message("libjwt here: PS256 %s, at+jwt %s\n", ps ? "yes" : "no",
                  with_typ.access_token_typ ? "yes" : "no");
}

static void roles_are_those_of_the_realm(void **state)
{
    (void)state;
    static const struct {
        const char *access;
        int roles;
    } cases[] = {
        {"{\"roles\":[]}", 0},
        {"{\"roles\":[\"game-service\"]}", ROLE_GAME_SERVICE},
        {"{\"roles\":[\"game-admin\",\"player\",\"player\"]}", ROLE_GAME_ADMIN | ROLE_PLAYER},
        {"{\"roles\":[\"Game-Admin\",\"internal\",\"game-admin \"]}", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct token_claims claims;
        char *token = token_of(&(struct forged){PAYLOAD("realm_access", cases[i].access)});
        assert_int_equal(judged(token, &claims), TOKEN_GOOD);
        assert_int_equal(claims.roles, cases[i].roles);
        free(token);
    }
    struct token_claims claims;
    char *token = token_of(&(struct forged){
        .payload_extra = ",\"resource_access\":{\"gachapon\":{\"roles\":[\"game-admin\"]}}"});
    assert_int_equal(judged(token, &claims), TOKEN_GOOD);
    assert_int_equal(claims.roles, ROLE_PLAYER);
    free(token);
}

static void a_name_is_cut_at_a_character_and_is_never_an_address(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"\"Ada Lovelace\"", "Ada Lovelace"},
        {"\"ada@example.com\"", ""},
        {"7", "ada"},
        {"\"\"", "ada"},
    };
    struct token_claims claims;
    char *token;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        token = token_of(&(struct forged){PAYLOAD("name", cases[i].name)});
        assert_int_equal(judged(token, &claims), TOKEN_GOOD);
        assert_string_equal(claims.name, cases[i].expected);
        free(token);
    }
    char name[300] = "\"a";
    for (int i = 0; i < 80; i++)
        strcat(name, "\xc3\xa9");
    strcat(name, "\"");
    token = token_of(&(struct forged){PAYLOAD("name", name)});
    assert_int_equal(judged(token, &claims), TOKEN_GOOD);
    assert_int_equal(strlen(claims.name), 127);
    free(token);
    token = token_of(&(struct forged){PAYLOAD("preferred_username", "\"ada@example.com\"")});
    assert_int_equal(judged(token, &claims), TOKEN_GOOD);
    assert_string_equal(claims.name, "");
    free(token);
}

static void without_keys_nothing_is_good(void **state)
{
    (void)state;
    struct token_claims claims;
    char *token = good_token();
    assert_int_equal(token_judge(&policy, NULL, slice_text(token), NOW_S * 1000, &claims),
                     TOKEN_KEYS_UNAVAILABLE);
    free(token);
    token = hs256_public_pem(); /* what is wrong with it is said all the same */
    assert_int_equal(token_judge(&policy, NULL, slice_text(token), NOW_S * 1000, &claims), TOKEN_ALGORITHM);
    free(token);
}

static void time_alone_ends_a_token(void **state)
{
    (void)state;
    struct token_claims claims = {.expires_at_ms = 1000000, .issued_at_ms = 900000};
    assert_int_equal(token_judge_again(&policy, &claims, 1029999), TOKEN_GOOD);
    assert_int_equal(token_judge_again(&policy, &claims, 1030000), TOKEN_EXPIRED);
    assert_int_equal(token_judge_again(&policy, &claims, 869999), TOKEN_ISSUED_AT);
}

static void every_rule_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int rule = TOKEN_GOOD; rule <= TOKEN_KEYS_UNAVAILABLE; rule++) {
        assert_true(strlen(token_rule_name((enum token_rule)rule)) > 1);
        assert_true(strlen(token_rule_text((enum token_rule)rule)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_forged_token_is_refused_by_its_rule),
        cmocka_unit_test(a_good_token_says_who_and_what),
        cmocka_unit_test(variants_that_are_good),
        cmocka_unit_test(every_algorithm_verifies_with_its_own_key),
        cmocka_unit_test(what_this_libjwt_cannot_do_is_refused_by_name),
        cmocka_unit_test(roles_are_those_of_the_realm),
        cmocka_unit_test(a_name_is_cut_at_a_character_and_is_never_an_address),
        cmocka_unit_test(without_keys_nothing_is_good),
        cmocka_unit_test(time_alone_ends_a_token),
        cmocka_unit_test(every_rule_has_a_name_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
