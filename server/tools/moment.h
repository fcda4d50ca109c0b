/* moment: a point in the log's history as people write it - a position, or a time. Pure. */
#ifndef TOOLS_MOMENT_H
#define TOOLS_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct moment {
    bool is_time;
    uint64_t position; /* unless is_time */
    int64_t time_us;   /* unix microseconds, if is_time */
};

/* A position (decimal), or a time of RFC 3339: 2026-11-23T14:03:05Z, with up to six digits of a second, a
 * zone as Z or +01:00, and a blank in place of the T if you like. A time without a zone is refused: whose
 * clock would it be? Leap seconds (:60) read as the second after. False: `text` is neither. */
bool moment_parse(const char *text, struct moment *ret_moment);

#define MOMENT_TEXT_SIZE 28
/* Unix microseconds as 2026-11-23T14:03:05.123456Z; returns `text`. */
char *moment_format(int64_t time_us, char text[MOMENT_TEXT_SIZE]);

#endif
