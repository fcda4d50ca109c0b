/* helper_issuer: an identity provider for tests - keys, key sets, tokens, and a small HTTP server on the loop
 * that answers what the test says. */
#ifndef HELPER_ISSUER_H
#define HELPER_ISSUER_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/slice.h"
#include "loop/loop.h"

enum { ISSUER_TEXT_MAX = 64 * 1024 };

/* A key pair: "RSA" with bits, or "EC" with OpenSSL's curve name. The caller frees with EVP_PKEY_free. */
EVP_PKEY *issuer_rsa(unsigned bits);
EVP_PKEY *issuer_ec(const char *curve);

/* Texts made here are malloc'd; the caller frees. */
char *issuer_base64url(const void *bytes, size_t size);
char *issuer_public_pem(EVP_PKEY *key);
/* One JWK; `more` is further members with a leading comma, or "". */
char *issuer_jwk(EVP_PKEY *key, const char *kid, const char *alg, const char *use, const char *more);

/* header.payload signed with `key` as `alg` says (RS*, ES*, PS*), or HS* with `secret`; "none" gives an empty
 * signature. */
char *issuer_sign(const char *header, const char *payload, const char *alg, EVP_PKEY *key,
                  struct slice secret);
/* The same with the two parts given as base64url already. */
char *issuer_sign_parts(const char *header64, const char *payload64, const char *alg, EVP_PKEY *key,
                        struct slice secret);

/* A server on 127.0.0.1. Each request is given to `answer`, which returns the whole HTTP answer (malloc'd,
 * freed by the server; NULL: it never answers; "": it hangs up). `request` is NUL-terminated. */
struct issuer_server;
typedef char *(*issuer_answer)(void *ctx, const char *request);
struct issuer_server *issuer_server_new(struct loop *loop, issuer_answer answer, void *ctx);
void issuer_server_free(struct issuer_server *server);
int issuer_server_port(const struct issuer_server *server);
/* Stops listening (connections are refused) and starts again on the same port. */
void issuer_server_stop(struct issuer_server *server);
void issuer_server_start(struct issuer_server *server);

/* An answer with that status, extra header lines ("Name: value\r\n...", or "") and body. */
char *issuer_http(int status, const char *headers, const char *body);

/* Runs the loop until `holds` or for `most_ms`; says whether it held. */
bool issuer_run_until(struct loop *loop, bool (*holds)(void), uint64_t most_ms);

#endif
