/* ready: who comes first when much is ready at once.
 *
 * libev asks the kernel for as many events as it has ever seen at once and calls all of them back before the
 * turn ends, and the kernel gives them in the order in which they came. So when ten thousand sockets break at
 * the same moment, whatever comes next - a command, a database's answer - waits until all of them are closed:
 * half a second, as closing one costs 45 us (the kernel's goodbye, and libwebsockets as Debian builds it
 * looks through its table of descriptors to be sure that it is gone). libev has no option for either, but its
 * calls go through the dynamic linker, which finds the two functions below first.
 *
 * A turn takes READY_MAX events at most, of which HANG_UPS_PER_TURN may be of a peer that hung up
 * (EPOLLRDHUP, which is asked for wherever libev asks to read): nobody waits for those. The others are
 * parked: the kernel is told to forget the descriptor and its place joins a line. Each turn lets some of the
 * line through: the kernel watches them again, reports them, and this time libev is told. Parked descriptors
 * cost nothing meanwhile, and behind them whoever else is ready is found in the same turn. Turns follow one
 * another as fast as they can, so hang-ups have a pace in time, too: without it the loop is busy with nothing
 * else for half a second, and where processors are few the databases wait for theirs.
 *
 *      WATCHED -- hung up, and enough have just now --> PARKED -- its turn --> LET_THROUGH
 *         ^------------------------------------------------------------- told ---------+
 *
 * What libev asks for meanwhile (another mask, or the number is another connection's by now) goes to the
 * kernel as it is, and the descriptor is WATCHED again; libev takes ENOENT for a descriptor that the kernel
 * does not watch, and adds it. Without memory for a place nothing is parked. */
#include "loop/ready.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/bucket.h"
#include "loop/loop.h"

#define PLACES_FIRST 1024
#define HUNG_UP (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

struct place {
    int epoll;                /* of the loop that it is in */
    struct epoll_event asked; /* what libev asked for last */
    enum { WATCHED, PARKED, LET_THROUGH } state;
    uint64_t told; /* the turn in which libev was told of a hang-up last */
    bool in_line;  /* may be so when it is no longer parked: its turn passes then */
    int next;      /* in the line, by descriptor; -1: the last */
};

/* By descriptor, for the life of the process: the calls of libev have no room for a context. */
static struct {
    struct place *places;
    int count;
    uint64_t turn;
    int first, last; /* the line; -1: nobody */
    struct bucket hang_ups;
} ready = {.first = -1, .last = -1};

static int kernel_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

static int kernel_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    return (int)syscall(SYS_epoll_pwait, epoll, events, most, timeout_ms, NULL, _NSIG / 8);
}

/* Makes room for `count` descriptors. */
static bool make_room(int count)
{
    struct place *grown = realloc(ready.places, (size_t)count * sizeof *grown);
    if (grown == NULL)
        return false;
    for (int i = ready.count; i < count; i++)
        grown[i] = (struct place){.epoll = -1, .next = -1};
    ready.places = grown;
    ready.count = count;
    return true;
}

bool ready_init(void)
{
    return ready.count >= PLACES_FIRST || make_room(PLACES_FIRST);
}

/* NULL: no memory. */
static struct place *place_of(int fd)
{
    return fd < ready.count || make_room(fd < PLACES_FIRST ? PLACES_FIRST : 2 * fd) ? &ready.places[fd]
                                                                                    : NULL;
}

/* What libev asks the kernel to watch. It also asks for what is watched already, and is told so. */
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    struct place *place = fd < 0 || operation == EPOLL_CTL_DEL ? NULL : place_of(fd);
    if (place == NULL)
        return kernel_ctl(epoll, operation, fd, event);
    struct epoll_event asked = *event;
    if ((asked.events & EPOLLIN) != 0) /* who does not read would be told of it for ever */
        asked.events |= EPOLLRDHUP;
    int result = kernel_ctl(epoll, operation, fd, &asked);
    if (result == 0) {
        place->epoll = epoll;
        place->asked = asked;
        place->state = WATCHED;
    }
    return result;
}

/* ---- the line ---- */

static bool park(struct place *place, int fd)
{
    if (kernel_ctl(place->epoll, EPOLL_CTL_DEL, fd, NULL) != 0)
        return false;
    place->state = PARKED;
    if (place->in_line)
        return true;
    place->in_line = true;
    place->next = -1;
    if (ready.last >= 0)
        ready.places[ready.last].next = fd;
    else
        ready.first = fd;
    ready.last = fd;
    return true;
}

/* Lets the first of the line through. */
static void let_through(void)
{
    int fd = ready.first;
    struct place *place = &ready.places[fd];
    ready.first = place->next;
    if (ready.first < 0)
        ready.last = -1;
    place->in_line = false;
    if (place->state != PARKED)
        return;
    bool watched = kernel_ctl(place->epoll, EPOLL_CTL_ADD, fd, &place->asked) == 0;
    place->state = watched ? LET_THROUGH : WATCHED; /* not: it was closed meanwhile */
}

/* ---- the pace ---- */

static const struct bucket_rate pace = {1000000 / HANG_UPS_PER_SECOND,
                                        HANG_UPS_PER_TURN * 1000000 / HANG_UPS_PER_SECOND};

/* Whether one more may be told of now; it is counted then. */
static bool is_due(uint64_t at_us)
{
    bool due = bucket_wait_us(&ready.hang_ups, &pace, at_us) == 0;
    if (due)
        bucket_take(&ready.hang_ups, &pace, at_us);
    return due;
}

/* The kernel's timeout when some are in the line. */
static int not_beyond_next(int timeout_ms, uint64_t at_us)
{
    int wait_ms = (int)((bucket_wait_us(&ready.hang_ups, &pace, at_us) + 999) / 1000);
    return timeout_ms < 0 || timeout_ms > wait_ms ? wait_ms : timeout_ms;
}

/* Whether libev is told of this event in this turn. */
static bool is_told(int epoll, const struct epoll_event *event, uint64_t at_us)
{
    int fd = (int)(uint32_t)event->data.u64; /* where libev keeps it */
    if ((event->events & HUNG_UP) == 0 || fd < 0 || fd >= ready.count)
        return true;
    struct place *place = &ready.places[fd];
    if (place->epoll != epoll || place->asked.data.u64 != event->data.u64)
        return true; /* not one of ours */
    if (place->told == ready.turn)
        return false; /* the kernel says so for the second time; it must go on watching what libev is told of
                       */
    if (place->state == WATCHED && !is_due(at_us)) /* else it was counted when it was let through */
        return !park(place, fd);
    place->state = WATCHED;
    place->told = ready.turn;
    return true;
}

/* What libev takes for the kernel. */
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    uint64_t at_us = loop_mono_us();
    int told = 0;
    most = most > READY_MAX ? READY_MAX : most;
    ready.turn++;
    while (ready.first >= 0 && is_due(at_us))
        let_through();
    if (ready.first >= 0)
        timeout_ms = not_beyond_next(timeout_ms, at_us);
    for (bool more = true; more; timeout_ms = 0) {
        int room = most - told, got = kernel_wait(epoll, events + told, room, timeout_ms);
        if (got < 0)
            return told > 0 ? told : got;
        const struct epoll_event *next = events + told, *end = next + got;
        for (; next < end; next++)
            if (is_told(epoll, next, at_us))
                events[told++] = *next;
        more = got == room && told < most; /* behind those who were parked */
    }
    return told;
}
