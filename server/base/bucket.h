/* bucket: a token bucket in one number: the moment at which it will be full again. Pure: time comes in.
 *
 * A rate lets `burst` pass at once and then one every interval. Taking one pushes the moment back by an
 * interval; what would push it further than the burst has room is over the limit. So a bucket that nobody
 * takes from is full without being touched, and a full one may be forgotten: nothing is lost with it. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint64_t full_at_us; /* on the caller's clock, which never goes back; 0: full */
};

struct bucket_rate {
    uint64_t interval_us; /* between two, once the burst is used up; 0: no limit */
    uint64_t burst_us;    /* so many intervals may be taken at once */
};

/* `count` in `period_ms`, and `burst` at once (at least 1). `count` 0: no limit. */
static inline struct bucket_rate bucket_rate(uint32_t count, uint32_t period_ms, uint32_t burst)
{
    uint64_t interval_us = count == 0 ? 0 : (uint64_t)period_ms * 1000 / count;
    if (count > 0 && interval_us == 0)
        interval_us = 1;
    return (struct bucket_rate){interval_us, interval_us * (burst == 0 ? 1 : burst)};
}

static inline bool bucket_is_full(const struct bucket *bucket, uint64_t now_us)
{
    return bucket->full_at_us <= now_us;
}

/* 0: one may be taken now; else the microseconds until one may. */
static inline uint64_t bucket_wait_us(const struct bucket *bucket, const struct bucket_rate *rate,
                                      uint64_t now_us)
{
    uint64_t full_at_us = bucket_is_full(bucket, now_us) ? now_us : bucket->full_at_us;
    uint64_t after_us = full_at_us + rate->interval_us - now_us;
    return rate->interval_us > 0 && after_us > rate->burst_us ? after_us - rate->burst_us : 0;
}

/* Takes one, whether there is one or not: ask bucket_wait_us first. */
static inline void bucket_take(struct bucket *bucket, const struct bucket_rate *rate, uint64_t now_us)
{
    if (bucket_is_full(bucket, now_us))
        bucket->full_at_us = now_us;
    bucket->full_at_us += rate->interval_us;
}

#endif
