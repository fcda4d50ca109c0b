/* fake_log: an event store in memory, in the place of server/eventstore, for tests of the projections: the
 * log is an array that a test can extend, cut off, replace or make fail. Answers come from a timer, as from a
 * database. One log a process; it defines the eventstore_ functions that the projections call, so the
 * library's are not linked. */
#ifndef TESTS_FAKE_LOG_H
#define TESTS_FAKE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "gen/c/types.h"
#include "loop/loop.h"
#include "eventstore/eventstore.h"

struct fake_event {
    struct event event;
    struct stored_event stored;
    struct hash chain; /* of all events up to this one: each is a batch */
};

extern struct fake_log {
    struct loop *loop;
    struct uuid epoch;
    bool ready;
    bool away;                  /* reads fail */
    struct fake_event **events; /* position 1 first */
    uint32_t count, capacity;
    uint64_t reads;
} fake_log;

void fake_log_begin(struct loop *loop);
void fake_log_end(void);
struct eventstore *fake_log_store(void);
/* Appends `count` pseudo-random events: few players, packs and characters, so that rows are touched again and
 * again. The same seed gives the same events. Returns the first new position. */
uint64_t fake_log_append(uint32_t count, uint64_t seed);
/* Forgets all events behind `position`. */
void fake_log_cut(uint64_t position);

#endif
