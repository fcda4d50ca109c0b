/* echo: the ceiling of the socket. A bare libwebsockets server on a foreign libev loop, as the server is one,
 * that sends every message back and knows nothing else: no msgpack, no sessions, no limits. `./dev bench`
 * puts the server's `ping` beside it, and its memory per socket beside the server's.
 *
 *   bench_echo [PORT]      0, the default, picks a free port; prints "port N", ends at the end of stdin
 *
 * Messages come whole (they are smaller than rx_buffer_size); one that was not sent yet is joined by the
 * next. The line "broadcast N" on stdin sends N bytes of zeros to every socket, from one buffer: what telling
 * all of one row costs at the least. */
#include <ev.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BROADCAST_MAX_BYTES 4096

struct echo {
    unsigned char *out; /* LWS_PRE bytes, then `size` to send; NULL: nothing */
    size_t size;
    unsigned told; /* the broadcasts it has been sent */
};

static struct {
    struct lws_context *context;
    const struct lws_protocols *protocol;
    unsigned char bytes[LWS_PRE + BROADCAST_MAX_BYTES];
    size_t size;
    unsigned number; /* of the last one */
} broadcast;

static int keep(struct echo *echo, const void *in, size_t size)
{
    unsigned char *out = realloc(echo->out, LWS_PRE + echo->size + size);
    if (out == NULL)
        return -1;
    memcpy(out + LWS_PRE + echo->size, in, size);
    echo->out = out;
    echo->size += size;
    return 0;
}

static void forget(struct echo *echo)
{
    free(echo->out);
    echo->out = NULL;
    echo->size = 0;
}

/* One write at a time; what was asked for comes first. */
static int send_next(struct lws *wsi, struct echo *echo)
{
    if (echo->out != NULL) {
        if (lws_write(wsi, echo->out + LWS_PRE, echo->size, LWS_WRITE_BINARY) < 0)
            return -1;
        forget(echo);
        if (echo->told != broadcast.number)
            lws_callback_on_writable(wsi);
    } else if (echo->told != broadcast.number) {
        echo->told = broadcast.number;
        if (lws_write(wsi, broadcast.bytes + LWS_PRE, broadcast.size, LWS_WRITE_BINARY) < 0)
            return -1;
    }
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct echo *echo = user;
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        lws_callback_on_writable(wsi);
        return keep(echo, in, size);
    case LWS_CALLBACK_ESTABLISHED:
        echo->told = broadcast.number;
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return send_next(wsi, echo);
    case LWS_CALLBACK_CLOSED:
        forget(echo);
        return 0;
    default:
        return 0;
    }
}

static void on_stdin(struct ev_loop *loop, ev_io *io, int events)
{
    char line[64];
    (void)events;
    ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
    if (got > 0) {
        line[got] = '\0';
        if (sscanf(line, "broadcast %zu", &broadcast.size) == 1 && broadcast.size <= BROADCAST_MAX_BYTES) {
            broadcast.number++;
            lws_callback_on_writable_all_protocol(broadcast.context, broadcast.protocol);
        }
        return;
    }
    ev_io_stop(loop, io);
    ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char **argv)
{
    static const struct lws_protocols protocols[] = {
        {"default", on_event, sizeof(struct echo), 1024, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct ev_loop *loop = ev_default_loop(0);
    void *loops[] = {loop};
    struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN,
                                             .protocols = protocols,
                                             .foreign_loops = loops,
                                             .options =
                                                 LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
                                             .iface = "127.0.0.1",
                                             .gid = (gid_t)-1,
                                             .uid = (uid_t)-1};
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    info.port = argc > 1 ? atoi(argv[1]) : 0;
    struct lws_vhost *vhost = context == NULL ? NULL : lws_create_vhost(context, &info);
    if (vhost == NULL) {
        fprintf(stderr, "bench_echo: libwebsockets does not listen\n");
        return 1;
    }
    broadcast.context = context;
    broadcast.protocol = lws_vhost_name_to_protocol(vhost, protocols[0].name);
    printf("port %d\n", lws_get_vhost_listen_port(vhost));
    fflush(stdout);
    ev_io input;
    ev_io_init(&input, on_stdin, STDIN_FILENO, EV_READ);
    ev_io_start(loop, &input);
    ev_run(loop, 0);
    lws_context_destroy(context);
    return 0;
}
