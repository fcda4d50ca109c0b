/* dsn: libpq parses it, so a tool reads a DSN as the server does. */
#include "tools/dsn.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

bool dsn_user(const char *dsn, char *ret_user, size_t size)
{
    char *why = NULL;
    bool found = false;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, "user") == 0 && option->val != NULL)
            found = snprintf(ret_user, size, "%s", option->val) < (int)size;
    PQconninfoFree(options);
    PQfreemem(why);
    return found;
}
