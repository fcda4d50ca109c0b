/* dsn: what tools need to know of a connection string. */
#ifndef TOOLS_DSN_H
#define TOOLS_DSN_H

#include <stdbool.h>
#include <stddef.h>

/* The user a DSN signs in as; false: it names none, or it does not fit. */
bool dsn_user(const char *dsn, char *ret_user, size_t size);

#endif
