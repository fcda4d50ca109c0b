/* fetch: one blocking HTTP GET for tools. The server never calls it. */
#ifndef TOOLS_FETCH_H
#define TOOLS_FETCH_H

#include "base/buf.h"

/* Gets `url` (http or https, no redirects, 5 s) into `body`. *ret_status is the HTTP status. ERR_AWAY when
 * nobody answers, ERR_TOO_LARGE when the body is over its bound. */
MUST_CHECK enum err fetch(const char *url, struct buf *body, long *ret_status);

#endif
