/* readiness: /healthz, /readyz and /metrics of the internal port. */
#ifndef READINESS_H
#define READINESS_H

#include "metrics.h"

struct readiness {
    struct metrics_parts parts; /* borrowed */
    bool draining;
};

/* Whether players can be served. */
bool readiness_is_ready(const struct readiness *readiness);
/* False: this is none of its paths. */
bool readiness_answer(const struct readiness *readiness, const char *path, struct http_answer *answer);
/* A few words as the answer. */
void readiness_text(struct http_answer *answer, int status, const char *text);

#endif
