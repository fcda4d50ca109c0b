/* oracle_states: states as committed, now and at any earlier position, and a ledger that adds up
 * independently. */
#ifndef SIM_ORACLE_STATES_H
#define SIM_ORACLE_STATES_H

#include "client.h"
#include "database.h"
#include "domain/state.h"

void states_decode(const struct logged *stored, struct arena *arena, struct event *ret_event);
void states_evolve(const struct logged *stored, const struct event *event);
/* Decides op on the states as of `position` (UINT64_MAX: now). Valid until the next call. */
struct decision *states_decide(const struct op *op, uint64_t position, int64_t now_ms, struct arena *arena);
bool states_same_event(const struct event *a, const struct event *b);
/* Whether the states at some position from `from` on reject op so. */
bool states_could_reject(const struct op *op, uint64_t from, enum error_code rejection);

/* Adds one event to the sums and compares its results with them. */
void ledger_take(const struct logged *stored, const struct event *event);

/* oracle_rest.c */
void rest_check(void);

#endif
