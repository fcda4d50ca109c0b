/* front_request: what a front asks for, and its answer.
 *
 *   public ports   /play, /join  an upgrade, or the refusal that names what was wrong
 *                  anything else the handler that serve.c installed for pages, else 404
 *   internal port  GET, HEAD, POST with a bounded body, to the handler (healthz, readyz, metrics, ...)
 *
 * Answers are short, say Connection: close and no-store, and name neither the server nor its version. A
 * target is never logged: people put tokens there.
 *
 * An upgrade over TLS gets a socketpair: libwebsockets has one end, a relay moves bytes between the other and
 * OpenSSL. It costs two descriptors and a copy; it keeps one way in for both, and the library's TLS and HTTP
 * code out of reach. */
#include "base/check.h"
#include "socket/front.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- answers ---- */

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Answer";
    }
}

static enum front_step answer(struct front *front, int status, const char *headers, const char *content_type,
                              struct slice body, bool head_only)
{
    char top[1024];
    const char *connection = status == 426 ? "Upgrade, close" : "close";
    int size = snprintf(top, sizeof top,
                        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: %s\r\n"
                        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s\r\n",
                        status, status_text(status), content_type, body.size, connection, headers);
    check(size > 0 && (size_t)size < sizeof top);
    buf_release(&front->answer);
    buf_init(&front->answer, sizeof top + ANSWER_MAX_BYTES);
    front->sent = 0;
    front->state = FRONT_ANSWER;
    front->deadline_ms = loop_mono_ms(front->server->loop) + front->server->limits.front_within_ms;
    if (buf_append(&front->answer, top, (size_t)size) != ERR_OK ||
        (!head_only && body.size > 0 && buf_append(&front->answer, body.data, body.size) != ERR_OK))
        return FRONT_OVER;
    return FRONT_GO_ON;
}

enum front_step front_refuse(struct front *front, enum refusal refusal, const struct http_head *head)
{
    const struct refusal_desc *desc = refusal_desc(refusal);
    struct socket_server *server = front->server;
    char peer[ADDRESS_TEXT_SIZE], text[160];
    struct asker asker = upgrade_asker(&server->rules, head, &front->tcp_peer, front->channel.tls != NULL);
    socket_refused(server, desc->name, address_format(&asker.address, peer));
    snprintf(text, sizeof text, "%s\n", desc->text);
    bool head_only = head != NULL && slice_equal_text(head->method, "HEAD");
    return answer(front, desc->status, desc->header, "text/plain; charset=utf-8", slice_text(text),
                  head_only);
}

/* Asks a handler, if there is one. */
static enum front_step ask(struct front *front, const struct http_head *head, http_handler handler, void *ctx,
                           struct slice body)
{
    struct buf out;
    char path[TARGET_MAX_BYTES + 1];
    if (handler == NULL)
        return front_refuse(front, REFUSAL_NOT_FOUND, head);
    const uint8_t *query = memchr(head->target.data, '?', head->target.size);
    size_t size = query != NULL ? (size_t)(query - head->target.data) : head->target.size;
    memcpy(path, head->target.data, size);
    path[size] = '\0';
    bool head_only = slice_equal_text(head->method, "HEAD");
    struct http_request request = {
        .method = slice_equal_text(head->method, "POST") ? "POST" : "GET", .path = path, .body = body};
    http_head_find(head, "content-type", &request.content_type);
    struct http_answer given = {
        .status = 500, .content_type = "text/plain; charset=utf-8", .headers = "", .body = &out};
    given.ticket = front->ticket = ++front->server->next_ticket;
    buf_init(&out, ANSWER_MAX_BYTES);
    handler(ctx, &request, &given);
    enum front_step step = given.status == 0 ? front_leave_open(front)
                                             : answer(front, given.status, given.headers, given.content_type,
                                                      buf_slice(&out), head_only);
    buf_release(&out);
    return step;
}

void socket_answer(struct socket_server *server, uint64_t ticket, int status, struct slice json)
{
    struct front *front = front_find_open(server, ticket);
    if (front == NULL)
        return;
    if (answer(front, status, "", "application/json", json, false) == FRONT_GO_ON)
        front_go_on(front);
    else
        front_free(front);
}

/* ---- the internal port ---- */

enum front_step front_answer_internal(struct front *front, const struct http_head *head)
{
    struct socket_server *server = front->server;
    struct slice body = slice_of(front->data + head->size, front->size - head->size);
    if (front->size > front->whole_size)
        body.size = front->whole_size - head->size;
    return ask(front, head, server->internal_http, server->internal_http_ctx, body);
}

/* Reads Content-Length; false when it is not one plain number. */
static bool body_length(const struct http_head *head, size_t *ret_length)
{
    struct slice text;
    unsigned found = http_head_find(head, "content-length", &text);
    size_t length = 0;
    if (found > 1 || http_head_find(head, "transfer-encoding", NULL) > 0 || text.size > 9 ||
        (found == 1 && text.size == 0))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        length = length * 10 + (size_t)(text.data[i] - '0');
    }
    *ret_length = length;
    return true;
}

static enum front_step request_internal(struct front *front, const struct http_head *head)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t length = 0;
    bool known = slice_equal_text(head->method, "GET") || slice_equal_text(head->method, "HEAD") ||
                 slice_equal_text(head->method, "POST");
    if (!known)
        return front_refuse(front, REFUSAL_METHOD_UNKNOWN, head);
    if (!body_length(head, &length))
        return front_refuse(front, REFUSAL_BODY_LENGTH, head);
    if (length > BODY_MAX_BYTES)
        return front_refuse(front, REFUSAL_BODY_TOO_LONG, head);
    front->whole_size = head->size + length;
    front->state = FRONT_BODY;
    if (front->size < front->whole_size && http_head_has(head, "expect", "100-continue") &&
        channel_write(&front->channel, go_on, sizeof go_on - 1) != (ssize_t)sizeof go_on - 1)
        return FRONT_OVER;
    return FRONT_GO_ON;
}

/* ---- becoming a WebSocket ---- */

/* Whether the address may open one more; `again`: it was counted when it asked. */
static enum refusal judge_address(struct socket_server *server, const struct address *address, bool again)
{
    if (census_exempts(server, address))
        return REFUSAL_NONE;
    struct census_entry *census = census_of(server, address);
    if (census == NULL)
        return REFUSAL_FULL;
    enum refusal refusal = REFUSAL_NONE;
    if (census->sessions >= server->config.sessions_per_address_max + SURPLUS_PER_ADDRESS_MAX)
        refusal = REFUSAL_PER_ADDRESS;
    else if (!again && census_charge(server, census, CHARGE_UPGRADE) > 0)
        refusal = REFUSAL_TOO_OFTEN;
    census_settle(server, census);
    return refusal;
}

/* What only the server knows: whether there is room. */
static enum refusal judge_room(struct socket_server *server, const struct asker *asker, bool again)
{
    if (server->draining)
        return REFUSAL_DRAINING;
    if (server->used >= server->config.sessions_max)
        return REFUSAL_FULL;
    return judge_address(server, &asker->address, again);
}

/* Two ends for a relay; ours first. */
static bool make_pair(int ret_pair[2])
{
    int size = SEND_BUFFER_BYTES / 2;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ret_pair) != 0)
        return false;
    setsockopt(ret_pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(ret_pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return true;
}

static enum front_step become_session(struct front *front, const struct http_head *head,
                                      const struct upgrade *upgrade, const struct asker *asker)
{
    struct socket_server *server = front->server;
    struct slice early = slice_of(front->data + head->size, front->size - head->size);
    int pair[2] = {-1, -1};
    if (front->channel.tls != NULL && !make_pair(pair))
        return front_refuse(front, REFUSAL_DESCRIPTORS, head);
    front_opens(server);
    struct session *session = session_new(server, asker, upgrade, front->channel.fd);
    if (session == NULL) {
        close(pair[0]);
        close(pair[1]);
        return front_refuse(front, REFUSAL_FULL, head);
    }
    uint64_t id = session->id;
    ev_io_stop(loop_ev(server->loop), &front->io);
    if (front->channel.tls == NULL) {
        guest_adopt(session, channel_release_fd(&front->channel), upgrade, early);
        return FRONT_OVER;
    }
    guest_adopt(session, pair[1], upgrade, early);
    relay_open(server, front->channel, pair[0], id);
    front->channel = (struct channel){.fd = -1};
    return FRONT_OVER;
}

static enum front_step request_upgrade(struct front *front, const struct http_head *head)
{
    struct socket_server *server = front->server;
    struct upgrade upgrade;
    struct asker asker = upgrade_asker(&server->rules, head, &front->tcp_peer, front->channel.tls != NULL);
    bool again = front->state == FRONT_QUEUED;
    enum refusal refusal = upgrade_judge(&server->rules, head, &upgrade);
    if (refusal == REFUSAL_NONE)
        refusal = judge_room(server, &asker, again);
    if (refusal != REFUSAL_NONE)
        return front_refuse(front, refusal, head);
    if (!again && (!list_empty(&server->queued) || !front_may_open(server)))
        return front_queue(front);
    return become_session(front, head, &upgrade, &asker);
}

enum front_step front_request(struct front *front, const struct http_head *head)
{
    struct socket_server *server = front->server;
    if (front->kind == LISTENER_INTERNAL)
        return request_internal(front, head);
    if (upgrade_is_path(head->target))
        return request_upgrade(front, head);
    bool reads = slice_equal_text(head->method, "GET") || slice_equal_text(head->method, "HEAD");
    if (!reads)
        return front_refuse(front, REFUSAL_NOT_FOUND, head);
    return ask(front, head, server->public_http, server->public_http_ctx, (struct slice){0});
}
