/* load: a load generator for the server, small enough to saturate it from the same machine.
 *
 * N WebSockets on one epoll loop. Each connects, signs in with a token of its own, follows its rows - so that
 * openings are pushed to it as to a real client - and then keeps K requests in flight; a reply starts the
 * next. What is measured is the time from write to reply.
 *
 *   bench_load HOST PORT SOCKETS IN_FLIGHT COMMAND TOKENS
 *
 * COMMAND: open_pack | open_pack_eventual | ping | hold. TOKENS: a file with one access token a line.
 * It speaks with whoever started it by lines, so that CPU is read at the very moments that the rate is of:
 *
 *   out: ready                          all sockets are signed in and have their rows
 *   in:  go WARM_UP_SECONDS SECONDS     (hold: nothing; it goes on, idle, until the end of stdin)
 *   out: begin                          warm, counting from now on
 *   out: {"sockets": ...}               the result, when the time is up
 *
 * Then it waits for what is still in flight and ends: with 0, with 1 after errors in replies, or with 2 when
 * anything else went wrong. Sockets connect a window at a time, so that the server's time to sign in stays as
 * it is. A bare WebSocket echo serves as a target too (echo.c): every request comes back with its id. It says
 * no hello; a target that does not is not expected to push rows either.
 *
 * When you add a command: its name in `commands`, its branch in put_command. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/uuid.h"
#include "gen/c/types.h"
#include "histogram.h"
#include "websocket.h"
#include "wire/codec.h"

#define IN_FLIGHT_MAX 32
#define HANDSHAKES_MAX 128 /* sockets on their way at once */
#define TOKEN_MAX_BYTES 16384
#define DRAIN_US 10000000
#define SIGN_IN_ID 1
#define FOLLOW_ID 2
#define FIRST_COMMAND_ID 3

enum peer_state { PEER_UPGRADING, PEER_SIGNING_IN, PEER_FOLLOWING, PEER_READY };
enum load_state { LOAD_CONNECTING, LOAD_READY, LOAD_WARMING_UP, LOAD_MEASURING, LOAD_DRAINING };
enum load_command { LOAD_OPEN_PACK, LOAD_OPEN_PACK_EVENTUAL, LOAD_PING, LOAD_HOLD, LOAD_COMMANDS };
static const char *const commands[LOAD_COMMANDS] = {"open_pack", "open_pack_eventual", "ping", "hold"};

struct peer {
    struct websocket socket;
    enum peer_state state;
    bool greeted;    /* it has heard hello */
    bool followed;   /* its follow was answered */
    uint32_t marked; /* a bit for each audience whose rows it has: enum audience */
    uint32_t next_id;
    uint64_t sent_us[IN_FLIGHT_MAX]; /* by id modulo IN_FLIGHT_MAX */
};

static struct load {
    const char *host;
    int port, epoll;
    uint32_t in_flight;
    enum load_command command;
    enum load_state state;
    size_t peer_count, opened, ready;
    struct peer *peers;
    FILE *tokens;
    char *token; /* a line of it */
    size_t token_room;
    double warm_up_s, seconds;
    uint64_t begins_us, ends_us, outstanding;
    uint64_t done, errors, first_error, pushes;
    uint64_t random;
    struct histogram histogram;
} load;

/* ---- what goes out ---- */

static size_t put_u32(uint8_t *out, uint32_t value)
{
    out[0] = 0xce;
    out[1] = (uint8_t)(value >> 24);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 8);
    out[4] = (uint8_t)value;
    return 5;
}

static size_t put_str(uint8_t *out, const char *text, size_t size)
{
    out[0] = 0xda;
    out[1] = (uint8_t)(size >> 8);
    out[2] = (uint8_t)size;
    memcpy(out + 3, text, size);
    return size + 3;
}

static void send_sign_in(struct peer *peer)
{
    static uint8_t message[TOKEN_MAX_BYTES + 32];
    ssize_t got = getline(&load.token, &load.token_room, load.tokens);
    if (got <= 1 || got > TOKEN_MAX_BYTES)
        websocket_refuse("too few tokens, or one that is too long; line", (uint64_t)(peer - load.peers) + 1);
    size_t size = 0;
    message[size++] = 0x93;
    size += put_u32(message + size, SIGN_IN_ID);
    size += put_u32(message + size, MESSAGE_SIGN_IN);
    message[size++] = 0x91;
    size += put_str(message + size, load.token, (size_t)got - 1);
    websocket_send(&peer->socket, message, size);
    peer->state = PEER_SIGNING_IN;
}

static void send_follow(struct peer *peer)
{
    uint8_t message[16] = {0x93};
    size_t size = 1;
    size += put_u32(message + size, FOLLOW_ID);
    size += put_u32(message + size, MESSAGE_FOLLOW);
    message[size++] = 0x91; /* no epoch: from the beginning */
    message[size++] = 0xc0;
    websocket_send(&peer->socket, message, size);
    peer->state = PEER_FOLLOWING;
}

static struct uuid new_id(void)
{
    uint8_t random[10];
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    for (size_t i = 0; i < sizeof random; i++) {
        load.random ^= load.random << 13;
        load.random ^= load.random >> 7;
        load.random ^= load.random << 17;
        random[i] = (uint8_t)(load.random >> 32);
    }
    return uuid_v7((uint64_t)wall.tv_sec * 1000 + (uint64_t)wall.tv_nsec / 1000000, random);
}

/* Payload and meta. */
static size_t put_command(uint8_t *out)
{
    size_t size = 0;
    if (load.command == LOAD_PING) {
        out[size++] = 0x90;
        return size;
    }
    struct uuid id = new_id();
    out[size++] = 0x92;
    size += put_str(out + size, "bench", 5);
    out[size++] = 1;
    out[size++] = 0x92;
    out[size++] = 0xc4;
    out[size++] = sizeof id.bytes;
    memcpy(out + size, id.bytes, sizeof id.bytes);
    size += sizeof id.bytes;
    out[size++] = load.command == LOAD_OPEN_PACK_EVENTUAL ? CONSISTENCY_EVENTUAL : CONSISTENCY_STRONG;
    return size;
}

static void send_request(struct peer *peer)
{
    uint8_t message[128];
    size_t size = 0;
    uint32_t id = peer->next_id++;
    message[size++] = load.command == LOAD_PING ? 0x93 : 0x94;
    size += put_u32(message + size, id);
    size += put_u32(message + size, load.command == LOAD_PING ? MESSAGE_PING : COMMAND_OPEN_PACK);
    size += put_command(message + size);
    peer->sent_us[id % IN_FLIGHT_MAX] = histogram_now_us();
    load.outstanding++;
    websocket_send(&peer->socket, message, size);
}

/* ---- what comes in ---- */

static void open_more(void);

/* Ready when it follows and has the rows of both audiences. */
static void look_whether_ready(struct peer *peer)
{
    const uint32_t all = 1u << AUDIENCE_OWN | 1u << AUDIENCE_PUBLIC;
    if (peer->state != PEER_FOLLOWING || !peer->followed || (peer->greeted && peer->marked != all))
        return;
    peer->state = PEER_READY;
    if (++load.ready < load.peer_count) {
        open_more();
        return;
    }
    load.state = LOAD_READY;
    printf("ready\n");
    fflush(stdout);
}

static void on_answer(struct peer *peer, uint32_t id)
{
    load.outstanding--;
    uint64_t now = histogram_now_us();
    if (load.state == LOAD_MEASURING && now <= load.ends_us) {
        load.done++;
        histogram_add(&load.histogram, now - peer->sent_us[id % IN_FLIGHT_MAX]);
    }
    if (load.state == LOAD_WARMING_UP || load.state == LOAD_MEASURING)
        send_request(peer);
}

/* `code` is 0 for a success. */
static void on_reply(struct peer *peer, uint32_t id, uint32_t code)
{
    if (code != 0 && peer->state == PEER_SIGNING_IN)
        websocket_refuse("a sign-in was refused; error", code);
    if (code != 0 && peer->state == PEER_FOLLOWING)
        websocket_refuse("follow was refused; error", code);
    if (code != 0 && load.errors++ == 0)
        load.first_error = code;
    if (peer->state == PEER_SIGNING_IN) {
        send_follow(peer);
    } else if (peer->state == PEER_FOLLOWING) {
        peer->followed = true;
        look_whether_ready(peer);
    } else {
        on_answer(peer, id);
    }
}

/* An unsigned integer of up to 32 bits in msgpack. */
static size_t get_uint(const uint8_t *at, uint32_t *ret_value)
{
    size_t bytes = at[0] < 0x80 ? 0 : at[0] == 0xcc ? 1 : at[0] == 0xcd ? 2 : 4;
    uint32_t value = bytes == 0 ? at[0] : 0;
    for (size_t i = 1; i <= bytes; i++)
        value = value << 8 | at[i];
    *ret_value = value;
    return bytes + 1;
}

/* `payload` is what follows the type: of `changed`, [audience, mark, ...], where mark 0 says that more is to
 * come. */
static void on_push(struct peer *peer, uint32_t type, const uint8_t *payload)
{
    load.pushes++;
    if (type == MESSAGE_HELLO)
        peer->greeted = true;
    if (type != MESSAGE_CHANGED || peer->state == PEER_READY)
        return;
    uint32_t audience;
    const uint8_t *mark = payload + 1 + get_uint(payload + 1, &audience);
    if (*mark != 0 && audience < 32)
        peer->marked |= 1u << audience;
    look_whether_ready(peer);
}

/* A frame holds one message or several: [id, type, payload, ...], id 0 for pushes; an error's payload begins
 * with its code. */
static void on_message(void *data, const uint8_t *at, size_t left)
{
    while (left > 0) {
        size_t size;
        uint32_t id, type, code = 0;
        if (wire_scan(slice_of(at, left), 16, 1000000, &size) != ERROR_NONE || size < 4)
            websocket_refuse("the server sent something malformed; bytes", left);
        size_t offset = 1 + get_uint(at + 1, &id);
        offset += get_uint(at + offset, &type);
        if (type == MESSAGE_ERROR && offset + 6 < size)
            get_uint(at + offset + 1, &code);
        if (id == 0)
            on_push(data, type, at + offset);
        else
            on_reply(data, id, code);
        at += size;
        left -= size;
    }
}

static void on_upgraded(void *data)
{
    send_sign_in(data);
}

/* ---- the run ---- */

static void open_more(void)
{
    for (; load.opened < load.peer_count && load.opened - load.ready < HANDSHAKES_MAX; load.opened++) {
        struct peer *peer = &load.peers[load.opened];
        peer->next_id = FIRST_COMMAND_ID;
        websocket_open(&peer->socket, load.host, load.port, load.opened, load.epoll, peer);
    }
}

/* A line from whoever started us; false when there is nobody any more. */
static bool on_stdin(void)
{
    char line[128];
    ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
    if (got <= 0)
        return false;
    line[got] = '\0';
    if (load.state != LOAD_READY || sscanf(line, "go %lf %lf", &load.warm_up_s, &load.seconds) != 2)
        websocket_refuse("expected, after ready: go WARM_UP_SECONDS SECONDS", 0);
    epoll_ctl(load.epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    load.state = LOAD_WARMING_UP;
    load.begins_us = histogram_now_us() + (uint64_t)(load.warm_up_s * 1e6);
    load.ends_us = load.begins_us + (uint64_t)(load.seconds * 1e6);
    for (size_t i = 0; i < load.peer_count; i++)
        for (uint32_t k = 0; k < load.in_flight; k++)
            send_request(&load.peers[i]);
    return true;
}

static void report(void)
{
    const struct histogram *h = &load.histogram;
    printf("{\"sockets\": %zu, \"done\": %llu, \"errors\": %llu, \"first_error\": %llu, \"seconds\": %.3f, "
           "\"rate\": %.1f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, "
           "\"pushes\": %llu, \"bytes_in\": %llu, \"bytes_out\": %llu}\n",
           load.peer_count, (unsigned long long)load.done, (unsigned long long)load.errors,
           (unsigned long long)load.first_error, load.seconds, (double)load.done / load.seconds,
           histogram_percentile_ms(h, 0.5), histogram_percentile_ms(h, 0.9), histogram_percentile_ms(h, 0.99),
           histogram_percentile_ms(h, 0.999), (unsigned long long)load.pushes,
           (unsigned long long)websocket_counters.bytes_in, (unsigned long long)websocket_counters.bytes_out);
    fflush(stdout);
}

/* What the clock says; false when all is over. */
static bool on_clock(uint64_t now)
{
    if (load.state == LOAD_WARMING_UP && now >= load.begins_us) {
        load.state = LOAD_MEASURING;
        load.pushes = 0;
        websocket_counters = (struct websocket_counters){0};
        printf("begin\n");
        fflush(stdout);
    }
    if (load.state == LOAD_MEASURING && now >= load.ends_us) {
        load.state = LOAD_DRAINING;
        report();
    }
    if (load.state == LOAD_DRAINING && now >= load.ends_us + DRAIN_US)
        websocket_refuse("requests were never answered", load.outstanding);
    return load.state != LOAD_DRAINING || load.outstanding > 0;
}

static int wait_ms(uint64_t now)
{
    uint64_t until = load.state == LOAD_WARMING_UP ? load.begins_us : load.ends_us;
    if (load.state == LOAD_CONNECTING || load.state == LOAD_READY)
        return -1;
    return load.state == LOAD_DRAINING ? 100 : until > now ? (int)((until - now) / 1000 + 1) : 0;
}

static void run(void)
{
    struct epoll_event events[512];
    open_more();
    while (on_clock(histogram_now_us())) {
        int count = epoll_wait(load.epoll, events, 512, wait_ms(histogram_now_us()));
        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;
            if (peer != NULL)
                websocket_read(&peer->socket, on_upgraded, on_message, peer);
            else if (!on_stdin())
                return;
        }
    }
}

static bool read_arguments(char **argv)
{
    load.host = argv[1];
    load.port = atoi(argv[2]);
    load.peer_count = (size_t)atol(argv[3]);
    load.in_flight = (uint32_t)atoi(argv[4]);
    while (load.command < LOAD_COMMANDS && strcmp(argv[5], commands[load.command]) != 0)
        load.command++;
    load.tokens = fopen(argv[6], "r");
    return load.tokens != NULL && load.peer_count > 0 && load.in_flight >= 1 &&
           load.in_flight <= IN_FLIGHT_MAX && load.command < LOAD_COMMANDS;
}

int main(int argc, char **argv)
{
    if (argc != 7 || !read_arguments(argv)) {
        fprintf(
            stderr,
            "usage: bench_load HOST PORT SOCKETS IN_FLIGHT open_pack|open_pack_eventual|ping|hold TOKENS\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.peers = calloc(load.peer_count, sizeof *load.peers);
    struct epoll_event input = {.events = EPOLLIN};
    if (load.epoll < 0 || load.peers == NULL ||
        getrandom(&load.random, sizeof load.random, 0) != sizeof load.random ||
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
        websocket_die("setup");
    run();
    return load.errors == 0 ? 0 : 1;
}
