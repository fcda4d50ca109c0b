/* session: one WebSocket, from the handshake to the end of the turn in which it went.
 *
 *   FREE -> OPENING -> OPEN -> CLOSING -> CLOSED -> GONE -> FREE
 *              |         |        |          |       ^
 *              +---------+--------+----------+-------+      the peer went, or did not keep a deadline
 *
 * Sessions live in slabs that are made when first needed and reused; a pointer is valid until the end of the
 * turn in which on_close ran, so whoever waits keeps session_id() and looks it up again. An id is a serial
 * number and the slot: never reused, found without a search.
 *
 * Everything that is sent goes through the queue; libwebsockets is asked for WRITEABLE once at the end of the
 * turn (LOOP_STAGE_SOCKET) and send.c writes there. A row for ten thousand sockets is a tenth of a second of
 * writing, so sockets that only have what nobody waits for (session_feed) take turns, FEEDS_PER_TURN at a
 * time, behind those that have an answer to take. No function here calls a callback before it returns:
 * session_close only marks, on_drained and on_close come from the loop.
 *
 * When you add a state: its row in `allowed`, and what each of send.c, receive.c and janitor.c does in it.
 * When you add memory to a session: free it in session_free_memory. */
#include "base/check.h"
#include "base/log.h"
#include "base/warm.h"
#include "gen/c/schema.h"
#include "socket/internal.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

static void join_line(struct session *session, bool feed);

static const bool allowed[SESSION_GONE + 1][SESSION_GONE + 1] = {
    [SESSION_FREE] = {[SESSION_OPENING] = true},
    [SESSION_OPENING] = {[SESSION_OPEN] = true, [SESSION_GONE] = true},
    [SESSION_OPEN] = {[SESSION_CLOSING] = true, [SESSION_GONE] = true},
    [SESSION_CLOSING] = {[SESSION_CLOSED] = true, [SESSION_GONE] = true},
    [SESSION_CLOSED] = {[SESSION_GONE] = true},
    [SESSION_GONE] = {[SESSION_FREE] = true},
};

void session_enter(struct session *session, enum session_state state)
{
    check_magic(session, SESSION_MAGIC);
    check(allowed[session->state][state]);
    session->state = (uint8_t)state;
}

/* ---- the pool ---- */

static struct session *slot(const struct socket_server *server, uint64_t index)
{
    return &server->slabs[index / SESSION_SLAB][index % SESSION_SLAB];
}

/* Makes SESSION_SLAB more, all free. */
static bool add_slab(struct socket_server *server)
{
    if (server->slots >= server->config.sessions_max)
        return false;
    struct session *slab = calloc(SESSION_SLAB, sizeof *slab);
    if (slab == NULL)
        return false;
    server->slabs[server->slots / SESSION_SLAB] = slab;
    for (uint32_t i = 0; i < SESSION_SLAB; i++) {
        slab[i].magic = SESSION_MAGIC;
        slab[i].id = server->slots + i;
        slab[i].server = server;
        slab[i].peer_fd = -1;
        list_append(&server->free, &slab[i].node);
    }
    server->slots += SESSION_SLAB;
    return true;
}

struct session *session_new(struct socket_server *server, const struct asker *asker,
                            const struct upgrade *upgrade, int peer_fd)
{
    struct census_entry *census = census_of(server, &asker->address);
    if (server->used >= server->config.sessions_max || census == NULL ||
        (list_empty(&server->free) && !add_slab(server))) {
        census_settle(server, census);
        return NULL;
    }
    struct session *session = list_entry(list_pop(&server->free), struct session, node);
    uint64_t now_ms = loop_mono_ms(server->loop), index = session->id & ((1ull << server->id_bits) - 1);
    session_enter(session, SESSION_OPENING);
    session->id = (++server->next_serial << server->id_bits) | index;
    session->path = (uint8_t)upgrade->path;
    session->echo = upgrade->protocol != NULL && strcmp(upgrade->protocol, "echo") == 0;
    session->secure = asker->secure;
    session->peer_fd = peer_fd;
    address_format(&asker->address, session->peer);
    session->census = census;
    session->unlimited = census_exempts(server, &asker->address);
    census->sessions++;
    session->sign_in_by_ms = now_ms + server->config.sign_in_within_ms;
    session->received_ms = session->sent_ms = session->taken_ms = now_ms;
    session->close_by_ms = now_ms + server->limits.close_within_ms;
    server->used++;
    return session;
}

static void session_free_memory(struct session *session)
{
    queue_release(&session->queue);
    free(session->join);
    if (session->census != NULL) {
        session->census->sessions--;
        census_settle(session->server, session->census);
    }
}

/* Back to the pool: all but magic, id, server and the list node starts over. */
static void session_recycle(struct session *session)
{
    struct socket_server *server = session->server;
    uint64_t id = session->id;
    session_enter(session, SESSION_FREE);
    session_free_memory(session);
    list_remove(&session->node);
    *session = (struct session){.magic = SESSION_MAGIC, .id = id, .server = server, .peer_fd = -1};
    list_append(&server->free, &session->node);
    server->used--;
}

void socket_stage_free(void *ctx)
{
    struct socket_server *server = ctx;
    check_magic(server, SERVER_MAGIC);
    list_each(node, &server->gone) session_recycle(list_entry(node, struct session, node));
}

void session_pool_release(struct socket_server *server)
{
    socket_stage_free(server);
    for (uint32_t i = 0; i < server->slots; i++)
        check(slot(server, i)->state == SESSION_FREE);
    for (uint32_t i = 0; i < server->slots / SESSION_SLAB; i++)
        free(server->slabs[i]);
    free(server->slabs);
    server->slabs = NULL;
    server->slots = 0;
}

/* ---- its life ---- */

void session_opened(struct session *session, struct slice bearer)
{
    struct socket_server *server = session->server;
    session_enter(session, SESSION_OPEN);
    session->opened_ms = loop_mono_ms(server->loop);
    if (!session->unlimited && session->census->sessions > server->config.sessions_per_address_max) {
        socket_refused(server, "too_many_connections", session->peer);
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS);
        return;
    }
    server->counters.accepted++;
    if (session->echo)
        return;
    session->told_open = true;
    server->open++;
    server->callbacks.on_open(server->callbacks_ctx, session, bearer);
}

/* Why it is over, and nothing of who it was. 1006 is what a client's library says of a line that was cut. */
static void log_end(const struct session *session)
{
    unsigned code = session->close_code != 0  ? session->close_code
                    : session->peer_code != 0 ? session->peer_code
                                              : LWS_CLOSE_STATUS_ABNORMAL_CLOSE;
    const struct close_desc *desc = schema_close((int)code);
    uint64_t open_ms = loop_mono_ms(session->server->loop) - session->opened_ms;
    if (session->opened_ms != 0) /* else it was refused, which has a line of its own */
        log_info("closed", "session=%" PRIu64 " code=%u name=%s by=%s seconds=%" PRIu64, session->id, code,
                 desc != NULL ? desc->name : "-",
                 session->close_code != 0  ? "server"
                 : session->peer_code != 0 ? "client"
                                           : "nobody",
                 open_ms / 1000);
}

void session_gone(struct session *session)
{
    struct socket_server *server = session->server;
    if (session->state == SESSION_GONE)
        return;
    session_enter(session, SESSION_GONE);
    session->wsi = NULL;
    session->peer_fd = -1;
    list_remove(&session->node);
    list_append(&server->gone, &session->node);
    loop_again(server->loop);
    session_drop_queue(session);
    log_end(session);
    if (!session->told_open)
        return;
    server->open--;
    server->callbacks.on_close(server->callbacks_ctx, session);
}

static void count_close(struct socket_server *server, enum close_code code)
{
    for (int i = 0; i < SCHEMA_CLOSE_COUNT; i++)
        if (schema_closes[i].code == code)
            server->counters.closed[i]++;
}

void session_close(struct session *session, enum close_code code)
{
    check_magic(session, SESSION_MAGIC);
    if (session->state != SESSION_OPEN)
        return;
    struct socket_server *server = session->server;
    session_enter(session, SESSION_CLOSING);
    session->close_code = (uint16_t)code;
    session->close_by_ms = loop_mono_ms(server->loop) + server->limits.close_within_ms;
    session->ping_due = false;
    free(session->join);
    session->join = NULL;
    guest_hold(session, false); /* or the peer's close frame would not be read */
    server->counters.closed_by_server++;
    count_close(server, code);
    join_line(session, true); /* it may be one of all */
}

/* At once, and not by a timer of libwebsockets: with libev those wait for a turn in which nothing else came,
 * so one peer that floods would keep every deadline from being met. What it still has to write must not keep
 * the connection either, and fails in the next turn. */
void session_kill(struct session *session)
{
    if (session->wsi == NULL)
        return;
    if (lws_partial_buffered(session->wsi))
        shutdown(lws_get_socket_fd(session->wsi), SHUT_RDWR);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

bool session_closing(const struct session *session)
{
    return session->state != SESSION_OPEN;
}

/* ---- sending ---- */

/* Joins the end of the line; from the feed's it may go over to the other. */
static void join_line(struct session *session, bool feed)
{
    bool stands = list_linked(&session->node);
    if (session->wsi == NULL || (stands && (feed || !session->in_feed)))
        return;
    if (stands)
        list_remove(&session->node);
    session->in_feed = feed;
    list_append(feed ? &session->server->flush_feed : &session->server->flush, &session->node);
    loop_again(session->server->loop);
}

void session_want_write(struct session *session)
{
    join_line(session, false);
}

/* Of the first `most` in a line; who joins it meanwhile waits for the next turn. */
static void flush(struct list_node *line, unsigned most)
{
    struct list_node now, *node;
    list_init(&now);
    list_splice(&now, line);
    for (unsigned i = 0; i < most && (node = list_pop(&now)) != NULL; i++) {
        struct session *session = list_entry(node, struct session, node);
        if (!list_empty(&now)) /* what libwebsockets has of the next one */
            warm(list_entry(now.next, struct session, node)->wsi, 8 * WARM_LINE_BYTES);
        if (session->wsi != NULL)
            guest_write(session);
    }
    list_splice(&now, line);
    list_splice(line, &now);
}

void socket_stage_flush(void *ctx)
{
    struct socket_server *server = ctx;
    check_magic(server, SERVER_MAGIC);
    fronts_admit(server);
    flush(&server->flush, UINT_MAX);
    flush(&server->flush_feed, FEEDS_PER_TURN);
    if (!list_empty(&server->flush_feed))
        loop_again(server->loop);
}

static enum err enqueue(struct session *session, struct outgoing *outgoing, bool feed)
{
    if (session->state != SESSION_OPEN)
        return ERR_AWAY;
    if (session->queue.count == 0)
        session->taken_ms = loop_mono_ms(session->server->loop);
    enum err err = outgoing == NULL ? ERR_NOMEM : queue_push(&session->queue, outgoing);
    if (err == ERR_OK) {
        join_line(session, feed);
        return ERR_OK;
    }
    log_warn("queue", "session=%" PRIu64 " error=%s bytes=%zu", session->id, err_name(err),
             session->queue.bytes);
    session_close(session, CLOSE_SLOW_READER);
    session_drop_queue(session);
    return err;
}

void session_send(struct session *session, struct outgoing *outgoing)
{
    check_magic(session, SESSION_MAGIC);
    if (enqueue(session, outgoing, false) != ERR_OK)
        return; /* closed or closing: nobody waits for it */
}

void session_send_bytes(struct session *session, struct slice bytes)
{
    struct outgoing *outgoing = outgoing_new(bytes);
    session_send(session, outgoing);
    outgoing_unref(outgoing);
}

enum err session_feed(struct session *session, struct outgoing *outgoing)
{
    check_magic(session, SESSION_MAGIC);
    size_t size = outgoing != NULL ? outgoing->size : 0;
    if (session->state == SESSION_OPEN && session->queue.bytes > 0 &&
        session->queue.bytes + size > session->server->config.feed_high_bytes) {
        session->fed_up = true;
        return ERR_FULL;
    }
    return enqueue(session, outgoing, true);
}

void session_drop_queue(struct session *session)
{
    queue_release(&session->queue);
}

/* ---- finding ---- */

struct session *session_find(struct socket_server *server, uint64_t id)
{
    uint64_t index = id & ((1ull << server->id_bits) - 1);
    struct session *session = index < server->slots ? slot(server, index) : NULL;
    if (session == NULL || session->id != id || session->state == SESSION_FREE ||
        session->state == SESSION_GONE)
        return NULL;
    return session;
}

struct session *socket_session(struct socket_server *server, uint64_t id)
{
    struct session *session = session_find(server, id);
    return session != NULL && session->told_open ? session : NULL;
}

struct session *session_next_used(struct socket_server *server, size_t *cursor)
{
    while (*cursor < server->slots) {
        struct session *session = slot(server, (*cursor)++);
        if (session->state != SESSION_FREE && session->state != SESSION_GONE)
            return session;
    }
    return NULL;
}

struct session *socket_next(struct socket_server *server, size_t *cursor)
{
    struct session *session;
    while ((session = session_next_used(server, cursor)) != NULL)
        if (session->told_open)
            return session;
    return NULL;
}

size_t socket_session_count(const struct socket_server *server)
{
    return server->open;
}
