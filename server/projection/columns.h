/* columns: rows of a view to the arrays of its upsert, and results of its selects back to rows, by
 * descriptor. */
#ifndef PROJECTION_COLUMNS_H
#define PROJECTION_COLUMNS_H

#include "base/descriptor.h"
#include "pg/pg_params.h"
#include "pg/pg_result.h"
#include "projection/projection.h"

/* Adds the upsert's parameters - positions, deleted, one array a column - for `rows`, all of `view`. Memory
 * failures are in params->failure. */
void columns_bind(struct pg_params *params, const struct view_desc *view, const struct row *const *rows,
                  uint32_t count);

/* Reads row number `number` of a result whose columns are position, deleted and the view's fields. Texts
 * borrow from the result, lists are in `arena`. ERR_NOMEM; ERR_INTEGRITY: a value no upsert can have written.
 */
MUST_CHECK enum err columns_read(const PGresult *result, uint32_t number, const struct view_desc *view,
                                 struct arena *arena, struct row *ret_row);

/* Where a page ended: the key of its last row (without the player, for rows of the audience own), as bytes
 * for the client to give back. */
MUST_CHECK enum err columns_encode_cursor(struct buf *out, const struct view_desc *view,
                                          const struct row *row);
/* Adds the key to start after to `params`: nulls for an empty cursor. False: not a cursor of this view. The
 * text it refers to lives as long as `cursor` and `arena`. */
bool columns_bind_cursor(struct pg_params *params, const struct view_desc *view, struct slice cursor,
                         struct arena *arena);

#endif
