/* Token buckets and the bound on commands in the walk: pure, so their clock is a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/bucket.h"
#include "request/admission.h"

#define SECOND_US 1000000ull

/* How many of `asked` are taken at `now_us`. */
static uint32_t take(struct bucket *bucket, const struct bucket_rate *rate, uint64_t now_us, uint32_t asked)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < asked; i++) {
        if (bucket_wait_us(bucket, rate, now_us) > 0)
            continue;
        bucket_take(bucket, rate, now_us);
        taken++;
    }
    return taken;
}

/* ---- buckets ---- */

static void a_burst_and_then_the_rate(void **state)
{
    struct bucket bucket = {0};
    struct bucket_rate rate = bucket_rate(10, 1000, 20);
    uint64_t now = 5000 * SECOND_US;
    (void)state;
    assert_int_equal(take(&bucket, &rate, now, 100), 20);
    assert_int_equal(bucket_wait_us(&bucket, &rate, now), 100000);
    assert_int_equal(take(&bucket, &rate, now + 99999, 100), 0);
    assert_int_equal(take(&bucket, &rate, now + 100000, 100), 1);
    assert_int_equal(take(&bucket, &rate, now + SECOND_US, 100), 9);
    for (int second = 2; second < 100; second++)
        assert_int_equal(take(&bucket, &rate, now + second * SECOND_US, 100), 10);
    assert_int_equal(take(&bucket, &rate, now + 200 * SECOND_US, 100), 20); /* full again, and no fuller */
}

static void a_full_one_may_be_forgotten(void **state)
{
    struct bucket bucket = {0};
    struct bucket_rate rate = bucket_rate(2, 1000, 4);
    (void)state;
    assert_true(bucket_is_full(&bucket, 0));
    take(&bucket, &rate, SECOND_US, 4);
    assert_false(bucket_is_full(&bucket, 3 * SECOND_US - 1));
    assert_true(bucket_is_full(&bucket, 3 * SECOND_US));
    struct bucket fresh = {0};
    assert_int_equal(take(&bucket, &rate, 3 * SECOND_US, 9), take(&fresh, &rate, 3 * SECOND_US, 9));
}

static void no_rate_is_no_limit(void **state)
{
    struct bucket bucket = {0};
    struct bucket_rate rate = bucket_rate(0, 1000, 0);
    (void)state;
    assert_int_equal(take(&bucket, &rate, 7, 100000), 100000);
    assert_true(bucket_is_full(&bucket, 7));
    struct bucket empty = {.full_at_us = 1000}; /* by another rate */
    assert_int_equal(take(&empty, &rate, 7, 10), 10);
}

static void rates_at_their_bounds(void **state)
{
    struct bucket slow = {0}, quick = {0};
    struct bucket_rate an_hour = bucket_rate(1, 3600000, 1), many = bucket_rate(UINT32_MAX, 1000, UINT32_MAX);
    (void)state;
    assert_int_equal(take(&slow, &an_hour, 0, 3), 1);
    assert_int_equal(bucket_wait_us(&slow, &an_hour, 0), 3600 * SECOND_US);
    assert_int_equal(take(&quick, &many, 0, 100000), 100000);
}

/* ---- admission ---- */

/* One look a hundred milliseconds: `arrive` ask, those inside are answered at `rate` a look. */
static uint32_t turn(struct admission *admission, uint64_t *now_ms, uint32_t arrive, uint32_t rate)
{
    uint32_t refused = 0, retry_ms;
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t k = 0; k < arrive / 10; k++)
            refused += !admission_enter(admission, &retry_ms);
        for (uint32_t k = 0; k < rate / 10 && admission->inside > 0; k++)
            admission_leave(admission);
    }
    *now_ms += 100;
    admission_look(admission, *now_ms);
    return refused;
}

static void nobody_is_refused_before_anything_is_known(void **state)
{
    struct admission admission;
    uint32_t retry_ms;
    (void)state;
    admission_init(&admission, 200, 100, 5000);
    for (int i = 0; i < 5000; i++)
        assert_true(admission_enter(&admission, &retry_ms));
    assert_false(admission_enter(&admission, &retry_ms)); /* but this is all there is room for */
    assert_in_range(retry_ms, 200, 400);
}

/* Three times what can be done: the queue is as long as queue_ms lets it be, the rest is refused. */
static void the_queue_is_bounded_by_time(void **state)
{
    struct admission admission;
    uint64_t now_ms = 1000;
    uint32_t refused = 0, answered = 1000;
    (void)state;
    admission_init(&admission, 200, 100, 100000);
    for (int i = 0; i < 50; i++)
        refused = turn(&admission, &now_ms, 3 * answered, answered);
    assert_in_range(admission_bound(&admission), 1900, 2100); /* 10 a millisecond, 200 ms */
    assert_in_range(admission.inside, 1800, 2100);
    assert_in_range(refused, 1900, 2100); /* two thirds */
    uint32_t retry_ms;
    while (admission_enter(&admission, &retry_ms))
        ;
    assert_in_range(retry_ms, 190, 420); /* what the queue takes, spread over twice that */
}

/* A second in which nothing moves must not shut the door for good. */
static void it_recovers_from_a_stall(void **state)
{
    struct admission admission;
    uint64_t now_ms = 1000;
    (void)state;
    admission_init(&admission, 200, 100, 100000);
    for (int i = 0; i < 50; i++)
        turn(&admission, &now_ms, 3000, 1000);
    for (int i = 0; i < 50; i++)
        turn(&admission, &now_ms, 3000, 0);
    assert_int_equal(admission_bound(&admission), 100);
    for (int i = 0; i < 50; i++)
        turn(&admission, &now_ms, 3000, 1000);
    assert_in_range(admission_bound(&admission), 1800, 2200);
}

/* What was asked for says nothing about what could be done. */
static void a_quiet_hour_does_not_lower_the_bound(void **state)
{
    struct admission admission;
    uint64_t now_ms = 1000;
    (void)state;
    admission_init(&admission, 200, 100, 100000);
    for (int i = 0; i < 50; i++)
        turn(&admission, &now_ms, 3000, 1000);
    uint32_t bound = admission_bound(&admission);
    for (int i = 0; i < 36000; i++)
        turn(&admission, &now_ms, 10, 1000);
    assert_true(admission_bound(&admission) >= bound);
    assert_int_equal(admission.inside, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_and_then_the_rate),
        cmocka_unit_test(a_full_one_may_be_forgotten),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(rates_at_their_bounds),
        cmocka_unit_test(nobody_is_refused_before_anything_is_known),
        cmocka_unit_test(the_queue_is_bounded_by_time),
        cmocka_unit_test(it_recovers_from_a_stall),
        cmocka_unit_test(a_quiet_hour_does_not_lower_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
