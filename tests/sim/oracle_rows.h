/* oracle_rows: every row that the log ever gave, as of every position, to hold tables, marks and pages
 * against. */
#ifndef SIM_ORACLE_ROWS_H
#define SIM_ORACLE_ROWS_H

#include "database.h"
#include "replica.h"

void rows_open(void);
void rows_close(void);
/* The log grew by this event. */
void rows_appended(const struct logged *stored, const struct event *event);

/* Checkpoints of the views in the set `views` (a bit each) moved in a transaction that has executed: its
 * upserts wrote exactly the rows of the events between, as of `to`. */
void rows_hold_checkpoint(uint32_t views, uint64_t from, uint64_t to);
/* A replica was promised everything up to `mark`: it has every row of the audience that the log gives up to
 * there, that one or a newer one, and nothing that never was. */
void rows_hold_mark(const struct replica *replica, struct uuid user, enum audience audience, uint64_t mark,
                    const char *name);
/* The user's replica has every pushed own row of the events `first` to `last`, or newer ones. */
void rows_hold_own(const struct replica *replica, struct uuid user, uint64_t first, uint64_t last,
                   const char *name);
/* Rows of a view, of `player` if they are somebody's own, as of `position` at least; `whole`: all there are.
 */
void rows_hold_page(int view, struct uuid player, struct slice rows, uint64_t position, bool whole,
                    const char *name);

#endif
