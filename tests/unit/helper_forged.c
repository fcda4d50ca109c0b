/* helper_forged: what of a token can be forged or misused, and by which rule it is refused.
 *
 * Most lines change one member of a good token and sign it properly with the issuer's own key: what is then
 * refused is refused for its content alone. Where `build` is set, the bytes are made by hand, by the
 * functions above the table. */
#include "helper_forged.h"
#include <jansson.h>
#include "auth/base64url.h"

static const char header_rs256[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}";

static char *appended(const char *more)
{
    char *token = make_good_token(), *longer = NULL;
    check(asprintf(&longer, "%s%s", token, more) > 0);
    free(token);
    return longer;
}

/* The n-th part of a good token replaced. */
static char *part_replaced(int n, const char *text)
{
    char *token = make_good_token(), *rest = token, *parts[3], *made = NULL;
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
    char *token = make_good_token(), *at = token, *made = NULL;
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
    char *token = make_good_token();
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
    char *token = make_good_token(), *made = NULL;
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
    return make_with_header("{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "none", RS256);
}
static char *none_with_signature(void)
{
    return make_with_header("{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256", RS256);
}
static char *hs_with_public_pem(const char *header, const char *alg)
{
    char *pem = issuer_public_pem(make_key(RS256)), *payload = make_payload();
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
    return make_with_header("{\"alg\":\"RS512\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS512", RS256);
}
static char *rs256_header_rs512_signature(void)
{
    return make_with_header(header_rs256, "RS512", RS256);
}
static char *lower_case_alg(void)
{
    return make_with_header("{\"alg\":\"rs256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256", RS256);
}
static char *ec_key_with_rsa_alg(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256);
}
static char *es256_wrong_curve(void)
{
    return make_with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es384\"}", "ES384", ES384);
}
static char *es256_zero_signature(void)
{
    uint8_t zeros[64] = {0};
    char *token = make_with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256),
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
    char *token = make_with_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"es256\"}", "ES256", ES256),
         *made = NULL;
    check(asprintf(&made, "%sAAAA", token) > 0);
    free(token);
    return made;
}
static char *payload_changed(void)
{
    char *payload = make_payload(), *good = make_good_token(), *signature = strrchr(good, '.') + 1,
         *made = NULL;
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
    char *token = make_good_token(), *last = token + strlen(token) - 1;
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
    token = make_with_payload(payload);
    free(payload);
    free(padded);
    return token;
}
static char *header_array(void)
{
    return make_with_header("[\"RS256\"]", "RS256", RS256);
}
static char *header_not_json(void)
{
    return make_with_header("{alg:RS256}", "RS256", RS256);
}
static char *header_twice_alg(void)
{
    return make_with_header("{\"alg\":\"none\",\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256",
                            RS256);
}
static char *header_twice_escaped(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"\\u0061lg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}",
                            "RS256", RS256);
}
static char *header_trailing(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}{}", "RS256", RS256);
}
static char *payload_array(void)
{
    return make_with_payload("[{\"exp\":1800000300}]");
}
static char *payload_text_only(void)
{
    return make_with_payload("\"exp\"");
}
static char *payload_nested_deep(void)
{
    char *payload = malloc(12000), *token;
    memset(payload, '[', 5000);
    memset(payload + 5000, ']', 5000);
    payload[10000] = '\0';
    token = make_with_payload(payload);
    free(payload);
    return token;
}
static char *payload_bad_utf8(void)
{
    return make_with_payload("{\"sub\":\"\xff\xfe\"}");
}
static char *stranger_with_our_kid(void)
{
    return make_with_header(header_rs256, "RS256", STRANGER);
}
static char *embedded_jwk(void)
{
    char *jwk = issuer_jwk(make_key(STRANGER), "rs256", "RS256", "sig", ""), *header = NULL;
    check(asprintf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\",\"jwk\":%s}", jwk) > 0);
    char *token = make_with_header(header, "RS256", STRANGER);
    free(jwk);
    free(header);
    return token;
}
static char *embedded_jwk_no_kid(void)
{
    char *jwk = issuer_jwk(make_key(STRANGER), "own", "RS256", "sig", ""), *header = NULL;
    check(asprintf(&header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"jwk\":%s}", jwk) > 0);
    char *token = make_with_header(header, "RS256", STRANGER);
    free(jwk);
    free(header);
    return token;
}
static char *jku_header(void)
{
    return make_with_header(
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs256\",\"jku\":\"http://127.0.0.1:1/keys\"}", "RS256",
        STRANGER);
}
static char *signed_by_enc_key(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"enc\"}", "RS256", ENC);
}
static char *signed_by_weak_key(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"weak\"}", "RS256", WEAK);
}
static char *ps256_with_rs256_key(void)
{
    return make_with_header("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "PS256", RS256);
}

static char *rs256_with_ps256_key(void)
{
    return make_with_header("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"ps256\"}", "RS256", PS256);
}

static char *ps256_header_rs256_signature(void)
{
    return make_with_header("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"kid\":\"ps256\"}", "RS256", PS256);
}

const struct forged forged_tokens[] = {
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
    {"PS256 with an RS256 key", TOKEN_KEY_MISMATCH, .build = ps256_with_rs256_key},
    {"RS256 with a PS256 key", TOKEN_KEY_MISMATCH, .build = rs256_with_ps256_key},
    {"RS256 with an EC key", TOKEN_KEY_MISMATCH, .build = ec_key_with_rsa_alg},
    {"ES256 with a P-384 key", TOKEN_KEY_MISMATCH, .build = es256_wrong_curve},
    /* signature */
    {"another's signature under our kid", TOKEN_SIGNATURE, .build = stranger_with_our_kid},
    {"embedded jwk with our kid", TOKEN_SIGNATURE, .build = embedded_jwk},
    {"jku of the attacker's", TOKEN_SIGNATURE, .build = jku_header},
    {"RS256 header, HS256 signature with the PEM", TOKEN_SIGNATURE, .build = hs256_signature_rs256_header},
    {"RS256 header, RS512 signature", TOKEN_SIGNATURE, .build = rs256_header_rs512_signature},
    {"PS256 header, RS256 signature", TOKEN_SIGNATURE, .build = ps256_header_rs256_signature},
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
const size_t forged_token_count = sizeof forged_tokens / sizeof *forged_tokens;
