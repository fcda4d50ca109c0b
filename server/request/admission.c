/* admission: the bound on commands in the walk.
 *
 * The problem: more arrives than the stores take. Whatever is taken in beyond that only waits: latency grows
 * with the queue, clients give up and send again, and the work done is for nobody. So the queue is bounded by
 * time, and who would wait longer is told at once, cheaply, and when to come back.
 *
 * The bound follows from Little's law: who enters waits (inside / rate) milliseconds, so inside <= rate *
 * queue_ms. `rate` is what was answered a millisecond while there was a queue: a look at which fewer than
 * `least` were inside all the time says what was asked for, not what could be done, and may only raise the
 * rate. It covers all that a command waits for - loads, batches, commits, and for `strong` the views - and
 * whatever is slow then: a disk, a lock, another process.
 *
 *   - `least` are always let in: enough to keep the stores busy, so that a rate measured in a bad second
 *     recovers as soon as the second is over; and before anything was measured, `most`.
 *   - A refused command costs no load, no decision, no memory; its sender hears how long the queue of now
 * will take, at least RETRY_LEAST_MS, spread over twice that, so that they do not all come back at once.
 *
 * Not here: limits by sender (socket/census.c), and the pool of requests, which bounds memory for messages of
 * all kinds (client.c). */
#include "request/admission.h"
#include "base/check.h"

#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS 5000
#define SMOOTHING 0.3 /* of the newest look */

void admission_init(struct admission *admission, uint32_t queue_ms, uint32_t least, uint32_t most)
{
    *admission = (struct admission){.queue_ms = queue_ms, .least = least < most ? least : most, .most = most};
}

uint32_t admission_bound(const struct admission *admission)
{
    double bound = admission->rate * admission->queue_ms;
    if (admission->rate == 0 || bound > admission->most)
        return admission->most;
    return bound < admission->least ? admission->least : (uint32_t)bound;
}

bool admission_enter(struct admission *admission, uint32_t *ret_retry_ms)
{
    if (admission->inside >= admission_bound(admission)) {
        *ret_retry_ms = admission_retry_ms(admission);
        return false;
    }
    admission->inside++;
    return true;
}

void admission_leave(struct admission *admission)
{
    check(admission->inside > 0);
    admission->answered++;
    if (--admission->inside < admission->lowest)
        admission->lowest = admission->inside;
}

void admission_look(struct admission *admission, uint64_t now_ms)
{
    uint64_t passed_ms = now_ms - admission->looked_ms;
    if (admission->looked_ms != 0 && passed_ms > 0) {
        double seen = (double)admission->answered / (double)passed_ms;
        bool queued = admission->lowest >= admission->least / 2;
        if (queued && admission->rate > 0)
            admission->rate += SMOOTHING * (seen - admission->rate);
        else if (queued || (admission->rate > 0 && seen > admission->rate))
            admission->rate = seen;
    }
    admission->looked_ms = now_ms;
    admission->answered = 0;
    admission->lowest = admission->inside;
}

uint32_t admission_retry_ms(struct admission *admission)
{
    double queue_ms = admission->rate > 0 ? admission->inside / admission->rate : admission->queue_ms;
    uint32_t retry_ms = queue_ms < RETRY_LEAST_MS  ? RETRY_LEAST_MS
                        : queue_ms > RETRY_MOST_MS ? RETRY_MOST_MS
                                                   : (uint32_t)queue_ms;
    admission->spread = admission->spread * 1664525u + 1013904223u;
    return retry_ms + (uint32_t)((uint64_t)admission->spread * retry_ms >> 32);
}
