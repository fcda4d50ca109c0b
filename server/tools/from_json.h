/* from_json: a JSON object with field names -> a generated struct. For people who type commands (connect) and
 * for the golden vectors; the server itself never reads JSON from clients. */
#ifndef TOOLS_FROM_JSON_H
#define TOOLS_FROM_JSON_H

#include <jansson.h>
#include "base/arena.h"
#include "base/descriptor.h"

/* Fills `ret_struct` (type->size bytes, zeroed here) from `object`. Numbers may be JSON numbers or decimal
 * text, enums names, uuids their usual text, hashes, bytes and raw values hex, times milliseconds; null or an
 * absent field is zero or its default. Texts and lists live in `arena`. Only types are judged, as the codec
 * judges the rest when it decodes. False: ret_where names the field and what is wrong with it. */
bool struct_from_json(const struct type_desc *type, const json_t *object, struct arena *arena,
                      void *ret_struct, char ret_where[120]);

#endif
