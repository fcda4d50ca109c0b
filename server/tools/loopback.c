/* loopback: the smallest HTTP server that ends a browser sign-in.
 *
 * It lives for one sign-in, on 127.0.0.1 alone, on a port that nobody can know before. Whatever else comes -
 * another path, another method, somebody's guess, the browser's idle connections made in advance - is
 * answered or left standing without harm: several connections are open at once, so that one that says nothing
 * holds up no other, and only `judge` (which compares `state`) ends the wait. When all places are taken the
 * oldest gives way.
 *
 * The answer is a page without scripts that may be closed; it must not be stored and refers to nothing, as
 * its address holds the code. A connection is for one request. */
#include "tools/loopback.h"
#include "base/form.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void);
static void take_peer(struct loopback *loopback);
static bool read_peer(struct loopback_peer *peer);
static enum loopback_verdict answer_peer(struct loopback_peer *peer, loopback_judge judge, void *ctx);
static void drop_peer(struct loopback_peer *peer);

enum err loopback_open(struct loopback *loopback)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    for (int i = 0; i < LOOPBACK_PEERS_MAX; i++)
        loopback->peers[i].fd = -1;
    loopback->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (loopback->listener < 0)
        return ERR_IO;
    if (bind(loopback->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(loopback->listener, LOOPBACK_PEERS_MAX) != 0 ||
        getsockname(loopback->listener, (struct sockaddr *)&address, &size) != 0) {
        close(loopback->listener);
        return ERR_IO;
    }
    loopback->port = ntohs(address.sin_port);
    return ERR_OK;
}

void loopback_close(struct loopback *loopback)
{
    for (int i = 0; i < LOOPBACK_PEERS_MAX; i++)
        drop_peer(&loopback->peers[i]);
    close(loopback->listener);
}

enum err loopback_wait(struct loopback *loopback, uint32_t timeout_ms, loopback_judge judge, void *ctx)
{
    int64_t deadline = now_ms() + timeout_ms;
    for (;;) {
        struct pollfd wanted[LOOPBACK_PEERS_MAX + 1];
        for (int i = 0; i < LOOPBACK_PEERS_MAX; i++)
            wanted[i] = (struct pollfd){.fd = loopback->peers[i].fd, .events = POLLIN};
        wanted[LOOPBACK_PEERS_MAX] = (struct pollfd){.fd = loopback->listener, .events = POLLIN};
        int64_t left = deadline - now_ms();
        if (left <= 0)
            return ERR_TIMEOUT;
        poll(wanted, LOOPBACK_PEERS_MAX + 1, (int)left);
        for (int i = 0; i < LOOPBACK_PEERS_MAX; i++) {
            struct loopback_peer *peer = &loopback->peers[i];
            if (wanted[i].revents == 0 || !read_peer(peer))
                continue;
            enum loopback_verdict verdict = answer_peer(peer, judge, ctx);
            drop_peer(peer);
            if (verdict != LOOPBACK_STRANGER)
                return ERR_OK;
        }
        if (wanted[LOOPBACK_PEERS_MAX].revents != 0)
            take_peer(loopback);
    }
}

bool loopback_query(const char *query, const char *name, char *ret_value, size_t size)
{
    size_t used = 0;
    if (form_field(slice_text(query), name, (uint8_t *)ret_value, size - 1, &used) == 0 ||
        memchr(ret_value, '\0', used) != NULL)
        return false;
    ret_value[used] = '\0';
    return true;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void take_peer(struct loopback *loopback)
{
    struct loopback_peer *peers = loopback->peers;
    int fd = accept4(loopback->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), free_place = 0;
    if (fd < 0)
        return;
    while (free_place < LOOPBACK_PEERS_MAX && peers[free_place].fd >= 0)
        free_place++;
    if (free_place == LOOPBACK_PEERS_MAX) {
        drop_peer(&peers[0]);
        memmove(&peers[0], &peers[1], sizeof peers[0] * (LOOPBACK_PEERS_MAX - 1));
        free_place = LOOPBACK_PEERS_MAX - 1;
    }
    peers[free_place].fd = fd;
    peers[free_place].size = 0;
}

/* True when a whole request is there; a peer that leaves or says too much is dropped. */
static bool read_peer(struct loopback_peer *peer)
{
    ssize_t size = recv(peer->fd, peer->bytes + peer->size, LOOPBACK_REQUEST_MAX_BYTES - peer->size, 0);
    if (size <= 0) { /* a full buffer reads as 0 too */
        drop_peer(peer);
        return false;
    }
    peer->size += (size_t)size;
    peer->bytes[peer->size] = '\0';
    return strstr(peer->bytes, "\r\n\r\n") != NULL;
}

static enum loopback_verdict answer_peer(struct loopback_peer *peer, loopback_judge judge, void *ctx)
{
    static const char path[] = "GET /callback?";
    static const struct {
        const char *status, *title, *words;
    } pages[] = {
        [LOOPBACK_STRANGER] = {"404 Not Found", "Nothing is here",
                               "This is not the address that a sign-in waits at."},
        [LOOPBACK_GOOD] = {"200 OK", "You are signed in", "You can close this page and go back to the game."},
        [LOOPBACK_BAD] = {"200 OK", "You are not signed in", "Go back to the game: it says why."},
    };
    enum loopback_verdict verdict = LOOPBACK_STRANGER;
    char *end = strpbrk(peer->bytes, " \r\n");
    end = end != NULL ? strpbrk(end + 1, " \r\n") : NULL;
    if (strncmp(peer->bytes, path, strlen(path)) == 0 && end != NULL) {
        *end = '\0';
        verdict = judge(ctx, peer->bytes + strlen(path));
    }
    char body[512], head[512];
    int body_size =
        snprintf(body, sizeof body,
                 "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gachapon</title>"
                 "<h1>%s</h1><p>%s</p></html>\n",
                 pages[verdict].title, pages[verdict].words);
    int head_size =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
                 "Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
                 "Content-Security-Policy: default-src 'none'\r\n\r\n",
                 pages[verdict].status, body_size);
    /* A peer that does not take a few hundred bytes goes without them. */
    if (send(peer->fd, head, (size_t)head_size, MSG_NOSIGNAL) == head_size)
        (void)!send(peer->fd, body, (size_t)body_size, MSG_NOSIGNAL);
    return verdict;
}

static void drop_peer(struct loopback_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    explicit_bzero(peer->bytes, peer->size);
    peer->size = 0;
}
