/* relay: moves bytes between a TLS connection and the socketpair whose other end libwebsockets holds.
 *
 * Two halves: in (peer to server) and out (server to peer). A half reads only when everything it read before
 * is written, so a relay holds at most one chunk a direction, and nothing while it is idle; a side that does
 * not take stops the other side from being read, which is how back-pressure reaches send.c. TLS may have
 * decrypted more than was asked for, without the descriptor being readable: a half that stops early feeds
 * itself another event.
 *
 * Ends: the peer's end is passed on as an end (libwebsockets then closes); the server's end is passed on
 * after what it said before, then the peer has linger_ms to close. A relay whose session is gone has
 * close_within_ms to get rid of the rest. Whatever breaks ends both.
 *
 * What it does not do: look at the bytes. */
#include "base/check.h"
#include "socket/internal.h"
#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNKS_PER_EVENT 8

/* Bytes read on one side and not yet taken by the other; NULL: none. */
struct half {
    uint8_t *rest;
    size_t size, sent;
    bool ended; /* its source sends no more, or its sink takes no more */
};

struct relay {
    uint32_t magic;
    struct socket_server *server;
    struct list_node node; /* in server->relays */
    struct channel outer;
    int inner;
    uint64_t session_id;
    ev_io outer_io, inner_io;
    struct half in, out;
    bool read_writes;   /* TLS cannot read on before it has written: a peer asked for new keys */
    bool inner_gone;    /* libwebsockets let go: what still comes from the peer is ignored */
    uint64_t end_by_ms; /* 0: no deadline */
};

static void on_outer(struct ev_loop *ev, ev_io *io, int events);
static void on_inner(struct ev_loop *ev, ev_io *io, int events);

/* ---- opening and freeing ---- */

static void relay_free(struct relay *relay)
{
    struct ev_loop *ev = loop_ev(relay->server->loop);
    struct session *session = session_find(relay->server, relay->session_id);
    if (session != NULL)
        session->peer_fd = -1;
    ev_io_stop(ev, &relay->outer_io);
    ev_io_stop(ev, &relay->inner_io);
    channel_close(&relay->outer);
    close(relay->inner);
    list_remove(&relay->node);
    free(relay->in.rest);
    free(relay->out.rest);
    relay->magic = 0;
    free(relay);
}

void relay_open(struct socket_server *server, struct channel channel, int inner, uint64_t session_id)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        struct session *session = session_find(server, session_id);
        if (session != NULL)
            session->peer_fd = -1;
        channel_close(&channel);
        close(inner);
        return;
    }
    relay->magic = RELAY_MAGIC;
    relay->server = server;
    relay->outer = channel;
    relay->inner = inner;
    relay->session_id = session_id;
    list_append(&server->relays, &relay->node);
    ev_io_init(&relay->outer_io, on_outer, channel.fd, EV_READ);
    ev_io_init(&relay->inner_io, on_inner, inner, EV_READ);
    relay->outer_io.data = relay->inner_io.data = relay;
    ev_io_start(loop_ev(server->loop), &relay->outer_io);
    ev_io_start(loop_ev(server->loop), &relay->inner_io);
    ev_feed_event(loop_ev(server->loop), &relay->outer_io, EV_READ); /* what TLS has decrypted already */
}

/* ---- a half ---- */

static bool keep_rest(struct half *half, const uint8_t *data, size_t size)
{
    half->rest = malloc(size);
    if (half->rest == NULL)
        return false;
    memcpy(half->rest, data, size);
    half->size = size;
    half->sent = 0;
    return true;
}

/* Writes to libwebsockets' end: bytes taken, CHANNEL_WANT_WRITE or CHANNEL_BROKEN. */
static ssize_t write_inner(struct relay *relay, const uint8_t *data, size_t size)
{
    ssize_t put = send(relay->inner, data, size, MSG_NOSIGNAL);
    if (put > 0)
        return put;
    return put < 0 && (errno == EAGAIN || errno == EINTR) ? CHANNEL_WANT_WRITE : CHANNEL_BROKEN;
}

static ssize_t write_half(struct relay *relay, struct half *half, const uint8_t *data, size_t size)
{
    return half == &relay->in ? write_inner(relay, data, size) : channel_write(&relay->outer, data, size);
}

static ssize_t read_half(struct relay *relay, struct half *half)
{
    uint8_t *chunk = relay->server->chunk;
    ssize_t got;
    if (half == &relay->in) {
        got = channel_read(&relay->outer, chunk, RELAY_CHUNK_BYTES);
        relay->read_writes = got == CHANNEL_WANT_WRITE;
        return got;
    }
    got = recv(relay->inner, chunk, RELAY_CHUNK_BYTES, 0);
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EINTR ? CHANNEL_WANT_READ : CHANNEL_END;
}

/* Writes all of `data` or keeps the rest. False: the sink is broken. */
static bool pass_on(struct relay *relay, struct half *half, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write_half(relay, half, data, size);
        if (put == CHANNEL_WANT_READ || put == CHANNEL_WANT_WRITE)
            return keep_rest(half, data, size);
        if (put <= 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return true;
}

/* Writes what was kept. False: the sink is broken. */
static bool flush_rest(struct relay *relay, struct half *half)
{
    while (half->rest != NULL) {
        ssize_t put = write_half(relay, half, half->rest + half->sent, half->size - half->sent);
        if (put == CHANNEL_WANT_READ || put == CHANNEL_WANT_WRITE)
            return true;
        if (put <= 0)
            return false;
        half->sent += (size_t)put;
        if (half->sent == half->size) {
            free(half->rest);
            half->rest = NULL;
        }
    }
    return true;
}

/* The source of a half has ended: tells its sink. */
static void half_ended(struct relay *relay, struct half *half)
{
    half->ended = true;
    if (half == &relay->in) {
        shutdown(relay->inner, SHUT_WR);
        return;
    }
    channel_shut_write(&relay->outer);
    relay->inner_gone = true;
    relay->end_by_ms = loop_mono_ms(relay->server->loop) + relay->server->limits.linger_ms;
}

/* Moves what can be moved now. False: the relay is over. */
static bool pump(struct relay *relay, struct half *half)
{
    for (int i = 0; i < CHUNKS_PER_EVENT; i++) {
        if (!flush_rest(relay, half))
            return half == &relay->in && relay->inner_gone;
        if (half->rest != NULL || half->ended)
            return true;
        ssize_t got = read_half(relay, half);
        if (got == CHANNEL_WANT_READ || got == CHANNEL_WANT_WRITE)
            return true;
        if (got == CHANNEL_BROKEN)
            return false;
        if (got == CHANNEL_END)
            half_ended(relay, half);
        else if (!(half == &relay->in && relay->inner_gone) &&
                 !pass_on(relay, half, relay->server->chunk, (size_t)got))
            return false;
    }
    if (half == &relay->in && SSL_has_pending(relay->outer.tls))
        ev_feed_event(loop_ev(relay->server->loop), &relay->outer_io, EV_READ);
    return true;
}

/* ---- events ---- */

static void wait_for(struct relay *relay, ev_io *io, int fd, int events)
{
    struct ev_loop *ev = loop_ev(relay->server->loop);
    if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(ev, io);
    if (events == 0)
        return;
    ev_io_set(io, fd, events);
    ev_io_start(ev, io);
}

static void move(struct relay *relay)
{
    check_magic(relay, RELAY_MAGIC);
    if (!pump(relay, &relay->out) || !pump(relay, &relay->in) || (relay->in.ended && relay->out.ended)) {
        relay_free(relay);
        return;
    }
    int to_read = relay->read_writes ? EV_WRITE : EV_READ;
    int outer =
        (relay->in.rest == NULL && !relay->in.ended ? to_read : 0) | (relay->out.rest != NULL ? EV_WRITE : 0);
    int inner = (relay->out.rest == NULL && !relay->out.ended ? EV_READ : 0) |
                (relay->in.rest != NULL ? EV_WRITE : 0);
    wait_for(relay, &relay->outer_io, relay->outer.fd, outer);
    wait_for(relay, &relay->inner_io, relay->inner, inner);
}

static void on_outer(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev, (void)events;
    move(io->data);
}

static void on_inner(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev, (void)events;
    move(io->data);
}

/* ---- housekeeping ---- */

void relays_look(struct socket_server *server, uint64_t now_ms)
{
    list_each(node, &server->relays)
    {
        struct relay *relay = list_entry(node, struct relay, node);
        if (relay->end_by_ms == 0 && session_find(server, relay->session_id) == NULL)
            relay->end_by_ms = now_ms + server->limits.close_within_ms;
        if (relay->end_by_ms != 0 && now_ms >= relay->end_by_ms)
            relay_free(relay);
    }
}

void relays_release(struct socket_server *server)
{
    list_each(node, &server->relays) relay_free(list_entry(node, struct relay, node));
}
