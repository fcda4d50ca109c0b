/* database: the two PostgreSQL servers of a run, as far as the server's statements go.
 *
 * A group of calls is one transaction that happens at one instant: the moment the world executes it. What
 * stands in SQL in migrations/ and protocol/gen/sql stands here in C (fake_store.c, fake_views.c); the two
 * must agree, and the tests on a real PostgreSQL (tests/isolation, tests/integration_c) hold the SQL to the
 * same rules. */
#ifndef SIM_DATABASE_H
#define SIM_DATABASE_H

#include "pg/pg.h"
#include "domain/domain.h"
#include "world.h"

/* One call as it travels: a statement's name and binary parameters. */
struct wire_call {
    const char *name;
    uint32_t count;
    struct slice values[PG_PARAMS_MAX]; /* absent: null */
};

/* What comes back: results, or an SQL error that undid everything. */
struct wire_answer {
    char sqlstate[6]; /* "" for success */
    const char *message;
    PGresult *results[PG_CALLS_MAX];
    uint32_t count;
};

/* Executes a group. The answer's results are the caller's to clear. */
void store_execute(const struct wire_call *calls, uint32_t count, struct wire_answer *ret_answer);
void views_execute(const struct wire_call *calls, uint32_t count, struct wire_answer *ret_answer);
/* An answer reaches a node. */
void store_answered(const struct node *node, const struct wire_call *call, const struct wire_answer *answer);
void wire_answer_release(struct wire_answer *answer);

/* A call with these parameters, which lives as long as the run. */
void wire_call_make(struct wire_call *call, const char *name, const struct pg_params *params);

/* ---- values (database.c) ---- */
int64_t call_i64(const struct wire_call *call, uint32_t number); /* from 1, as in SQL */
int64_t call_int(const struct wire_call *call, uint32_t number); /* of any size */
struct uuid call_uuid(const struct wire_call *call, uint32_t number);
/* An array's elements; `ret_elements` has room for `max`. */
uint32_t call_array(const struct wire_call *call, uint32_t number, struct slice *ret_elements, uint32_t max);
int64_t element_int(struct slice element);
struct uuid element_uuid(struct slice element);

/* A result of `columns` binary columns. */
PGresult *result_new(int columns);
void result_int(PGresult *result, int row, int column, int64_t value, int size_bytes);
void result_bool(PGresult *result, int row, int column, bool value);
void result_slice(PGresult *result, int row, int column, struct slice value); /* absent: null */
void result_uuid(PGresult *result, int row, int column, struct uuid value);   /* nil: null */
void result_array(PGresult *result, int row, int column, uint32_t type, const struct slice *elements,
                  uint32_t count);

/* ---- the log (fake_store.c) ---- */
struct logged {
    uint64_t position, stream;
    struct stream_ref ref;
    uint32_t version;
    uint16_t type, schema_version;
    int64_t recorded_at_us;
    bool first;
    struct uuid command_id, actor;
    uint8_t digest[16];
    struct slice data;
};
void store_open(void);
void store_close(void);
uint64_t store_head(void);
const struct logged *store_event(uint64_t position); /* 1 to head */
/* The first event of a command; NULL when it is not in the log. */
const struct logged *store_command(struct uuid command_id);
/* Absent when the stream has none. */
struct slice store_personal_key(uint64_t stream);
/* Appends outside of any node, before the run: what was there already. */
void store_preload(const struct command *command, struct uuid actor);
uint64_t store_appends(void);
/* What was there before the run. */
uint64_t store_preloaded(void);
struct uuid store_epoch(void);
/* The log goes back to the end of an earlier batch, and a new epoch begins, as a restore with `gachapon
 * new-epoch` does. No node may be running. */
void store_restore(uint64_t position);

/* ---- snapshots (fake_snapshots.c) ---- */
void snapshots_open(void);
void snapshots_close(void);
/* False: a newer one stays. A snapshot that is not what the log folds to breaks a promise. */
bool snapshots_put(const struct logged *head, uint32_t version, int32_t schema_version, struct slice data);
bool snapshots_get(uint64_t stream, int32_t schema_version, uint32_t *ret_version, struct slice *ret_data);

/* ---- the read models (fake_views.c) ---- */
void views_open(void);
void views_close(void);
uint64_t views_position(void); /* the lowest of all projections */
uint64_t views_on_disk(void);
void views_fsync(void);
void views_go_back(void);
/* Dropped, and made anew by `gachapon migrate`: empty. */
void views_drop(void);
/* `gachapon projections rebuild` of the projection of this view, or of all (-1): folded from the log, then
 * switched. */
void views_rebuild(int view);
/* Every transaction that writes this projection is refused; NULL: none is. */
void views_refuse(const char *projection);
/* The highest position a view's table has ever been at, in this epoch. */
uint64_t views_reached(int view);
/* All rows of a view, tombstones too, as a result that columns_read understands. */
PGresult *views_table(int view);
/* Those that the transaction which executed last has written, each once. */
PGresult *views_touched(int view);

/* ---- connections (fake_pg.c) ---- */
/* What can happen to a connection now. */
bool pg_can_connect(const struct pg *pg);
bool pg_can_execute(const struct pg *pg); /* the oldest group that has not been, in the database */
bool pg_can_answer(const struct pg *pg);  /* its answer reaches the node */
bool pg_can_tell(const struct pg *pg);    /* a loss, or groups that were not sent */
bool pg_can_notify(const struct pg *pg);  /* what another connection said */
void pg_do_connect(struct pg *pg);
void pg_do_execute(struct pg *pg);
void pg_do_refuse(struct pg *pg, const char *sqlstate); /* instead of executing */
void pg_do_answer(struct pg *pg);
void pg_do_tell(struct pg *pg);
void pg_do_notify(struct pg *pg);
/* The connection is gone. What was sent and not executed stays in the old backend. */
void pg_do_cut(struct pg *pg);
struct pg *pg_of_node(struct list_node *node); /* in world.connections */
struct node *pg_node(const struct pg *pg);
const char *pg_label(const struct pg *pg);
bool pg_is_store(const struct pg *pg);
/* The statement that would be executed or answered next; NULL for none. */
const char *pg_next_statement(const struct pg *pg);
/* The server goes down: every connection to it is lost, and what its backends had not executed never will be.
 */
void pg_do_crash(bool store);
/* The first call of a group that the database has yet to execute, from 0; NULL when there are fewer. */
const struct wire_call *pg_waiting(const struct pg *pg, uint32_t number);
/* Old backends: run what is left of the first, or let go of it. */
bool backend_any(void);
void backend_do_execute(void);
void backend_do_drop(void);

#endif
