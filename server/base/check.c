/* check: where a bug ends the process. The message goes to stderr directly: the log may be what is broken. */
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *file, int line, const char *expression)
{
    fprintf(stderr, "level=error tag=bug at=%s:%d check=\"%s\"\n", file, line, expression);
    fflush(stderr);
    abort();
}
