/* sim: runs seeds.
 *
 *   sim                        a few seconds, for ctest
 *   sim --seeds N --steps M    N seeds from --from on (1), M random steps each, then to rest
 *   sim --minutes N            as many as that takes, from a seed of the clock's
 *   sim --seed N [--trace]     that one
 *   --nodes N --in-flight N    instead of what the seed decides
 *
 * Ends with a line of what was checked; a broken promise ends it at once, with the seed and the trace. */
#include "oracle.h"
#include "database.h"
#include "run.h"
#include "base/log.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct totals {
    uint64_t seeds, steps, appends;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void run_seed(struct run_options *options, uint64_t seed, uint64_t steps, struct totals *totals)
{
    options->seed = seed;
    run_open(options);
    /* several rests in a run: what is found late would otherwise be blurred by what followed */
    for (int part = 0; part < 3; part++) {
        world.calm = false;
        for (uint64_t i = 0; i < steps / 3; i++)
            run_step();
        run_to_rest();
    }
    totals->seeds++;
    totals->steps += world.step;
    totals->appends += store_appends();
    run_close();
}

static uint64_t number(const char *text)
{
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    struct run_options options = {0};
    struct totals totals = {0};
    uint64_t from = 1, seeds = 40, steps = 1500, minutes = 0, started_ms = now_ms();
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--trace") == 0)
            trace_live(true);
        else if (strcmp(argv[i], "--seed") == 0)
            from = number(value), seeds = 1, i++;
        else if (strcmp(argv[i], "--from") == 0)
            from = number(value), i++;
        else if (strcmp(argv[i], "--seeds") == 0)
            seeds = number(value), i++;
        else if (strcmp(argv[i], "--steps") == 0)
            steps = number(value), i++;
        else if (strcmp(argv[i], "--minutes") == 0)
            minutes = number(value), i++;
        else if (strcmp(argv[i], "--nodes") == 0)
            options.nodes = (uint32_t)number(value), i++;
        else if (strcmp(argv[i], "--in-flight") == 0)
            options.batches_in_flight = (uint32_t)number(value), i++;
        else {
            fprintf(stderr, "sim: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    log_set_level(LOG_ERROR);
    if (minutes > 0) {
        from = (uint64_t)time(NULL) * 100000;
        seeds = UINT64_MAX;
    }
    printf("seeds from %" PRIu64 ", %" PRIu64 " steps each\n", from, steps);
    fflush(stdout);
    for (uint64_t i = 0; i < seeds && (minutes == 0 || now_ms() - started_ms < minutes * 60000); i++)
        run_seed(&options, from + i, steps, &totals);
    double seconds = (double)(now_ms() - started_ms) / 1000;
    const struct oracle_counters *counters = oracle_counters();
    printf("%" PRIu64 " seeds, %" PRIu64 " steps in %.1f s (%.0f seeds a minute): %" PRIu64
           " batches, %" PRIu64 " commands, %" PRIu64 " acceptances of which %" PRIu64 " repeated, %" PRIu64
           " rejections, %" PRIu64 " failures, %" PRIu64 " rests\n",
           totals.seeds, totals.steps, seconds, (double)totals.seeds * 60 / seconds, totals.appends,
           counters->commands, counters->accepted, counters->repeats, counters->rejections,
           counters->failures, counters->rests);
    return 0;
}
