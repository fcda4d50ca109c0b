/* load: a load generator for the server, small enough to saturate it from the same machine.
 *
 * N WebSockets on one epoll loop. Each signs in with a token of its own (one a line on stdin), then keeps K requests in
 * flight until the time is up; a reply starts the next. What is measured is the time from write to reply, by a histogram
 * with 5 % buckets. Pushes are counted. Frames are built and taken apart by hand here (RFC 6455, masked with zeros), so
 * that the generator shares no code with what it measures but the msgpack scanner.
 *
 *   load HOST PORT SOCKETS SECONDS IN_FLIGHT COMMAND < tokens      COMMAND: open_pack | open_pack_eventual | ping | hold
 *
 * `hold` signs in, prints "holding", and keeps the sockets open until stdin ends. The result is one line of JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/uuid.h"
#include "gen/c/types.h"
#include "wire/codec.h"

#define IN_BYTES 65536
#define FIRST_COMMAND_ID 2 /* request 1 is sign_in */
#define BUCKETS 400

enum peer_state { PEER_CONNECTING, PEER_UPGRADING, PEER_SIGNING_IN, PEER_RUNNING };

struct peer {
    int fd;
    enum peer_state state;
    uint8_t *in;
    size_t in_size;
    uint32_t next_id;
    uint64_t sent_us[64]; /* by id modulo 64 */
    char *token;
};

static struct load {
    const char *host, *command;
    int port, in_flight, epoll;
    size_t peer_count, running, failed;
    struct peer *peers;
    double seconds;
    bool going;
    uint64_t started_us, ends_us, outstanding;
    uint64_t done, errors, pushes, bytes_in;
    uint64_t histogram[BUCKETS];
} load;

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- what goes out -------------------------------------------------------------------------------------------------- */

static void send_all(struct peer *peer, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t wrote = send(peer->fd, data, size, MSG_NOSIGNAL);
        if (wrote < 0 && errno == EAGAIN)
            continue;
        if (wrote < 0)
            die("send");
        data += wrote;
        size -= (size_t)wrote;
    }
}

/* One binary frame, mask 0. */
static void send_frame(struct peer *peer, const uint8_t *payload, size_t size)
{
    uint8_t frame[20000];
    size_t head;
    frame[0] = 0x82;
    if (size < 126) {
        frame[1] = (uint8_t)(0x80 | size);
        head = 2;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, payload, size);
    send_all(peer, frame, head + 4 + size);
}

static size_t put_u32(uint8_t *out, uint32_t value)
{
    out[0] = 0xce;
    out[1] = (uint8_t)(value >> 24);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 8);
    out[4] = (uint8_t)value;
    return 5;
}

static size_t put_str(uint8_t *out, const char *text)
{
    size_t size = strlen(text);
    out[0] = 0xda;
    out[1] = (uint8_t)(size >> 8);
    out[2] = (uint8_t)size;
    memcpy(out + 3, text, size);
    return size + 3;
}

static void send_sign_in(struct peer *peer)
{
    static uint8_t message[18000];
    size_t size = 0;
    message[size++] = 0x93;
    size += put_u32(message + size, 1);
    size += put_u32(message + size, MESSAGE_SIGN_IN);
    message[size++] = 0x91;
    size += put_str(message + size, peer->token);
    send_frame(peer, message, size);
}

static void send_request(struct peer *peer)
{
    uint8_t message[128], random[10];
    size_t size = 0;
    uint32_t id = peer->next_id++;
    bool ping = strcmp(load.command, "ping") == 0;
    peer->sent_us[id % 64] = now_us();
    message[size++] = ping ? 0x93 : 0x94;
    size += put_u32(message + size, id);
    size += put_u32(message + size, ping ? MESSAGE_PING : COMMAND_OPEN_PACK);
    if (ping) {
        message[size++] = 0x90;
    } else {
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        if (getrandom(random, sizeof random, 0) != sizeof random)
            die("getrandom");
        struct uuid uuid = uuid_v7((uint64_t)wall.tv_sec * 1000 + (uint64_t)wall.tv_nsec / 1000000, random);
        message[size++] = 0x92;
        size += put_str(message + size, "bench");
        message[size++] = 1;
        message[size++] = 0x92;
        message[size++] = 0xc4;
        message[size++] = 16;
        memcpy(message + size, uuid.bytes, 16);
        size += 16;
        message[size++] = strcmp(load.command, "open_pack_eventual") == 0 ? CONSISTENCY_EVENTUAL : CONSISTENCY_STRONG;
    }
    load.outstanding++;
    send_frame(peer, message, size);
}

/* ---- what comes in -------------------------------------------------------------------------------------------------- */

static int bucket_of(uint64_t us)
{
    int bucket = 0;
    for (double edge = 10; bucket < BUCKETS - 1 && (double)us > edge; edge *= 1.05)
        bucket++;
    return bucket;
}

static double percentile(double share)
{
    uint64_t sum = 0;
    double edge = 10;
    for (int i = 0; i < BUCKETS; i++, edge *= 1.05) {
        sum += load.histogram[i];
        if ((double)sum >= share * (double)load.done)
            return edge / 1000;
    }
    return 0;
}

static void begin(void)
{
    load.going = true;
    load.started_us = now_us();
    load.ends_us = load.started_us + (uint64_t)(load.seconds * 1e6);
    for (size_t i = 0; i < load.peer_count; i++)
        for (int k = 0; k < load.in_flight; k++)
            send_request(&load.peers[i]);
}

static void on_reply(struct peer *peer, uint32_t id, uint32_t type)
{
    if (peer->state == PEER_SIGNING_IN) {
        if (type == MESSAGE_ERROR) {
            fprintf(stderr, "load: a sign-in was refused\n");
            exit(1);
        }
        peer->state = PEER_RUNNING;
        if (++load.running == load.peer_count) {
            if (strcmp(load.command, "hold") == 0) {
                printf("holding\n");
                fflush(stdout);
            } else {
                begin();
            }
        }
        return;
    }
    load.outstanding--;
    if (type == MESSAGE_ERROR) {
        load.errors++;
    } else if (now_us() <= load.ends_us) {
        load.done++;
        load.histogram[bucket_of(now_us() - peer->sent_us[id % 64])]++;
    }
    if (now_us() < load.ends_us)
        send_request(peer);
}

/* A small unsigned integer of msgpack. */
static size_t get_uint(const uint8_t *at, uint32_t *ret_value)
{
    if (at[0] < 0x80) {
        *ret_value = at[0];
        return 1;
    }
    if (at[0] == 0xcc) {
        *ret_value = at[1];
        return 2;
    }
    if (at[0] == 0xcd) {
        *ret_value = (uint32_t)at[1] << 8 | at[2];
        return 3;
    }
    *ret_value = (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];
    return 5;
}

static void on_messages(struct peer *peer, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t length;
        uint32_t id, type;
        if (wire_scan(slice_of(data, size), 16, 1000000, &length) != ERROR_NONE) {
            fprintf(stderr, "load: the server sent something malformed\n");
            exit(1);
        }
        size_t at = 1 + get_uint(data + 1, &id);
        get_uint(data + at, &type);
        if (id == 0)
            load.pushes++;
        else
            on_reply(peer, id, type);
        data += length;
        size -= length;
    }
}

/* Whole frames at the start of the peer's input; returns the bytes used. */
static size_t on_frames(struct peer *peer)
{
    size_t used = 0;
    while (peer->in_size - used >= 2) {
        const uint8_t *frame = peer->in + used;
        size_t left = peer->in_size - used, head = 2, size = frame[1] & 127;
        if (size == 126) {
            head = 4;
            if (left < head)
                break;
            size = (size_t)frame[2] << 8 | frame[3];
        } else if (size == 127) {
            head = 10;
            if (left < head)
                break;
            size = 0;
            for (int i = 2; i < 10; i++)
                size = size << 8 | frame[i];
        }
        if (left < head + size)
            break;
        if ((frame[0] & 15) == 2)
            on_messages(peer, frame + head, size);
        else if ((frame[0] & 15) == 8) {
            fprintf(stderr, "load: the server closed a socket (%d)\n", size >= 2 ? frame[head] << 8 | frame[head + 1] : 0);
            exit(1);
        }
        used += head + size;
    }
    return used;
}

static size_t on_upgrade(struct peer *peer)
{
    peer->in[peer->in_size] = '\0';
    char *end = strstr((char *)peer->in, "\r\n\r\n");
    if (end == NULL)
        return 0;
    if (strncmp((char *)peer->in, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "load: upgrade refused: %.60s\n", (char *)peer->in);
        exit(1);
    }
    peer->state = PEER_SIGNING_IN;
    send_sign_in(peer);
    return (size_t)(end + 4 - (char *)peer->in);
}

static void on_readable(struct peer *peer)
{
    ssize_t got = recv(peer->fd, peer->in + peer->in_size, IN_BYTES - 1 - peer->in_size, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN)
            return;
        die("the server went away");
    }
    load.bytes_in += (uint64_t)got;
    peer->in_size += (size_t)got;
    size_t used = peer->state == PEER_UPGRADING ? on_upgrade(peer) : 0;
    if (peer->state != PEER_UPGRADING) {
        memmove(peer->in, peer->in + used, peer->in_size - used);
        peer->in_size -= used;
        used = on_frames(peer);
    }
    memmove(peer->in, peer->in + used, peer->in_size - used);
    peer->in_size -= used;
}

/* ---- connecting ------------------------------------------------------------------------------------------------------ */

static void open_peer(struct peer *peer, size_t number)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    char request[256];
    int one = 1;
    from.sin_addr.s_addr = htonl(0x7f000002 + (uint32_t)(number / 10000)); /* more client ports */
    to.sin_port = htons((uint16_t)load.port);
    inet_pton(AF_INET, load.host, &to.sin_addr);
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    peer->in = malloc(IN_BYTES);
    peer->next_id = FIRST_COMMAND_ID;
    if (peer->fd < 0 || peer->in == NULL || bind(peer->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(peer->fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(peer->fd, F_SETFL, O_NONBLOCK);
    peer->state = PEER_UPGRADING;
    int size = snprintf(request, sizeof request,
                        "GET /play HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        load.host, load.port);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, peer->fd, &event);
    send_all(peer, (const uint8_t *)request, (size_t)size);
}

static void read_tokens(void)
{
    char *line = NULL;
    size_t room = 0;
    for (size_t i = 0; i < load.peer_count; i++) {
        ssize_t size = getline(&line, &room, stdin);
        if (size <= 1)
            die("too few tokens on stdin");
        line[size - 1] = '\0';
        load.peers[i].token = strdup(line);
    }
    free(line);
}

static bool finished(void)
{
    if (strcmp(load.command, "hold") == 0)
        return load.running == load.peer_count && getchar() == EOF;
    return load.going && now_us() >= load.ends_us && load.outstanding == 0;
}

static void run(void)
{
    struct epoll_event events[256];
    while (!finished()) {
        int count = epoll_wait(load.epoll, events, 256, 100);
        for (int i = 0; i < count; i++)
            on_readable(events[i].data.ptr);
    }
}

static void report(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"sockets\": %zu, \"done\": %llu, \"errors\": %llu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"pushes\": %llu, \"bytes_in\": %llu, \"cpu_s\": %.3f}\n",
           load.peer_count, (unsigned long long)load.done, (unsigned long long)load.errors, load.seconds,
           (double)load.done / load.seconds, percentile(0.5), percentile(0.99), (unsigned long long)load.pushes,
           (unsigned long long)load.bytes_in, cpu);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: load HOST PORT SOCKETS SECONDS IN_FLIGHT open_pack|open_pack_eventual|ping|hold < tokens\n");
        return 2;
    }
    load.host = argv[1];
    load.port = atoi(argv[2]);
    load.peer_count = (size_t)atol(argv[3]);
    load.seconds = atof(argv[4]);
    load.in_flight = atoi(argv[5]);
    load.command = argv[6];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    load.epoll = epoll_create1(0);
    load.peers = calloc(load.peer_count, sizeof *load.peers);
    if (load.epoll < 0 || load.peers == NULL || load.in_flight < 1 || load.in_flight > 32)
        die("setup");
    read_tokens();
    for (size_t i = 0; i < load.peer_count; i++)
        open_peer(&load.peers[i], i);
    run();
    report();
    return load.errors == 0 ? 0 : 1;
}
