/* heap: the process's malloc on huge pages, where the kernel gives them on request. For a server that runs
 * for long; call it once, early, before there are threads. Does nothing where it cannot. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

void heap_use_huge_pages(void);

#endif
