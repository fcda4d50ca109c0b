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
 * What costs work and is no message is charged as one, so that a flood of it is cut (4007): pongs that nobody
 * asked for, and fragments with nothing or next to nothing in them.
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

/* The echo's conformance suites may cut messages as they like. */
static void charge(struct session *session)
{
    uint32_t wait_ms = session->echo ? 0 : session_charge(session, CHARGE_MESSAGE);
    (void)wait_ms; /* there is nobody to tell; far beyond the limit it is closed */
}

static void take_part(struct session *session, struct slice part, bool first, bool final, bool text)
{
    if (first)
        join_end(session);
    if (text && !session->echo) {
        session_close(session, CLOSE_UNSUPPORTED_DATA);
    } else if (session->join_size + part.size > LIMIT_FRAME_MAX_BYTES) {
        session_close(session, CLOSE_TOO_BIG);
    } else if (first && final) {
        deliver(session, part, text);
    } else if (!join(session, part)) {
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

void receive_part(struct session *session, struct slice part, bool first, bool ends, bool final, bool text)
{
    struct socket_server *server = session->server;
    server->counters.bytes_in += part.size;
    session->received_ms = loop_mono_ms(server->loop);
    session->pinged = false;
    if (session->state != SESSION_OPEN)
        return;
    session->fragment_size += (uint32_t)part.size;
    if (ends && !final && session->fragment_size < FRAGMENT_LEAST_BYTES)
        charge(session);
    if (ends)
        session->fragment_size = 0;
    if (session->state == SESSION_OPEN)
        take_part(session, part, first, final, text);
    size_t most = session->echo ? 0 : HOLD_FACTOR * (size_t)server->config.feed_high_bytes;
    bool too_much = session->queue.bytes >= most || session->queue.count >= HOLD_MESSAGES;
    if (session->state == SESSION_OPEN && session->queue.count > 0 && too_much)
        guest_hold(session, true);
}

void receive_pong(struct session *session)
{
    bool asked = session->pinged;
    session->received_ms = loop_mono_ms(session->server->loop);
    session->pinged = false;
    if (!asked && session->state == SESSION_OPEN)
        charge(session);
}
