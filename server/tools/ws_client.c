/* ws_client: libwebsockets as a client, on the tool's libev loop.
 *
 * Kept apart from server/socket, which is about serving: no sessions, no watermarks, one connection. The
 * rules of the library are the same: one lws_write per WRITEABLE callback with LWS_PRE bytes before the data,
 * fragments are joined here, closing is lws_close_reason and then -1 from the callback. Compression is not
 * offered. The host's name is resolved by the library, blocking: fine for a tool, never for the server. */
#include "tools/ws_client.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/list.h"
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX_BYTES (64u << 20)
#define CLIENT_MAGIC 0x57534349u

struct outgoing_message {
    struct list_node node;
    size_t size;
    uint8_t bytes[]; /* LWS_PRE, then the message */
};

struct ws_client {
    uint32_t magic;
    struct lws_context *context;
    struct lws *wsi;
    struct ws_client_callbacks callbacks;
    void *ctx;
    struct list_node queue;
    struct buf incoming;
    bool starting, closing, closed;
    int close_code;
    char close_reason[124];
    void *foreign_loops[1];
};

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size);

static const struct lws_protocols protocols[] = {
    {.name = "gachapon", .callback = on_event, .rx_buffer_size = 4096},
    {0},
};

static void tell_closed(struct ws_client *client, int code, const char *reason)
{
    if (client->closed)
        return;
    client->closed = true;
    client->wsi = NULL;
    if (!client->starting)
        client->callbacks.on_close(client->ctx, code, reason);
    else { /* ws_client_open has not returned: it says it. The reason may be this very text */
        size_t size = strnlen(reason, sizeof client->close_reason - 1);
        memmove(client->close_reason, reason, size);
        client->close_reason[size] = '\0';
    }
}

static int on_receive(struct ws_client *client, struct lws *wsi, const void *data, size_t size)
{
    if (lws_is_first_fragment(wsi))
        buf_clear(&client->incoming);
    if (buf_append(&client->incoming, data, size) != ERR_OK)
        return -1;
    if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0)
        client->callbacks.on_message(client->ctx, buf_slice(&client->incoming));
    return 0;
}

static int on_writeable(struct ws_client *client, struct lws *wsi)
{
    struct list_node *node = list_pop(&client->queue);
    if (node == NULL && client->closing) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        client->close_code = 1000;
        return -1;
    }
    if (node == NULL)
        return 0;
    struct outgoing_message *message = list_entry(node, struct outgoing_message, node);
    int written = lws_write(wsi, message->bytes + LWS_PRE, message->size, LWS_WRITE_BINARY);
    bool good = written >= 0 && (size_t)written >= message->size;
    free(message);
    if (!list_empty(&client->queue) || client->closing)
        lws_callback_on_writable(wsi);
    return good ? 0 : -1;
}

/* The peer's close frame: two bytes of code, then its reason. */
static void on_peer_close(struct ws_client *client, const uint8_t *data, size_t size)
{
    client->close_code = size >= 2 ? data[0] << 8 | data[1] : 1005;
    if (size > 2)
        snprintf(client->close_reason, sizeof client->close_reason, "%.*s", (int)(size - 2),
                 (const char *)data + 2);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct ws_client *client = lws_context_user(lws_get_context(wsi));
    (void)user;
    switch ((int)reason) { /* the library has some hundred; these are ours */
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        check_magic(client, CLIENT_MAGIC);
        client->callbacks.on_open(client->ctx);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(client, wsi, in, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writeable(client, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_close(client, in, size);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        tell_closed(client, 0, in != NULL ? in : "cannot connect");
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        tell_closed(client, client->close_code, client->close_reason);
        return 0;
    default:
        return 0;
    }
}

static struct lws_context *make_context(struct ws_client *client, const char *ca_file)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = client->foreign_loops,
        .user = client,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .client_ssl_ca_filepath = ca_file,
    };
    lws_set_log_level(LLL_ERR, NULL);
    return lws_create_context(&info);
}

static struct lws *start(struct ws_client *client, const char *url)
{
    char copy[1024], path[1024];
    const char *scheme, *host, *rest;
    int port;
    if (strlen(url) >= sizeof copy)
        return NULL;
    snprintf(copy, sizeof copy, "%s", url);
    if (lws_parse_uri(copy, &scheme, &host, &port, &rest) != 0)
        return NULL;
    bool tls = strcmp(scheme, "wss") == 0;
    if (!tls && strcmp(scheme, "ws") != 0)
        return NULL;
    snprintf(path, sizeof path, "/%.1000s", rest);
    struct lws_client_connect_info info = {
        .context = client->context,
        .address = host,
        .port = port,
        .path = path,
        .host = host,
        .origin = NULL,
        .protocol = NULL,
        .local_protocol_name = protocols[0].name,
        .ssl_connection = tls ? LCCSCF_USE_SSL : 0,
    };
    char host_header[300];
    snprintf(host_header, sizeof host_header, "%.250s:%d", host, port);
    info.host = host_header;
    return lws_client_connect_via_info(&info);
}

struct ws_client *ws_client_open(struct loop *loop, const char *url, const char *ca_file,
                                 const struct ws_client_callbacks *callbacks, void *ctx,
                                 char ret_failure[200])
{
    struct ws_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return NULL;
    }
    client->magic = CLIENT_MAGIC;
    client->callbacks = *callbacks;
    client->ctx = ctx;
    client->close_code = 1006;
    client->foreign_loops[0] = loop_ev(loop);
    list_init(&client->queue);
    buf_init(&client->incoming, MESSAGE_MAX_BYTES);
    client->context = make_context(client, ca_file);
    client->starting = true;
    struct lws *wsi = client->context == NULL ? NULL : start(client, url);
    client->starting = false;
    if (wsi != NULL && !client->closed) {
        client->wsi = wsi;
        return client;
    }
    snprintf(ret_failure, 200, "%s",
             client->closed ? client->close_reason
                            : "cannot connect: is it ws://host:port/path or wss://...?");
    ws_client_free(client);
    return NULL;
}

void ws_client_free(struct ws_client *client)
{
    if (client == NULL)
        return;
    check_magic(client, CLIENT_MAGIC);
    client->closed = true; /* nothing is told any more */
    if (client->context != NULL)
        lws_context_destroy(client->context);
    for (struct list_node *node; (node = list_pop(&client->queue)) != NULL;)
        free(list_entry(node, struct outgoing_message, node));
    buf_release(&client->incoming);
    free(client);
}

enum err ws_client_send(struct ws_client *client, struct slice message)
{
    if (client->closed || client->closing)
        return ERR_AWAY;
    struct outgoing_message *copy = malloc(sizeof *copy + LWS_PRE + message.size);
    if (copy == NULL)
        return ERR_NOMEM;
    copy->node = (struct list_node){0};
    copy->size = message.size;
    if (message.size > 0)
        memcpy(copy->bytes + LWS_PRE, message.data, message.size);
    list_append(&client->queue, &copy->node);
    lws_callback_on_writable(client->wsi);
    return ERR_OK;
}

void ws_client_close(struct ws_client *client)
{
    if (client->closed || client->closing)
        return;
    client->closing = true;
    lws_callback_on_writable(client->wsi);
}
