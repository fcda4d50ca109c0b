/* socket: the listeners, the pool and libwebsockets, put together and taken apart.
 *
 *   listener.c  takes a connection      -> front.c, http_head.c, upgrade.c  judge and answer
 *   guest.c     hands it to libwebsockets -> session.c is born (TLS: through relay.c)
 *   receive.c   whole messages go up    -> session.c queues what comes down -> send.c writes it
 *   janitor.c   deadlines
 *
 * Opening either succeeds whole or leaves nothing. Draining closes the public listeners, so that whoever
 * balances load sees it, and refuses upgrades that are under way; the internal port stays. Closing hangs up
 * on everybody: those above are told on_close for each session they knew. */
#include "socket/socket.h"
#include "base/check.h"
#include "base/log.h"
#include "socket/internal.h"
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum err fail(char ret_failure[200], enum err err, const char *text)
{
    snprintf(ret_failure, 200, "%s", text);
    return err;
}

/* ---- opening ---- */

static enum err make_pool(struct socket_server *server)
{
    uint32_t slabs = (server->config.sessions_max + SESSION_SLAB - 1) / SESSION_SLAB;
    while ((1ull << server->id_bits) < (uint64_t)slabs * SESSION_SLAB)
        server->id_bits++;
    server->slabs = calloc(slabs, sizeof *server->slabs);
    return server->slabs == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err open_listeners(struct socket_server *server, char ret_failure[200])
{
    const struct socket_config *config = &server->config;
    const char *where[LISTENER_COUNT] = {config->listen, config->tls_listen, config->internal_listen};
    for (int kind = 0; kind < LISTENER_COUNT; kind++) {
        enum err err = listener_open(&server->listeners[kind], server, (enum listener_kind)kind, where[kind],
                                     ret_failure);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err open_parts(struct socket_server *server, char ret_failure[200])
{
    const struct socket_config *config = &server->config;
    if (config->sessions_max == 0 || config->sessions_max > 1u << 24)
        return fail(ret_failure, ERR_CONFIG, "sessions-max must be 1 to 16777216");
    if (networks_parse(config->trusted_proxy, &server->rules.trusted) != ERR_OK)
        return fail(ret_failure, ERR_CONFIG,
                    "trusted-proxy is not a list of at most 16 networks like 10.0.0.0/8");
    if (networks_parse(config->unlimited, &server->unlimited) != ERR_OK)
        return fail(ret_failure, ERR_CONFIG,
                    "unlimited is not a list of at most 16 networks like 10.0.0.0/8");
    if (make_pool(server) != ERR_OK)
        return fail(ret_failure, ERR_NOMEM, "out of memory");
    if (is_given(config->tls_listen)) {
        server->tls = channel_tls_load(config->tls_cert_file, config->tls_key_file);
        if (server->tls == NULL)
            return fail(ret_failure, ERR_CONFIG, "the TLS certificate or key file cannot be used");
    }
    if (guest_open(server) != ERR_OK)
        return fail(ret_failure, ERR_REFUSED,
                    "libwebsockets does not start: is its libev plugin (libwebsockets-evlib-ev) installed?");
    return open_listeners(server, ret_failure);
}

struct socket_server *socket_open(struct loop *loop, const struct socket_config *config,
                                  const struct session_callbacks *callbacks, void *ctx, char ret_failure[200])
{
    struct socket_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return NULL;
    }
    server->magic = SERVER_MAGIC;
    server->loop = loop;
    server->config = *config;
    server->limits = (struct socket_limits)SOCKET_LIMITS_DEFAULT;
    server->callbacks = *callbacks;
    server->callbacks_ctx = ctx;
    server->rules.origins = config->origins;
    server->rules.test_echo = config->test_echo;
    for (int kind = 0; kind < LISTENER_COUNT; kind++)
        server->listeners[kind].fd = -1;
    server->reserve_fd = -1;
    fronts_init(server);
    list_init(&server->free);
    list_init(&server->flush);
    list_init(&server->flush_feed);
    list_init(&server->gone);
    list_init(&server->relays);
    census_init(server);
    buf_init(&server->closing, PACK_MAX_BYTES);
    listeners_look_at_limit(server);
    if (open_parts(server, ret_failure) != ERR_OK) {
        socket_close(server);
        return NULL;
    }
    listeners_take_reserve(server);
    janitor_start(server);
    return server;
}

/* ---- while it runs ---- */

void socket_on_internal_http(struct socket_server *server, http_handler handler, void *ctx)
{
    server->internal_http = handler;
    server->internal_http_ctx = ctx;
}

void socket_on_public_http(struct socket_server *server, http_handler handler, void *ctx)
{
    server->public_http = handler;
    server->public_http_ctx = ctx;
}

enum err socket_reload_tls(struct socket_server *server)
{
    if (server->tls == NULL)
        return ERR_OK;
    SSL_CTX *fresh = channel_tls_load(server->config.tls_cert_file, server->config.tls_key_file);
    if (fresh == NULL)
        return ERR_IO;
    SSL_CTX_free(server->tls); /* connections that use it keep it */
    server->tls = fresh;
    return ERR_OK;
}

void socket_refused(struct socket_server *server, const char *reason, const char *peer)
{
    server->counters.refused++;
    if (server->refusal_lines++ < REFUSAL_LINES_MAX)
        log_info("refused", "reason=%s peer=%s", reason, peer);
    else
        server->refusal_lines_dropped++;
}

int socket_port(const struct socket_server *server)
{
    return server->listeners[LISTENER_PLAIN].port;
}

int socket_tls_port(const struct socket_server *server)
{
    return server->listeners[LISTENER_TLS].port;
}

int socket_internal_port(const struct socket_server *server)
{
    return server->listeners[LISTENER_INTERNAL].port;
}

const struct socket_counters *socket_counters(const struct socket_server *server)
{
    return &server->counters;
}

/* ---- closing ---- */

void socket_stop_accepting(struct socket_server *server)
{
    server->draining = true;
    listener_close(&server->listeners[LISTENER_PLAIN]);
    listener_close(&server->listeners[LISTENER_TLS]);
}

void socket_close(struct socket_server *server)
{
    if (server == NULL)
        return;
    check_magic(server, SERVER_MAGIC);
    loop_timer_stop(&server->janitor);
    loop_timer_stop(&server->admit);
    for (int kind = 0; kind < LISTENER_COUNT; kind++)
        listener_close(&server->listeners[kind]);
    listeners_give_reserve(server);
    fronts_release(server);
    guest_close(server);
    relays_release(server);
    session_pool_release(server);
    census_release(server);
    SSL_CTX_free(server->tls);
    buf_release(&server->closing);
    server->magic = 0;
    free(server);
}
