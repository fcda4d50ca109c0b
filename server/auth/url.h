/* url: the two questions this folder asks about an address: may secrets go there, and which realm is it? */
#ifndef AUTH_URL_H
#define AUTH_URL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

/* ERR_OK for https://host..., and for http:// where the host is loopback (localhost, 127.x, ::1) or
 * `allow_plain_http`. ERR_CONFIG otherwise (another scheme, no host, user name or password in it, a
 * fragment), with `ret_failure` in words. */
MUST_CHECK enum err url_check(const char *url, bool allow_plain_http, char ret_failure[200]);

/* Splits "<base>/realms/<realm>" (no slash at the end). ERR_CONFIG when it is not of that form or does not
 * fit. */
MUST_CHECK enum err url_split_realm(const char *url, char ret_base[512], char ret_realm[128]);

/* `text` begins with `prefix` and a '/' follows it: then what follows, with the '/'. NULL otherwise. */
const char *url_below(const char *text, const char *prefix);

#endif
