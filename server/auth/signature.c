/* signature: the signature's rule.
 *
 * libjwt takes a key as PEM text and parses it for every token: 300 us, of which the signature is 20. Ten
 * thousand players who come back after a restart are three seconds of that, and so are ten thousand forged
 * tokens. So the key is kept parsed (jwks.c) and OpenSSL is asked with it: algorithm and key are pinned by
 * then, the rest of the token is judged apart. What it finds bad is bad. Only where it cannot look at all is
 * libjwt asked (token.c). That both say the same is held by tests/unit/test_token_forged.c.
 *
 * PS256 and its kin differ by their padding; their salt must be as long as the digest (RFC 7518, 3.5).
 *
 * A JSON Web Signature of an EC key is r and s side by side, each as long as the curve's coordinates; OpenSSL
 * wants them in DER. */
#include "auth/signature.h"
#include "auth/base64url.h"
#include "base/check.h"
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#define SIGNATURE_MAX_BYTES (RSA_MAX_BITS / 8)
#define DER_EXTRA_BYTES 16

/* r and s as DER, in place; false when they are not what the curve has. */
static bool to_der(const struct algorithm *algorithm, uint8_t *signature, size_t *size)
{
    size_t half = algorithm->coordinate_bytes;
    if (*size != 2 * half)
        return false;
    BIGNUM *r = BN_bin2bn(signature, (int)half, NULL), *s = BN_bin2bn(signature + half, (int)half, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    bool made = r != NULL && s != NULL && pair != NULL && ECDSA_SIG_set0(pair, r, s) == 1;
    if (!made) {
        BN_free(r);
        BN_free(s);
    }
    int bytes = made ? i2d_ECDSA_SIG(pair, NULL) : 0;
    bool fits = bytes > 0 && (size_t)bytes <= 2 * half + DER_EXTRA_BYTES;
    if (fits)
        *size = (size_t)i2d_ECDSA_SIG(pair, &signature);
    ECDSA_SIG_free(pair);
    return fits;
}

static bool use_pss(EVP_PKEY_CTX *padding)
{
    return EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* 1: good, 0: not, also what is no signature at all. -1: OpenSSL did not come to look. */
static int verify(const struct jwk *key, struct slice token, size_t signed_size, const uint8_t *signature,
                  size_t size)
{
    EVP_PKEY_CTX *padding = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int verdict = -1;
    bool begun = context != NULL &&
                 EVP_DigestVerifyInit(context, &padding, key->digest, NULL, key->parsed) == 1 &&
                 (!key->algorithm->pss || use_pss(padding));
    if (begun)
        verdict = EVP_DigestVerify(context, signature, size, token.data, signed_size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return verdict;
}

enum signature signature_judge(const struct jwk *key, struct slice token)
{
    uint8_t signature[SIGNATURE_MAX_BYTES + DER_EXTRA_BYTES];
    size_t size;
    const uint8_t *dot = memrchr(token.data, '.', token.size);
    check(dot != NULL && key->algorithm != NULL && key->parsed != NULL);
    struct slice last = slice_of(dot + 1, (size_t)(token.data + token.size - dot - 1));
    if (!base64url_decode(last, signature, SIGNATURE_MAX_BYTES, &size) ||
        (key->algorithm->curve != NULL && !to_der(key->algorithm, signature, &size)))
        return SIGNATURE_BAD;
    int verdict = verify(key, token, (size_t)(dot - token.data), signature, size);
    return verdict < 0 ? SIGNATURE_UNKNOWN : verdict == 1 ? SIGNATURE_GOOD : SIGNATURE_BAD;
}
