/* jwks: from the issuer's key set to PEM texts with a pinned algorithm.
 *
 * The algorithm belongs to the key, not to the token: each key is made usable for exactly one, the one it
 * names in `alg`, else RS256 for RSA and the curve's own for EC. A token that says another is refused before
 * libjwt sees it, which ends algorithm confusion (HS256 with the public PEM as its secret, RS512 with an
 * RS256 key).
 *
 * A key is usable when: `use` is "sig" or absent (Keycloak's set also holds an encryption key), `key_ops` is
 * absent or holds "verify", RSA has RSA_MIN_BITS or more and an odd exponent over 1, EC names P-256, P-384 or
 * P-521 with a point that OpenSSL finds on the curve. Others stay in the set without an algorithm. Symmetric
 * keys (`oct`) are never used.
 *
 * PS256 and its kin are OpenSSL's alone: libjwt's OpenSSL build verifies them in no version from 1.10 to 1.17
 * ("do not work right now", says its source), and is not asked.
 *
 * PEM is written once, here, at fetch: libjwt wants text and parses it for every token, which is most of what
 * it costs (see signature.c and remembered.c for what is done about it).
 *
 * When you add an algorithm: a line in the table, and a token in tests/unit/test_token.c. */
#include "auth/jwks.h"
#include "auth/base64url.h"
#include "base/check.h"
#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct algorithm algorithms[] = {
    {"RS256", "RSA", NULL, NULL, 0, false},
    {"RS384", "RSA", NULL, NULL, 0, false},
    {"RS512", "RSA", NULL, NULL, 0, false},
    {"PS256", "RSA", NULL, NULL, 0, true},
    {"PS384", "RSA", NULL, NULL, 0, true},
    {"PS512", "RSA", NULL, NULL, 0, true},
    {"ES256", "EC", "P-256", "prime256v1", 32, false},
    {"ES384", "EC", "P-384", "secp384r1", 48, false},
    {"ES512", "EC", "P-521", "secp521r1", 66, false},
};

static void read_key(const json_t *json, struct jwks *jwks);
static const struct algorithm *algorithm_of(const json_t *json);
static bool may_verify(const json_t *json);
static void parse_key(const json_t *json, const struct algorithm *algorithm, struct jwk *key);
static const EVP_MD *digest_of(const struct algorithm *algorithm);
static void release_key(struct jwk *key);
static EVP_PKEY *rsa_key(const json_t *json);
static EVP_PKEY *ec_key(const json_t *json, const struct algorithm *algorithm);
static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *builder);
static bool member_bytes(const json_t *json, const char *name, uint8_t *bytes, size_t capacity,
                         size_t *ret_size);
static struct slice member_text(const json_t *json, const char *name);

const struct algorithm *algorithm_named(struct slice name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (slice_equal_text(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

enum err jwks_parse(struct slice text, struct jwks *ret_jwks, char ret_failure[200])
{
    json_error_t error;
    struct jwks jwks = {0};
    enum err err = ERR_MALFORMED;
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    const json_t *keys = json_object_get(json, "keys");
    if (!json_is_array(keys)) {
        snprintf(ret_failure, 200, "the key set is not a JSON object with an array `keys`");
        goto out;
    }
    if (json_array_size(keys) > JWKS_KEYS_MAX) {
        snprintf(ret_failure, 200, "the key set holds %zu keys, more than %d", json_array_size(keys),
                 JWKS_KEYS_MAX);
        err = ERR_TOO_LARGE;
        goto out;
    }
    jwks.keys = calloc(json_array_size(keys) + 1, sizeof *jwks.keys);
    if (jwks.keys == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        err = ERR_NOMEM;
        goto out;
    }
    for (size_t i = 0; i < json_array_size(keys); i++)
        read_key(json_array_get(keys, i), &jwks);
    if (jwks.usable == 0) {
        snprintf(ret_failure, 200, "none of the key set's %zu keys can verify a token",
                 json_array_size(keys));
        goto out;
    }
    *ret_jwks = jwks;
    jwks = (struct jwks){0};
    err = ERR_OK;
out:
    jwks_release(&jwks);
    json_decref(json);
    ERR_clear_error();
    return err;
}

void jwks_release(struct jwks *jwks)
{
    for (uint32_t i = 0; i < jwks->count; i++)
        release_key(&jwks->keys[i]);
    free(jwks->keys);
    *jwks = (struct jwks){0};
}

const struct jwk *jwks_find(const struct jwks *jwks, struct slice kid)
{
    for (uint32_t i = 0; i < jwks->count; i++)
        if (slice_equal_text(kid, jwks->keys[i].kid))
            return &jwks->keys[i];
    return NULL;
}

bool jwks_equal(const struct jwks *a, const struct jwks *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct jwk *one = &a->keys[i], *other = jwks_find(b, slice_text(one->kid));
        if (other == NULL || other->algorithm != one->algorithm)
            return false;
        if (one->pem != NULL &&
            (one->pem_size != other->pem_size || memcmp(one->pem, other->pem, one->pem_size) != 0))
            return false;
    }
    return true;
}

/* Adds one key, usable or not. A kid that comes twice: the first usable one is it. */
static void read_key(const json_t *json, struct jwks *jwks)
{
    struct slice kid = member_text(json, "kid");
    if (kid.size == 0 || kid.size > TOKEN_KID_MAX_BYTES)
        return;
    struct jwk key = {0};
    memcpy(key.kid, kid.data, kid.size);
    const struct algorithm *algorithm = may_verify(json) ? algorithm_of(json) : NULL;
    if (algorithm != NULL)
        parse_key(json, algorithm, &key);
    if (key.pem != NULL) {
        key.algorithm = algorithm;
        key.jwt_algorithm = jwt_str_alg(algorithm->name);
    }
    struct jwk *same = (struct jwk *)jwks_find(jwks, kid);
    if (same != NULL && (same->algorithm != NULL || key.algorithm == NULL)) {
        release_key(&key);
        return;
    }
    if (same == NULL)
        same = &jwks->keys[jwks->count++];
    *same = key;
    if (key.algorithm != NULL)
        jwks->usable++;
}

static bool may_verify(const json_t *json)
{
    const json_t *use = json_object_get(json, "use"), *operations = json_object_get(json, "key_ops");
    if (use != NULL && !slice_equal_text(member_text(json, "use"), "sig"))
        return false;
    if (operations == NULL)
        return true;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *operation = json_string_value(json_array_get(operations, i));
        if (operation != NULL && strcmp(operation, "verify") == 0)
            return true;
    }
    return false;
}

static const struct algorithm *algorithm_of(const json_t *json)
{
    struct slice kty = member_text(json, "kty"), curve = member_text(json, "crv");
    const struct algorithm *algorithm = NULL;
    if (json_object_get(json, "alg") != NULL) {
        algorithm = algorithm_named(member_text(json, "alg"));
    } else if (slice_equal_text(kty, "RSA")) {
        algorithm = algorithm_named(slice_text("RS256"));
    } else {
        for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
            if (algorithms[i].curve != NULL && slice_equal_text(curve, algorithms[i].curve))
                algorithm = &algorithms[i];
    }
    if (algorithm == NULL || !slice_equal_text(kty, algorithm->kty))
        return NULL;
    if (algorithm->curve != NULL && !slice_equal_text(curve, algorithm->curve))
        return NULL;
    return algorithm;
}

/* Leaves `key` without PEM when this cannot be one. */
static void parse_key(const json_t *json, const struct algorithm *algorithm, struct jwk *key)
{
    EVP_PKEY *parsed = algorithm->curve == NULL ? rsa_key(json) : ec_key(json, algorithm);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (parsed != NULL && bio != NULL && PEM_write_bio_PUBKEY(bio, parsed) == 1 &&
        BIO_write(bio, "", 1) == 1) {
        long size = BIO_get_mem_data(bio, &text);
        key->pem = size > 1 ? strdup(text) : NULL;
        key->pem_size = (int)size - 1; /* without the NUL */
    }
    BIO_free(bio);
    key->parsed = parsed;
    key->digest = digest_of(algorithm);
    if (key->pem == NULL)
        release_key(key);
}

static const EVP_MD *digest_of(const struct algorithm *algorithm)
{
    const char *bits = algorithm->name + 2;
    return strcmp(bits, "256") == 0 ? EVP_sha256() : strcmp(bits, "384") == 0 ? EVP_sha384() : EVP_sha512();
}

static void release_key(struct jwk *key)
{
    free(key->pem);
    EVP_PKEY_free(key->parsed);
    key->pem = NULL;
    key->parsed = NULL;
}

/* OpenSSL's own check of a public RSA key looks for small factors and primality: many milliseconds on the
 * loop, for a key that comes from the issuer itself. Size and parity are what is checked. */
static EVP_PKEY *rsa_key(const json_t *json)
{
    uint8_t n[RSA_MAX_BITS / 8 + 1], e[8];
    size_t n_size, e_size;
    if (!member_bytes(json, "n", n, sizeof n, &n_size) || !member_bytes(json, "e", e, sizeof e, &e_size))
        return NULL;
    EVP_PKEY *key = NULL;
    BIGNUM *modulus = BN_bin2bn(n, (int)n_size, NULL), *exponent = BN_bin2bn(e, (int)e_size, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (modulus != NULL && exponent != NULL && builder != NULL && BN_num_bits(modulus) >= RSA_MIN_BITS &&
        BN_num_bits(modulus) <= RSA_MAX_BITS && BN_is_odd(modulus) && BN_is_odd(exponent) &&
        !BN_is_one(exponent) && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = key_from("RSA", builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* The quick check is that the point is on the curve, and no more is needed where the cofactor is 1, as it is
 * for all three; the whole one multiplies, a millisecond a key. */
static EVP_PKEY *ec_key(const json_t *json, const struct algorithm *algorithm)
{
    uint8_t point[1 + 2 * 66] = {4}; /* uncompressed */
    size_t bytes = algorithm->coordinate_bytes, x_size, y_size;
    check(bytes <= 66);
    if (!member_bytes(json, "x", point + 1, bytes, &x_size) || x_size != bytes ||
        !member_bytes(json, "y", point + 1 + bytes, bytes, &y_size) || y_size != bytes)
        return NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, algorithm->group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * bytes) == 1)
        key = key_from("EC", builder);
    EVP_PKEY_CTX *checking = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    if (checking == NULL || EVP_PKEY_public_check_quick(checking) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(checking);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static bool member_bytes(const json_t *json, const char *name, uint8_t *bytes, size_t capacity,
                         size_t *ret_size)
{
    struct slice text = member_text(json, name);
    return text.size > 0 && base64url_decode(text, bytes, capacity, ret_size) && *ret_size > 0;
}

/* Empty when there is no such string. */
static struct slice member_text(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    if (!json_is_string(value))
        return slice_text("");
    return slice_of(json_string_value(value), json_string_length(value));
}
