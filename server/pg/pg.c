/* pg: a connection's life - connect, serve, lose, wait, connect again.
 *
 * The problem: libpq is synchronous at heart; used wrongly it stops the only thread there is. So the
 * connection is made with PQconnectStartParams/PQconnectPoll, runs in non-blocking pipeline mode ever after,
 * and this file owns its one io watcher. The states and what may follow:
 *
 *     WAITING --timer--> CONNECTING --poll ok--> READY --loss--> WAITING        any --pg_close--> CLOSED
 *                             `--failure or deadline--> WAITING
 *
 * Only set_state() changes them. The socket may be another one after each PQconnectPoll (hosts are tried in
 * order), so the watcher is set anew around it.
 *
 * Back-off: the delay doubles from 50 ms to 5 s and is drawn from its upper half, so that connections which
 * were lost together do not come back together; a connection that lasted resets it.
 *
 * A loss is found in the middle of libpq calls, maybe inside pg_run. Nobody is told there: groups move to
 * `failed` and the deliver timer tells, first the owner (on_state false), then each group, in a later turn.
 *
 * Every wait has a deadline: an attempt has CONNECT_WITHIN_MS, the oldest group answer_timeout_ms (the
 * server's own statement_timeout fires before; this is for peers that are gone without a word). What it does
 * not do: pick servers, hold transactions open, COPY. Notifications are handed on; that the connection they
 * come by can die in silence is the owner's to live with. */
#include "pg/pg_internal.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 5000
#define CONNECT_WITHIN_MS 5000

static void begin_attempt(struct pg *pg);
static void poll_attempt(struct pg *pg);
static void on_timer(void *ctx);
static void on_answers_late(void *ctx);
static void on_deliver(void *ctx);
static void on_socket(struct ev_loop *ev, ev_io *io, int events);

struct pg *pg_open(struct loop *loop, const struct pg_config *config, pg_on_state on_state, void *ctx,
                   char ret_failure[200])
{
    struct pg *pg = calloc(1, sizeof *pg);
    if (pg == NULL) {
        snprintf(ret_failure, 200, "%s", err_text(ERR_NOMEM));
        return NULL;
    }
    if (!pg_settings_init(&pg->settings, config, ret_failure)) {
        free(pg);
        return NULL;
    }
    pg->magic = PG_MAGIC;
    pg->loop = loop;
    pg->state = PG_WAITING;
    pg->on_state = on_state;
    pg->on_notify = config->on_notify;
    pg->ctx = ctx;
    pg->answer_timeout_ms = 2 * pg_statement_timeout_ms(config);
    pg->backoff_ms = BACKOFF_FIRST_MS;
    list_init(&pg->in_flight);
    list_init(&pg->failed);
    if (getrandom(&pg->random, sizeof pg->random, GRND_NONBLOCK) != sizeof pg->random)
        pg->random = (uintptr_t)pg;
    pg->random |= 1;
    ev_init(&pg->io, on_socket);
    pg->io.data = pg;
    loop_timer_init(&pg->timer, loop, on_timer, pg);
    loop_timer_init(&pg->answers, loop, on_answers_late, pg);
    loop_timer_init(&pg->deliver, loop, on_deliver, pg);
    loop_timer_start(&pg->timer, 0);
    return pg;
}

/* The only place where a state changes. */
static void set_state(struct pg *pg, enum pg_state next)
{
    static const bool allowed[4][4] = {
        [PG_WAITING] = {[PG_CONNECTING] = true, [PG_CLOSED] = true},
        [PG_CONNECTING] = {[PG_READY] = true, [PG_WAITING] = true, [PG_CLOSED] = true},
        [PG_READY] = {[PG_WAITING] = true, [PG_CLOSED] = true},
    };
    check_magic(pg, PG_MAGIC);
    check(allowed[pg->state][next]);
    pg->state = next;
}

static void drop_connection(struct pg *pg)
{
    ev_io_stop(loop_ev(pg->loop), &pg->io);
    loop_timer_stop(&pg->timer);
    loop_timer_stop(&pg->answers);
    if (pg->connection != NULL)
        PQfinish(pg->connection);
    pg->connection = NULL;
    for (uint32_t i = 0; i < pg->slot_count; i++)
        pg->slots[i].prepared = false;
}

void pg_close(struct pg *pg)
{
    if (pg == NULL)
        return;
    check_magic(pg, PG_MAGIC);
    check(!pg->in_callback);
    set_state(pg, PG_CLOSED);
    drop_connection(pg);
    loop_timer_stop(&pg->deliver);
    pg_group_drop_all(pg);
    pg_settings_release(&pg->settings);
    pg->magic = 0;
    free(pg);
}

/* ---- connecting ---- */

static void on_timer(void *ctx)
{
    struct pg *pg = ctx;
    check_magic(pg, PG_MAGIC);
    if (pg->state == PG_WAITING)
        begin_attempt(pg);
    else if (pg->state == PG_CONNECTING)
        pg_lose(pg, "no connection within the deadline");
}

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx, (void)result;
}

static void begin_attempt(struct pg *pg)
{
    check(pg->connection == NULL);
    set_state(pg, PG_CONNECTING);
    pg->connection = PQconnectStartParams((const char *const *)pg->settings.keywords,
                                          (const char *const *)pg->settings.values, 0);
    if (pg->connection == NULL || PQstatus(pg->connection) == CONNECTION_BAD) {
        pg_lose(pg, pg->connection == NULL ? "out of memory" : PQerrorMessage(pg->connection));
        return;
    }
    PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    loop_timer_start(&pg->timer, CONNECT_WITHIN_MS);
    ev_io_set(&pg->io, PQsocket(pg->connection), EV_WRITE); /* as if a poll had asked for writing */
    ev_io_start(loop_ev(pg->loop), &pg->io);
}

static void become_ready(struct pg *pg)
{
    if (PQsetnonblocking(pg->connection, 1) != 0 || PQenterPipelineMode(pg->connection) != 1) {
        pg_lose(pg, PQerrorMessage(pg->connection));
        return;
    }
    set_state(pg, PG_READY);
    loop_timer_stop(&pg->timer);
    pg->connects++;
    ev_io_set(&pg->io, PQsocket(pg->connection), EV_READ);
    ev_io_start(loop_ev(pg->loop), &pg->io);
    if (loop_timer_running(&pg->deliver)) /* the loss before is told first */
        on_deliver(pg);
    if (pg->state != PG_READY)
        return;
    pg->told_ready = true;
    pg->in_callback = true;
    if (pg->on_state != NULL)
        pg->on_state(pg->ctx, true);
    pg->in_callback = false;
}

static void poll_attempt(struct pg *pg)
{
    ev_io_stop(loop_ev(pg->loop), &pg->io); /* libpq may close this socket and open another */
    PostgresPollingStatusType status = PQconnectPoll(pg->connection);
    switch (status) {
    case PGRES_POLLING_OK:
        become_ready(pg);
        return;
    case PGRES_POLLING_READING:
    case PGRES_POLLING_WRITING:
        ev_io_set(&pg->io, PQsocket(pg->connection), status == PGRES_POLLING_READING ? EV_READ : EV_WRITE);
        ev_io_start(loop_ev(pg->loop), &pg->io);
        return;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
        pg_lose(pg, PQerrorMessage(pg->connection));
        return;
    }
    check(!"PQconnectPoll");
}

/* ---- losing ---- */

/* The upper half of the delay, at random; then the delay doubles. */
static uint32_t next_backoff_ms(struct pg *pg)
{
    pg->random ^= pg->random << 13; /* xorshift64: spread, not secrecy */
    pg->random ^= pg->random >> 7;
    pg->random ^= pg->random << 17;
    uint32_t half = pg->backoff_ms / 2;
    uint32_t delay_ms = half + (uint32_t)(pg->random % (half + 1));
    pg->backoff_ms = pg->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : pg->backoff_ms * 2;
    check(delay_ms <= BACKOFF_MAX_MS);
    return delay_ms;
}

void pg_lose(struct pg *pg, const char *failure)
{
    check(pg->state == PG_CONNECTING || pg->state == PG_READY);
    snprintf(pg->failure, sizeof pg->failure, "%.*s", (int)strcspn(failure, "\n"),
             failure); /* before PQfinish */
    drop_connection(pg);
    set_state(pg, PG_WAITING);
    pg_group_lose_all(pg);
    pg->loss_untold = pg->loss_untold || pg->told_ready;
    pg->told_ready = false;
    if (pg->loss_untold || !list_empty(&pg->failed))
        loop_timer_start(&pg->deliver, 0);
    loop_timer_start(&pg->timer, next_backoff_ms(pg));
}

static void on_deliver(void *ctx)
{
    struct pg *pg = ctx;
    check_magic(pg, PG_MAGIC);
    loop_timer_stop(&pg->deliver);
    pg->in_callback = true;
    if (pg->loss_untold) {
        pg->loss_untold = false;
        if (pg->on_state != NULL)
            pg->on_state(pg->ctx, false);
    }
    pg_group_tell_failed(pg);
    pg->in_callback = false;
}

void pg_disconnect(struct pg *pg, const char *why)
{
    check_magic(pg, PG_MAGIC);
    if (pg->state == PG_CONNECTING || pg->state == PG_READY)
        pg_lose(pg, why);
}

static void on_answers_late(void *ctx)
{
    struct pg *pg = ctx;
    check_magic(pg, PG_MAGIC);
    if (pg->state != PG_READY || list_empty(&pg->in_flight))
        return;
    struct pg_group *oldest = list_entry(pg->in_flight.next, struct pg_group, node);
    uint64_t waited_ms = loop_mono_ms(pg->loop) - oldest->head_since_ms;
    if (waited_ms >= pg->answer_timeout_ms)
        pg_lose(pg, "no answer within the deadline");
    else
        loop_timer_start(&pg->answers, pg->answer_timeout_ms - waited_ms);
}

/* ---- serving ---- */

/* Told after the answers that came with them. */
static void tell_notifications(struct pg *pg)
{
    PGnotify *notify;
    while (pg->state == PG_READY && (notify = PQnotifies(pg->connection)) != NULL) {
        pg->in_callback = true;
        if (pg->on_notify != NULL && notify->be_pid != PQbackendPID(pg->connection))
            pg->on_notify(pg->ctx, notify->extra);
        pg->in_callback = false;
        PQfreemem(notify);
    }
}

static void on_socket(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev, (void)events;
    struct pg *pg = io->data;
    check_magic(pg, PG_MAGIC);
    if (pg->state == PG_CONNECTING) {
        poll_attempt(pg);
        return;
    }
    check(pg->state == PG_READY);
    bool alive = PQconsumeInput(pg->connection) == 1;
    pg_group_answers(pg); /* what came before an end of file still counts */
    tell_notifications(pg);
    if (pg->state != PG_READY)
        return;
    if (!alive || PQstatus(pg->connection) == CONNECTION_BAD)
        pg_lose(pg, PQerrorMessage(pg->connection));
    else
        pg_flush(pg);
}

void pg_flush(struct pg *pg)
{
    check(pg->state == PG_READY);
    /* A failed write is not a loss yet: what the server said before it went is still to be read. */
    int wanted = PQflush(pg->connection) > 0 ? EV_READ | EV_WRITE : EV_READ;
    if (PQsocket(pg->connection) < 0) {
        pg_lose(pg, PQerrorMessage(pg->connection));
        return;
    }
    if ((pg->io.events & (EV_READ | EV_WRITE)) == wanted)
        return;
    ev_io_stop(loop_ev(pg->loop), &pg->io);
    ev_io_set(&pg->io, PQsocket(pg->connection), wanted);
    ev_io_start(loop_ev(pg->loop), &pg->io);
}

/* ---- queries ---- */

bool pg_ready(const struct pg *pg)
{
    return pg->state == PG_READY && pg->told_ready;
}

uint32_t pg_in_flight(const struct pg *pg)
{
    return pg->in_flight_count;
}

const char *pg_failure(const struct pg *pg)
{
    return pg->failure;
}

const char *pg_trouble(const struct pg *pg)
{
    return pg_ready(pg) ? pg->differs : pg->failure;
}

uint64_t pg_connects(const struct pg *pg)
{
    return pg->connects;
}
