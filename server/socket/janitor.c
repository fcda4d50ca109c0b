/* janitor: everything on sockets that happens because time passed, in one place and on one timer. Each look
 * walks the sessions, fronts and relays once; a deadline is met at the precision of janitor_every_ms.
 *
 *   not signed in in time                        4004
 *   takes nothing for 30 s, though something     4005; what waited is dropped, the close may still
 *   waits                                        be read for 30 s
 *   says nothing for 20 s                        pinged
 *   says nothing for 30 s, and nothing waits     hung up: it is gone
 *   does not complete the close                  hung up
 *
 * "Takes nothing" means that no write went through and its TCP acknowledged nothing: a slow reader is slow,
 * not stalled. The sign-in deadline holds on both paths. The echo subprotocol of the tests has none.
 *
 * When you add a deadline: a time in the struct, a line here. */
#include "base/check.h"
#include "base/log.h"
#include "socket/internal.h"
#include <inttypes.h>
#include <linux/tcp.h> /* its struct tcp_info has tcpi_bytes_acked */

/* What the peer's TCP has acknowledged so far; 0 when that cannot be known. */
static uint64_t acknowledged(const struct session *session)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (session->peer_fd < 0 || getsockopt(session->peer_fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}

/* Whether something waits for the peer, and if so, since when it has taken nothing. */
static bool look_at_queue(struct session *session, uint64_t now_ms)
{
    if (session->queue.count == 0 && !lws_partial_buffered(session->wsi)) {
        session->taken_ms = now_ms;
        return false;
    }
    uint64_t taken = acknowledged(session);
    if (taken != session->taken_bytes)
        session->taken_ms = now_ms;
    session->taken_bytes = taken;
    return true;
}

static void close_stalled(struct session *session, uint64_t now_ms)
{
    log_info("stalled", "session=%" PRIu64 " queued_bytes=%zu", session->id, session_queued_bytes(session));
    session_close(session, CLOSE_SLOW_READER);
    session_drop_queue(session);
    session->close_by_ms = now_ms + session->server->limits.stalled_close_within_ms;
}

static void look_at_open(struct session *session, uint64_t now_ms)
{
    const struct socket_limits *limits = &session->server->limits;
    bool waits = look_at_queue(session, now_ms);
    if (!session->signed_in && !session->echo && now_ms >= session->sign_in_by_ms) {
        session_close(session, CLOSE_SIGN_IN_TIMEOUT);
    } else if (waits && now_ms - session->taken_ms >= limits->stall_ms) {
        close_stalled(session, now_ms);
    } else if (!waits && now_ms - session->received_ms >= limits->silent_ms) {
        session_kill(session);
    } else if (!session->pinged && now_ms - session->received_ms >= limits->ping_after_ms) {
        session->pinged = session->ping_due = true;
        session_want_write(session);
    }
}

static void look_at_sessions(struct socket_server *server, uint64_t now_ms)
{
    struct session *session;
    for (size_t cursor = 0; (session = session_next_used(server, &cursor)) != NULL;) {
        if (session->state == SESSION_OPEN)
            look_at_open(session, now_ms);
        else if (now_ms >= session->close_by_ms)
            session_kill(session);
    }
}

static void look(void *ctx)
{
    struct socket_server *server = ctx;
    check_magic(server, SERVER_MAGIC);
    uint64_t now_ms = loop_mono_ms(server->loop);
    look_at_sessions(server, now_ms);
    fronts_look(server, now_ms);
    relays_look(server, now_ms);
    census_sweep(server);
    listeners_look_at_limit(server);
    listeners_take_reserve(server);
    if (server->paused)
        for (int kind = 0; kind < LISTENER_COUNT; kind++)
            listener_resume(&server->listeners[kind]);
    server->paused = false;
    if (server->refusal_lines_dropped > 0)
        log_info("refused", "more=%u", server->refusal_lines_dropped);
    server->refusal_lines = server->refusal_lines_dropped = 0;
    lws_cancel_service(server->lws); /* its own timers run when it is woken */
    loop_timer_start(&server->janitor, server->limits.janitor_every_ms);
}

void janitor_start(struct socket_server *server)
{
    loop_timer_init(&server->janitor, server->loop, look, server);
    loop_timer_start(&server->janitor, server->limits.janitor_every_ms);
}
