/* warm: memory that is needed soon, asked for ahead of time.
 *
 * Ten thousand players are more than a processor's cache holds: whatever belongs to one of them has to come
 * from memory, 0.1 us each time, and a command touches some fifty such places. Where a batch is gone through
 * one by one, the next one's can be on their way while this one is worked on. Only a hint: any address will
 * do. */
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
