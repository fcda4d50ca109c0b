/* log: the one sink. A line is built in a fixed buffer and leaves in one write(2), so lines never interleave;
 * a line that is too long is cut. Control bytes become '?', so nothing a client sent can forge a line.
 *
 * Whoever reads the lines (a pipe to a collector) may stand still, and the one thread there is must not wait
 * for it: a line that would is dropped and counted, and the next that does not says how many were. A pipe
 * that is ready takes PIPE_BUF bytes without waiting, and no line is longer. */
#include "base/log.h"
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
_Static_assert(LINE_MAX_BYTES <= PIPE_BUF, "a pipe that is ready takes a line");

static enum log_level least = LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level)
{
    least = level;
}

bool log_level_parse(const char *text, enum log_level *ret_level)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(text, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    return false;
}

bool log_wants(enum log_level level)
{
    return level >= least;
}

/* "time=2026-01-02T03:04:05.678Z level=info tag=x " */
static int write_head(char *line, size_t size, enum log_level level, const char *tag)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    return snprintf(line, size, "time=%s.%03ldZ level=%s tag=%s ", stamp, now.tv_nsec / 1000000,
                    level_names[level], tag);
}

static bool is_taken(const char *line, size_t size)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && write(STDERR_FILENO, line, size) == (ssize_t)size;
}

static void put(const char *line, size_t size)
{
    static unsigned long dropped;
    char told[LINE_MAX_BYTES];
    if (dropped > 0) {
        int head = write_head(told, sizeof told, LOG_WARN, "log");
        int body = snprintf(told + head, sizeof told - (size_t)head, "dropped=%lu\n", dropped);
        if (is_taken(told, (size_t)(head + body)))
            dropped = 0;
    }
    if (dropped > 0 || !is_taken(line, size))
        dropped++;
}

void log_write(enum log_level level, const char *tag, const char *format, ...)
{
    if (!log_wants(level))
        return;
    char line[LINE_MAX_BYTES];
    int head = write_head(line, sizeof line, level, tag);
    va_list arguments;
    va_start(arguments, format);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    va_end(arguments);
    size_t size = (size_t)head + (body < 0 ? 0 : (size_t)body);
    if (size > sizeof line - 2)
        size = sizeof line - 2;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[size++] = '\n';
    put(line, size);
}
