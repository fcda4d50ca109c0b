/* task: what a `go` does: requests, answers, latencies.
 *
 * closed: the time measured is from write to answer; an answer starts the next request. With fewer requests
 * in flight than sockets each goes to a random idle one. offered: arrivals are a Poisson process; the time is
 * measured from the moment that an arrival was due, so a server that stalls is charged for everything that
 * would have come meanwhile. An arrival goes to a random idle socket, else to one with room, else it waits
 * here, and its clock runs.
 *
 *      IDLE -> WARMING_UP -> MEASURING -> DRAINING -> IDLE
 *
 * A rate counts what was answered within the time; latencies are of what was due within it, however late the
 * answer. When you add a command: its name in `commands`, its branch in put_command. */
#include "task.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/uuid.h"
#include "histogram.h"

#define DRAIN_US 20000000
#define ERRORS_MAX 512
#define WORST_STEPS 600
#define WORST_STEP_US 100000

enum task_state { TASK_IDLE, TASK_WARMING_UP, TASK_MEASURING, TASK_DRAINING };
enum task_command { TASK_OPEN_PACK, TASK_OPEN_PACK_EVENTUAL, TASK_PING, TASK_COMMANDS };
static const char *const commands[TASK_COMMANDS] = {"open_pack", "open_pack_eventual", "ping"};

static struct peer *peers;
static size_t peer_count;

/* What outlives a task. */
static struct {
    struct peer **idle; /* ready and nothing in flight */
    size_t idle_count, *idle_at;
    uint64_t outstanding, random;
    double *waiting; /* arrivals for which no socket had room: a ring */
    size_t waiting_room, waiting_first, waiting_count;
} crowd;

static struct task {
    enum task_state state;
    enum task_command command;
    char pack[33];
    uint64_t in_flight; /* closed */
    double rate;        /* offered; 0: closed */
    double next_due_us;
    uint64_t begins_us, ends_us;
    uint64_t offered, done, refused, errors[ERRORS_MAX];
    struct histogram taken, said_no, late; /* late: from due to sent */
    uint64_t worst_us[WORST_STEPS];        /* of what was due in each step of the time */
} task;

static void say(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}

static uint64_t next_random(void) /* xorshift64* */
{
    crowd.random ^= crowd.random >> 12;
    crowd.random ^= crowd.random << 25;
    crowd.random ^= crowd.random >> 27;
    return crowd.random * 0x2545f4914f6cdd1dull;
}

bool task_init(struct peer *given, size_t count)
{
    peers = given;
    peer_count = count;
    crowd.idle = calloc(count, sizeof(struct peer *));
    crowd.idle_at = calloc(count, sizeof *crowd.idle_at);
    for (size_t i = 0; i < count && crowd.idle_at != NULL; i++)
        crowd.idle_at[i] = SIZE_MAX;
    return crowd.idle != NULL && crowd.idle_at != NULL &&
           getrandom(&crowd.random, sizeof crowd.random, 0) == sizeof crowd.random;
}

/* ---- who is idle ---- */

static void set_idle(struct peer *peer, bool idle)
{
    size_t *at = &crowd.idle_at[peer->number];
    if (idle == (*at != SIZE_MAX))
        return;
    if (idle) {
        *at = crowd.idle_count;
        crowd.idle[crowd.idle_count++] = peer;
        return;
    }
    struct peer *last = crowd.idle[--crowd.idle_count];
    crowd.idle[*at] = last;
    crowd.idle_at[last->number] = *at;
    *at = SIZE_MAX;
}

void task_ready(struct peer *peer, bool ready)
{
    set_idle(peer, ready);
}

/* NULL: every socket that was tried has as many in flight as it may. */
static struct peer *choose(void)
{
    if (crowd.idle_count > 0)
        return crowd.idle[next_random() % crowd.idle_count];
    for (int i = 0; i < 16; i++) {
        struct peer *peer = &peers[next_random() % peer_count];
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
    size_t size = 0, pack = strlen(task.pack);
    if (task.command == TASK_PING) {
        out[size++] = 0x90;
        return size;
    }
    struct uuid id = new_id();
    out[size++] = 0x92;
    out[size++] = (uint8_t)(0xa0 | pack);
    memcpy(out + size, task.pack, pack);
    size += pack;
    out[size++] = 1;
    out[size++] = 0x92;
    out[size++] = 0xc4;
    out[size++] = sizeof id.bytes;
    memcpy(out + size, id.bytes, sizeof id.bytes);
    size += sizeof id.bytes;
    out[size++] = task.command == TASK_OPEN_PACK_EVENTUAL ? CONSISTENCY_EVENTUAL : CONSISTENCY_STRONG;
    return size;
}

static void send_request(struct peer *peer, uint64_t due_us, uint64_t now)
{
    uint8_t payload[128];
    size_t size = put_command(payload);
    set_idle(peer, false);
    crowd.outstanding++;
    if (task.state == TASK_MEASURING)
        histogram_add(&task.late, now > due_us ? now - due_us : 0);
    peer_request(peer, task.command == TASK_PING ? (uint32_t)MESSAGE_PING : (uint32_t)COMMAND_OPEN_PACK,
                 payload, size, due_us);
}

static bool keep_waiting(double due_us)
{
    if (crowd.waiting_count == crowd.waiting_room) {
        size_t room = crowd.waiting_room == 0 ? 4096 : 2 * crowd.waiting_room;
        double *ring = malloc(room * sizeof *ring);
        if (ring == NULL)
            return false;
        for (size_t i = 0; i < crowd.waiting_count; i++)
            ring[i] = crowd.waiting[(crowd.waiting_first + i) % crowd.waiting_room];
        free(crowd.waiting);
        crowd.waiting = ring;
        crowd.waiting_room = room;
        crowd.waiting_first = 0;
    }
    crowd.waiting[(crowd.waiting_first + crowd.waiting_count++) % crowd.waiting_room] = due_us;
    return true;
}

/* Arrivals that are due, those first that have waited for a socket. */
static void offer(uint64_t now)
{
    struct peer *peer;
    while (crowd.waiting_count > 0 && (peer = choose()) != NULL) {
        send_request(peer, (uint64_t)crowd.waiting[crowd.waiting_first], now);
        crowd.waiting_first = (crowd.waiting_first + 1) % crowd.waiting_room;
        crowd.waiting_count--;
    }
    while (task.next_due_us <= (double)now) {
        double due = task.next_due_us;
        double unit = (double)((next_random() >> 11) + 1) / 9007199254740993.0; /* in (0, 1) */
        task.next_due_us -= log(unit) * 1e6 / task.rate;
        task.offered += task.state == TASK_MEASURING;
        if (crowd.waiting_count == 0 && (peer = choose()) != NULL)
            send_request(peer, (uint64_t)due, now);
        else if (!keep_waiting(due))
            websocket_refuse("no memory for what is due", crowd.waiting_count);
    }
}

static void start_closed(void)
{
    uint64_t now = histogram_now_us();
    for (uint64_t i = 0; i < task.in_flight; i++) {
        struct peer *peer = task.in_flight > peer_count ? &peers[i % peer_count] : choose();
        send_request(peer, now, now);
    }
}

/* ---- answers ---- */

static void count_answer(uint64_t due_us, uint32_t error, uint64_t now)
{
    bool in_time = task.state == TASK_MEASURING && now <= task.ends_us;
    if (error != 0) {
        task.refused += in_time;
        task.errors[error < ERRORS_MAX ? error : 0]++;
    } else {
        task.done += in_time;
    }
    if (due_us < task.begins_us || due_us > task.ends_us)
        return;
    histogram_add(error == 0 ? &task.taken : &task.said_no, now - due_us);
    uint64_t step = (due_us - task.begins_us) / WORST_STEP_US;
    if (step < WORST_STEPS && now - due_us > task.worst_us[step])
        task.worst_us[step] = now - due_us;
}

void task_answered(struct peer *peer, uint32_t slot, uint32_t error)
{
    uint64_t now = histogram_now_us();
    crowd.outstanding--;
    if (task.state == TASK_MEASURING || task.state == TASK_DRAINING)
        count_answer(peer->due_us[slot], error, now);
    set_idle(peer, peer->busy == 0);
    if (task.rate > 0 || (task.state != TASK_WARMING_UP && task.state != TASK_MEASURING))
        return;
    send_request(task.in_flight >= peer_count ? peer : choose(), now, now);
}

/* ---- from beginning to end ---- */

bool task_begin(const char *line)
{
    double warm_up_s, seconds, how_much;
    char command[33], how[33];
    task = (struct task){.command = TASK_COMMANDS};
    if (sscanf(line, "go %lf %lf %32s %32s %32s %lf", &warm_up_s, &seconds, command, task.pack, how,
               &how_much) != 6 ||
        how_much <= 0 || strlen(task.pack) > 31)
        return false;
    for (enum task_command i = 0; i < TASK_COMMANDS; i++)
        if (strcmp(command, commands[i]) == 0)
            task.command = i;
    bool offered = strcmp(how, "offered") == 0;
    if (task.command == TASK_COMMANDS || (!offered && strcmp(how, "closed") != 0) ||
        (!offered && how_much > (double)peer_count * PEER_IN_FLIGHT_MAX))
        return false;
    uint64_t now = histogram_now_us();
    task.begins_us = now + (uint64_t)(warm_up_s * 1e6);
    task.ends_us = task.begins_us + (uint64_t)(seconds * 1e6);
    task.rate = offered ? how_much : 0;
    task.in_flight = offered ? 0 : (uint64_t)how_much;
    task.next_due_us = (double)now;
    task.state = TASK_WARMING_UP;
    if (!offered)
        start_closed();
    return true;
}

void task_stop(void)
{
    if (task.state == TASK_MEASURING)
        task.ends_us = histogram_now_us();
}

static void report_task(void)
{
    double seconds = (double)(task.ends_us - task.begins_us) / 1e6;
    printf("{\"sockets\": %zu, \"offered\": %llu, \"done\": %llu, \"refused\": %llu, \"seconds\": %.3f, "
           "\"rate\": %.1f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, "
           "\"refused_p50_ms\": %.3f, \"refused_p99_ms\": %.3f, \"late_p99_ms\": %.3f, \"errors\": {",
           peer_count, (unsigned long long)task.offered, (unsigned long long)task.done,
           (unsigned long long)task.refused, seconds, (double)task.done / seconds,
           histogram_percentile_ms(&task.taken, 0.5), histogram_percentile_ms(&task.taken, 0.9),
           histogram_percentile_ms(&task.taken, 0.99), histogram_percentile_ms(&task.taken, 0.999),
           histogram_percentile_ms(&task.said_no, 0.5), histogram_percentile_ms(&task.said_no, 0.99),
           histogram_percentile_ms(&task.late, 0.99));
    const char *comma = "";
    for (uint32_t code = 0; code < ERRORS_MAX; code++) {
        if (task.errors[code] == 0)
            continue;
        printf("%s\"%u\": %llu", comma, code, (unsigned long long)task.errors[code]);
        comma = ", ";
    }
    printf("}, \"step_s\": %.3f, \"worst_ms\": [", WORST_STEP_US / 1e6);
    for (uint64_t step = 0; step < WORST_STEPS && step * WORST_STEP_US < task.ends_us - task.begins_us;
         step++)
        printf("%s%.1f", step == 0 ? "" : ", ", (double)task.worst_us[step] / 1000);
    say("]}");
}

bool task_clock(uint64_t now)
{
    if (task.state == TASK_WARMING_UP && now >= task.begins_us) {
        task.state = TASK_MEASURING;
        say("begin");
    }
    if (task.state == TASK_MEASURING && now >= task.ends_us) {
        task.state = TASK_DRAINING;
        crowd.waiting_count = 0;
        say("end");
    }
    if (task.rate > 0 && (task.state == TASK_WARMING_UP || task.state == TASK_MEASURING))
        offer(now);
    if (task.state == TASK_DRAINING && now >= task.ends_us + DRAIN_US)
        websocket_refuse("requests were never answered", crowd.outstanding);
    if (task.state != TASK_DRAINING || crowd.outstanding > 0)
        return false;
    report_task();
    task.state = TASK_IDLE;
    return true;
}

uint64_t task_due_us(uint64_t now)
{
    if (task.state == TASK_IDLE)
        return 0;
    if (task.state == TASK_DRAINING)
        return now + 100000;
    uint64_t until = task.state == TASK_WARMING_UP ? task.begins_us : task.ends_us;
    return task.rate > 0 && task.next_due_us < (double)until ? (uint64_t)task.next_due_us + 1 : until;
}
