/* helper_wire: what the tests of server/wire share: every type of the schema, pseudo-random values of it,
 * deep comparison, hex. Deterministic: the same seed gives the same values. */
#ifndef HELPER_WIRE_H
#define HELPER_WIRE_H

#include "base/arena.h"
#include "base/descriptor.h"
#include "base/slice.h"

/* Calls `each` with every type that crosses the wire or the store, once or more. */
void wire_each_type(void (*each)(void *ctx, const struct type_desc *type), void *ctx);
/* NULL when the schema has no type of this name. */
const struct type_desc *wire_type_named(const char *name);

struct wire_random {
    uint64_t state;
};
uint64_t wire_random_next(struct wire_random *random);
/* A number below `bound` (not 0). */
uint32_t wire_random_below(struct wire_random *random, uint32_t bound);
/* Fills `out` with values that a decoder accepts; texts and lists in `arena`. */
void wire_random_struct(struct wire_random *random, const struct type_desc *type, struct arena *arena,
                        void *out);
/* The seed to use: from the environment's GACHAPON_TEST_SEED, else a fixed one; printed. */
uint64_t wire_random_seed(void);

/* Compares field by field; of an optional field an absent and an empty text are equal. */
bool wire_struct_equal(const struct type_desc *type, const void *left, const void *right);

/* Aborts when `hex` is not hex. */
struct slice wire_from_hex(struct arena *arena, const char *hex);

#endif
