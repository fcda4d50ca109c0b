/* histogram: latencies in microseconds, in buckets that are 3 % wide (32 to each doubling), for the bench's
 * programs. Zero is empty. A percentile is the middle of the bucket it falls into. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <time.h>

#define HISTOGRAM_STEPS_LOG 5
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEPS_LOG)
#define HISTOGRAM_BUCKETS (40u * HISTOGRAM_STEPS)

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline uint64_t histogram_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline void histogram_add(struct histogram *histogram, uint64_t us)
{
    uint32_t bucket = (uint32_t)us;
    if (us >= HISTOGRAM_STEPS) {
        uint32_t exponent = 63u - (uint32_t)__builtin_clzll(us) - HISTOGRAM_STEPS_LOG;
        bucket = exponent * HISTOGRAM_STEPS + (uint32_t)(us >> exponent);
    }
    histogram->buckets[bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1]++;
    histogram->count++;
}

/* In milliseconds; `share` is 0.5 for the median. 0 when empty. */
static inline double histogram_percentile_ms(const struct histogram *histogram, double share)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && histogram->count > 0; i++) {
        sum += histogram->buckets[i];
        if ((double)sum < share * (double)histogram->count)
            continue;
        if (i < 2 * HISTOGRAM_STEPS)
            return i / 1000.0;
        uint32_t exponent = i / HISTOGRAM_STEPS - 1;
        return (double)((uint64_t)(i - exponent * HISTOGRAM_STEPS) << exponent) *
               (1 + 0.5 / HISTOGRAM_STEPS) / 1000.0;
    }
    return 0;
}

#endif
