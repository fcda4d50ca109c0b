/* sim: runs seeds.
 *
 *   sim                        a few seconds, for ctest
 *   sim --seeds N --steps M    N seeds from --from on (1), M random steps each, then to rest
 *   sim --minutes N            as many as that takes, from --from on or a seed of the clock's
 *   sim --seed N [--trace]     that one
 *   --nodes N --in-flight N    instead of what the seed decides
 *   --progress                 says every few seconds how far it is
 *
 * Ends with the range of seeds and what was checked in it; a broken promise ends it at once, with the seed
 * and the trace. */
#include "oracle.h"
#include "database.h"
#include "run.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_EVERY_MS 5000

struct plan {
    uint64_t from, seeds, steps, minutes; /* minutes 0: as many as `seeds` */
    bool progress;
    struct run_options run;
};

struct totals {
    uint64_t seeds, steps, appends, started_ms, said_ms;
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

static void say_progress(const struct plan *plan, struct totals *totals)
{
    uint64_t now = now_ms();
    if (!plan->progress || now - totals->said_ms < PROGRESS_EVERY_MS)
        return;
    totals->said_ms = now;
    printf("%s  %" PRIu64 " s: seeds %" PRIu64 " to %" PRIu64 " clean, %" PRIu64 " steps, %" PRIu64
           " seeds a minute%s",
           isatty(STDOUT_FILENO) ? "\r" : "", (now - totals->started_ms) / 1000, plan->from,
           plan->from + totals->seeds - 1, totals->steps,
           totals->seeds * 60000 / (now - totals->started_ms + 1), isatty(STDOUT_FILENO) ? "  " : "\n");
    fflush(stdout);
}

static void say_end(const struct plan *plan, const struct totals *totals)
{
    double seconds = (double)(now_ms() - totals->started_ms) / 1000;
    const struct oracle_counters *counters = oracle_counters();
    printf("%sseeds %" PRIu64 " to %" PRIu64 " clean: %" PRIu64 " seeds, %" PRIu64
           " steps in %.1f s (%.0f seeds a minute)\n",
           plan->progress && isatty(STDOUT_FILENO) ? "\n" : "", plan->from, plan->from + totals->seeds - 1,
           totals->seeds, totals->steps, seconds, (double)totals->seeds * 60 / seconds);
    printf("checked: %" PRIu64 " batches, %" PRIu64 " commands, %" PRIu64 " acceptances of which %" PRIu64
           " repeated, %" PRIu64 " rejections, %" PRIu64 " failures, %" PRIu64 " checkpoints, %" PRIu64
           " marks, %" PRIu64 " pages, %" PRIu64 " rests\n",
           totals->appends, counters->commands, counters->accepted, counters->repeats, counters->rejections,
           counters->failures, counters->checkpoints, counters->marks, counters->pages, counters->rests);
}

static uint64_t number(const char *text)
{
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

/* False: what this option is nobody knows. */
static bool take_option(struct plan *plan, const char *option, const char *value)
{
    if (strcmp(option, "--seed") == 0)
        plan->from = number(value), plan->seeds = 1;
    else if (strcmp(option, "--from") == 0)
        plan->from = number(value);
    else if (strcmp(option, "--seeds") == 0)
        plan->seeds = number(value);
    else if (strcmp(option, "--steps") == 0)
        plan->steps = number(value);
    else if (strcmp(option, "--minutes") == 0)
        plan->minutes = number(value);
    else if (strcmp(option, "--nodes") == 0)
        plan->run.nodes = (uint32_t)number(value);
    else if (strcmp(option, "--in-flight") == 0)
        plan->run.batches_in_flight = (uint32_t)number(value);
    else
        return false;
    return true;
}

static bool read_options(struct plan *plan, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0)
            trace_live(true);
        else if (strcmp(argv[i], "--progress") == 0)
            plan->progress = true;
        else if (i + 1 == argc || !take_option(plan, argv[i], argv[i + 1])) {
            fprintf(stderr, "sim: what is %s?\n", argv[i]);
            return false;
        } else
            i++;
    }
    if (plan->from == 0)
        plan->from = plan->minutes > 0 ? (uint64_t)time(NULL) * 100000 : 1;
    if (plan->minutes > 0)
        plan->seeds = UINT64_MAX;
    return true;
}

int main(int argc, char **argv)
{
    struct plan plan = {.seeds = 40, .steps = 1500};
    if (!read_options(&plan, argc, argv))
        return 2;
    struct totals totals = {.started_ms = now_ms(), .said_ms = now_ms()};
    printf("seeds from %" PRIu64 ", %" PRIu64 " steps each\n", plan.from, plan.steps);
    fflush(stdout);
    for (uint64_t i = 0; i < plan.seeds; i++) {
        if (plan.minutes > 0 && now_ms() - totals.started_ms >= plan.minutes * 60000)
            break;
        run_seed(&plan.run, plan.from + i, plan.steps, &totals);
        say_progress(&plan, &totals);
    }
    say_end(&plan, &totals);
    return 0;
}
