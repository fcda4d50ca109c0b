/* slice: the only operation that needs memory. Everything else about slices is inline in the header. */
#include "base/slice.h"
#include "base/arena.h"

struct slice slice_copy(struct arena *arena, struct slice source)
{
    if (source.data == NULL)
        return source;
    uint8_t *copy = arena_alloc(arena, source.size + 1);
    if (copy == NULL)
        return (struct slice){0};
    if (source.size > 0)
        memcpy(copy, source.data, source.size);
    copy[source.size] = '\0';
    return slice_of(copy, source.size);
}
