/* value: one field's memory, by its kind (base/descriptor.h says what each kind is in memory). */
#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include <stdbool.h>
#include "base/descriptor.h"

/* Bytes of one value of `kind` in memory; `type` is that of a struct. */
size_t value_size(enum field_kind kind, const struct type_desc *type);
/* Whether it is zero: nil, where the field is optional. An empty text counts, whether its data is NULL or
 * not. */
bool value_is_zero(enum field_kind kind, const struct type_desc *type, const void *value);

/* The largest number an unsigned kind holds; 0 for other kinds. */
uint64_t value_unsigned_max(enum field_kind kind);
/* Numbers of the unsigned kinds, widened. */
uint64_t value_load_unsigned(enum field_kind kind, const void *value);
void value_store_unsigned(enum field_kind kind, void *value, uint64_t number);
/* Any of bool, numbers, time and enum. */
void value_store_default(enum field_kind kind, void *value, int64_t number);

/* The name of an enum's value; NULL when it is none of them. */
const char *value_enum_name(const struct enum_desc *enumeration, int64_t number);

#endif
