/* world: the random numbers, the trace, and the end of a run that broke a promise.
 *
 * The trace is a ring of lines: cheap enough to be always on, so that a failure of the millionth step still
 * shows what led to it. check() of the server aborts; the handler here turns that into the same report as a
 * broken promise: seed, step, last lines. The report ends with the command that replays it. */
#include "world.h"
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINES 600
#define LINE_BYTES 200

struct world world;

static char lines[LINES][LINE_BYTES];
static uint64_t line_count, cleared_at;
static bool live;

uint64_t random_u64(void)
{
    uint64_t z = world.random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t random_below(uint32_t bound)
{
    return bound == 0 ? 0 : (uint32_t)(random_u64() % bound);
}

bool chance(uint32_t percent)
{
    return percent > 0 && random_below(100) < percent;
}

void trace(const char *format, ...)
{
    char *line = lines[line_count++ % LINES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, LINE_BYTES, format, arguments);
    va_end(arguments);
    if (live)
        fprintf(stderr, "%6" PRIu64 " %7" PRIu64 "ms  %s\n", world.step, world.mono_ms, line);
}

void trace_live(bool show)
{
    live = show;
}

void trace_print(void)
{
    for (uint64_t i = line_count > LINES ? line_count - LINES : 0; i < line_count; i++)
        fprintf(stderr, "    %s\n", lines[i % LINES]);
}

void trace_clear(void)
{
    cleared_at = line_count;
}

const char *trace_text(void)
{
    static char text[LINES * LINE_BYTES];
    size_t size = 0;
    check(line_count - cleared_at <= LINES);
    for (uint64_t i = cleared_at; i < line_count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", lines[i % LINES]);
    text[size] = '\0';
    return text;
}

static void report(const char *reason)
{
    if (!live)
        trace_print();
    fprintf(stderr,
            "\nbroken: %s\n"
            "seed %" PRIu64 ", step %" PRIu64 "; to see it again: sim --seed %" PRIu64 " --trace\n",
            reason, world.seed, world.step, world.seed);
}

static void on_abort(int number)
{
    signal(number, SIG_DFL);
    report("the server aborted, see the line of check above");
    raise(number);
}

void broken(const char *format, ...)
{
    char reason[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    signal(SIGABRT, SIG_DFL);
    report(reason);
    abort();
}

__attribute__((constructor)) static void install(void)
{
    signal(SIGABRT, on_abort);
}

void *keep(const void *data, size_t size)
{
    void *copy = arena_alloc(&world.arena, size);
    check(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

struct slice keep_slice(struct slice slice)
{
    return slice.data == NULL ? slice : slice_of(keep(slice.data, slice.size), slice.size);
}

const char *name_of_id(struct uuid id)
{
    static char names[4][UUID_TEXT_SIZE];
    static unsigned next;
    char *name = names[next++ % 4];
    uuid_format(id, name);
    return name + UUID_TEXT_SIZE - 1 - 6; /* ids of a run differ in their last digits */
}
