/* revocations: taken here, kept in a table, followed by every node.
 *
 *   taken -> counts at once (auth_revoke), sockets are looked at at the end of the turn (on_revoked)
 *         -> unkept -> one transaction: lock, insert, cursor, notify -> its `done`
 *   table -> read after the last number known: when the connection is new, when somebody says so, each second
 *
 * Every node follows Keycloak's admin events by itself, so the same one is taken by all of them and kept once
 * (`cause`); what comes to one node only - a logout token - reaches the others through the table. NOTIFY is a
 * hint that may be lost, the read each second is the truth. Numbers become visible in order, as one node
 * writes at a time.
 *
 * While the database is away nothing is lost but with the process: what waits is kept when it is back, oldest
 * first, and the cursor of the admin events moves only when nothing waits, so that after a kill they are read
 * again. Beyond UNKEPT_MAX a revocation still counts here but is not kept, and the cursor stays for good.
 *
 * An insert whose connection was lost may have happened: sent again it meets its own cause, which is then not
 * taken for a replay. */
#include "revocation/revocations.h"
#include "base/check.h"
#include "base/list.h"
#include "pg/pg.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVOCATIONS_MAGIC 0x5245564fu
#define REVOCATIONS_LOCK INT64_C(7449344558610018160) /* that of the log, and two */
#define WRITE_MAX 500
#define READ_MAX 2000
#define UNKEPT_MAX 65536
#define LOOK_EVERY_MS 1000
#define PRUNE_EVERY_LOOKS 600
#define WAIT_MS 3000
#define READ_AGE_MS INT64_C(90000000)   /* 25 hours: longer than any token lives */
#define PRUNE_AGE_MS INT64_C(172800000) /* two days */
#define PARAMS_MAX_BYTES (1u << 20)

/* One that is not kept yet. */
struct unkept {
    struct list_node node;
    struct revocation what;
    bool no_room;     /* in `full` */
    bool sent_before; /* and the outcome is unknown */
    bool fresh;       /* in the batch that was answered */
    revocation_kept done;
    void *ctx;
    struct loop_timer deadline;
};

struct revocations {
    uint32_t magic;
    struct revocations_config config;
    struct auth *auth;
    struct pg *pg;
    struct list_node unkept, full; /* oldest first; full: they only wait to be told so */
    uint32_t writing;              /* the first so many are under way; with the cursor, it may be none */
    bool write_open, read_open;
    bool overflown; /* the cursors stay */
    struct cursor {
        int64_t told_ms, kept_ms;
        int64_t sent_ms; /* in the batch under way; 0: not in it */
    } cursors[KEYCLOAK_SOURCES];
    uint64_t number;        /* of the last one read */
    bool known, told_known; /* the table was read whole; the callback ran */
    uint32_t looks;
    struct loop_timer look, tell;
    bool to_tell;
    struct arena params;
    struct revocations_counters counters;
};

static void on_state(void *ctx, bool ready);
static void on_notify(void *ctx, const char *payload);
static void look(void *ctx);
static void tell(void *ctx);
static void tell_soon(struct revocations *revocations);
static void write_some(struct revocations *revocations);
static void on_written(void *ctx, const struct pg_outcome *outcome);
static void read_some(struct revocations *revocations);
static void on_read(void *ctx, const struct pg_outcome *outcome);
static void on_nothing(void *ctx, const struct pg_outcome *outcome);
static void waited_long_enough(void *ctx);
static void unkept_end(struct unkept *unkept, enum err err, bool fresh);

struct revocations *revocations_open(struct loop *loop, const struct revocations_config *config,
                                     struct auth *auth, char ret_failure[200])
{
    struct revocations *revocations = calloc(1, sizeof *revocations);
    check(revocations != NULL);
    revocations->magic = REVOCATIONS_MAGIC;
    revocations->config = *config;
    revocations->auth = auth;
    list_init(&revocations->unkept);
    list_init(&revocations->full);
    arena_init(&revocations->params, 4096, PARAMS_MAX_BYTES);
    loop_timer_init(&revocations->look, loop, look, revocations);
    loop_timer_init(&revocations->tell, loop, tell, revocations);
    struct pg_config pg = {
        .dsn = config->dsn, .application_name = "gachapon revocations", .on_notify = on_notify};
    revocations->pg = pg_open(loop, &pg, on_state, revocations, ret_failure);
    if (revocations->pg != NULL)
        return revocations;
    revocations_close(revocations);
    return NULL;
}

void revocations_close(struct revocations *revocations)
{
    if (revocations == NULL)
        return;
    pg_close(revocations->pg);
    loop_timer_stop(&revocations->look);
    loop_timer_stop(&revocations->tell);
    list_splice(&revocations->unkept, &revocations->full);
    list_each(node, &revocations->unkept)
    {
        list_remove(node);
        unkept_end(list_entry(node, struct unkept, node), ERR_AWAY, true);
    }
    arena_release(&revocations->params);
    revocations->magic = 0;
    free(revocations);
}

/* ---- taking ---- */

void revocations_take(struct revocations *revocations, const struct revocation *revocation,
                      revocation_kept done, void *ctx)
{
    check_magic(revocations, REVOCATIONS_MAGIC);
    struct unkept *unkept = calloc(1, sizeof *unkept);
    bool room = revocations->counters.unkept < UNKEPT_MAX;
    check(unkept != NULL);
    auth_revoke(revocations->auth, revocation, 0);
    revocations->to_tell = true;
    revocations->counters.taken++;
    *unkept = (struct unkept){.what = *revocation, .no_room = !room, .done = done, .ctx = ctx};
    loop_timer_init(&unkept->deadline, revocations->look.loop, waited_long_enough, unkept);
    list_append(room ? &revocations->unkept : &revocations->full, &unkept->node);
    revocations->counters.unkept += room;
    revocations->overflown = revocations->overflown || !room;
    if (done != NULL || !room)
        loop_timer_start(&unkept->deadline, room ? WAIT_MS : 0);
    tell_soon(revocations);
}

/* Still unkept; or there is no room, and it is only told so. */
static void waited_long_enough(void *ctx)
{
    struct unkept *unkept = ctx;
    revocation_kept done = unkept->done;
    if (unkept->no_room) {
        list_remove(&unkept->node);
        unkept_end(unkept, ERR_FULL, true);
        return;
    }
    unkept->done = NULL;
    done(unkept->ctx, ERR_AWAY, true);
}

void revocations_on_user(struct revocations *revocations, struct uuid user, enum user_change change,
                         const struct keycloak_change *what)
{
    struct revocation revocation = {.kind = uuid_is_nil(user) ? REVOKED_EVERYBODY : REVOKED_SUBJECT,
                                    .close = CLOSE_SIGNED_OUT,
                                    .subject = user,
                                    .at_ms = what->at_ms,
                                    .cause = what->cause};
    switch (change) {
    case USER_DISABLED:
    case USER_DELETED:
        revocation.close = CLOSE_DISABLED;
        break;
    case USER_LOGGED_OUT:
        break;
    case USER_SESSION_ENDED:
        revocation.kind = REVOKED_SESSION;
        memcpy(revocation.sid, what->sid, sizeof revocation.sid);
        break;
    case USER_CLIENT_ENDED:
        revocation.kind = REVOKED_CLIENT;
        memcpy(revocation.sid, what->client, sizeof revocation.sid);
        break;
    case USER_ROLES_CHANGED:
        revocation.close = CLOSE_ROLES_CHANGED;
        revocation.roles = what->roles;
        if (!uuid_is_nil(user))
            revocation.kind = REVOKED_ROLES;
        break;
    }
    revocations_take(revocations, &revocation, NULL, NULL);
}

void revocations_followed(struct revocations *revocations, enum keycloak_source source, int64_t until_ms)
{
    revocations->cursors[source].told_ms = until_ms;
    tell_soon(revocations);
}

/* ---- the end of the turn ---- */

static void tell_soon(struct revocations *revocations)
{
    if (!loop_timer_running(&revocations->tell))
        loop_timer_start(&revocations->tell, 0);
}

static void tell(void *ctx)
{
    struct revocations *revocations = ctx;
    check_magic(revocations, REVOCATIONS_MAGIC);
    if (revocations->to_tell) {
        revocations->to_tell = false;
        revocations->config.on_revoked(revocations->config.ctx);
    }
    if (revocations->known && !revocations->told_known) {
        int64_t followed_ms[KEYCLOAK_SOURCES];
        for (int source = 0; source < KEYCLOAK_SOURCES; source++)
            followed_ms[source] = revocations->cursors[source].kept_ms;
        revocations->told_known = true;
        revocations->config.on_known(revocations->config.ctx, followed_ms);
    }
    write_some(revocations);
}

/* ---- keeping ---- */

/* The columns of revocations_note, of the first `count` unkept ones. */
static void param_column(struct pg_params *params, int column, const struct revocation *what)
{
    switch (column) {
    case 0:
        pg_array_uuid(params, what->cause);
        break;
    case 1:
        pg_array_i16(params, (int16_t)what->kind);
        break;
    case 2:
        pg_array_i32(params, (int32_t)what->close);
        break;
    case 3:
        uuid_is_nil(what->subject) ? pg_array_null(params) : pg_array_uuid(params, what->subject);
        break;
    case 4:
        pg_array_slice(params, what->sid[0] != '\0' ? slice_text(what->sid) : (struct slice){0});
        break;
    case 5:
        pg_array_i16(params, what->roles);
        break;
    case 6:
        pg_array_i64(params, what->at_ms);
        break;
    }
}

static void param_columns(struct pg_params *params, const struct revocations *revocations, uint32_t count)
{
    static const enum pg_type types[] = {PG_TYPE_UUID, PG_TYPE_I16, PG_TYPE_I32, PG_TYPE_UUID,
                                         PG_TYPE_TEXT, PG_TYPE_I16, PG_TYPE_I64};
    for (int column = 0; column < (int)(sizeof types / sizeof *types); column++) {
        struct list_node *node = revocations->unkept.next;
        pg_array_begin(params, types[column], count);
        for (uint32_t i = 0; i < count; i++, node = node->next)
            param_column(params, column, &list_entry(node, struct unkept, node)->what);
        pg_array_end(params);
    }
}

/* As the table of cursors names them. */
static const char *const source_names[] = {
    [KEYCLOAK_ADMIN_EVENTS] = "admin-events", [KEYCLOAK_USER_EVENTS] = "user-events"};

/* The cursors that moved, when everything before them is in this batch or before it; how many. */
static uint32_t add_cursors(struct revocations *revocations, bool whole, struct pg_params *params,
                            struct pg_call *calls)
{
    static const struct pg_statement follow = {.name = "revocations_follow"};
    uint32_t used = 0;
    for (int source = 0; source < KEYCLOAK_SOURCES; source++) {
        struct cursor *cursor = &revocations->cursors[source];
        cursor->sent_ms = whole && cursor->told_ms > cursor->kept_ms ? cursor->told_ms : 0;
        if (cursor->sent_ms == 0)
            continue;
        pg_params_init(&params[used], &revocations->params);
        pg_param_text(&params[used], slice_text(source_names[source]));
        pg_param_i64(&params[used], cursor->sent_ms);
        calls[used] = (struct pg_call){&follow, &params[used]};
        used++;
    }
    return used;
}

/* The oldest unkept ones, and the cursors if those are all of them: one transaction. */
static void write_some(struct revocations *revocations)
{
    static const struct pg_statement lock = {.name = "revocations_lock"}, note = {.name = "revocations_note"},
                                     hint = {.name = "revocations_tell"};
    uint32_t count = revocations->counters.unkept < WRITE_MAX ? revocations->counters.unkept : WRITE_MAX;
    bool whole = count == revocations->counters.unkept && !revocations->overflown;
    if (revocations->write_open || !revocations->told_known || !pg_ready(revocations->pg))
        return;
    struct pg_params params[2 + KEYCLOAK_SOURCES];
    struct pg_call calls[3 + KEYCLOAK_SOURCES];
    uint32_t used = 0;
    arena_reset(&revocations->params);
    if (count > 0) {
        pg_params_init(&params[0], &revocations->params);
        pg_param_i64(&params[0], REVOCATIONS_LOCK);
        calls[used++] = (struct pg_call){&lock, &params[0]};
        pg_params_init(&params[1], &revocations->params);
        param_columns(&params[1], revocations, count);
        calls[used++] = (struct pg_call){&note, &params[1]};
    }
    used += add_cursors(revocations, whole, &params[2], &calls[used]);
    if (used == 0)
        return;
    if (count > 0)
        calls[used++] = (struct pg_call){&hint, NULL};
    revocations->writing = count;
    revocations->write_open = true;
    pg_run(revocations->pg, calls, used, on_written, revocations);
}

/* Marks those whose cause the answer names. Both are in the order of the batch. */
static void mark_fresh(struct revocations *revocations, const PGresult *result)
{
    struct list_node *node = revocations->unkept.next;
    uint32_t row = 0, rows = pg_rows(result);
    for (uint32_t i = 0; i < revocations->writing; i++, node = node->next) {
        struct unkept *unkept = list_entry(node, struct unkept, node);
        unkept->fresh = row < rows && uuid_equal(pg_get_uuid(result, row, 0), unkept->what.cause);
        row += unkept->fresh;
    }
}

static void on_written(void *ctx, const struct pg_outcome *outcome)
{
    struct revocations *revocations = ctx;
    check_magic(revocations, REVOCATIONS_MAGIC);
    revocations->write_open = false;
    if (outcome->err != ERR_OK) {
        struct list_node *node = revocations->unkept.next;
        for (uint32_t i = 0; outcome->err == ERR_LOST && i < revocations->writing; i++, node = node->next)
            list_entry(node, struct unkept, node)->sent_before = true;
        return; /* the next look sends it again */
    }
    for (int source = 0; source < KEYCLOAK_SOURCES; source++)
        if (revocations->cursors[source].sent_ms != 0)
            revocations->cursors[source].kept_ms = revocations->cursors[source].sent_ms;
    if (revocations->writing > 0)
        mark_fresh(revocations, outcome->results[1]);
    for (uint32_t count = revocations->writing; count > 0; count--) {
        struct unkept *unkept = list_entry(list_pop(&revocations->unkept), struct unkept, node);
        revocations->counters.unkept--;
        unkept_end(unkept, ERR_OK, unkept->fresh || unkept->sent_before);
    }
    write_some(revocations);
}

static void unkept_end(struct unkept *unkept, enum err err, bool fresh)
{
    revocation_kept done = unkept->done;
    void *ctx = unkept->ctx;
    loop_timer_stop(&unkept->deadline);
    free(unkept);
    if (done != NULL)
        done(ctx, err, fresh);
}

/* ---- following the table ---- */

static void on_state(void *ctx, bool ready)
{
    static const struct pg_statement listen = {.name = "revocations_listen"};
    struct revocations *revocations = ctx;
    check_magic(revocations, REVOCATIONS_MAGIC);
    loop_timer_stop(&revocations->look);
    if (!ready)
        return;
    pg_run(revocations->pg, &(struct pg_call){&listen, NULL}, 1, on_nothing, revocations);
    revocations->looks = 0;
    revocations->number = 0; /* a database that was failed over to may lack some that were read */
    look(revocations);
}

static void look(void *ctx)
{
    static const struct pg_statement prune = {.name = "revocations_prune"};
    struct revocations *revocations = ctx;
    check_magic(revocations, REVOCATIONS_MAGIC);
    read_some(revocations);
    write_some(revocations);
    if (revocations->looks++ % PRUNE_EVERY_LOOKS == 1) {
        struct pg_params params;
        arena_reset(&revocations->params);
        pg_params_init(&params, &revocations->params);
        pg_param_i64(&params, PRUNE_AGE_MS);
        pg_run(revocations->pg, &(struct pg_call){&prune, &params}, 1, on_nothing, revocations);
    }
    loop_timer_start(&revocations->look, LOOK_EVERY_MS);
}

static void read_some(struct revocations *revocations)
{
    static const struct pg_statement read = {.name = "revocations_read"},
                                     followed = {.name = "revocations_followed"};
    if (revocations->read_open || !pg_ready(revocations->pg))
        return;
    struct pg_params params;
    arena_reset(&revocations->params);
    pg_params_init(&params, &revocations->params);
    pg_param_i64(&params, (int64_t)revocations->number);
    pg_param_i64(&params, READ_MAX);
    pg_param_i64(&params, READ_AGE_MS);
    struct pg_call calls[] = {{&read, &params}, {&followed, NULL}};
    revocations->read_open = true;
    pg_run(revocations->pg, calls, revocations->known ? 1 : 2, on_read, revocations);
}

static void take_row(struct revocations *revocations, const PGresult *result, uint32_t row)
{
    struct revocation what = {.kind = (enum revocation_kind)pg_get_i16(result, row, 2),
                              .close = (enum close_code)pg_get_i32(result, row, 3),
                              .subject = pg_get_uuid(result, row, 4),
                              .roles = (uint8_t)pg_get_i16(result, row, 6),
                              .at_ms = pg_get_i64(result, row, 7),
                              .cause = pg_get_uuid(result, row, 1)};
    struct slice sid = pg_get_slice(result, row, 5);
    if (sid.size > 0 && sid.size < sizeof what.sid)
        memcpy(what.sid, sid.data, sid.size);
    revocations->number = (uint64_t)pg_get_i64(result, row, 0);
    auth_revoke(revocations->auth, &what, (uint64_t)pg_get_i64(result, row, 8));
}

static void read_cursors(struct revocations *revocations, const PGresult *result)
{
    for (uint32_t row = 0; row < pg_rows(result); row++)
        for (int source = 0; source < KEYCLOAK_SOURCES; source++)
            if (slice_equal_text(pg_get_slice(result, row, 0), source_names[source]))
                revocations->cursors[source].kept_ms = pg_get_i64(result, row, 1);
}

static void on_read(void *ctx, const struct pg_outcome *outcome)
{
    struct revocations *revocations = ctx;
    check_magic(revocations, REVOCATIONS_MAGIC);
    revocations->read_open = false;
    if (outcome->err != ERR_OK)
        return;
    uint32_t rows = pg_rows(outcome->results[0]);
    for (uint32_t row = 0; row < rows; row++)
        take_row(revocations, outcome->results[0], row);
    revocations->counters.heard += rows;
    revocations->to_tell = revocations->to_tell || rows > 0;
    if (!revocations->known && rows < READ_MAX) {
        read_cursors(revocations, outcome->results[1]);
        revocations->known = true;
    }
    if (rows == READ_MAX)
        read_some(revocations);
    if (revocations->to_tell || !revocations->told_known)
        tell_soon(revocations);
}

static void on_nothing(void *ctx, const struct pg_outcome *outcome)
{
    (void)ctx, (void)outcome;
}

static void on_notify(void *ctx, const char *payload)
{
    struct revocations *revocations = ctx;
    (void)payload;
    check_magic(revocations, REVOCATIONS_MAGIC);
    read_some(revocations);
}

/* ---- how it is ---- */

const struct revocations_counters *revocations_counters(const struct revocations *revocations)
{
    return &revocations->counters;
}

const char *revocations_failure(const struct revocations *revocations)
{
    return pg_trouble(revocations->pg);
}
