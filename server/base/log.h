/* log: one structured line per thing that happened, on stderr: `time=... level=info tag=command ...
 * key=value`. Never a token, password, e-mail or name: callers pass ids, numbers and error names only. Only
 * serve.c and what stands beside it, socket, request, process and projection log failures; lower folders
 * return them (eventstore alone says that it was fenced). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* Parses debug|info|warn|error; false otherwise. */
bool log_level_parse(const char *text, enum log_level *ret_level);
/* True if a line of this level would be written: guards costly arguments. */
bool log_wants(enum log_level level);

/* log_write(LOG_INFO, "command", "type=%s position=%" PRIu64, name, position): one format of key=value text.
 * Control bytes in the result are replaced by '?'. */
void log_write(enum log_level level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(tag, ...) log_write(LOG_DEBUG, tag, __VA_ARGS__)
#define log_info(tag, ...) log_write(LOG_INFO, tag, __VA_ARGS__)
#define log_warn(tag, ...) log_write(LOG_WARN, tag, __VA_ARGS__)
#define log_error(tag, ...) log_write(LOG_ERROR, tag, __VA_ARGS__)

#endif
