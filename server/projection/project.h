/* project: the projections, one function each, in files of their own. Pure: an event in, rows out, no I/O, no
 * state. They are what project() calls; nothing else does, but tests. Rows borrow from the event. */
#ifndef PROJECTION_PROJECT_H
#define PROJECTION_PROJECT_H

#include "projection/projection.h"

/* Raise it when project() gives other rows for old events than before: `migrate` then makes the tables anew,
 * and the log fills them again. (A change of the views' shape does that by itself.) */
#define PROJECT_VERSION 1

/* What tables are made for: the schema's fingerprint and PROJECT_VERSION. */
#define PROJECT_FINGERPRINT_SIZE 96
void project_fingerprint(char ret_text[PROJECT_FINGERPRINT_SIZE]);

void players_project(const struct event *event, struct row_sink *sink);
void wallets_project(const struct event *event, struct row_sink *sink);
void inventory_project(const struct event *event, struct row_sink *sink);
void teams_project(const struct event *event, struct row_sink *sink);
void openings_project(const struct event *event, struct row_sink *sink);
void packs_project(const struct event *event, struct row_sink *sink);
void catalogue_project(const struct event *event, struct row_sink *sink);
void statistics_project(const struct event *event, struct row_sink *sink);

#endif
