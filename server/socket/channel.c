/* channel: one descriptor, with or without TLS around it, behind the same five calls, so that front.c and
 * relay.c are written once.
 *
 * TLS is OpenSSL directly: 1.2 and later, no renegotiation, no session cache (tickets only), buffers given
 * back while a connection is idle. ALPN answers http/1.1 and nothing else, so HTTP/2 cannot begin. OpenSSL
 * keeps its errors in a queue per thread; it is emptied before each call, as a leftover of another connection
 * would be read as this one's.
 *
 * Does not retry, does not buffer: callers keep what was not written. A write that wants a retry may be
 * repeated from other memory (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), with the same bytes first. */
#include "socket/channel.h"
#include "base/check.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum err channel_open(struct channel *channel, int fd, struct ssl_ctx_st *tls)
{
    *channel = (struct channel){.fd = fd};
    if (tls == NULL)
        return ERR_OK;
    ERR_clear_error();
    channel->tls = SSL_new(tls);
    if (channel->tls != NULL && SSL_set_fd(channel->tls, fd) == 1) {
        SSL_set_accept_state(channel->tls);
        return ERR_OK;
    }
    channel_close(channel);
    return ERR_NOMEM;
}

void channel_close(struct channel *channel)
{
    if (channel->tls != NULL) {
        ERR_clear_error();
        if (SSL_is_init_finished(channel->tls) && (SSL_get_shutdown(channel->tls) & SSL_SENT_SHUTDOWN) == 0)
            SSL_shutdown(channel->tls);
        SSL_free(channel->tls);
        channel->tls = NULL;
    }
    if (channel->fd >= 0)
        close(channel->fd);
    channel->fd = -1;
}

static ssize_t tls_result(struct channel *channel, int returned)
{
    switch (SSL_get_error(channel->tls, returned)) {
    case SSL_ERROR_WANT_READ:
        return CHANNEL_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return CHANNEL_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return CHANNEL_END;
    default: /* a broken record, or an end without goodbye */
        SSL_set_shutdown(channel->tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        return CHANNEL_BROKEN;
    }
}

ssize_t channel_handshake(struct channel *channel)
{
    if (channel->tls == NULL)
        return 1;
    ERR_clear_error();
    int returned = SSL_do_handshake(channel->tls);
    return returned == 1 ? 1 : tls_result(channel, returned);
}

ssize_t channel_read(struct channel *channel, void *data, size_t size)
{
    check(size > 0);
    if (channel->tls != NULL) {
        size_t got = 0;
        ERR_clear_error();
        int returned = SSL_read_ex(channel->tls, data, size, &got);
        return returned == 1 ? (ssize_t)got : tls_result(channel, returned);
    }
    ssize_t got = recv(channel->fd, data, size, 0);
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EINTR ? CHANNEL_WANT_READ : CHANNEL_BROKEN;
}

ssize_t channel_write(struct channel *channel, const void *data, size_t size)
{
    check(size > 0);
    if (channel->tls != NULL) {
        size_t put = 0;
        ERR_clear_error();
        int returned = SSL_write_ex(channel->tls, data, size, &put);
        return returned == 1 ? (ssize_t)put : tls_result(channel, returned);
    }
    ssize_t put = send(channel->fd, data, size, MSG_NOSIGNAL);
    if (put >= 0)
        return put;
    return errno == EAGAIN || errno == EINTR ? CHANNEL_WANT_WRITE : CHANNEL_BROKEN;
}

void channel_shut_write(struct channel *channel)
{
    if (channel->tls != NULL && SSL_is_init_finished(channel->tls)) {
        ERR_clear_error();
        SSL_shutdown(channel->tls);
    }
    shutdown(channel->fd, SHUT_WR);
}

int channel_release_fd(struct channel *channel)
{
    check(channel->tls == NULL && channel->fd >= 0);
    int fd = channel->fd;
    channel->fd = -1;
    return fd;
}

/* ---- the context ---- */

/* Only http/1.1: a client that insists on something else is refused. */
static int choose_alpn(SSL *tls, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                       unsigned in_size, void *ctx)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)tls, (void)ctx;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

struct ssl_ctx_st *channel_tls_load(const char *cert_file, const char *key_file)
{
    ERR_clear_error();
    SSL_CTX *tls = cert_file != NULL && key_file != NULL ? SSL_CTX_new(TLS_server_method()) : NULL;
    if (tls == NULL)
        return NULL;
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(tls, SSL_MODE_AUTO_RETRY); /* else one read goes on while a peer sends new keys */
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(tls, choose_alpn, NULL);
    if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1 &&
        SSL_CTX_use_certificate_chain_file(tls, cert_file) == 1 &&
        SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(tls) == 1)
        return tls;
    SSL_CTX_free(tls);
    ERR_clear_error();
    return NULL;
}
