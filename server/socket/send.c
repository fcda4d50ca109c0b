/* send: the one place that writes to a WebSocket. libwebsockets calls it when the kernel can take more and
 * nothing of an earlier write is left; it writes at most once and asks again while something waits.
 *
 * A single message is written from its own memory. When several wait they are packed into one frame (messages
 * may share a frame; each is a whole msgpack value), up to PACK_MAX_BYTES and LIMIT_MESSAGES_PER_FRAME_MAX; a
 * larger one travels alone. The order of the queue is the order on the wire.
 *
 * Closing: first what is queued, then a `closing` push that says why and what to do (browsers show no close
 * reason before the socket is gone), then the close frame. The close frame must not be requested while an
 * earlier write is still buffered, as libwebsockets would then hang up without one; WRITEABLE guarantees that
 * none is. */
#include "base/check.h"
#include "base/log.h"
#include "gen/c/schema.h"
#include "socket/internal.h"
#include "wire/frame.h"

/* Hands one frame to libwebsockets; `data` has LWS_PRE bytes in front. False: the connection is broken. */
static bool write_frame(struct session *session, uint8_t *data, size_t size, enum lws_write_protocol kind)
{
    struct socket_server *server = session->server;
    if (lws_write(session->wsi, data, size, kind) < 0)
        return false;
    session->sent_ms = session->taken_ms = loop_mono_ms(server->loop);
    server->counters.bytes_out += size;
    return true;
}

/* How many of the first messages fit into one frame; at least 1. */
static uint32_t count_packable(const struct session *session, size_t *ret_bytes)
{
    uint32_t count = 1;
    size_t bytes = queue_peek(&session->queue, 0)->size;
    const struct outgoing *next;
    while (!session->echo && count < LIMIT_MESSAGES_PER_FRAME_MAX &&
           (next = queue_peek(&session->queue, count)) != NULL && bytes + next->size <= PACK_MAX_BYTES) {
        bytes += next->size;
        count++;
    }
    *ret_bytes = bytes;
    return count;
}

static bool write_queued(struct session *session)
{
    struct socket_server *server = session->server;
    size_t bytes, at = LWS_PRE;
    uint32_t count = count_packable(session, &bytes);
    struct outgoing *first = queue_peek(&session->queue, 0);
    uint8_t *data = first->bytes + LWS_PRE;
    if (count > 1) {
        for (uint32_t i = 0; i < count; i++) {
            const struct outgoing *outgoing = queue_peek(&session->queue, i);
            memcpy(server->pack + at, outgoing->bytes + LWS_PRE, outgoing->size);
            at += outgoing->size;
        }
        data = server->pack + LWS_PRE;
    }
    if (!write_frame(session, data, bytes, first->text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY))
        return false;
    server->counters.messages_out += count;
    queue_drop(&session->queue, count);
    return true;
}

/* A ping with a payload, as libwebsockets does not tell of pongs without one. */
static bool write_ping(struct session *session)
{
    session->ping_due = false;
    memcpy(session->server->pack + LWS_PRE, "ping", 4);
    return lws_write(session->wsi, session->server->pack + LWS_PRE, 4, LWS_WRITE_PING) >= 0;
}

static bool write_closing(struct session *session)
{
    struct socket_server *server = session->server;
    const struct close_desc *desc = schema_close(session->close_code);
    session->said_closing = true;
    if (session->echo || desc == NULL)
        return true;
    struct message_closing closing = {
        .code = session->close_code, .advice = desc->advice, .retry_after_ms = desc->retry_after_ms};
    buf_clear(&server->closing);
    if (frame_push(&server->closing, MESSAGE_CLOSING, &closing) != ERR_OK ||
        server->closing.size > PACK_MAX_BYTES)
        return true; /* out of memory: the close code says it as well */
    memcpy(server->pack + LWS_PRE, server->closing.data, server->closing.size);
    server->counters.messages_out++;
    return write_frame(session, server->pack + LWS_PRE, server->closing.size, LWS_WRITE_BINARY);
}

/* False always: libwebsockets closes when WRITEABLE says so. */
static bool close_now(struct session *session)
{
    const struct close_desc *desc = schema_close(session->close_code);
    const char *reason = desc != NULL ? desc->name : "";
    session_enter(session, SESSION_CLOSED);
    lws_close_reason(session->wsi, (enum lws_close_status)session->close_code,
                     (unsigned char *)(uintptr_t)reason, strlen(reason));
    return false;
}

/* Tells those above that the queue is low again, if they were refused. */
static void tell_drained(struct session *session)
{
    struct socket_server *server = session->server;
    if (!session->fed_up || session->state != SESSION_OPEN ||
        session->queue.bytes > server->config.feed_low_bytes)
        return;
    session->fed_up = false;
    if (session->told_open)
        server->callbacks.on_drained(server->callbacks_ctx, session);
}

bool send_writeable(struct session *session)
{
    bool going_on = true;
    if (session->state != SESSION_OPEN && session->state != SESSION_CLOSING)
        return true;
    session->taken_ms = loop_mono_ms(session->server->loop);
    if (session->ping_due) {
        going_on = write_ping(session);
    } else if (session->queue.count > 0) {
        going_on = write_queued(session);
    } else if (session->state == SESSION_CLOSING) {
        if (session->said_closing)
            return close_now(session);
        going_on = write_closing(session);
    }
    if (!going_on)
        return false;
    if (session->held && session->queue.count <= HOLD_MESSAGES / 2 &&
        session->queue.bytes <= (session->echo ? 0 : session->server->config.feed_high_bytes))
        guest_hold(session, false);
    tell_drained(session);
    if (session->ping_due || session->queue.count > 0 || session->state == SESSION_CLOSING)
        lws_callback_on_writable(session->wsi);
    return true;
}
