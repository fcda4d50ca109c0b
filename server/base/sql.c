/* sql: lookup in the table that embed.cmake makes. Called once per statement and process, so a walk is
 * enough. */
#include "base/sql.h"
#include "base/check.h"
#include <string.h>

const char *sql_text(const char *name)
{
    for (size_t i = 0; i < sql_files_count; i++)
        if (strcmp(sql_files[i].name, name) == 0)
            return sql_files[i].text;
    check_failed(__FILE__, __LINE__, name);
}
