/* rows: keys and copies of rows, by the view's descriptor. */
#ifndef PROJECTION_ROWS_H
#define PROJECTION_ROWS_H

#include "projection/projection.h"

/* Rows of one view with equal keys are versions of the same row. */
bool rows_same(const struct row *a, const struct row *b);
/* A hash of view and key. Not keyed: who chooses keys (Keycloak, operators) does not attack. */
uint64_t rows_hash(const struct row *row);
/* Copies the row and all it refers to into `arena`. False: the arena is full; *ret_row is then garbage. */
bool rows_copy(struct arena *arena, const struct row *row, struct row *ret_row);

/* Adds the row `delta` to `into`, a row of the same delta view with the same key. */
void rows_add(struct row *into, const struct row *delta);

#endif
