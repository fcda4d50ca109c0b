/* fetch: one blocking HTTP GET for tools. The server never calls it. */
#ifndef TOOLS_FETCH_H
#define TOOLS_FETCH_H

#include "base/buf.h"

/* Gets `url` (http or https, no redirects, 5 s) into `body`. *ret_status is the HTTP status. `ca_file`: PEM,
 * the only authorities trusted; NULL: the system's. ERR_AWAY when nobody answers, ERR_REFUSED when the
 * certificate is not trusted, ERR_TOO_LARGE when the body is over its bound. */
MUST_CHECK enum err fetch(const char *url, const char *ca_file, struct buf *body, long *ret_status);

/* Sets `ca_file` on one of libcurl's easy handles; NULL leaves the system's authorities. */
void fetch_trust(void *curl, const char *ca_file);

#endif
