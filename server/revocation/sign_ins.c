/* sign_ins: a row a player in the event store's database, newest sign-in wins, followed by every node.
 *
 *   sign_ins_tell -> waiting -> one transaction: lock, upsert, notify
 *   table         -> read after the last number known: when somebody says so, each second -> on_signed_in
 *
 * NOTIFY is a hint that may be lost, the read each second is the truth. Numbers become visible in order, as
 * one node writes at a time. A row says: whoever signed in before this moment is to go; so an older word that
 * comes after a younger one has nothing to say and is not written.
 *
 * Nodes' clocks decide who is older. While the database is away the words wait here, one a player, and those
 * of the others are read when it is back; they die with the process. Beyond WAITING_MAX they are forgotten:
 * then two sockets stay until one of them signs in anew. A node that starts has no sockets, so it begins at
 * the end of the table; one that is failed over to a database which lacks some rows goes on at its end. */
#include "revocation/sign_ins.h"
#include "base/check.h"
#include "base/list.h"
#include "base/map.h"
#include "pg/pg.h"
#include <stdlib.h>
#include <string.h>

#define SIGN_INS_MAGIC 0x5349474eu
#define SIGN_INS_LOCK INT64_C(7449344558610018161) /* that of the revocations, and one */
#define WRITE_MAX 500
#define READ_MAX 2000
#define WAITING_MAX 65536
#define LOOK_EVERY_MS 1000
#define PRUNE_EVERY_LOOKS 600
#define PRUNE_AGE_MS INT64_C(172800000) /* two days */
#define PARAMS_MAX_BYTES (1u << 20)
#define NODE_BYTES 100

struct word {
    struct list_node node;
    struct uuid subject;
    int64_t at_ms;
};

struct sign_ins {
    uint32_t magic;
    struct sign_ins_config config;
    struct pg *pg;
    struct list_node waiting, writing; /* oldest first */
    struct map by_subject;             /* of those that wait */
    bool read_open, known;             /* known: where the table ends */
    uint64_t number;                   /* of the last one read */
    uint32_t looks;
    struct loop_timer look, write;
    struct arena params;
};

static void on_state(void *ctx, bool ready);
static void on_notify(void *ctx, const char *payload);
static void look(void *ctx);
static void find_end(struct sign_ins *sign_ins);
static void write_some(void *ctx);
static void on_written(void *ctx, const struct pg_outcome *outcome);
static void read_some(struct sign_ins *sign_ins);
static void on_read(void *ctx, const struct pg_outcome *outcome);
static void on_end(void *ctx, const struct pg_outcome *outcome);
static void on_nothing(void *ctx, const struct pg_outcome *outcome);

struct sign_ins *sign_ins_open(struct loop *loop, const struct sign_ins_config *config, char ret_failure[200])
{
    struct sign_ins *sign_ins = calloc(1, sizeof *sign_ins);
    check(sign_ins != NULL);
    sign_ins->magic = SIGN_INS_MAGIC;
    sign_ins->config = *config;
    list_init(&sign_ins->waiting);
    list_init(&sign_ins->writing);
    map_init(&sign_ins->by_subject);
    arena_init(&sign_ins->params, 4096, PARAMS_MAX_BYTES);
    loop_timer_init(&sign_ins->look, loop, look, sign_ins);
    loop_timer_init(&sign_ins->write, loop, write_some, sign_ins);
    struct pg_config pg = {.dsn = config->dsn,
                           .application_name = "gachapon sign-ins",
                           .synchronous_commit_off = true,
                           .on_notify = on_notify};
    sign_ins->pg = pg_open(loop, &pg, on_state, sign_ins, ret_failure);
    if (sign_ins->pg != NULL)
        return sign_ins;
    sign_ins_close(sign_ins);
    return NULL;
}

void sign_ins_close(struct sign_ins *sign_ins)
{
    if (sign_ins == NULL)
        return;
    struct list_node *node;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    pg_close(sign_ins->pg);
    loop_timer_stop(&sign_ins->look);
    loop_timer_stop(&sign_ins->write);
    list_splice(&sign_ins->waiting, &sign_ins->writing);
    while ((node = list_pop(&sign_ins->waiting)) != NULL)
        free(list_entry(node, struct word, node));
    map_release(&sign_ins->by_subject);
    arena_release(&sign_ins->params);
    sign_ins->magic = 0;
    free(sign_ins);
}

/* ---- telling ---- */

void sign_ins_tell(struct sign_ins *sign_ins, struct uuid subject, int64_t at_ms)
{
    check_magic(sign_ins, SIGN_INS_MAGIC);
    struct word *word = map_get(&sign_ins->by_subject, subject);
    if (word == NULL) {
        word = sign_ins->by_subject.count < WAITING_MAX ? calloc(1, sizeof *word) : NULL;
        if (word == NULL || map_put(&sign_ins->by_subject, subject, word) != ERR_OK) {
            free(word);
            return;
        }
        word->subject = subject;
        list_append(&sign_ins->waiting, &word->node);
    }
    if (word->at_ms < at_ms)
        word->at_ms = at_ms;
    if (!loop_timer_running(&sign_ins->write))
        loop_timer_start(&sign_ins->write, 0);
}

/* The columns of sign_ins_note. */
static void param_words(struct pg_params *params, const struct sign_ins *sign_ins, uint32_t count)
{
    pg_array_begin(params, PG_TYPE_UUID, count);
    list_each(node, &sign_ins->writing) pg_array_uuid(params, list_entry(node, struct word, node)->subject);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I64, count);
    list_each(node, &sign_ins->writing) pg_array_i64(params, list_entry(node, struct word, node)->at_ms);
    pg_array_end(params);
    pg_param_text(params, slice_text(sign_ins->config.node));
}

static void write_some(void *ctx)
{
    static const struct pg_statement lock = {.name = "revocations_lock"}, note = {.name = "sign_ins_note"},
                                     hint = {.name = "sign_ins_hint"};
    struct sign_ins *sign_ins = ctx;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    if (!list_empty(&sign_ins->writing) || list_empty(&sign_ins->waiting) || !pg_ready(sign_ins->pg))
        return;
    uint32_t count = 0;
    for (; count < WRITE_MAX && !list_empty(&sign_ins->waiting); count++) {
        struct word *word = list_entry(list_pop(&sign_ins->waiting), struct word, node);
        check(map_remove(&sign_ins->by_subject, word->subject) == word);
        list_append(&sign_ins->writing, &word->node);
    }
    struct pg_params locked, noted;
    arena_reset(&sign_ins->params);
    pg_params_init(&locked, &sign_ins->params);
    pg_param_i64(&locked, SIGN_INS_LOCK);
    pg_params_init(&noted, &sign_ins->params);
    param_words(&noted, sign_ins, count);
    struct pg_call calls[] = {{&lock, &locked}, {&note, &noted}, {&hint, NULL}};
    pg_run(sign_ins->pg, calls, 3, on_written, sign_ins);
}

/* What was not written waits again, but for those who have signed in anew since. */
static void on_written(void *ctx, const struct pg_outcome *outcome)
{
    struct sign_ins *sign_ins = ctx;
    struct list_node *node;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    while ((node = list_pop(&sign_ins->writing)) != NULL) {
        struct word *word = list_entry(node, struct word, node);
        bool again = outcome->err != ERR_OK && map_get(&sign_ins->by_subject, word->subject) == NULL;
        if (again && map_put(&sign_ins->by_subject, word->subject, word) == ERR_OK)
            list_append(&sign_ins->waiting, &word->node);
        else
            free(word);
    }
    if (outcome->err == ERR_OK)
        write_some(sign_ins); /* else the next look does */
}

/* ---- following the table ---- */

static void on_state(void *ctx, bool ready)
{
    static const struct pg_statement listen = {.name = "sign_ins_listen"};
    struct sign_ins *sign_ins = ctx;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    loop_timer_stop(&sign_ins->look);
    sign_ins->read_open = false;
    if (!ready)
        return;
    pg_run(sign_ins->pg, &(struct pg_call){&listen, NULL}, 1, on_nothing, sign_ins);
    find_end(sign_ins);
    sign_ins->looks = 0;
    loop_timer_start(&sign_ins->look, 1);
}

static void find_end(struct sign_ins *sign_ins)
{
    static const struct pg_statement end = {.name = "sign_ins_end"};
    if (sign_ins->read_open || !pg_ready(sign_ins->pg))
        return;
    sign_ins->read_open = true;
    pg_run(sign_ins->pg, &(struct pg_call){&end, NULL}, 1, on_end, sign_ins);
}

static void on_end(void *ctx, const struct pg_outcome *outcome)
{
    struct sign_ins *sign_ins = ctx;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    sign_ins->read_open = false;
    if (outcome->err != ERR_OK)
        return; /* the next look asks again */
    uint64_t end = (uint64_t)pg_get_i64(outcome->results[0], 0, 0);
    if (!sign_ins->known || sign_ins->number > end)
        sign_ins->number = end;
    sign_ins->known = true;
}

static void look(void *ctx)
{
    static const struct pg_statement prune = {.name = "sign_ins_prune"};
    struct sign_ins *sign_ins = ctx;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    if (sign_ins->known)
        read_some(sign_ins);
    else
        find_end(sign_ins);
    write_some(sign_ins);
    if (sign_ins->looks++ % PRUNE_EVERY_LOOKS == 1) {
        struct pg_params params;
        arena_reset(&sign_ins->params);
        pg_params_init(&params, &sign_ins->params);
        pg_param_i64(&params, PRUNE_AGE_MS);
        pg_run(sign_ins->pg, &(struct pg_call){&prune, &params}, 1, on_nothing, sign_ins);
    }
    loop_timer_start(&sign_ins->look, LOOK_EVERY_MS);
}

static void read_some(struct sign_ins *sign_ins)
{
    static const struct pg_statement read = {.name = "sign_ins_read"};
    if (sign_ins->read_open || !sign_ins->known || !pg_ready(sign_ins->pg))
        return;
    struct pg_params params;
    arena_reset(&sign_ins->params);
    pg_params_init(&params, &sign_ins->params);
    pg_param_i64(&params, (int64_t)sign_ins->number);
    pg_param_i64(&params, READ_MAX);
    sign_ins->read_open = true;
    pg_run(sign_ins->pg, &(struct pg_call){&read, &params}, 1, on_read, sign_ins);
}

static void on_read(void *ctx, const struct pg_outcome *outcome)
{
    struct sign_ins *sign_ins = ctx;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    sign_ins->read_open = false;
    if (outcome->err != ERR_OK)
        return;
    uint32_t rows = pg_rows(outcome->results[0]);
    for (uint32_t row = 0; row < rows; row++) {
        char node[NODE_BYTES] = "";
        struct slice name = pg_get_slice(outcome->results[0], row, 3);
        memcpy(node, name.data, name.size < sizeof node ? name.size : sizeof node - 1);
        sign_ins->number = (uint64_t)pg_get_i64(outcome->results[0], row, 0);
        sign_ins->config.on_signed_in(sign_ins->config.ctx, pg_get_uuid(outcome->results[0], row, 1),
                                      pg_get_i64(outcome->results[0], row, 2), node);
    }
    if (rows == READ_MAX)
        read_some(sign_ins);
}

static void on_notify(void *ctx, const char *payload)
{
    struct sign_ins *sign_ins = ctx;
    (void)payload;
    check_magic(sign_ins, SIGN_INS_MAGIC);
    read_some(sign_ins);
}

static void on_nothing(void *ctx, const struct pg_outcome *outcome)
{
    (void)ctx, (void)outcome;
}

const char *sign_ins_failure(const struct sign_ins *sign_ins)
{
    return pg_trouble(sign_ins->pg);
}
