/* load: a load generator for the server, small enough to saturate it from the same machine.
 *
 *   bench_load HOST PORT SOCKETS TOKENS [A_SECOND]      TOKENS: a file with one access token a line, one for
 * each socket. A_SECOND: so many of them connect a second, by a schedule, instead of as fast as they can;
 * then "begin" is said first, and {"seconds": ...} before "ready": how long after it was due each was there.
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
 * This file has the peers, the lines and the storm; task.c has what a `go` does. When you add a line: its
 * branch in obey. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "histogram.h"
#include "peer.h"
#include "task.h"

#define HANDSHAKES_MAX 128 /* sockets on their way at once, but in a storm */
#define CODES_MAX 5000     /* errors, HTTP statuses, close codes */
#define COME_BACK_STEP_US 10000
#define TIMELINE_STEPS 600 /* of TIMELINE_STEP_US, while a storm is on */
#define TIMELINE_STEP_US 100000

enum load_state { LOAD_CONNECTING, LOAD_ARRIVING, LOAD_READY, LOAD_TASK, LOAD_WAVE, LOAD_STORM };

static struct load {
    enum load_state state;
    size_t peer_count, opened, ready;
    struct peer *peers;
    uint64_t *again_us; /* by peer: when it comes back; 0: it need not */
    size_t again_count;
    uint64_t began_us;       /* arriving, wave, storm */
    uint64_t step_us;        /* arriving: from one to the next */
    size_t left, told_bytes; /* wave */
    uint8_t *told;
    struct histogram back; /* storm; arriving */
    uint32_t timeline[TIMELINE_STEPS], retries[CODES_MAX];
    struct peer_setup setup;
} load;

static void say(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}

/* ---- what peers tell ---- */

static void open_more(void)
{
    size_t most = load.state == LOAD_STORM ? load.peer_count : HANDSHAKES_MAX;
    for (; load.opened < load.peer_count && load.opened - load.ready < most; load.opened++)
        peer_open(&load.peers[load.opened]);
}

/* When the next one is due to connect. */
static uint64_t next_arrival_us(void)
{
    return load.began_us + load.opened * load.step_us;
}

static void open_who_is_due(uint64_t now_us)
{
    for (; load.opened < load.peer_count && next_arrival_us() <= now_us; load.opened++)
        peer_open(&load.peers[load.opened]);
}

static void report_back(uint64_t took_us)
{
    printf("{\"sockets\": %zu, \"seconds\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"step_s\": %.3f, "
           "\"retries\": {",
           load.peer_count, (double)took_us / 1e6, histogram_percentile_ms(&load.back, 0.5),
           histogram_percentile_ms(&load.back, 0.99), TIMELINE_STEP_US / 1e6);
    const char *comma = "";
    for (uint32_t code = 0; code < CODES_MAX; code++) {
        if (load.retries[code] == 0)
            continue;
        printf("%s\"%u\": %u", comma, code, load.retries[code]);
        comma = ", ";
    }
    printf("}, \"timeline\": [");
    for (size_t i = 0; i < TIMELINE_STEPS && i <= took_us / TIMELINE_STEP_US; i++)
        printf("%s%u", i == 0 ? "" : ", ", load.timeline[i]);
    say("]}");
}

static void on_ready(struct peer *peer)
{
    task_ready(peer, true);
    load.ready++;
    if (load.state == LOAD_STORM) {
        uint64_t took_us = histogram_now_us() - load.began_us, step = took_us / TIMELINE_STEP_US;
        histogram_add(&load.back, took_us);
        load.timeline[step < TIMELINE_STEPS ? step : TIMELINE_STEPS - 1]++;
        if (load.ready == load.peer_count)
            report_back(took_us);
    } else if (load.state == LOAD_ARRIVING) {
        uint64_t now_us = histogram_now_us();
        histogram_add(&load.back, now_us - (load.began_us + peer->number * load.step_us));
        if (load.ready == load.peer_count)
            report_back(now_us - load.began_us);
    }
    if (load.ready < load.peer_count) {
        if (load.state != LOAD_ARRIVING)
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

static void on_come_back(struct peer *peer, uint32_t after_ms, uint32_t code)
{
    uint64_t *at = &load.again_us[peer->number];
    load.retries[code < CODES_MAX ? code : 0]++;
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
    memset(load.retries, 0, sizeof load.retries);
    load.back = (struct histogram){0};
    memset(load.timeline, 0, sizeof load.timeline);
    for (size_t i = 0; i < load.peer_count; i++) {
        task_ready(&load.peers[i], false);
        peer_drop(&load.peers[i]);
    }
    load.ready = load.opened = 0;
    load.began_us = histogram_now_us();
    open_more();
}

static bool obey(const char *line)
{
    if (strcmp(line, "stop") == 0 && load.state == LOAD_TASK) {
        task_stop();
        return true;
    }
    if (load.state != LOAD_READY)
        return false;
    if (strcmp(line, "wave") == 0) {
        begin_wave();
    } else if (strcmp(line, "storm") == 0) {
        begin_storm();
    } else {
        if (!task_begin(line))
            return false;
        load.state = LOAD_TASK;
    }
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
    if (load.state == LOAD_ARRIVING)
        open_who_is_due(now);
    if (load.state == LOAD_TASK && task_clock(now)) {
        load.state = LOAD_READY;
        say("ready");
    }
}

/* Until what is due next; -1: nothing is. */
static int64_t wait_us(uint64_t now)
{
    uint64_t until = load.state == LOAD_TASK ? task_due_us(now) : 0;
    if (load.state == LOAD_ARRIVING && load.opened < load.peer_count)
        until = next_arrival_us();
    if (load.again_count > 0 && (until == 0 || until > now + COME_BACK_STEP_US))
        until = now + COME_BACK_STEP_US;
    return until == 0 ? -1 : until > now ? (int64_t)(until - now) : 0;
}

static void run(void)
{
    struct epoll_event events[512];
    if (load.state == LOAD_ARRIVING)
        say("begin");
    else
        open_more();
    load.began_us = histogram_now_us();
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
    load.again_us = calloc(load.peer_count, sizeof *load.again_us);
    load.told = calloc(load.peer_count, 1);
    if (load.peers == NULL || load.again_us == NULL || load.told == NULL ||
        !task_init(load.peers, load.peer_count))
        websocket_die("memory");
    for (size_t i = 0; i < load.peer_count; i++) {
        size_t room = 0;
        ssize_t got = getline(&load.peers[i].token, &room, tokens);
        if (got <= 1 || got > PEER_TOKEN_MAX_BYTES)
            websocket_refuse("too few tokens, or one that is too long; line", i + 1);
        load.peers[i].token[got - 1] = '\0';
        load.peers[i].number = (uint32_t)i;
    }
}

int main(int argc, char **argv)
{
    bool usable = argc == 5 || (argc == 6 && atof(argv[5]) > 0);
    FILE *tokens = usable ? fopen(argv[4], "r") : NULL;
    load.peer_count = usable ? (size_t)atol(argv[3]) : 0;
    if (tokens == NULL || load.peer_count == 0) {
        fprintf(stderr, "usage: bench_load HOST PORT SOCKETS TOKENS [A_SECOND]\n");
        return 2;
    }
    if (argc == 6) {
        load.state = LOAD_ARRIVING;
        load.step_us = (uint64_t)(1e6 / atof(argv[5]));
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    make_peers(tokens);
    fclose(tokens);
    load.setup = (struct peer_setup){argv[1],
                                     atoi(argv[2]),
                                     epoll_create1(EPOLL_CLOEXEC),
                                     {on_ready, task_answered, on_told, on_come_back}};
    peer_setup(&load.setup);
    struct epoll_event input = {.events = EPOLLIN};
    if (load.setup.epoll < 0 || epoll_ctl(load.setup.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
        websocket_die("setup");
    run();
    return 0;
}
