/* load: a load generator for the server, small enough to saturate it from the same machine.
 *
 *   bench_load HOST PORT SOCKETS TOKENS      TOKENS: a file with one access token a line, one for each socket
 *
 * N WebSockets on one epoll loop. Each connects, signs in and follows its rows (peer.c), so that openings are
 * pushed to it as to a real client. Then it does what it is told by lines, one task at a time:
 *
 *   out: ready                                   all sockets are ready, nothing is in flight
 *   in:  go WARM_UP SECONDS COMMAND PACK closed N     N requests in flight, an answer starts the next
 *   in:  go WARM_UP SECONDS COMMAND PACK offered R    R a second, by a schedule that knows of no answers
 *   out: begin                                   warm, counting from now on
 *   in:  stop                                    (if wanted) the time is up
 *   out: end                                     the time is up; now what is in flight is waited for
 *   out: {"done": ...}                           then "ready" again
 *   in:  wave      out: begin ... {"last_ms": ...}    each socket has been told of one public row
 *   in:  storm     out: {"seconds": ...}         all sockets lost at once have come back and resumed
 *
 * "begin" and "end" are for whoever reads CPU at the very moments that the rate is of. The end of stdin ends
 * the program, with 0; what no bench may meet ends it with 2.
 *
 * closed: the time measured is from write to answer. With fewer requests in flight than sockets each goes to
 * a random idle one. offered: arrivals are a Poisson process; the time is measured from the moment that an
 * arrival was due, so a server that stalls is charged for everything that would have come meanwhile. An
 * arrival goes to a random idle socket, else to one with room, else it waits here, and its clock runs.
 *
 * When you add a command: its name in `commands`, its branch in put_command. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/uuid.h"
#include "histogram.h"
#include "peer.h"

#define HANDSHAKES_MAX 128 /* sockets on their way at once, but in a storm */
#define DRAIN_US 20000000
#define ERRORS_MAX 512
#define TIMELINE_STEPS 600 /* of TIMELINE_STEP_US, while a storm is on */
#define TIMELINE_STEP_US 100000

enum load_state {
    LOAD_CONNECTING,
    LOAD_READY,
    LOAD_WARMING_UP,
    LOAD_MEASURING,
    LOAD_DRAINING,
    LOAD_WAVE,
    LOAD_STORM
};
enum load_command { COMMAND_OPEN, COMMAND_OPEN_EVENTUAL, COMMAND_PING, COMMANDS };
static const char *const commands[COMMANDS] = {"open_pack", "open_pack_eventual", "ping"};

/* What a `go` was told and has counted. */
struct task {
    enum load_command command;
    char pack[33];
    uint64_t in_flight; /* closed */
    double rate;        /* offered; 0: closed */
    double next_due_us;
    uint64_t begins_us, ends_us;
    uint64_t offered, done, refused, errors[ERRORS_MAX];
    struct histogram taken, said_no, late; /* late: from due to sent */
};

static struct load {
    enum load_state state;
    size_t peer_count, opened, ready;
    struct peer *peers;
    struct peer **idle; /* ready and nothing in flight */
    size_t idle_count, *idle_at;
    uint64_t *again_us; /* by peer: when it comes back; 0: it need not */
    size_t again_count;
    uint64_t outstanding, random;
    double *waiting; /* arrivals for which no socket had room: a ring */
    size_t waiting_room, waiting_first, waiting_count;
    struct task task;
    uint64_t began_us; /* wave, storm */
    size_t left, told_bytes;
    uint8_t *told;
    struct histogram back;
    uint32_t timeline[TIMELINE_STEPS], retries;
    struct peer_setup setup;
} load;

static void say(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}

static uint64_t next_random(void) /* xorshift64* */
{
    load.random ^= load.random >> 12;
    load.random ^= load.random << 25;
    load.random ^= load.random >> 27;
    return load.random * 0x2545f4914f6cdd1dull;
}

/* ---- who is idle ---- */

static void set_idle(struct peer *peer, bool idle)
{
    size_t *at = &load.idle_at[peer->number];
    if (idle == (*at != SIZE_MAX))
        return;
    if (idle) {
        *at = load.idle_count;
        load.idle[load.idle_count++] = peer;
        return;
    }
    struct peer *last = load.idle[--load.idle_count];
    load.idle[*at] = last;
    load.idle_at[last->number] = *at;
    *at = SIZE_MAX;
}

/* NULL: every socket that was tried has as many in flight as it may. */
static struct peer *choose(void)
{
    if (load.idle_count > 0)
        return load.idle[next_random() % load.idle_count];
    for (int i = 0; i < 16; i++) {
        struct peer *peer = &load.peers[next_random() % load.peer_count];
        if (peer_has_slot(peer))
            return peer;
    }
    return NULL;
}

/* ---- requests ---- */

static struct uuid new_id(void)
{
    uint8_t random[10];
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    uint64_t words[2] = {next_random(), next_random()};
    memcpy(random, words, sizeof random);
    return uuid_v7((uint64_t)wall.tv_sec * 1000 + (uint64_t)wall.tv_nsec / 1000000, random);
}

/* Payload and meta. */
static size_t put_command(uint8_t *out)
{
    size_t size = 0, pack = strlen(load.task.pack);
    if (load.task.command == COMMAND_PING) {
        out[size++] = 0x90;
        return size;
    }
    struct uuid id = new_id();
    out[size++] = 0x92;
    out[size++] = (uint8_t)(0xa0 | pack);
    memcpy(out + size, load.task.pack, pack);
    size += pack;
    out[size++] = 1;
    out[size++] = 0x92;
    out[size++] = 0xc4;
    out[size++] = sizeof id.bytes;
    memcpy(out + size, id.bytes, sizeof id.bytes);
    size += sizeof id.bytes;
    out[size++] = load.task.command == COMMAND_OPEN_EVENTUAL ? CONSISTENCY_EVENTUAL : CONSISTENCY_STRONG;
    return size;
}

static void send_request(struct peer *peer, uint64_t due_us, uint64_t now)
{
    uint8_t payload[128];
    size_t size = put_command(payload);
    set_idle(peer, false);
    load.outstanding++;
    if (load.state == LOAD_MEASURING)
        histogram_add(&load.task.late, now > due_us ? now - due_us : 0);
    peer_request(peer,
                 load.task.command == COMMAND_PING ? (uint32_t)MESSAGE_PING : (uint32_t)COMMAND_OPEN_PACK,
                 payload, size, due_us);
}

static bool keep_waiting(double due_us)
{
    if (load.waiting_count == load.waiting_room) {
        size_t room = load.waiting_room == 0 ? 4096 : 2 * load.waiting_room;
        double *ring = malloc(room * sizeof *ring);
        if (ring == NULL)
            return false;
        for (size_t i = 0; i < load.waiting_count; i++)
            ring[i] = load.waiting[(load.waiting_first + i) % load.waiting_room];
        free(load.waiting);
        load.waiting = ring;
        load.waiting_room = room;
        load.waiting_first = 0;
    }
    load.waiting[(load.waiting_first + load.waiting_count++) % load.waiting_room] = due_us;
    return true;
}

/* Arrivals that are due, those first that have waited for a socket. */
static void offer(uint64_t now)
{
    struct peer *peer;
    while (load.waiting_count > 0 && (peer = choose()) != NULL) {
        send_request(peer, (uint64_t)load.waiting[load.waiting_first], now);
        load.waiting_first = (load.waiting_first + 1) % load.waiting_room;
        load.waiting_count--;
    }
    while (load.task.next_due_us <= (double)now) {
        double due = load.task.next_due_us;
        double unit = (double)((next_random() >> 11) + 1) / 9007199254740993.0; /* in (0, 1) */
        load.task.next_due_us -= log(unit) * 1e6 / load.task.rate;
        load.task.offered += load.state == LOAD_MEASURING;
        if (load.waiting_count == 0 && (peer = choose()) != NULL)
            send_request(peer, (uint64_t)due, now);
        else if (!keep_waiting(due))
            websocket_refuse("no memory for what is due", load.waiting_count);
    }
}

static void start_closed(void)
{
    uint64_t now = histogram_now_us();
    for (uint64_t i = 0; i < load.task.in_flight; i++) {
        struct peer *peer =
            load.task.in_flight > load.peer_count ? &load.peers[i % load.peer_count] : choose();
        send_request(peer, now, now);
    }
}

/* ---- what peers tell ---- */

static void count_answer(const struct task *measured, uint64_t due_us, uint32_t error, uint64_t now)
{
    struct task *task = &load.task;
    bool in_time = load.state == LOAD_MEASURING && now <= measured->ends_us;
    if (error != 0) {
        task->refused += in_time;
        task->errors[error < ERRORS_MAX ? error : 0]++;
    } else {
        task->done += in_time;
    }
    if (due_us >= task->begins_us && due_us <= task->ends_us)
        histogram_add(error == 0 ? &task->taken : &task->said_no, now - due_us);
}

static void on_answered(struct peer *peer, uint32_t slot, uint32_t error)
{
    uint64_t now = histogram_now_us();
    load.outstanding--;
    if (load.state == LOAD_MEASURING || load.state == LOAD_DRAINING)
        count_answer(&load.task, peer->due_us[slot], error, now);
    set_idle(peer, peer->busy == 0);
    if (load.task.rate > 0 || (load.state != LOAD_WARMING_UP && load.state != LOAD_MEASURING))
        return;
    send_request(load.task.in_flight >= load.peer_count ? peer : choose(), now, now);
}

static void open_more(void)
{
    size_t most = load.state == LOAD_STORM ? load.peer_count : HANDSHAKES_MAX;
    for (; load.opened < load.peer_count && load.opened - load.ready < most; load.opened++)
        peer_open(&load.peers[load.opened]);
}

static void report_storm(uint64_t took_us)
{
    printf("{\"sockets\": %zu, \"seconds\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"retries\": %u, "
           "\"step_s\": %.3f, \"timeline\": [",
           load.peer_count, (double)took_us / 1e6, histogram_percentile_ms(&load.back, 0.5),
           histogram_percentile_ms(&load.back, 0.99), load.retries, TIMELINE_STEP_US / 1e6);
    for (size_t i = 0; i < TIMELINE_STEPS && i <= took_us / TIMELINE_STEP_US; i++)
        printf("%s%u", i == 0 ? "" : ", ", load.timeline[i]);
    say("]}");
}

static void on_ready(struct peer *peer)
{
    set_idle(peer, true);
    load.ready++;
    if (load.state == LOAD_STORM) {
        uint64_t took_us = histogram_now_us() - load.began_us, step = took_us / TIMELINE_STEP_US;
        histogram_add(&load.back, took_us);
        load.timeline[step < TIMELINE_STEPS ? step : TIMELINE_STEPS - 1]++;
        if (load.ready == load.peer_count)
            report_storm(took_us);
    }
    if (load.ready < load.peer_count) {
        open_more();
        return;
    }
    load.state = LOAD_READY;
    say("ready");
}

static void on_told(struct peer *peer, size_t bytes)
{
    if (load.state != LOAD_WAVE || load.told[peer->number])
        return;
    load.told[peer->number] = 1;
    load.told_bytes = bytes;
    if (--load.left > 0)
        return;
    printf("{\"last_ms\": %.3f, \"bytes\": %zu}\n", (double)(histogram_now_us() - load.began_us) / 1e3,
           load.told_bytes);
    load.state = LOAD_READY;
    say("ready");
}

static void on_come_back(struct peer *peer, uint32_t after_ms)
{
    uint64_t *at = &load.again_us[peer->number];
    load.retries++;
    load.again_count += *at == 0;
    *at = histogram_now_us() + (uint64_t)after_ms * 1000;
}

static void bring_back(uint64_t now)
{
    for (size_t i = 0; i < load.peer_count && load.again_count > 0; i++) {
        if (load.again_us[i] == 0 || load.again_us[i] > now)
            continue;
        load.again_us[i] = 0;
        load.again_count--;
        peer_again(&load.peers[i]);
    }
}

/* ---- tasks ---- */

static void report_task(void)
{
    const struct task *task = &load.task;
    double seconds = (double)(task->ends_us - task->begins_us) / 1e6;
    printf("{\"sockets\": %zu, \"offered\": %llu, \"done\": %llu, \"refused\": %llu, \"seconds\": %.3f, "
           "\"rate\": %.1f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, "
           "\"refused_p50_ms\": %.3f, \"refused_p99_ms\": %.3f, \"late_p99_ms\": %.3f, \"errors\": {",
           load.peer_count, (unsigned long long)task->offered, (unsigned long long)task->done,
           (unsigned long long)task->refused, seconds, (double)task->done / seconds,
           histogram_percentile_ms(&task->taken, 0.5), histogram_percentile_ms(&task->taken, 0.9),
           histogram_percentile_ms(&task->taken, 0.99), histogram_percentile_ms(&task->taken, 0.999),
           histogram_percentile_ms(&task->said_no, 0.5), histogram_percentile_ms(&task->said_no, 0.99),
           histogram_percentile_ms(&task->late, 0.99));
    const char *comma = "";
    for (uint32_t code = 0; code < ERRORS_MAX; code++) {
        if (task->errors[code] == 0)
            continue;
        printf("%s\"%u\": %llu", comma, code, (unsigned long long)task->errors[code]);
        comma = ", ";
    }
    say("}}");
}

static bool begin_task(const char *line)
{
    double warm_up_s, seconds, how_much;
    char command[33], how[33];
    struct task *task = &load.task;
    *task = (struct task){.command = COMMANDS};
    if (sscanf(line, "go %lf %lf %32s %32s %32s %lf", &warm_up_s, &seconds, command, task->pack, how,
               &how_much) != 6 ||
        how_much <= 0 || strlen(task->pack) > 31)
        return false;
    for (enum load_command i = 0; i < COMMANDS; i++)
        if (strcmp(command, commands[i]) == 0)
            task->command = i;
    bool offered = strcmp(how, "offered") == 0;
    if (task->command == COMMANDS || (!offered && strcmp(how, "closed") != 0) ||
        (!offered && how_much > (double)load.peer_count * PEER_IN_FLIGHT_MAX))
        return false;
    uint64_t now = histogram_now_us();
    task->begins_us = now + (uint64_t)(warm_up_s * 1e6);
    task->ends_us = task->begins_us + (uint64_t)(seconds * 1e6);
    task->rate = offered ? how_much : 0;
    task->in_flight = offered ? 0 : (uint64_t)how_much;
    task->next_due_us = (double)now;
    load.state = LOAD_WARMING_UP;
    if (!offered)
        start_closed();
    return true;
}

static void begin_wave(void)
{
    load.state = LOAD_WAVE;
    load.left = load.peer_count;
    memset(load.told, 0, load.peer_count);
    load.began_us = histogram_now_us();
    say("begin");
}

static void begin_storm(void)
{
    load.state = LOAD_STORM;
    load.retries = 0;
    load.back = (struct histogram){0};
    memset(load.timeline, 0, sizeof load.timeline);
    for (size_t i = 0; i < load.peer_count; i++) {
        set_idle(&load.peers[i], false);
        peer_drop(&load.peers[i]);
    }
    load.ready = load.opened = 0;
    load.began_us = histogram_now_us();
    open_more();
}

static bool obey(const char *line)
{
    if (strcmp(line, "stop") == 0 && load.state == LOAD_MEASURING)
        load.task.ends_us = histogram_now_us();
    else if (load.state != LOAD_READY)
        return false;
    else if (strcmp(line, "wave") == 0)
        begin_wave();
    else if (strcmp(line, "storm") == 0)
        begin_storm();
    else
        return begin_task(line);
    return true;
}

/* A line from whoever started us; false when there is nobody any more. One line a time: it waits for ours. */
static bool on_stdin(void)
{
    char line[256];
    ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
    if (got <= 0)
        return false;
    line[got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (!obey(line))
        websocket_refuse("a line that cannot be obeyed now; bytes", (uint64_t)got);
    return true;
}

/* What the clock says. */
static void on_clock(uint64_t now)
{
    if (load.again_count > 0)
        bring_back(now);
    if (load.state == LOAD_WARMING_UP && now >= load.task.begins_us) {
        load.state = LOAD_MEASURING;
        say("begin");
    }
    if (load.state == LOAD_MEASURING && now >= load.task.ends_us) {
        load.state = LOAD_DRAINING;
        load.waiting_count = 0;
        say("end");
    }
    if (load.task.rate > 0 && (load.state == LOAD_WARMING_UP || load.state == LOAD_MEASURING))
        offer(now);
    if (load.state == LOAD_DRAINING && load.outstanding == 0) {
        report_task();
        load.state = LOAD_READY;
        say("ready");
    } else if (load.state == LOAD_DRAINING && now >= load.task.ends_us + DRAIN_US) {
        websocket_refuse("requests were never answered", load.outstanding);
    }
}

/* Until what is due next; -1: nothing is. */
static int64_t wait_us(uint64_t now)
{
    double until = -1;
    if (load.state == LOAD_WARMING_UP || load.state == LOAD_MEASURING) {
        until = (double)(load.state == LOAD_WARMING_UP ? load.task.begins_us : load.task.ends_us);
        if (load.task.rate > 0 && load.task.next_due_us < until)
            until = load.task.next_due_us;
    } else if (load.state == LOAD_DRAINING) {
        until = (double)now + 100000;
    }
    if (load.again_count > 0 && (until < 0 || until > (double)now + 10000))
        until = (double)now + 10000;
    return until < 0 ? -1 : until > (double)now ? (int64_t)(until - (double)now) + 1 : 0;
}

static void run(void)
{
    struct epoll_event events[512];
    open_more();
    for (;;) {
        uint64_t now = histogram_now_us();
        on_clock(now);
        int64_t us = wait_us(now);
        struct timespec wait = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
        int count = epoll_pwait2(load.setup.epoll, events, 512, us < 0 ? NULL : &wait, NULL);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL)
                peer_event(events[i].data.ptr);
            else if (!on_stdin())
                return;
        }
    }
}

/* ---- setting up ---- */

static void make_peers(FILE *tokens)
{
    load.peers = calloc(load.peer_count, sizeof *load.peers);
    load.idle = calloc(load.peer_count, sizeof(struct peer *));
    load.idle_at = calloc(load.peer_count, sizeof *load.idle_at);
    load.again_us = calloc(load.peer_count, sizeof *load.again_us);
    load.told = calloc(load.peer_count, 1);
    if (load.peers == NULL || load.idle == NULL || load.idle_at == NULL || load.again_us == NULL ||
        load.told == NULL)
        websocket_die("memory");
    for (size_t i = 0; i < load.peer_count; i++) {
        size_t room = 0;
        ssize_t got = getline(&load.peers[i].token, &room, tokens);
        if (got <= 1 || got > PEER_TOKEN_MAX_BYTES)
            websocket_refuse("too few tokens, or one that is too long; line", i + 1);
        load.peers[i].token[got - 1] = '\0';
        load.peers[i].number = (uint32_t)i;
        load.idle_at[i] = SIZE_MAX;
    }
}

int main(int argc, char **argv)
{
    FILE *tokens = argc == 5 ? fopen(argv[4], "r") : NULL;
    load.peer_count = argc == 5 ? (size_t)atol(argv[3]) : 0;
    if (tokens == NULL || load.peer_count == 0) {
        fprintf(stderr, "usage: bench_load HOST PORT SOCKETS TOKENS\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    make_peers(tokens);
    fclose(tokens);
    load.setup = (struct peer_setup){
        argv[1], atoi(argv[2]), epoll_create1(EPOLL_CLOEXEC), {on_ready, on_answered, on_told, on_come_back}};
    peer_setup(&load.setup);
    struct epoll_event input = {.events = EPOLLIN};
    if (load.setup.epoll < 0 || getrandom(&load.random, sizeof load.random, 0) != sizeof load.random ||
        epoll_ctl(load.setup.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
        websocket_die("setup");
    run();
    return 0;
}
