/* progress: how far a tool is, for people who wait.
 *
 * The rate is over the whole run, so the time left does not jump about; it is told once there is a second to
 * tell it by. On a terminal the line is written over; elsewhere (a log, a pipe) each line stays, so there are
 * few. */
#include "tools/progress.h"
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define TERMINAL_EVERY_MS 100
#define LINE_EVERY_MS 5000

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, const char *unit, uint64_t done)
{
    *progress = (struct progress){.unit = unit,
                                  .terminal = isatty(STDERR_FILENO) == 1,
                                  .began_ms = now_ms(),
                                  .shown_ms = now_ms(),
                                  .first = done};
}

static void write_time_left(char text[64], uint64_t left, double rate)
{
    double seconds = rate > 0 ? (double)left / rate : 0;
    if (rate <= 0)
        text[0] = '\0';
    else if (seconds < 90)
        snprintf(text, 64, ", %.0f s left", seconds);
    else if (seconds < 5400)
        snprintf(text, 64, ", %.0f min left", seconds / 60);
    else
        snprintf(text, 64, ", %.1f h left", seconds / 3600);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
    uint64_t at_ms = now_ms();
    if (at_ms - progress->shown_ms < (progress->terminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS))
        return;
    progress->shown_ms = at_ms;
    uint64_t ran_ms = at_ms - progress->began_ms;
    double rate = ran_ms < 1000 ? 0 : (double)(done - progress->first) * 1000 / (double)ran_ms;
    double part = total == 0 || done >= total ? 1 : (double)done / (double)total;
    char left[64], bar[BAR_WIDTH + 1];
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < (int)(part * BAR_WIDTH) ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    write_time_left(left, done >= total ? 0 : total - done, rate);
    fprintf(stderr, "%s%3.0f%% [%s] %" PRIu64 " of %" PRIu64 " %s, %.0f/s%s%s",
            progress->terminal ? "\r" : "", part * 100, bar, done, total, progress->unit, rate, left,
            progress->terminal ? "\x1b[K" : "\n");
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal)
        fprintf(stderr, "\r\x1b[K");
}
