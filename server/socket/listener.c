/* listener: binding, and taking connections off the kernel's queue.
 *
 * libwebsockets' own accept loop spins when descriptors run out; this one does not. Public connections get
 * descriptors below a ceiling only: the rest (DESCRIPTORS_RESERVED) is for databases, keys and the internal
 * port, so that a flood of sockets takes none of those away. At the ceiling the oldest connection that is no
 * socket yet makes room; if there is none, the newcomer is told 503. When the kernel has no descriptor at all
 * (the limit was lowered while we run, or the machine is out), a reserve is given up for a moment to take the
 * connection, say the same and hang up: what is not taken would wake the loop for ever. Only when even that
 * does not work does the listener rest until the janitor looks again. Sockets that are open notice nothing.
 *
 * Options are set on the listening socket and inherited: no Nagle, keepalive, a send buffer that is small, as
 * the kernel would otherwise hold megabytes for each slow reader. */
#include "base/check.h"
#include "base/log.h"
#include "socket/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- taking connections ---- */

/* Lets this listener rest until the janitor looks again. */
static void rest(struct listener *listener, const char *why)
{
    struct socket_server *server = listener->server;
    if (!server->paused)
        log_warn("accept", "paused=1 reason=%s sockets=%zu", why, server->open);
    server->paused = true;
    ev_io_stop(loop_ev(server->loop), &listener->io);
}

/* The connection is more than we can hold: says so in clear text where that is spoken, and hangs up. */
static void turn_away(struct listener *listener, int fd)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    if (listener->kind == LISTENER_PLAIN &&
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_debug("accept", "turned_away=1 told=0");
    listener->server->counters.turned_away++;
    close(fd);
}

/* There is no descriptor for the next connection: takes it with the reserve. False: nobody waits any more, or
 * this does not work either. */
static bool turn_away_next(struct listener *listener, const char *why)
{
    struct socket_server *server = listener->server;
    bool had_reserve = server->reserve_fd >= 0;
    listeners_give_reserve(server);
    int fd = had_reserve ? accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
    bool nobody = fd < 0 && had_reserve && errno == EAGAIN;
    if (fd >= 0)
        turn_away(listener, fd);
    listeners_take_reserve(server);
    if (server->reserve_fd < 0 || (fd < 0 && !nobody))
        rest(listener, why);
    return fd >= 0;
}

void listeners_take_reserve(struct socket_server *server)
{
    if (server->reserve_fd < 0)
        server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void listeners_give_reserve(struct socket_server *server)
{
    if (server->reserve_fd >= 0)
        close(server->reserve_fd);
    server->reserve_fd = -1;
}

void listeners_look_at_limit(struct socket_server *server)
{
    struct rlimit files = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > INT32_MAX ? INT32_MAX : files.rlim_cur;
    rlim_t reserved = most / 4 < DESCRIPTORS_RESERVED ? most / 4 : DESCRIPTORS_RESERVED;
    server->descriptor_ceiling = (int)(most - reserved);
}

/* A newcomer above the ceiling takes the place of the oldest connection that has not become a socket yet, as
 * at the bound on fronts: those who connect and say nothing keep nobody out. Its descriptor then. */
static int make_room(struct socket_server *server, int fd)
{
    if (list_empty(&server->fronts))
        return fd;
    fronts_drop_oldest(server);
    int lower = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (lower < 0)
        return fd;
    close(fd);
    return lower;
}

static void take(struct listener *listener, int fd, const struct sockaddr_storage *sockaddr)
{
    struct socket_server *server = listener->server;
    struct address peer = address_of(sockaddr);
    char text[ADDRESS_TEXT_SIZE];
    if (listener->kind != LISTENER_INTERNAL && fd >= server->descriptor_ceiling)
        fd = make_room(server, fd);
    if (listener->kind != LISTENER_INTERNAL && fd >= server->descriptor_ceiling) {
        turn_away(listener, fd);
        socket_refused(server, "descriptors", address_format(&peer, text));
        return;
    }
    front_open(listener, fd, &peer);
}

static void on_readable(struct ev_loop *ev, ev_io *io, int events)
{
    struct listener *listener = io->data;
    (void)ev, (void)events;
    int most = listener->kind == LISTENER_TLS ? TLS_ACCEPTS_PER_TURN : ACCEPTS_PER_TURN;
    for (int i = 0; i < most && ev_is_active(io); i++) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(listener, fd, &peer);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE) {
            if (!turn_away_next(listener, strerrorname_np(errno)))
                return;
        } else if (errno == ENOBUFS || errno == ENOMEM) {
            rest(listener, strerrorname_np(errno));
        } /* else: it went before we took it; the next one */
    }
}

/* ---- opening ---- */

/* getaddrinfo takes any number, and what of it fits: 99999 would be port 34463. */
static bool is_port(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= 5 && strspn(text, "0123456789") == size && atoi(text) <= UINT16_MAX;
}

/* "host:port" apart; the host may be in brackets, "localhost" or empty (all addresses). */
static struct addrinfo *resolve(const char *where)
{
    char host[80];
    const char *colon = strrchr(where, ':');
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM,
                                           .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    if (colon == NULL || (size_t)(colon - where) >= sizeof host || !is_port(colon + 1))
        return NULL;
    snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
    char *name = host;
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        name = host + 1;
    } else if (strcmp(host, "localhost") == 0) {
        snprintf(host, sizeof host, "127.0.0.1");
    }
    return getaddrinfo(name[0] == '\0' ? NULL : name, colon + 1, &hints, &list) == 0 ? list : NULL;
}

static void set_options(int fd)
{
    int on = 1, send_buffer = SEND_BUFFER_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
}

static int bound_port(int fd)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0)
        return 0;
    return ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                             : ((struct sockaddr_in *)&bound)->sin_port);
}

enum err listener_open(struct listener *listener, struct socket_server *server, enum listener_kind kind,
                       const char *where, char ret_failure[200])
{
    *listener = (struct listener){.server = server, .kind = kind, .fd = -1};
    if (where == NULL || where[0] == '\0')
        return ERR_OK;
    struct addrinfo *address = resolve(where);
    if (address == NULL) {
        snprintf(ret_failure, 200, "%.100s is not HOST:PORT with a numeric host and a port up to 65535",
                 where);
        return ERR_CONFIG;
    }
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        set_options(fd);
    bool listening = fd >= 0 && bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 4096) == 0;
    freeaddrinfo(address);
    if (!listening) {
        snprintf(ret_failure, 200, "cannot listen on %.100s: %s", where, strerrordesc_np(errno));
        if (fd >= 0)
            close(fd);
        return ERR_IO;
    }
    listener->fd = fd;
    listener->port = bound_port(fd);
    ev_io_init(&listener->io, on_readable, fd, EV_READ);
    listener->io.data = listener;
    ev_io_start(loop_ev(server->loop), &listener->io);
    return ERR_OK;
}

void listener_close(struct listener *listener)
{
    if (listener->server == NULL || listener->fd < 0)
        return;
    ev_io_stop(loop_ev(listener->server->loop), &listener->io);
    close(listener->fd);
    listener->fd = -1;
}

void listener_resume(struct listener *listener)
{
    if (listener->fd >= 0)
        ev_io_start(loop_ev(listener->server->loop), &listener->io);
}
