/* heap: one range of address space for malloc, marked for huge pages.
 *
 * The problem: ten thousand sessions with their states are a hundred megabytes in small pieces, and each
 * command touches some fifty of them anywhere in it. With pages of 4 KiB most of those touches miss the
 * processor's table of pages, which in a virtual machine is two walks: an eighth of the server's time,
 * measured (tests/bench, 10,000 players).
 *
 * The design: where huge pages are given to who asks (transparent_hugepage is `madvise`, as distributions
 * have it), the range must be marked, and what malloc adds to its heap later is not. So the heap is made to
 * grow once, by as much address space as a large server needs - space, not memory: what is not touched costs
 * nothing - and that is marked. Beyond it the heap grows as ever. It is not trimmed, as that would cut the
 * range; what was used once is used again. Blocks of megabytes come from it, too, so that the pools are in it
 * and a large batch does not map and unmap.
 *
 * glibc could do it by itself (glibc.malloc.hugetlb in the environment), but only before the program starts.
 */
#include "base/heap.h"
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAP_BYTES (1u << 30)
#define HUGE_PAGE_BYTES (2u << 20)
#define MAPPED_FROM_BYTES (32 << 20) /* the most that glibc takes */

void heap_use_huge_pages(void)
{
#ifndef __SANITIZE_ADDRESS__ /* its malloc is another one */
    uintptr_t before = (uintptr_t)sbrk(0);
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    mallopt(M_TOP_PAD, HEAP_BYTES);
    void *volatile more = malloc(HUGE_PAGE_BYTES); /* than is left of the heap: it grows */
    free(more);
    mallopt(M_TOP_PAD, HUGE_PAGE_BYTES);
    uintptr_t from = (before + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    uintptr_t to = (uintptr_t)sbrk(0) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    if (to > from)
        madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused: pages are small, as before */
#endif
}
