/* eventstore_follow: what other writers put into the log is told, in order.
 *
 * The problem: a batch that nobody wrote before is checked by one comparison, and that is sound only if this
 * node knew everything others had written when it decided. So there is a known position: up to there every
 * event of others was told to whoever keeps states. A batch carries the known position of the time it was
 * decided at, and the database compares it with `since`, where the present run of this writer begins: behind
 * it, every stream is looked up.
 *
 * The known position moves with this node's own appends as long as nobody comes between. When an answer shows
 * a `since` beyond it, a new writer number finds a longer log, another node hints at one (eventstore_hint.c)
 * or a page of the log is read, the events between are read page by page and told, this node's own among them
 * (after a lost connection nobody can tell whose they are; who keeps states compares versions). Without a
 * listener nothing is read.
 *
 * A read that fails is tried again after a while: nothing is wrong meanwhile, appends are only checked the
 * long way. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"

#ifndef FOLLOW_PAGE /* smaller in the simulation */
#define FOLLOW_PAGE 500
#endif
#define FOLLOW_RETRY_MS 250

static void read_on(struct eventstore *store);
static void on_read(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);

uint64_t eventstore_known_position(const struct eventstore *store)
{
    return store->known;
}

void eventstore_on_foreign(struct eventstore *store, foreign_events told, void *ctx)
{
    check_magic(store, EVENTSTORE_MAGIC);
    check(store->foreign == NULL && told != NULL);
    store->foreign = told;
    store->foreign_ctx = ctx;
    read_on(store);
}

void eventstore_follow_to(struct eventstore *store, uint64_t position)
{
    if (position > store->known_wanted)
        store->known_wanted = position;
    read_on(store);
}

void eventstore_follow_own(struct eventstore *store, uint64_t since, uint64_t last)
{
    if (since > store->known)
        eventstore_follow_to(store, since);
    else if (last > store->known)
        store->known = last;
}

void eventstore_follow_retry(void *ctx)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    read_on(store);
}

static void read_on(struct eventstore *store)
{
    if (store->foreign == NULL || store->following || store->known >= store->known_wanted)
        return;
    uint64_t missing = store->known_wanted - store->known;
    store->following = true;
    store->known_asked = store->known_wanted;
    eventstore_read(store, store->known, missing < FOLLOW_PAGE ? (uint32_t)missing : FOLLOW_PAGE, on_read,
                    store);
}

static void on_read(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct eventstore *store = ctx;
    (void)more;
    check_magic(store, EVENTSTORE_MAGIC);
    store->following = false;
    if (err != ERR_OK) {
        loop_timer_start(&store->follow_retry, FOLLOW_RETRY_MS);
        return;
    }
    if (count == 0) {
        if (store->known_wanted == store->known_asked)
            store->known_wanted = store->known; /* it was a hint, and a wrong one */
    } else {
        store->foreign(store->foreign_ctx, events, count);
        if (events[count - 1].position >
            store->known) /* after they were told: what is decided now knows them */
            store->known = events[count - 1].position;
    }
    read_on(store);
}
