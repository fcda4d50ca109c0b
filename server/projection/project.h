/* project: the projections, one function each, in files of their own. Pure: an event in, rows out, no I/O, no state.
 * They are what project() calls; nothing else does, but tests. Rows borrow from the event. */
#ifndef PROJECTION_PROJECT_H
#define PROJECTION_PROJECT_H

#include "projection/projection.h"

void players_project(const struct event *event, struct row_sink *sink);
void wallets_project(const struct event *event, struct row_sink *sink);
void inventory_project(const struct event *event, struct row_sink *sink);
void teams_project(const struct event *event, struct row_sink *sink);
void openings_project(const struct event *event, struct row_sink *sink);
void packs_project(const struct event *event, struct row_sink *sink);
void catalogue_project(const struct event *event, struct row_sink *sink);

#endif
