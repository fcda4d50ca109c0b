/* warm: memory that is needed soon, asked for ahead of time.
 *
 * Ten thousand players are more than a processor's cache holds: what belongs to one of them comes from
 * memory, 0.1 us each time, and a command touches dozens of such places. Where the commands of a batch are
 * gone through one by one, the next one's can be on their way while this one is worked on: 2 % of the
 * server's CPU (tests/bench, 10,000 players). Only a hint: any address will do, also NULL. */
#ifndef BASE_WARM_H
#define BASE_WARM_H

#include <stddef.h>

#define WARM_LINE_BYTES 64

static inline void warm(const void *memory, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += WARM_LINE_BYTES)
        __builtin_prefetch((const char *)memory + at);
}

#endif
