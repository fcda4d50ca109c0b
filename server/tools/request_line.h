/* request_line: a typed line -> the bytes of a request, by the schema's names. Pure. */
#ifndef TOOLS_REQUEST_LINE_H
#define TOOLS_REQUEST_LINE_H

#include "base/buf.h"
#include "base/uuid.h"
#include "wire/codec.h"

/* Appends the request that `line` says to `out`:
 *
 *     NAME [field=value ...] [@meta-field=value ...]      open_pack pack=vernal count=10
 * @consistency=eventual NAME {JSON object of the fields}                    publish_pack {"pack":"vernal",
 * ...}
 *
 * NAME is any command, query or message a client may send. A value may be quoted ("Night Watch"), JSON ([...]
 * or {...}), null, or a list of plain values with commas. `command_id` is used where the request needs one
 * and the line gives none. False: ret_wrong says what is wrong, for people; `out` is as before. */
bool request_line_encode(struct buf *out, struct slice line, uint32_t id, struct uuid command_id,
                         char ret_wrong[160]);

/* Prints what can be typed: every name, or the fields of `name` (borrowed; absent for all). */
void request_line_help(struct buf *out, struct slice name);

#endif
