/* helper_issuer: see its header. Signing is done with OpenSSL directly, so that a test can make tokens that
 * no library would. */
#include "helper_issuer.h"
#include "base/check.h"
#include "base/list.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

EVP_PKEY *issuer_rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    check(key != NULL);
    return key;
}

EVP_PKEY *issuer_ec(const char *curve)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
    check(key != NULL);
    return key;
}

char *issuer_base64url(const void *bytes, size_t size)
{
    char *text = malloc(size * 4 / 3 + 8);
    check(text != NULL);
    int written = EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    for (int i = 0; i < written; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    while (written > 0 && text[written - 1] == '=')
        written--;
    text[written] = '\0';
    return text;
}

char *issuer_public_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    check(PEM_write_bio_PUBKEY(bio, key) == 1);
    long size = BIO_get_mem_data(bio, &text);
    char *pem = strndup(text, (size_t)size);
    BIO_free(bio);
    return pem;
}

static char *number_text(EVP_PKEY *key, const char *name, int bytes)
{
    BIGNUM *number = NULL;
    unsigned char binary[2048];
    check(EVP_PKEY_get_bn_param(key, name, &number) == 1);
    if (bytes == 0)
        bytes = BN_num_bytes(number);
    check(BN_bn2binpad(number, binary, bytes) == bytes);
    BN_free(number);
    return issuer_base64url(binary, (size_t)bytes);
}

char *issuer_jwk(EVP_PKEY *key, const char *kid, const char *alg, const char *use, const char *more)
{
    bool rsa = EVP_PKEY_is_a(key, "RSA");
    char *jwk = NULL, *one, *two, alg_member[64] = "", use_member[64] = "";
    if (alg != NULL)
        snprintf(alg_member, sizeof alg_member, ",\"alg\":\"%s\"", alg);
    if (use != NULL)
        snprintf(use_member, sizeof use_member, ",\"use\":\"%s\"", use);
    if (rsa) {
        one = number_text(key, OSSL_PKEY_PARAM_RSA_N, 0);
        two = number_text(key, OSSL_PKEY_PARAM_RSA_E, 0);
        check(asprintf(&jwk, "{\"kty\":\"RSA\",\"kid\":\"%s\"%s%s,\"n\":\"%s\",\"e\":\"%s\"%s}", kid,
                       alg_member, use_member, one, two, more) > 0);
    } else {
        int bits = EVP_PKEY_get_bits(key), bytes = (bits + 7) / 8;
        const char *curve = bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521";
        one = number_text(key, OSSL_PKEY_PARAM_EC_PUB_X, bytes);
        two = number_text(key, OSSL_PKEY_PARAM_EC_PUB_Y, bytes);
        check(asprintf(&jwk, "{\"kty\":\"EC\",\"crv\":\"%s\",\"kid\":\"%s\"%s%s,\"x\":\"%s\",\"y\":\"%s\"%s}",
                       curve, kid, alg_member, use_member, one, two, more) > 0);
    }
    free(one);
    free(two);
    return jwk;
}

static const EVP_MD *digest_of(const char *alg)
{
    return strcmp(alg + 2, "256") == 0   ? EVP_sha256()
           : strcmp(alg + 2, "384") == 0 ? EVP_sha384()
                                         : EVP_sha512();
}

/* JWS wants r and s side by side, OpenSSL makes DER. */
static char *ecdsa_text(const unsigned char *der, size_t size, int bits)
{
    unsigned char raw[132];
    int bytes = (bits + 7) / 8;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    check(signature != NULL);
    check(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, bytes) == bytes);
    check(BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + bytes, bytes) == bytes);
    ECDSA_SIG_free(signature);
    return issuer_base64url(raw, (size_t)bytes * 2);
}

static char *signature_text(const char *input, const char *alg, EVP_PKEY *key, struct slice secret)
{
    unsigned char signature[2048];
    size_t size = sizeof signature;
    if (strcmp(alg, "none") == 0)
        return strdup("");
    if (alg[0] == 'H') {
        unsigned int hmac_size = sizeof signature;
        HMAC(digest_of(alg), secret.data, (int)secret.size, (const unsigned char *)input, strlen(input),
             signature, &hmac_size);
        return issuer_base64url(signature, hmac_size);
    }
    EVP_PKEY_CTX *parameters = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    check(EVP_DigestSignInit(context, &parameters, digest_of(alg), NULL, key) == 1);
    if (alg[0] == 'P')
        check(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
    check(EVP_DigestSign(context, signature, &size, (const unsigned char *)input, strlen(input)) == 1);
    EVP_MD_CTX_free(context);
    if (alg[0] == 'E')
        return ecdsa_text(signature, size, EVP_PKEY_get_bits(key));
    return issuer_base64url(signature, size);
}

char *issuer_sign_parts(const char *header64, const char *payload64, const char *alg, EVP_PKEY *key,
                        struct slice secret)
{
    char *input = NULL, *token = NULL;
    check(asprintf(&input, "%s.%s", header64, payload64) > 0);
    char *signature = signature_text(input, alg, key, secret);
    check(asprintf(&token, "%s.%s", input, signature) > 0);
    free(input);
    free(signature);
    return token;
}

char *issuer_sign(const char *header, const char *payload, const char *alg, EVP_PKEY *key,
                  struct slice secret)
{
    char *header64 = issuer_base64url(header, strlen(header)),
         *payload64 = issuer_base64url(payload, strlen(payload));
    char *token = issuer_sign_parts(header64, payload64, alg, key, secret);
    free(header64);
    free(payload64);
    return token;
}

/* ---- the server */

struct issuer_server {
    struct loop *loop;
    issuer_answer answer;
    void *ctx;
    int port,
        reserved; /* reserved: bound, never listening: the port stays ours while the server is stopped */
    ev_io accepting;
    struct list_node connections;
};

struct connection {
    struct list_node node;
    struct issuer_server *server;
    ev_io watcher;
    size_t size;
    char request[ISSUER_TEXT_MAX];
};

static void connection_free(struct connection *connection)
{
    ev_io_stop(loop_ev(connection->server->loop), &connection->watcher);
    close(connection->watcher.fd);
    list_remove(&connection->node);
    free(connection);
}

/* All of a request is there: the header's end, and as much body as it names. */
static bool request_is_whole(const char *request, size_t size)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\nContent-Length:");
    if (end == NULL)
        return false;
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return size >= (size_t)(end + 4 - request) + body;
}

static void connection_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev, (void)events;
    struct connection *connection = watcher->data;
    size_t room = sizeof connection->request - 1 - connection->size;
    ssize_t got = recv(watcher->fd, connection->request + connection->size, room, 0);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            connection_free(connection);
        return;
    }
    connection->size += (size_t)got;
    connection->request[connection->size] = '\0';
    if (!request_is_whole(connection->request, connection->size))
        return;
    char *answer = connection->server->answer(connection->server->ctx, connection->request);
    connection->size = 0;
    if (answer == NULL)
        return;
    bool hang_up = answer[0] == '\0';
    for (size_t sent = 0, size = strlen(answer); sent < size;) {
        ssize_t written = send(watcher->fd, answer + sent, size - sent, MSG_NOSIGNAL);
        if (written <= 0 && errno != EAGAIN) {
            hang_up = true;
            break;
        }
        if (written <= 0)
            break; /* a reader that has enough: the test wants it cut */
        sent += (size_t)written;
    }
    free(answer);
    if (hang_up)
        connection_free(connection);
}

static void accept_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)events;
    struct issuer_server *server = watcher->data;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    int size = 1024 * 1024;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct connection *connection = calloc(1, sizeof *connection);
    check(connection != NULL);
    connection->server = server;
    list_append(&server->connections, &connection->node);
    ev_io_init(&connection->watcher, connection_ready, fd, EV_READ);
    connection->watcher.data = connection;
    ev_io_start(ev, &connection->watcher);
}

static int bound_socket(struct issuer_server *server);

struct issuer_server *issuer_server_new(struct loop *loop, issuer_answer answer, void *ctx)
{
    struct issuer_server *server = calloc(1, sizeof *server);
    check(server != NULL);
    *server = (struct issuer_server){.loop = loop, .answer = answer, .ctx = ctx};
    list_init(&server->connections);
    server->reserved = bound_socket(server);
    issuer_server_start(server);
    return server;
}

/* On the server's port, which is any free one at first. */
static int bound_socket(struct issuer_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    check(bind(fd, (struct sockaddr *)&address, size) == 0);
    check(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    server->port = ntohs(address.sin_port);
    return fd;
}

void issuer_server_start(struct issuer_server *server)
{
    int fd = bound_socket(server);
    check(listen(fd, 128) == 0);
    ev_io_init(&server->accepting, accept_ready, fd, EV_READ);
    server->accepting.data = server;
    ev_io_start(loop_ev(server->loop), &server->accepting);
}

void issuer_server_stop(struct issuer_server *server)
{
    if (!ev_is_active(&server->accepting))
        return;
    ev_io_stop(loop_ev(server->loop), &server->accepting);
    close(server->accepting.fd);
    list_each(node, &server->connections) connection_free(list_entry(node, struct connection, node));
}

void issuer_server_free(struct issuer_server *server)
{
    issuer_server_stop(server);
    close(server->reserved);
    list_each(node, &server->connections) connection_free(list_entry(node, struct connection, node));
    free(server);
}

int issuer_server_port(const struct issuer_server *server)
{
    return server->port;
}

char *issuer_http(int status, const char *headers, const char *body)
{
    char *answer = NULL;
    check(asprintf(&answer, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), headers,
                   body) > 0);
    return answer;
}

struct running {
    struct loop *loop;
    struct loop_timer limit, tick;
    bool too_late;
};

static void give_up(void *ctx)
{
    struct running *running = ctx;
    running->too_late = true;
    loop_stop(running->loop);
}

/* Timers are all that a condition may depend on without any other event: look every 2 ms. */
static void look_again(void *ctx)
{
    struct running *running = ctx;
    loop_timer_start(&running->tick, 2);
    loop_stop(running->loop);
}

bool issuer_run_until(struct loop *loop, bool (*holds)(void), uint64_t most_ms)
{
    struct running running = {.loop = loop};
    loop_timer_init(&running.limit, loop, give_up, &running);
    loop_timer_init(&running.tick, loop, look_again, &running);
    loop_timer_start(&running.limit, most_ms);
    loop_timer_start(&running.tick, 1);
    while (!holds() && !running.too_late)
        loop_run(loop);
    loop_timer_stop(&running.limit);
    loop_timer_stop(&running.tick);
    return holds();
}
