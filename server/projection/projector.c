/* projector: keeps the projections database at the end of the log.
 *
 * The problem: rows must be in the database with the checkpoint of their events or not at all, whatever dies in
 * between; clients wait for the rows; and the database may go back in time, because it is not asked to fsync.
 *
 * The design: events come by two ways, fed by this node's commits and read from the log, and both end in the same
 * place (projector_gather.c): a batch of folded rows that grows at the tail, without holes. While one batch is being
 * written (projector_write.c) the next one gathers, so under load batches get larger instead of later. An event that
 * comes after a hole only says that the log must be read (projector_catchup.c).
 *
 *   AWAY -> CHECKPOINT -> VERIFY -> RUNNING      every loss, refusal or doubt: back to AWAY, which forgets everything
 *                 \-> RESET -> AWAY              and begins at the checkpoint again
 *
 * Invariants: the checkpoint moves only by compare-and-set in the transaction of its rows; rows are announced after
 * that commit, in position order, and again when the database went back (they are absolute: no harm). What another
 * node wrote is announced here without writing it. Nothing is in doubt for longer than a restart takes.
 *
 * A log that does not hold the checkpoint's position, or is of another epoch, empties the tables (a new generation).
 * Not yet: comparing the chain's hash at the checkpoint, and stopping only the one projection that fails.
 *
 * When you add a state: change_state is the only place that sets it; projector_step says what it may do. */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_connections(struct projector *projector, char ret_failure[200]);
static void name_statements(struct projector *projector);
static void on_write_state(void *ctx, bool ready);
static void on_retry(void *ctx);
static void on_poll(void *ctx);
static void on_stage(void *ctx);

struct projector *projector_open(struct loop *loop, const struct projection_config *config, struct eventstore *store,
                                 projector_on_projected on_projected, void *ctx, char ret_failure[200])
{
    if (config->query_connections < 1 || config->query_connections > QUERY_CONNECTIONS_MAX || config->page_events < 1) {
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
    list_init(&projector->waiters);
    list_init(&projector->queries);
    loop_timer_init(&projector->retry, loop, on_retry, projector);
    loop_timer_init(&projector->poll, loop, on_poll, projector);
    loop_timer_init(&projector->deadlines, loop, waiters_deadline, projector);
    for (int i = 0; i < 3; i++)
        row_batch_init(&projector->batches[i], 0);
    projector->gathering = &projector->batches[0];
    projector->writing = &projector->batches[1];
    projector->ahead = &projector->batches[2];
    arena_init(&projector->scratch, 16384, BATCH_BYTES_MAX);
    arena_init(&projector->params, 65536, BATCH_BYTES_MAX);
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
    arena_release(&projector->scratch);
    arena_release(&projector->params);
    buf_release(&projector->rows);
    buf_release(&projector->cursor);
    projector->magic = 0;
    free(projector);
}
