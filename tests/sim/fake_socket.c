/* fake_socket: session.h without libwebsockets: queues that the world empties, message by message.
 *
 * What the server sends is shown to the oracle the moment it is queued: from there on nobody can take it
 * back, so that is when "not before the commit" has to hold. It reaches the client in a later step, or never.
 * The rules of the real sessions that matter above are kept: feed messages are refused over a watermark and
 * on_drained follows; a closing session takes nothing and hears nothing; on_close runs once, and the memory
 * goes at the end of that turn. */
#include "client.h"
#include "node.h"
#include "oracle.h"
#include "sockets.h"
#include <stdlib.h>

#define SESSION_MAGIC 0x53535351u
#define FEED_HIGH_BYTES 700 /* little: queues are full all the time */
#define FEED_LOW_BYTES 200
#define QUEUE_BYTES_MAX 65536 /* with all answers that a client may still want */
#define STALLED_MS 2000       /* shorter than the real one, as time is */

struct outgoing {
    uint32_t references;
    size_t size;
    uint8_t bytes[];
};

struct message {
    struct list_node node;
    struct outgoing *outgoing;
};

enum session_state { OPEN, CLOSING, GONE };

struct session {
    uint32_t magic;
    struct list_node node; /* in server->sessions or ->gone */
    struct socket_server *server;
    uint64_t id, last_sent_ms, taken_ms;
    enum session_state state;
    struct principal principal;
    void *slots[SESSION_SLOT_COUNT];
    struct list_node to_client, to_server; /* struct message */
    size_t queued_bytes;
    bool fed_up, signed_in;
    uint32_t refusals; /* messages of the feed that did not fit */
    enum close_code code;
    struct client *client;
    enum session_path path;
};

struct socket_server {
    struct node *node;
    struct loop *loop;
    struct session_callbacks callbacks;
    void *ctx;
    struct list_node sessions, gone;
    uint64_t next_id;
};

/* ---- messages ---- */

struct outgoing *outgoing_new(struct slice bytes)
{
    struct outgoing *outgoing = malloc(sizeof *outgoing + bytes.size);
    check(outgoing != NULL);
    *outgoing = (struct outgoing){.references = 1, .size = bytes.size};
    memcpy(outgoing->bytes, bytes.data, bytes.size);
    return outgoing;
}

void outgoing_ref(struct outgoing *outgoing)
{
    outgoing->references++;
}

void outgoing_unref(struct outgoing *outgoing)
{
    if (outgoing != NULL && --outgoing->references == 0)
        free(outgoing);
}

static void push(struct list_node *queue, struct outgoing *outgoing)
{
    struct message *message = calloc(1, sizeof *message);
    check(message != NULL);
    message->outgoing = outgoing;
    outgoing_ref(outgoing);
    list_append(queue, &message->node);
}

static void message_free(struct message *message)
{
    list_remove(&message->node);
    outgoing_unref(message->outgoing);
    free(message);
}

static void empty(struct list_node *queue)
{
    while (!list_empty(queue))
        message_free(list_entry(queue->next, struct message, node));
}

/* ---- session.h ---- */

void session_send(struct session *session, struct outgoing *outgoing)
{
    check_magic(session, SESSION_MAGIC);
    if (session->state != OPEN)
        return;
    oracle_sent(session->server->node, session->client, slice_of(outgoing->bytes, outgoing->size));
    push(&session->to_client, outgoing);
    if (session->queued_bytes == 0)
        session->taken_ms = world.mono_ms;
    session->queued_bytes += outgoing->size;
    session->last_sent_ms = world.mono_ms;
    hold(session->queued_bytes <= QUEUE_BYTES_MAX, "%zu bytes wait for %s", session->queued_bytes,
         client_name(session->client));
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
    if (session->state != OPEN)
        return ERR_AWAY;
    if (session->queued_bytes > 0 && session->queued_bytes + outgoing->size > FEED_HIGH_BYTES) {
        session->fed_up = true;
        session->refusals++;
        return ERR_FULL;
    }
    session_send(session, outgoing);
    return ERR_OK;
}

size_t session_queued_bytes(const struct session *session)
{
    return session->queued_bytes;
}

void session_close(struct session *session, enum close_code code)
{
    check_magic(session, SESSION_MAGIC);
    if (session->state != OPEN)
        return;
    trace("%s: closes %s with %d", node_name(session->server->node), client_name(session->client), (int)code);
    session->state = CLOSING;
    session->code = code;
}

bool session_closing(const struct session *session)
{
    return session->state != OPEN;
}

uint64_t session_id(const struct session *session)
{
    return session->id;
}

struct session *socket_session(struct socket_server *server, uint64_t id)
{
    list_each(node, &server->sessions)
    {
        struct session *session = list_entry(node, struct session, node);
        if (session->id == id)
            return session;
    }
    return NULL;
}

struct session *socket_next(struct socket_server *server, size_t *cursor)
{
    size_t at = 0;
    list_each(node, &server->sessions)
    {
        if (at++ < *cursor)
            continue;
        ++*cursor;
        return list_entry(node, struct session, node);
    }
    return NULL;
}

size_t socket_session_count(const struct socket_server *server)
{
    size_t count = 0;
    list_each(node, &server->sessions) count++;
    return count;
}

enum session_path session_path(const struct session *session)
{
    return session->path;
}

bool session_secure(const struct session *session)
{
    (void)session;
    return true;
}

const char *session_peer(const struct session *session)
{
    return client_name(session->client);
}

struct principal *session_principal(struct session *session)
{
    return &session->principal;
}

void session_set_signed_in(struct session *session, bool signed_in)
{
    session->signed_in = signed_in;
}

void session_set(struct session *session, enum session_slot slot, void *value)
{
    session->slots[slot] = value;
}

void *session_get(const struct session *session, enum session_slot slot)
{
    return session->slots[slot];
}

/* Limits of rate are the real sockets' business (tests/unit/test_socket_rates.c). */
uint32_t session_charge(struct session *session, enum charge charge)
{
    (void)session, (void)charge;
    return 0;
}

uint64_t session_last_sent_ms(const struct session *session)
{
    return session->last_sent_ms;
}

/* ---- the server ---- */

struct socket_server *sockets_new(struct node *node, struct loop *loop,
                                  const struct session_callbacks *callbacks, void *ctx)
{
    struct socket_server *server = calloc(1, sizeof *server);
    check(server != NULL);
    *server = (struct socket_server){.node = node, .loop = loop, .callbacks = *callbacks, .ctx = ctx};
    list_init(&server->sessions);
    list_init(&server->gone);
    return server;
}

static void gone(struct session *session)
{
    struct client *client = session->client;
    session->state = GONE;
    empty(&session->to_client);
    empty(&session->to_server);
    list_remove(&session->node);
    list_append(&session->server->gone, &session->node);
    session->server->callbacks.on_close(session->server->ctx, session);
    client_disconnected(client);
}

void socket_stage_free(void *ctx)
{
    struct socket_server *server = ctx;
    list_each(node, &server->gone)
    {
        struct session *session = list_entry(node, struct session, node);
        list_remove(node);
        session->magic = 0;
        free(session);
    }
}

void sockets_free(struct socket_server *server)
{
    while (!list_empty(&server->sessions))
        gone(list_entry(server->sessions.next, struct session, node));
    socket_stage_free(server);
    free(server);
}

uint64_t sockets_open(struct socket_server *server, struct client *client, struct slice bearer)
{
    struct session *session = calloc(1, sizeof *session);
    check(session != NULL);
    session->magic = SESSION_MAGIC;
    session->server = server;
    session->id = ++server->next_id;
    session->client = client;
    session->path = bearer.data != NULL ? SESSION_PLAY : SESSION_JOIN;
    session->last_sent_ms = world.mono_ms;
    list_init(&session->to_client);
    list_init(&session->to_server);
    list_append(&server->sessions, &session->node);
    loop_touch(server->loop);
    server->callbacks.on_open(server->ctx, session, bearer);
    return session->id;
}

uint32_t session_refusals(const struct session *session)
{
    return session->refusals;
}

/* ---- what can happen ---- */

bool session_can_receive(const struct session *session)
{
    return session->state == OPEN && !list_empty(&session->to_server);
}

bool session_can_deliver(const struct session *session)
{
    if (session->state == CLOSING)
        return true;
    return session->state == OPEN && !list_empty(&session->to_client) && client_takes(session->client);
}

void session_to_server(struct session *session, struct slice frame)
{
    struct outgoing *outgoing = outgoing_new(frame);
    push(&session->to_server, outgoing);
    outgoing_unref(outgoing);
}

void session_do_receive(struct session *session)
{
    struct message *message = list_entry(session->to_server.next, struct message, node);
    struct outgoing *outgoing = message->outgoing;
    outgoing_ref(outgoing);
    message_free(message);
    loop_touch(session->server->loop);
    oracle_delivered(session->client, slice_of(outgoing->bytes, outgoing->size));
    session->server->callbacks.on_message(session->server->ctx, session,
                                          slice_of(outgoing->bytes, outgoing->size));
    outgoing_unref(outgoing);
}

void session_do_deliver(struct session *session)
{
    loop_touch(session->server->loop);
    if (list_empty(&session->to_client)) {
        gone(session);
        return;
    }
    struct message *message = list_entry(session->to_client.next, struct message, node);
    session->taken_ms = world.mono_ms;
    session->queued_bytes -= message->outgoing->size;
    client_receive(session->client, slice_of(message->outgoing->bytes, message->outgoing->size),
                   session->refusals);
    message_free(message);
    if (session->fed_up && session->state == OPEN && session->queued_bytes <= FEED_LOW_BYTES) {
        session->fed_up = false;
        session->server->callbacks.on_drained(session->server->ctx, session);
    }
}

/* Whoever takes nothing for long is closed; what waited is dropped. */
void sockets_close_stalled(struct socket_server *server)
{
    list_each(node, &server->sessions)
    {
        struct session *session = list_entry(node, struct session, node);
        if (session->state != OPEN || list_empty(&session->to_client) ||
            world.mono_ms - session->taken_ms < STALLED_MS)
            continue;
        empty(&session->to_client);
        session->queued_bytes = 0;
        session_close(session, CLOSE_SLOW_READER);
    }
}

void session_do_cut(struct session *session)
{
    trace("%s: socket of %s is cut", node_name(session->server->node), client_name(session->client));
    loop_touch(session->server->loop);
    gone(session);
}
