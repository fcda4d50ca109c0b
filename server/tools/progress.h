/* progress: a bar on a terminal, a line every few seconds elsewhere; both with rate and time left. On stderr,
 * so that what a tool prints can be piped. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *unit;
    bool terminal;
    uint64_t began_ms, shown_ms;
    uint64_t first; /* done before it began */
};

/* `unit` is what is counted ("events"), static; `done` is what was done before. */
void progress_begin(struct progress *progress, const char *unit, uint64_t done);
/* Shows, at most a few times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
/* Takes the bar away. */
void progress_end(struct progress *progress);

#endif
