/* client: where sockets meet the walk. A frame is taken apart here, each message becomes a request; what a
 * session must hear without asking - hello, tick, expiring - leaves from here; revoked and expired users are
 * closed here.
 *
 * Limits at the door, in this order, each with its answer and before anything is done for the message: more
 * messages, sign-ins or registrations than the session or its address may send -> rate_limited; more
 * unanswered requests than in_flight_max -> too_many_in_flight; a request id that is still unanswered ->
 * id_in_use; a command id of the kind that the server derives -> field_out_of_range; a queue that would take
 * too long (admission.c), the pool of requests or the memory for payloads full -> overloaded. Malformed
 * messages get their named error, and after FAULTS_MAX of them the socket is closed (4000). Nothing of this
 * touches another session. */
#include "request/internal.h"
#include "request/account.h"
#include <inttypes.h>
#include <stdlib.h>

#define FAULTS_MAX 16
/* Beyond one of these, sockets that want to open wait their turn. */
#define SIGN_INS_AT_ONCE 64  /* sign-ins under way */
#define EXPECTED_AT_ONCE 512 /* opened, and nothing heard yet */
#define NEWCOMER_MS 250      /* each of them counts no longer than a round trip through half the world */
#define SERVER_NAME "gachapon " GACHAPON_VERSION

struct client *client_of(struct session *session)
{
    struct client *client = session_get(session, SESSION_SLOT_REQUEST);
    check_magic(client, CLIENT_MAGIC);
    return client;
}

void client_push(struct requests *requests, struct session *session, enum message_type type,
                 const void *payload)
{
    buf_clear(&requests->out);
    if (frame_push(&requests->out, type, payload) == ERR_OK)
        session_send_bytes(session, buf_slice(&requests->out));
}

static void say_hello(struct requests *requests, struct session *session)
{
    struct message_hello hello = {
        .protocol = PROTOCOL_VERSION,
        .oldest_client = PROTOCOL_OLDEST_CLIENT,
        .epoch = eventstore_epoch(requests->store),
        .time = loop_now_ms(requests->loop),
        .server = slice_text(SERVER_NAME),
        .limits = {.frame_max_bytes = LIMIT_FRAME_MAX_BYTES,
                   .in_flight_max = LIMIT_IN_FLIGHT_MAX,
                   .messages_per_frame_max = LIMIT_MESSAGES_PER_FRAME_MAX,
                   .sign_in_within_ms = requests->config.sign_in_within_ms,
                   .tick_every_ms = requests->config.tick_every_ms,
                   .messages_per_second = requests->config.messages_per_session},
        .issuer = slice_text(requests->config.issuer),
        .client_id = slice_text(requests->config.players_client_id),
    };
    client_push(requests, session, MESSAGE_HELLO, &hello);
}

/* ---- newcomers ----
 * They sign in a few at a time: those who are in go first. Whoever was let in is expected to sign in and
 * keeps a place until it says something, but not for long: who says nothing keeps nobody out. */

static void expect(struct requests *requests, struct client *client)
{
    client->opened_ms = loop_mono_ms(requests->loop);
    list_append(&requests->expected, &client->expected);
    requests->expected_count++;
}

static void expect_no_more(struct requests *requests, struct client *client)
{
    if (!list_linked(&client->expected))
        return;
    list_remove(&client->expected);
    requests->expected_count--;
}

void newcomer_begins(struct request *request)
{
    request->signing_since_ms = loop_mono_ms(request->requests->loop);
    list_append(&request->requests->signing, &request->signing_node);
    request->requests->signing_count++;
}

void newcomer_ends(struct request *request)
{
    if (!list_linked(&request->signing_node))
        return;
    list_remove(&request->signing_node);
    request->requests->signing_count--;
}

/* Whoever takes longer than NEWCOMER_MS - it says nothing, a store stands still - keeps nobody out any more.
 */
static void give_up_waiting(struct requests *requests)
{
    uint64_t now_ms = loop_mono_ms(requests->loop);
    while (!list_empty(&requests->expected)) {
        struct client *oldest = list_entry(requests->expected.next, struct client, expected);
        if (now_ms - oldest->opened_ms < NEWCOMER_MS)
            break;
        expect_no_more(requests, oldest);
    }
    while (!list_empty(&requests->signing)) {
        struct request *oldest = list_entry(requests->signing.next, struct request, signing_node);
        if (now_ms - oldest->signing_since_ms < NEWCOMER_MS)
            break;
        newcomer_ends(oldest);
    }
}

static bool may_open(void *ctx)
{
    struct requests *requests = ctx;
    give_up_waiting(requests);
    return requests->signing_count < SIGN_INS_AT_ONCE + auth_waiting(requests->auth) &&
           requests->expected_count < EXPECTED_AT_ONCE;
}

/* ---- opening and closing ---- */

static void on_open(void *ctx, struct session *session, struct slice bearer)
{
    struct requests *requests = ctx;
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS);
        return;
    }
    client->magic = CLIENT_MAGIC;
    client->session_id = session_id(session);
    list_init(&client->requests);
    session_set(session, SESSION_SLOT_REQUEST, client);
    say_hello(requests, session);
    if (bearer.data == NULL)
        expect(requests, client);
    else
        account_sign_in_by_header(requests, session, bearer);
}

static void on_close(void *ctx, struct session *session)
{
    struct requests *requests = ctx;
    notify_forget(requests->notify, session);
    struct client *client = session_get(session, SESSION_SLOT_REQUEST);
    if (client == NULL)
        return;
    struct list_node *node;
    expect_no_more(requests, client);
    while ((node = list_pop(&client->requests)) != NULL)
        ; /* the requests go on: what was accepted takes effect, the answer is dropped */
    session_set(session, SESSION_SLOT_REQUEST, NULL);
    client->magic = 0;
    free(client);
}

static void on_drained(void *ctx, struct session *session)
{
    struct requests *requests = ctx;
    notify_drained(requests->notify, session);
}

/* ---- messages ---- */

static bool id_is_in_use(const struct client *client, uint32_t id)
{
    list_each(node, &client->requests)
    {
        if (list_entry(node, struct request, session_node)->id == id)
            return true;
    }
    return false;
}

static void fault(struct requests *requests, struct session *session, uint32_t id, enum error_code code,
                  const char *detail)
{
    struct client *client = client_of(session);
    requests->counters.malformed++;
    reply_fault(requests, session, id, code, 0, detail);
    if (++client->faults == FAULTS_MAX)
        session_close(session, CLOSE_HOSTILE);
}

/* True: over a limit of rate, and answered so. `id` 0 when it could not be read. */
static bool limited(struct requests *requests, struct session *session, uint32_t id, enum charge charge)
{
    uint32_t wait_ms = session_charge(session, charge);
    if (wait_ms > 0)
        reply_fault(requests, session, id, ERROR_RATE_LIMITED, wait_ms, NULL);
    return wait_ms > 0;
}

/* What is dear apart from its being a message: true when there were too many of it. */
static bool kind_limited(struct requests *requests, struct session *session,
                         const struct frame_request *message)
{
    if (message->type == MESSAGE_SIGN_IN || message->type == MESSAGE_REFRESH)
        return limited(requests, session, message->id, CHARGE_SIGN_IN);
    if (account_is_registration(message->type))
        return limited(requests, session, message->id, CHARGE_REGISTRATION);
    return false;
}

/* What the message itself, or what is unanswered of this socket, forbids: true, and answered. */
static bool forbidden(struct requests *requests, struct session *session, const struct frame_request *message)
{
    const struct client *client = client_of(session);
    if (client->in_flight >= LIMIT_IN_FLIGHT_MAX)
        reply_fault(requests, session, message->id, ERROR_TOO_MANY_IN_FLIGHT, 0, NULL);
    else if (id_is_in_use(client, message->id))
        fault(requests, session, message->id, ERROR_ID_IN_USE, NULL);
    else if (uuid_is_derived(message->meta.command_id)) /* or a grant's or an enrolment's could be used up */
        fault(requests, session, message->id, ERROR_FIELD_OUT_OF_RANGE,
              "meta.command_id: version 8 is not the client's");
    else
        return false;
    return true;
}

static struct admission *admission_of(struct requests *requests, uint32_t type)
{
    return schema_command((int)type) != NULL         ? &requests->commands
           : schema_view_of_query((int)type) != NULL ? &requests->queries
                                                     : NULL;
}

/* A request for it, if there is room for one more; else NULL, and answered. */
static struct request *let_in(struct requests *requests, struct session *session,
                              const struct frame_request *message)
{
    struct admission *admission = admission_of(requests, message->type);
    struct request *request = NULL;
    uint32_t retry_ms = 0;
    if (requests->in_flight < requests->config.requests_max &&
        requests->payload_bytes + message->payload.size <= requests->config.payload_bytes_max &&
        (admission == NULL || admission_enter(admission, &retry_ms)))
        request = request_new(requests);
    if (request == NULL)
        reply_fault(requests, session, message->id, ERROR_OVERLOADED, retry_ms, NULL);
    else
        request->admission = admission;
    return request;
}

/* Makes a request of one message and lets it walk. `message` borrows from the frame. */
static void take_message(struct requests *requests, struct session *session,
                         const struct frame_request *message)
{
    struct client *client = client_of(session);
    if (forbidden(requests, session, message) || kind_limited(requests, session, message))
        return;
    struct request *request = let_in(requests, session, message);
    if (request == NULL)
        return;
    const struct principal *principal = session_principal(session);
    request->session_id = client->session_id;
    request->id = message->id;
    request->type = message->type;
    request->meta = message->meta;
    request->meta.traceparent = (struct slice){0};
    request->actor = principal->subject;
    request->roles = principal->roles;
    request->payload = slice_copy(&request->arena, message->payload);
    requests->payload_bytes += request->payload.size;
    list_append(&client->requests, &request->session_node);
    client->in_flight++;
    if (message->payload.data != NULL && request->payload.data == NULL)
        reply_error(request, ERROR_OVERLOADED, NULL);
    else
        request_advance(request);
}

static void on_message(void *ctx, struct session *session, struct slice frame)
{
    struct requests *requests = ctx;
    struct arena scratch;
    arena_init(&scratch, 1024, 65536);
    uint32_t count = 0;
    expect_no_more(requests, client_of(session));
    do {
        struct frame_request message;
        struct wire_fault wrong;
        arena_reset(&scratch);
        bool taken = frame_next(&frame, &scratch, &message, &wrong);
        requests->counters.messages++;
        if (++count > LIMIT_MESSAGES_PER_FRAME_MAX) {
            fault(requests, session, taken ? message.id : 0, ERROR_TOO_MANY_VALUES, "messages in one frame");
            break;
        }
        if (limited(requests, session, taken ? message.id : 0, CHARGE_MESSAGE))
            continue;
        if (taken)
            take_message(requests, session, &message);
        else
            fault(requests, session, message.id, wrong.code, wrong.where);
    } while (frame.size > 0 && !session_closing(session));
    arena_release(&scratch);
}

const struct session_callbacks requests_session_callbacks = {
    .may_open = may_open,
    .on_open = on_open,
    .on_message = on_message,
    .on_drained = on_drained,
    .on_close = on_close,
};

/* ---- housekeeping: expiry and ticks ---- */

static void watch_expiry(struct requests *requests, struct session *session)
{
    struct principal *principal = session_principal(session);
    struct client *client = client_of(session);
    if (uuid_is_nil(principal->subject))
        return;
    int64_t left_ms = principal->expires_at_ms - loop_now_ms(requests->loop);
    if (left_ms <= 0) {
        session_close(session, CLOSE_TOKEN_EXPIRED);
    } else if (left_ms <= (int64_t)requests->config.expiry_warning_ms && !client->warned) {
        struct message_expiring expiring = {.expires_at = principal->expires_at_ms};
        client->warned = true;
        client_push(requests, session, MESSAGE_EXPIRING, &expiring);
    }
}

static void tick(struct requests *requests, struct session *session)
{
    if (loop_mono_ms(requests->loop) - session_last_sent_ms(session) < requests->config.tick_every_ms)
        return;
    struct message_tick message = {.time = loop_now_ms(requests->loop)};
    notify_marks(requests->notify, session, &message.own_mark, &message.public_mark);
    buf_clear(&requests->out);
    if (frame_push(&requests->out, MESSAGE_TICK, &message) != ERR_OK)
        return;
    struct outgoing *outgoing = outgoing_new(buf_slice(&requests->out));
    if (session_feed(session, outgoing) != ERR_OK)
        log_debug("tick", "session=%" PRIu64 " skipped=1", session_id(session)); /* it has enough to read */
    outgoing_unref(outgoing);
}

void clients_housekeeping(struct requests *requests)
{
    if (requests->server == NULL)
        return;
    struct session *session;
    for (size_t cursor = 0; (session = socket_next(requests->server, &cursor)) != NULL;) {
        if (session_closing(session) || session_get(session, SESSION_SLOT_REQUEST) == NULL)
            continue;
        watch_expiry(requests, session);
        if (!session_closing(session))
            tick(requests, session);
    }
}

/* ---- what was revoked ---- */

/* What such a session still waits to have decided is not decided any more; what was decided goes its way. */
static void close_revoked(struct session *session, enum close_code code)
{
    struct client *client = session_get(session, SESSION_SLOT_REQUEST);
    if (client != NULL)
        list_each(node, &client->requests) list_entry(node, struct request, session_node)->revoked = true;
    session_close(session, code);
}

void requests_on_revoked(void *ctx)
{
    struct requests *requests = ctx;
    struct session *session;
    if (requests->server == NULL)
        return;
    for (size_t cursor = 0; (session = socket_next(requests->server, &cursor)) != NULL;) {
        const struct principal *principal = session_principal(session);
        if (uuid_is_nil(principal->subject) || session_closing(session))
            continue;
        int code = auth_closes(requests->auth, principal->subject, principal->sid, principal->azp,
                               principal->issued_at_ms, principal->roles);
        if (code != 0)
            close_revoked(session, (enum close_code)code);
    }
}

/* ---- one socket a player ---- */

/* Whether `client` came before a socket that was signed in at this moment of that node. */
static bool is_older(const struct requests *requests, const struct client *client, int64_t at_ms,
                     const char *node)
{
    if (client->signed_in_at_ms != at_ms)
        return client->signed_in_at_ms < at_ms;
    return strcmp(requests->config.node, node) < 0;
}

void requests_on_signed_in(void *ctx, struct uuid subject, int64_t at_ms, const char *node)
{
    struct requests *requests = ctx;
    struct session *session;
    if (requests->server == NULL)
        return;
    for (size_t cursor = 0; (session = socket_next(requests->server, &cursor)) != NULL;)
        if (!session_closing(session) && uuid_equal(session_principal(session)->subject, subject) &&
            is_older(requests, client_of(session), at_ms, node))
            session_close(session, CLOSE_REPLACED);
}

void client_adopted(struct requests *requests, struct session *own)
{
    const struct principal *principal = session_principal(own);
    struct session *session;
    client_of(own)->signed_in_at_ms = loop_now_ms(requests->loop);
    if (!requests->config.single_session || (principal->roles & (ROLE_GAME_ADMIN | ROLE_GAME_SERVICE)))
        return;
    for (size_t cursor = 0; (session = socket_next(requests->server, &cursor)) != NULL;)
        if (session != own && !session_closing(session) &&
            uuid_equal(session_principal(session)->subject, principal->subject))
            session_close(session, CLOSE_REPLACED);
    if (requests->config.on_signed_in != NULL)
        requests->config.on_signed_in(requests->config.ctx, principal->subject,
                                      client_of(own)->signed_in_at_ms);
}
