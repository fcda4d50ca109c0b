/* readiness: /healthz, /readyz and /metrics of the internal port. */
#ifndef READINESS_H
#define READINESS_H

#include "metrics.h"

struct readiness {
    struct metrics_parts parts; /* borrowed */
    bool draining;
};

/* What was told last, zero at the start. */
struct announced {
    uint64_t missing_since_ms; /* 0: nothing was missing, or nobody looked yet */
    bool ready, told_missing;
};
/* A line in the log when everything is there, and one that says what is missing when something is for longer
 * than a start or a reconnect takes. To be called again and again: returns in how many milliseconds. */
uint32_t readiness_announce(const struct readiness *readiness, struct announced *announced);
/* False: this is none of its paths. */
bool readiness_answer(const struct readiness *readiness, const char *path, struct http_answer *answer);
/* A few words as the answer. */
void readiness_text(struct http_answer *answer, int status, const char *text);

#endif
