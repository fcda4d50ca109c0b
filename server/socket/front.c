/* front: a connection that is not a WebSocket, or not yet.
 *
 *   HANDSHAKE -> HEAD -> BODY -> ANSWER -> LINGER
 *                  |       |       ^
 *                  |       +-> OPEN|     an answer that comes later (socket_answer)
 *                  +---> QUEUED ---+----> becomes a session (guest.c), through a relay if it is TLS
 *
 * TLS is shaken hands for, the head is read and judged (http_head.c, upgrade.c), then either the descriptor
 * is given to libwebsockets or an answer goes out and the connection is closed. One request a connection:
 * nobody needs more here, and what is not there cannot be smuggled through. After an answer the front lingers
 * for a moment, reading and ignoring, because a close with unread bytes would reset the connection and take
 * the answer with it.
 *
 * When ten thousand come back at once, opening them all as they come would keep the loop from those who are
 * in. So they are let in at a pace, UPGRADES_PER_SECOND with at most UPGRADES_PER_TURN in one go, and none
 * while those above have enough newcomers to sign in (may_open): the rest is QUEUED, in the order in which
 * they asked. A slow loop lets fewer in, as it has fewer turns.
 *
 * A front costs a few hundred bytes until something comes; its buffer grows with what comes, up to
 * HEAD_MAX_BYTES. Deadlines are the janitor's (fronts_look). At the bound on fronts the oldest goes: under a
 * flood of connections that say nothing, those who do say something still get through.
 *
 * When you serve more over HTTP: a handler (socket_on_public_http), not a change here. */
#include "base/check.h"
#include "base/log.h"
#include "socket/front.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRONT_BUFFER_BYTES 1024
#define LINGER_READS 8

static void on_event(struct ev_loop *ev, ev_io *io, int events);

/* ---- opening and freeing ---- */

static bool count_in(struct socket_server *server, struct front *front)
{
    uint32_t max = server->config.sessions_per_address_max + FRONTS_PER_ADDRESS_EXTRA;
    if (front->kind == LISTENER_INTERNAL || networks_contain(&server->rules.trusted, &front->tcp_peer) ||
        census_exempts(server, &front->tcp_peer))
        return true;
    struct census_entry *census = census_of(server, &front->tcp_peer);
    if (census == NULL || census->fronts >= max)
        return false;
    front->census = census;
    census->fronts++;
    return true;
}

void front_open(struct listener *listener, int fd, const struct address *tcp_peer)
{
    struct socket_server *server = listener->server;
    struct front *front = calloc(1, sizeof *front);
    if (server->front_count >= server->config.sessions_max + FRONTS_EXTRA)
        fronts_drop_oldest(server);
    if (front == NULL || server->front_count >= server->config.sessions_max + FRONTS_EXTRA) {
        free(front);
        close(fd);
        return;
    }
    front->magic = FRONT_MAGIC;
    front->server = server;
    front->kind = listener->kind;
    front->tcp_peer = *tcp_peer;
    front->deadline_ms = loop_mono_ms(server->loop) + server->limits.front_within_ms;
    front->state = listener->kind == LISTENER_TLS ? FRONT_HANDSHAKE : FRONT_HEAD;
    list_append(&server->fronts, &front->node);
    server->front_count++;
    if (channel_open(&front->channel, fd, listener->kind == LISTENER_TLS ? server->tls : NULL) != ERR_OK ||
        !count_in(server, front)) {
        char text[ADDRESS_TEXT_SIZE];
        socket_refused(server, "per_address", address_format(tcp_peer, text));
        front_free(front);
        return;
    }
    ev_io_init(&front->io, on_event, fd, EV_READ);
    front->io.data = front;
    ev_io_start(loop_ev(server->loop), &front->io);
}

void front_free(struct front *front)
{
    struct socket_server *server = front->server;
    if (front->io.data != NULL)
        ev_io_stop(loop_ev(server->loop), &front->io);
    channel_close(&front->channel);
    list_remove(&front->node);
    server->front_count--;
    if (front->census != NULL) {
        front->census->fronts--;
        census_settle(server, front->census);
    }
    free(front->data);
    buf_release(&front->answer);
    front->magic = 0;
    free(front);
}

/* ---- moving on ---- */

static void wait_for(struct front *front, int events)
{
    struct ev_loop *ev = loop_ev(front->server->loop);
    if ((front->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(ev, &front->io);
    ev_io_set(&front->io, front->channel.fd, events);
    ev_io_start(ev, &front->io);
}

/* Waits as the channel wants, or frees the front. Always FRONT_WAIT or FRONT_OVER. */
static enum front_step wait_or_end(struct front *front, ssize_t result)
{
    if (result == CHANNEL_WANT_READ || result == CHANNEL_WANT_WRITE) {
        wait_for(front, result == CHANNEL_WANT_READ ? EV_READ : EV_WRITE);
        return FRONT_WAIT;
    }
    return FRONT_OVER;
}

static enum front_step shake_hands(struct front *front)
{
    ssize_t result = channel_handshake(&front->channel);
    if (result != 1)
        return wait_or_end(front, result);
    front->state = FRONT_HEAD;
    return FRONT_GO_ON;
}

/* Reads what there is room for, making room up to `max` bytes in all. */
static ssize_t read_some(struct front *front, size_t max)
{
    if (front->size == front->capacity) {
        size_t capacity = front->capacity == 0 ? FRONT_BUFFER_BYTES : front->capacity * 2;
        if (capacity > max)
            capacity = max;
        uint8_t *grown = realloc(front->data, capacity);
        if (grown == NULL)
            return CHANNEL_BROKEN;
        front->data = grown;
        front->capacity = capacity;
    }
    ssize_t got = channel_read(&front->channel, front->data + front->size, front->capacity - front->size);
    if (got > 0)
        front->size += (size_t)got;
    return got;
}

static enum front_step read_head(struct front *front)
{
    struct http_head head;
    ssize_t got = read_some(front, HEAD_MAX_BYTES + 1);
    if (got <= 0)
        return wait_or_end(front, got);
    switch (http_head_parse(slice_of(front->data, front->size), &head)) {
    case HEAD_MORE:
        return FRONT_GO_ON;
    case HEAD_WHOLE:
        return front_request(front, &head);
    case HEAD_MALFORMED:
        return front_refuse(front, REFUSAL_MALFORMED, NULL);
    case HEAD_TOO_LONG:
        return front_refuse(front, REFUSAL_HEAD_TOO_LONG, NULL);
    case HEAD_TARGET:
        return front_refuse(front, REFUSAL_TARGET_TOO_LONG, NULL);
    case HEAD_VERSION:
        return front_refuse(front, REFUSAL_NOT_HTTP_1, NULL);
    }
    return FRONT_OVER;
}

static enum front_step read_body(struct front *front)
{
    if (front->size < front->whole_size) {
        ssize_t got = read_some(front, front->whole_size);
        if (got <= 0)
            return wait_or_end(front, got);
    }
    if (front->size < front->whole_size)
        return FRONT_GO_ON;
    struct http_head head;
    check(http_head_parse(slice_of(front->data, front->size), &head) == HEAD_WHOLE);
    return front_answer_internal(front, &head);
}

static enum front_step write_answer(struct front *front)
{
    while (front->sent < front->answer.size) {
        ssize_t put = channel_write(&front->channel, front->answer.data + front->sent,
                                    front->answer.size - front->sent);
        if (put <= 0)
            return wait_or_end(front, put);
        front->sent += (size_t)put;
    }
    channel_shut_write(&front->channel);
    front->state = FRONT_LINGER;
    front->deadline_ms = loop_mono_ms(front->server->loop) + front->server->limits.linger_ms;
    return FRONT_GO_ON;
}

static enum front_step linger(struct front *front)
{
    ssize_t got = 1;
    for (int i = 0; i < LINGER_READS && got > 0; i++)
        got = channel_read(&front->channel, front->server->chunk, sizeof front->server->chunk);
    if (got > 0) {
        wait_for(front, EV_READ);
        return FRONT_WAIT;
    }
    return wait_or_end(front, got);
}

/* Early bytes, or its end. A client has to wait for its answer before it speaks: a few bytes are borne with,
 * more than a head may have are not. */
static enum front_step read_queued(struct front *front)
{
    ssize_t got = read_some(front, HEAD_MAX_BYTES + 1);
    if (got > 0 && front->size <= HEAD_MAX_BYTES)
        return FRONT_WAIT;
    if (got <= 0)
        return wait_or_end(front, got);
    list_remove(&front->node);
    list_append(&front->server->fronts, &front->node);
    return front_refuse(front, REFUSAL_TOO_EARLY, NULL);
}

static enum front_step advance(struct front *front)
{
    switch (front->state) {
    case FRONT_HANDSHAKE:
        return shake_hands(front);
    case FRONT_HEAD:
        return read_head(front);
    case FRONT_QUEUED:
        return read_queued(front);
    case FRONT_BODY:
        return read_body(front);
    case FRONT_OPEN:
        return FRONT_WAIT;
    case FRONT_ANSWER:
        return write_answer(front);
    case FRONT_LINGER:
        return linger(front);
    }
    return FRONT_OVER;
}

/* Goes on from `step`. */
static void run(struct front *front, enum front_step step)
{
    check_magic(front, FRONT_MAGIC);
    while (step == FRONT_GO_ON)
        step = advance(front);
    if (step == FRONT_OVER)
        front_free(front);
}

static void on_event(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev, (void)events;
    run(io->data, FRONT_GO_ON);
}

/* ---- an answer that comes later ---- */

/* Nothing is read meanwhile: that the peer is gone shows when the answer is written. */
enum front_step front_leave_open(struct front *front)
{
    front->state = FRONT_OPEN;
    front->deadline_ms = loop_mono_ms(front->server->loop) + front->server->limits.front_within_ms;
    ev_io_stop(loop_ev(front->server->loop), &front->io);
    return FRONT_WAIT;
}

struct front *front_find_open(struct socket_server *server, uint64_t ticket)
{
    list_each(node, &server->fronts)
    {
        struct front *front = list_entry(node, struct front, node);
        if (front->state == FRONT_OPEN && front->ticket == ticket)
            return front;
    }
    return NULL;
}

void front_go_on(struct front *front)
{
    ev_io_start(loop_ev(front->server->loop), &front->io);
    run(front, FRONT_GO_ON);
}

/* ---- taking turns ---- */

/* Its turn of the loop ends with fronts_admit. */
static void next_may_open(void *ctx)
{
    check_magic((struct socket_server *)ctx, SERVER_MAGIC);
}

void fronts_init(struct socket_server *server)
{
    list_init(&server->fronts);
    list_init(&server->queued);
    loop_timer_init(&server->admit, server->loop, next_may_open, server);
}

enum front_step front_queue(struct front *front)
{
    struct socket_server *server = front->server;
    front->state = FRONT_QUEUED;
    front->deadline_ms = loop_mono_ms(server->loop) + server->limits.queued_within_ms;
    list_remove(&front->node);
    list_append(&server->queued, &front->node);
    loop_again(server->loop);
    return FRONT_WAIT;
}

static uint64_t wait_to_open_us(const struct socket_server *server)
{
    struct bucket_rate rate = bucket_rate(UPGRADES_PER_SECOND, 1000, UPGRADES_PER_TURN);
    return bucket_wait_us(&server->upgrades, &rate, 1000 * loop_mono_ms(server->loop));
}

bool front_may_open(struct socket_server *server)
{
    return wait_to_open_us(server) == 0 &&
           (server->callbacks.may_open == NULL || server->callbacks.may_open(server->callbacks_ctx));
}

void front_opens(struct socket_server *server)
{
    struct bucket_rate rate = bucket_rate(UPGRADES_PER_SECOND, 1000, UPGRADES_PER_TURN);
    bucket_take(&server->upgrades, &rate, 1000 * loop_mono_ms(server->loop));
}

void fronts_admit(struct socket_server *server)
{
    while (!list_empty(&server->queued) && front_may_open(server)) {
        struct front *front = list_entry(list_pop(&server->queued), struct front, node);
        struct http_head head;
        list_append(&server->fronts, &front->node);
        check(http_head_parse(slice_of(front->data, front->size), &head) == HEAD_WHOLE);
        run(front, front_request(front, &head));
    }
    uint64_t wait_us = wait_to_open_us(server);
    if (!list_empty(&server->queued) && wait_us > 0 && !loop_timer_running(&server->admit))
        loop_timer_start(&server->admit, (wait_us + 999) / 1000);
    /* else something is under way above, and its end is a turn */
}

/* ---- housekeeping ---- */

static void deadline(struct front *front)
{
    bool half_asked = (front->state == FRONT_HEAD && front->size > 0) || front->state == FRONT_BODY;
    bool asked = front->state == FRONT_QUEUED || front->state == FRONT_OPEN;
    if (front->state == FRONT_OPEN)
        ev_io_start(loop_ev(front->server->loop), &front->io);
    if ((half_asked || asked) &&
        front_refuse(front, asked ? REFUSAL_FULL : REFUSAL_TIMEOUT, NULL) == FRONT_GO_ON &&
        write_answer(front) != FRONT_OVER && front->state == FRONT_LINGER)
        return;
    front_free(front);
}

void fronts_look(struct socket_server *server, uint64_t now_ms)
{
    list_each(node, &server->fronts)
    {
        struct front *front = list_entry(node, struct front, node);
        if (now_ms >= front->deadline_ms)
            deadline(front);
    }
    list_each(waiting, &server->queued)
    {
        struct front *front = list_entry(waiting, struct front, node);
        if (now_ms < front->deadline_ms)
            return; /* in order of time */
        list_remove(waiting);
        list_append(&server->fronts, waiting);
        deadline(front);
    }
}

void fronts_drop_oldest(struct socket_server *server)
{
    if (!list_empty(&server->fronts))
        front_free(list_entry(server->fronts.next, struct front, node));
}

void fronts_release(struct socket_server *server)
{
    list_splice(&server->fronts, &server->queued);
    while (!list_empty(&server->fronts))
        fronts_drop_oldest(server);
}
