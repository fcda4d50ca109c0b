/* receive: fragments become whole messages.
 *
 * libwebsockets hands over what it has, 1 KiB at most (a larger buffer would be held by every idle socket),
 * and has no limit for a message: any declared length is streamed. So bytes are counted here and a message
 * over LIMIT_FRAME_MAX_BYTES is refused (1009) as soon as it is over, whatever it declared. A message that
 * came in one piece is handed on from where it lies; else its pieces are joined in memory that doubles up to
 * the limit and lives only while fragments are missing.
 *
 * A peer that does not take its answers is not read from while too much waits for it (HOLD_FACTOR), so asking
 * costs it something and us no memory; send.c lets it go on. Echo holds after every message, which keeps the
 * order of answers and close frames that conformance suites expect.
 *
 * Text is refused (1003); the echo subprotocol of the tests takes it. Once a session is closing nothing is
 * read any more: what still comes is dropped. */
#include "base/check.h"
#include "socket/internal.h"
#include <stdlib.h>

static void echo(struct session *session, struct slice message, bool text)
{
    struct outgoing *outgoing = outgoing_new(message);
    if (outgoing != NULL)
        outgoing->text = text;
    session_send(session, outgoing);
    outgoing_unref(outgoing);
}

static void deliver(struct session *session, struct slice message, bool text)
{
    struct socket_server *server = session->server;
    if (session->echo)
        echo(session, message, text);
    else
        server->callbacks.on_message(server->callbacks_ctx, session, message);
}

/* Adds to the message being joined; false when there is no memory. */
static bool join(struct session *session, struct slice fragment)
{
    size_t size = session->join_size + fragment.size;
    check(size <= LIMIT_FRAME_MAX_BYTES);
    if (session->join == NULL || size > session->join_capacity) {
        size_t capacity = session->join_capacity == 0 ? 4096 : session->join_capacity * 2;
        while (capacity < size)
            capacity *= 2;
        uint8_t *grown = realloc(session->join, capacity);
        if (grown == NULL)
            return false;
        session->join = grown;
        session->join_capacity = capacity;
    }
    if (fragment.size > 0)
        memcpy(session->join + session->join_size, fragment.data, fragment.size);
    session->join_size = size;
    return true;
}

static void join_end(struct session *session)
{
    free(session->join);
    session->join = NULL;
    session->join_size = session->join_capacity = 0;
}

static void take_fragment(struct session *session, struct slice fragment, bool first, bool final, bool text)
{
    if (first)
        join_end(session);
    if (text && !session->echo) {
        session_close(session, CLOSE_UNSUPPORTED_DATA);
    } else if (session->join_size + fragment.size > LIMIT_FRAME_MAX_BYTES) {
        session_close(session, CLOSE_TOO_BIG);
    } else if (first && final) {
        deliver(session, fragment, text);
    } else if (!join(session, fragment)) {
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS);
    } else if (final) {
        uint8_t *message = session->join;
        size_t size = session->join_size;
        session->join = NULL; /* ours until the callback returned: it may close the session */
        join_end(session);
        deliver(session, slice_of(message, size), text);
        free(message);
    }
}

void receive_fragment(struct session *session, struct slice fragment, bool first, bool final, bool text)
{
    struct socket_server *server = session->server;
    server->counters.bytes_in += fragment.size;
    session->received_ms = loop_mono_ms(server->loop);
    session->pinged = false;
    if (session->state != SESSION_OPEN)
        return;
    take_fragment(session, fragment, first, final, text);
    size_t most = session->echo ? 0 : HOLD_FACTOR * (size_t)server->config.feed_high_bytes;
    bool too_much = session->queue.bytes >= most || session->queue.count >= HOLD_MESSAGES;
    if (session->state == SESSION_OPEN && session->queue.count > 0 && too_much)
        guest_hold(session, true);
}
