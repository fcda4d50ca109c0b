/* projector: keeps the projections database at the end of the log.
 *
 * The problem: rows must be in the database with the checkpoint of their events or not at all, whatever dies
 * in between; clients wait for the rows; and the database may go back in time, because it is not asked to
 * fsync.
 *
 * The design: events come by two ways, fed by this node's commits and read from the log, and both end in the
 * same place (projector_gather.c): a batch of folded rows that grows at the tail, without holes. While one
 * batch is being written (projector_write.c) the next one gathers, so under load batches get larger instead
 * of later. An event that comes after a hole only says that the log must be read (projector_catchup.c).
 *
 *   AWAY -> CHECKPOINT -> VERIFY -> RUNNING    every loss, refusal or doubt: back to AWAY, which
 *                 \-> RESET -> AWAY            forgets everything and begins at the checkpoint again
 *
 * Invariants: the checkpoint moves only by compare-and-set in the transaction of its rows; rows are announced
 * after that commit, in position order, and again when the database went back (they are absolute: no harm).
 * What another node wrote is announced here without writing it (projector_others.c). Nothing is in doubt for
 * longer than a restart takes.
 *
 * A log that does not hold the checkpoint's position, or is of another epoch, empties the tables (a new
 * generation). A refused batch is written again projection by projection (projector_split.c), and one that
 * fails is left behind and mended apart (projector_mend.c); what is said here of "the" position is that of
 * the others.
 *
 * When you add a state: change_state is the only place that sets it; step says what it may do. */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One plan a statement, and checkpoints found by name: two nodes then wait for each other's rows in one
 * order. */
#define WRITE_OPTIONS "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off"

static bool open_connections(struct projector *projector, const char *dsn, char ret_failure[200]);
static void name_statements(struct projector *projector);
static void on_write_state(void *ctx, bool ready);
static void on_retry(void *ctx);
static void on_poll(void *ctx);
static void on_stage(void *ctx);
static void step(struct projector *projector);
static bool readers_connected(const struct projector *projector);
static void tell_rows(struct projector *projector, uint32_t tracks, const struct row_batch *batch);
static void announce(struct projector *projector, const struct row *rows, uint32_t count);

struct projector *projector_open(struct loop *loop, const struct projection_config *config,
                                 struct eventstore *store, projector_on_projected on_projected, void *ctx,
                                 char ret_failure[200])
{
    if (config->query_connections < 1 || config->query_connections > QUERY_CONNECTIONS_MAX ||
        config->page_events < 1) {
        snprintf(ret_failure, 200, "projections: 1 to %d query connections, pages of 1 event or more",
                 QUERY_CONNECTIONS_MAX);
        return NULL;
    }
    struct projector *projector = calloc(1, sizeof *projector);
    if (projector == NULL) {
        snprintf(ret_failure, 200, "%s", err_text(ERR_NOMEM));
        return NULL;
    }
    projector->magic = PROJECTOR_MAGIC;
    projector->loop = loop;
    projector->config = *config;
    projector->config.dsn = NULL; /* holds a password and is the caller's */
    projector->store = store;
    projector->on_projected = on_projected;
    projector->ctx = ctx;
    projector->retry_ms = RETRY_FIRST_MS;
    project_fingerprint(projector->fingerprint);
    name_statements(projector);
    tracks_init(projector);
    list_init(&projector->waiters);
    list_init(&projector->queries);
    loop_timer_init(&projector->retry, loop, on_retry, projector);
    loop_timer_init(&projector->poll, loop, on_poll, projector);
    loop_timer_init(&projector->deadlines, loop, waiters_deadline, projector);
    others_init(projector);
    prune_init(projector);
    for (int i = 0; i < 3; i++)
        row_batch_init(&projector->batches[i]);
    row_batch_init(&projector->mend.batch);
    projector->gathering = &projector->batches[0];
    projector->writing = &projector->batches[1];
    projector->ahead = &projector->batches[2];
    arena_init(&projector->scratch, 16384, BATCH_BYTES_MAX);
    arena_init(&projector->picked, 16384, BATCH_BYTES_MAX);
    arena_init(&projector->decode, 16384, BATCH_BYTES_MAX);
    arena_init(&projector->params, BATCH_CHUNK_BYTES, BATCH_BYTES_MAX);
    buf_init(&projector->rows, 16u << 20);
    buf_init(&projector->cursor, 4096);
    if (!open_connections(projector, config->dsn == NULL ? "" : config->dsn, ret_failure)) {
        projector_close(projector);
        return NULL;
    }
    loop_at_stage(loop, LOOP_STAGE_PROJECT, on_stage, projector);
    loop_timer_start(&projector->poll, POLL_MS);
    return projector;
}

void projector_close(struct projector *projector)
{
    if (projector == NULL)
        return;
    check_magic(projector, PROJECTOR_MAGIC);
    loop_at_stage(projector->loop, LOOP_STAGE_PROJECT, NULL, NULL);
    others_release(projector);
    prune_release(projector);
    pg_close(projector->write);
    for (int i = 0; i < QUERY_CONNECTIONS_MAX; i++)
        pg_close(projector->query[i]);
    loop_timer_stop(&projector->retry);
    loop_timer_stop(&projector->poll);
    loop_timer_stop(&projector->deadlines);
    waiters_free(projector);
    projector_free_queries(projector);
    for (int i = 0; i < 3; i++)
        row_batch_release(&projector->batches[i]);
    row_batch_release(&projector->mend.batch);
    arena_release(&projector->scratch);
    arena_release(&projector->picked);
    arena_release(&projector->decode);
    arena_release(&projector->params);
    buf_release(&projector->rows);
    buf_release(&projector->cursor);
    projector->magic = 0;
    free(projector);
}

static bool open_connections(struct projector *projector, const char *dsn, char ret_failure[200])
{
    struct pg_config config = {.dsn = dsn,
                               .application_name = "gachapon projector",
                               .statement_timeout_ms = projector->config.statement_timeout_ms,
                               .synchronous_commit_off = true,
                               .options = WRITE_OPTIONS};
    projector->write = pg_open(projector->loop, &config, on_write_state, projector, ret_failure);
    if (projector->write == NULL)
        return false;
    config.application_name = "gachapon queries";
    config.options = NULL;
    for (uint32_t i = 0; i < projector->config.query_connections; i++) {
        projector->query[i] = pg_open(projector->loop, &config, NULL, NULL, ret_failure);
        if (projector->query[i] == NULL)
            return false;
    }
    return true;
}

static void name_statements(struct projector *projector)
{
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++) {
        const struct view_desc *view = &schema_views[i];
        struct view_statements *statements = &projector->statements[i];
        snprintf(statements->names[0], sizeof statements->names[0], "upsert_%s", view->name);
        snprintf(statements->names[1], sizeof statements->names[1], "since_%s", view->name);
        snprintf(statements->names[2], sizeof statements->names[2], "page_%s", view->name);
        statements->upsert = (struct pg_statement){statements->names[0], view->upsert_sql};
        statements->since = (struct pg_statement){statements->names[1], view->since_sql};
        statements->page = (struct pg_statement){statements->names[2], view->page_sql};
    }
}

/* ---- states ---- */

static void change_state(struct projector *projector, enum projector_state state)
{
    static const uint8_t allowed[] = {
        /* from each state, a bit for each it may go to */
        [PROJECTOR_AWAY] = 1 << PROJECTOR_AWAY | 1 << PROJECTOR_CHECKPOINT,
        [PROJECTOR_CHECKPOINT] =
            1 << PROJECTOR_AWAY | 1 << PROJECTOR_VERIFY | 1 << PROJECTOR_RESET | 1 << PROJECTOR_RUNNING,
        [PROJECTOR_VERIFY] = 1 << PROJECTOR_AWAY | 1 << PROJECTOR_RESET | 1 << PROJECTOR_RUNNING,
        [PROJECTOR_RESET] = 1 << PROJECTOR_AWAY,
        [PROJECTOR_RUNNING] = 1 << PROJECTOR_AWAY,
    };
    check((allowed[projector->state] & 1 << state) != 0);
    projector->state = state;
}

void projector_enter(struct projector *projector, enum projector_state state)
{
    check(state == PROJECTOR_CHECKPOINT || state == PROJECTOR_VERIFY || state == PROJECTOR_RESET);
    change_state(projector, state);
}

void projector_restart(struct projector *projector, const char *reason)
{
    change_state(projector, PROJECTOR_AWAY);
    projector->run++;
    projector->read_wanted = false;
    for (int i = 0; i < 3; i++)
        row_batch_clear(&projector->batches[i], projector->position);
    projector_mend_forget(projector);
    others_moved(projector);
    if (reason != NULL && strncmp(projector->complaint, reason, sizeof projector->complaint - 1) != 0) {
        snprintf(projector->complaint, sizeof projector->complaint, "%s", reason);
        log_warn("projection", "state=away position=%" PRIu64 " reason=\"%s\"", projector->position, reason);
    }
    loop_timer_start(&projector->retry, projector->retry_ms);
    projector->retry_ms = projector->retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : projector->retry_ms * 2;
}

void projector_run(struct projector *projector)
{
    change_state(projector, PROJECTOR_RUNNING);
    projector->known = true;
    projector->counters.position = projector->position;
    projector->ready_at = eventstore_head(projector->store);
    projector->read_wanted = true;
    for (int i = 0; i < 3; i++)
        row_batch_clear(&projector->batches[i], projector->position);
    projector->complaint[0] = '\0';
    log_write(projector->overtaken ? LOG_DEBUG : LOG_INFO, "projection",
              "state=running position=%" PRIu64 " stored=%" PRIu64 " generation=%" PRIu64 " head=%" PRIu64,
              projector->position, projector->stored, projector->generation, projector->ready_at);
    projector->overtaken = false;
    loop_again(projector->loop);
    announce(projector, NULL, 0); /* it may be further than what was told last, or before that */
    projector->anew = false;
}

static void on_write_state(void *ctx, bool ready)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    if (ready) {
        if (pg_connects(projector->write) > 1)
            projector->counters.reconnects++;
        projector->complaint[0] = '\0'; /* of the connection before */
        loop_timer_stop(&projector->retry);
        loop_again(projector->loop);
    } else {
        projector_restart(projector, "connection lost");
    }
}

static void on_retry(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    loop_again(projector->loop); /* the timer no longer holds step back */
}

/* Nobody has to tell of an event: another node's, or one whose feed was lost. */
static void on_poll(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->read_wanted = true;
    projector_look(projector);
    loop_timer_start(&projector->poll, POLL_MS);
    loop_again(projector->loop);
}

static void on_stage(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    step(projector);
    projector->was_ready = projector_ready(projector) || projector->was_ready;
    waiters_resolve(projector);
}

/* Does what can be done now. */
static void step(struct projector *projector)
{
    switch (projector->state) {
    case PROJECTOR_AWAY:
        if (pg_ready(projector->write) && !eventstore_ready(projector->store) &&
            !loop_timer_running(&projector->retry))
            loop_timer_start(&projector->retry, RETRY_FIRST_MS); /* it does not say when it is */
        if (pg_ready(projector->write) && !loop_timer_running(&projector->retry) && !projector->in_flight &&
            !projector->asking && !projector->reading && projector->mend.track == NULL)
            projector_read_checkpoint(projector);
        return;
    case PROJECTOR_CHECKPOINT:
    case PROJECTOR_VERIFY:
    case PROJECTOR_RESET:
        return; /* an answer is on its way */
    case PROJECTOR_RUNNING:
        projector_mend(projector);
        if (!projector->in_flight && projector->gathering->events > 0 &&
            (!projector->held || projector->gathering->to <= projector->stored) && others_our_turn(projector))
            projector_write(projector);
        /* that may have begun again */
        if (projector->state == PROJECTOR_RUNNING && projector->read_wanted && !projector->reading &&
            projector->gathering->events < projector->config.page_events &&
            projector->gathering->fold.count < BATCH_ROWS_SOFT_MAX)
            projector_read_log(projector);
        return;
    }
}

/* ---- what others hear ---- */

/* What was fed ends where this node's last batch did. */
static void keep_chain(struct projector *projector, struct row_batch *batch)
{
    if (eventstore_proof(projector->store, batch->to, &batch->chain))
        batch->chain_at = batch->to;
}

void projector_feed(struct projector *projector, const struct committed_event *events, uint32_t count)
{
    check_magic(projector, PROJECTOR_MAGIC);
    if (projector->state != PROJECTOR_RUNNING)
        return; /* it reads the log once it runs */
    for (uint32_t i = 0; i < count; i++) {
        check(i == 0 || events[i].position == events[i - 1].position + 1);
        if (projector_gather(projector, events[i].position, events[i].event, true) == GATHERED)
            continue;
        projector->read_wanted = true;
        projector_keep_ahead(projector, events[i].position, events[i].event);
    }
    keep_chain(projector, projector->gathering);
    keep_chain(projector, projector->ahead);
    loop_again(projector->loop);
}

void projector_announce(struct projector *projector, const struct row_batch *batch)
{
    check(batch->from <= projector->position && batch->to > projector->position &&
          batch->to <= projector->stored);
    projector->position = batch->to;
    projector->counters.position = batch->to;
    projector->counters.events += batch->events;
    projector->retry_ms = RETRY_FIRST_MS; /* it works */
    tell_rows(projector, projector->live, batch);
}

void projector_announce_track(struct projector *projector, struct track *track, const struct row_batch *batch)
{
    check(batch->from == track->position && batch->to > track->position && batch->to <= track->stored);
    check(batch->to <= projector->position);
    tell_rows(projector, track->bit, batch);
}

/* The rows of `tracks`: of a live batch, those of a projection left behind are not in the database. */
static const struct row *pick_rows(struct projector *projector, uint32_t tracks,
                                   const struct row_batch *batch, uint32_t *ret_count)
{
    *ret_count = batch->fold.count;
    if (projector->live == (uint32_t)((1ull << projector->track_count) - 1))
        return batch->fold.rows;
    struct row *rows = arena_array(&projector->picked, batch->fold.count + 1, sizeof *rows);
    if (rows == NULL)
        return NULL;
    *ret_count = 0;
    for (uint32_t i = 0; i < batch->fold.count; i++)
        if ((track_of_view(projector, batch->fold.rows[i].view)->bit & tracks) != 0)
            rows[(*ret_count)++] = batch->fold.rows[i];
    return rows;
}

static void tell_rows(struct projector *projector, uint32_t tracks, const struct row_batch *batch)
{
    uint32_t count;
    const struct row *rows = pick_rows(projector, tracks, batch, &count);
    check(rows != NULL || batch->fold.count == 0);
    for (uint32_t i = 0; i < projector->track_count; i++) {
        struct track *track = &projector->tracks[i];
        if ((track->bit & tracks) == 0)
            continue;
        track->position = batch->to;
        track->told = batch->to > track->told ? batch->to : track->told;
    }
    projector->counters.batches++;
    projector->counters.rows += count;
    announce(projector, rows, count);
    arena_reset(&projector->picked);
}

static void announce(struct projector *projector, const struct row *rows, uint32_t count)
{
    struct projected projected = {
        .anew = projector->anew,
        .position = projector->position,
        .own_mark = tracks_position(projector, projector->audience_tracks[AUDIENCE_OWN]),
        .public_mark = tracks_position(projector, projector->audience_tracks[AUDIENCE_PUBLIC]),
        .rows = rows,
        .count = count};
    projector->on_projected(projector->ctx, &projected);
    waiters_resolve(projector);
}

uint64_t projector_position(const struct projector *projector)
{
    return projector->position;
}

uint64_t projector_horizon(const struct projector *projector)
{
    return projector->horizon;
}

uint64_t projector_generation(const struct projector *projector)
{
    return projector->generation;
}

bool projector_known(const struct projector *projector)
{
    return projector->known;
}

bool projector_ready(const struct projector *projector)
{
    return projector->state == PROJECTOR_RUNNING && projector->position >= projector->ready_at &&
           (projector->was_ready || (!tracks_behind(projector) && readers_connected(projector)));
}

const char *projector_failure(const struct projector *projector)
{
    if (!pg_ready(projector->write))
        return pg_failure(projector->write);
    return projector->state == PROJECTOR_RUNNING ? "" : projector->complaint;
}

static bool readers_connected(const struct projector *projector)
{
    uint32_t connected = 0;
    while (connected < projector->config.query_connections && pg_ready(projector->query[connected]))
        connected++;
    return connected == projector->config.query_connections;
}

const struct projector_counters *projector_counters(const struct projector *projector)
{
    return &projector->counters;
}
