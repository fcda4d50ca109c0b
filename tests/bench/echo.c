/* echo: the ceiling of the socket. A bare libwebsockets server on a foreign libev loop, as the server is one,
 * that sends every message back and knows nothing else: no msgpack, no sessions, no limits. `./dev bench`
 * puts the server's `ping` beside it, and its memory per socket beside the server's.
 *
 *   bench_echo [PORT]      0, the default, picks a free port; prints "port N", ends at the end of stdin
 *
 * Messages come whole (they are smaller than rx_buffer_size); one that was not sent yet is joined by the
 * next. */
#include <ev.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct echo {
    unsigned char *out; /* LWS_PRE bytes, then `size` to send; NULL: nothing */
    size_t size;
};

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
    *echo = (struct echo){0};
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct echo *echo = user;
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        lws_callback_on_writable(wsi);
        return keep(echo, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (echo->out != NULL && lws_write(wsi, echo->out + LWS_PRE, echo->size, LWS_WRITE_BINARY) < 0)
            return -1;
        forget(echo);
        return 0;
    case LWS_CALLBACK_CLOSED:
        forget(echo);
        return 0;
    default:
        return 0;
    }
}

static void on_stdin(struct ev_loop *loop, ev_io *io, int events)
{
    char byte;
    (void)events;
    if (read(STDIN_FILENO, &byte, 1) > 0)
        return;
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
    printf("port %d\n", lws_get_vhost_listen_port(vhost));
    fflush(stdout);
    ev_io input;
    ev_io_init(&input, on_stdin, STDIN_FILENO, EV_READ);
    ev_io_start(loop, &input);
    ev_run(loop, 0);
    lws_context_destroy(context);
    return 0;
}
