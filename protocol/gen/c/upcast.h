// clang-format off
/* upcast: one function per older version of an event; it makes the next version of it. They live in server/domain
 * and are pure: `to` comes zeroed, slices may be borrowed from `from`, new memory is the arena's. False: no memory.
 * A version without its function does not link.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */
#ifndef GEN_UPCAST_H
#define GEN_UPCAST_H

#include "base/arena.h"
#include "gen/c/types.h"

/* No event has an older version yet. */

#endif
