/* pg_group: groups of calls in libpq's pipeline.
 *
 * The problem: answers come as one flat stream of results - for each call a result and a NULL, for each sync
 * a result without a NULL, after an error PIPELINE_ABORTED for everything up to the next sync - and have to
 * become one answer a group. The groups in flight are a list in the order sent; the oldest one is what the
 * stream is about.
 *
 * On the wire a group is   [prepare ... prepare sync]  call ... call sync
 * The section in brackets is there only when a statement is new to the connection. It has a sync of its own,
 * because what follows an error is skipped up to the next sync: a refused call must not swallow the
 * preparation of a statement that a later group, already sent, relies on. If a preparation itself is refused,
 * its statement is forgotten and prepared again next time, the group gets that error, and groups sent
 * meanwhile get 26000 (no such statement), which forgets theirs too.
 *
 * An error result with severity FATAL, or one that libpq made up (no SQLSTATE), says the connection is gone:
 * the group's outcome is unknown. A group is complete when its last sync was answered, never before: a
 * deferred check can still fail at the commit. Results are cleared right after the callback. */
#include "pg/pg_internal.h"
#include "base/check.h"
#include "base/sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pg_group *new_group(uint32_t call_count, pg_done done, void *ctx);
static void fail_unsent(struct pg *pg, struct pg_group *group, enum err err);
static void enlist(struct pg *pg, struct pg_group *group);
static bool send_group(struct pg *pg, struct pg_group *group, const struct pg_call *calls);
static void take_result(struct pg *pg, struct pg_group *group, PGresult *result);
static void take_error(struct pg *pg, struct pg_group *group, const PGresult *result);
static void end_section(struct pg *pg, struct pg_group *group);
static void tell(struct pg_group *group);
static void free_group(struct pg_group *group);

void pg_run(struct pg *pg, const struct pg_call *calls, uint32_t count, pg_done done, void *ctx)
{
    check_magic(pg, PG_MAGIC);
    check(count >= 1 && count <= PG_CALLS_MAX && done != NULL);
    struct pg_group *group = new_group(count, done, ctx);
    enum err failure = ERR_OK;
    for (uint32_t i = 0; i < count; i++)
        if (calls[i].params != NULL && calls[i].params->failure != ERR_OK)
            failure = calls[i].params->failure;
    if (!pg_ready(pg)) /* also between a new connection and its on_state: the owner speaks first */
        failure = ERR_AWAY;
    else if (pg->in_flight_count >= PG_IN_FLIGHT_MAX)
        failure = ERR_FULL;
    if (failure != ERR_OK) {
        fail_unsent(pg, group, failure);
        return;
    }
    enlist(pg, group);
    if (send_group(pg, group, calls))
        pg_flush(pg);
    else
        pg_lose(pg, PQerrorMessage(pg->connection)); /* half a group cannot be taken back */
}

void pg_forget_statements(struct pg *pg)
{
    static const struct pg_statement statement = {.name = "pg_forget_statements"};
    check_magic(pg, PG_MAGIC);
    if (pg->state != PG_READY)
        return; /* a new connection knows none */
    struct pg_group *group = new_group(1, NULL, NULL);
    enlist(pg, group);
    if (PQsendQueryParams(pg->connection, sql_text(statement.name), 0, NULL, NULL, NULL, NULL, 1) != 1 ||
        PQpipelineSync(pg->connection) != 1) {
        pg_lose(pg, PQerrorMessage(pg->connection));
        return;
    }
    for (uint32_t i = 0; i < pg->slot_count; i++) /* in order: whatever is sent from here on prepares again */
        pg->slots[i].prepared = false;
    pg_flush(pg);
}

bool pg_retryable(const struct pg_outcome *outcome)
{
    static const char *const states[] = {"40001", "40P01", "55P03", "57014", "25006", "57P03"};
    if (outcome->err != ERR_REFUSED)
        return false;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(outcome->sqlstate, states[i]) == 0)
            return true;
    return strncmp(outcome->sqlstate, "53", 2) == 0 || strncmp(outcome->sqlstate, "58", 2) == 0;
}

/* ---- sending ---- */

/* A group is some hundred bytes; when not even that can be had there is no way left to report it. */
static struct pg_group *new_group(uint32_t call_count, pg_done done, void *ctx)
{
    struct pg_group *group = calloc(1, sizeof *group);
    check(group != NULL);
    group->call_count = call_count;
    group->done = done;
    group->ctx = ctx;
    return group;
}

static void fail_unsent(struct pg *pg, struct pg_group *group, enum err err)
{
    group->err = err;
    list_append(&pg->failed, &group->node);
    loop_timer_start(&pg->deliver, 0);
}

/* Puts a group behind those in flight, before it is sent: a failure while sending then finds it there. */
static void enlist(struct pg *pg, struct pg_group *group)
{
    if (list_empty(&pg->in_flight))
        group->head_since_ms = loop_mono_ms(pg->loop);
    list_append(&pg->in_flight, &group->node);
    pg->in_flight_count++;
    if (!loop_timer_running(
            &pg->answers)) /* it is left running when the last answer came, and looks for itself */
        loop_timer_start(&pg->answers, pg->answer_timeout_ms);
}

static uint32_t slot_of(struct pg *pg, const struct pg_statement *statement)
{
    for (uint32_t i = 0; i < pg->slot_count; i++) {
        if (pg->slots[i].statement == statement)
            return i;
        check(strcmp(pg->slots[i].statement->name, statement->name) != 0); /* one name, one statement */
    }
    check(pg->slot_count < PG_STATEMENTS_MAX);
    pg->slots[pg->slot_count] = (struct pg_slot){.statement = statement};
    return pg->slot_count++;
}

static bool send_prepares(struct pg *pg, struct pg_group *group, const struct pg_call *calls)
{
    for (uint32_t i = 0; i < group->call_count; i++) {
        uint32_t number = slot_of(pg, calls[i].statement);
        struct pg_slot *slot = &pg->slots[number];
        group->calls[i] = (uint8_t)number;
        if (slot->prepared)
            continue;
        const struct pg_statement *statement = slot->statement;
        const char *sql = statement->sql == NULL ? sql_text(statement->name) : statement->sql;
        if (PQsendPrepare(pg->connection, statement->name, sql, 0, NULL) != 1)
            return false;
        slot->prepared = true;
        group->prepares[group->prepare_count++] = (uint8_t)number;
    }
    group->preparing = group->prepare_count > 0;
    return !group->preparing || PQpipelineSync(pg->connection) == 1;
}

static bool send_group(struct pg *pg, struct pg_group *group, const struct pg_call *calls)
{
    static const int all_binary[PG_PARAMS_MAX] = {[0 ... PG_PARAMS_MAX - 1] = 1};
    if (!send_prepares(pg, group, calls))
        return false;
    for (uint32_t i = 0; i < group->call_count; i++) {
        const struct pg_params *params = calls[i].params;
        check(params == NULL || params->array.data == NULL);
        if (PQsendQueryPrepared(pg->connection, calls[i].statement->name,
                                params == NULL ? 0 : (int)params->count,
                                params == NULL ? NULL : params->values,
                                params == NULL ? NULL : params->lengths, all_binary, 1) != 1)
            return false;
    }
    return PQpipelineSync(pg->connection) == 1;
}

/* ---- answers ---- */

void pg_group_answers(struct pg *pg)
{
    uint32_t nulls = 0; /* in a row; more than the separators can be means libpq waits for us and we for it */
    while (pg->state == PG_READY && !list_empty(&pg->in_flight) && !PQisBusy(pg->connection)) {
        PGresult *result = PQgetResult(pg->connection);
        if (result == NULL) {
            if (++nulls > 4) {
                pg_lose(pg, PQstatus(pg->connection) == CONNECTION_BAD ? PQerrorMessage(pg->connection)
                                                                       : "answers out of step");
                return;
            }
            continue;
        }
        nulls = 0;
        take_result(pg, list_entry(pg->in_flight.next, struct pg_group, node), result);
    }
}

/* Owns `result`. */
static void take_result(struct pg *pg, struct pg_group *group, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        PQclear(result);
        end_section(pg, group);
        return;
    case PGRES_PIPELINE_ABORTED:
        if (group->preparing && group->prepares_answered < group->prepare_count)
            pg->slots[group->prepares[group->prepares_answered++]].prepared = false;
        break;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        if (group->preparing) {
            group->prepares_answered++;
        } else {
            check(group->result_count < group->call_count);
            group->results[group->result_count++] = result;
            return;
        }
        break;
    case PGRES_FATAL_ERROR:
        take_error(pg, group, result);
        break;
    default:
        PQclear(result);
        pg_lose(pg, "an answer of a kind that is never asked for");
        return;
    }
    PQclear(result);
}

static void take_error(struct pg *pg, struct pg_group *group, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == NULL || severity == NULL || strcmp(severity, "ERROR") != 0) {
        pg_lose(pg, message != NULL ? message : PQresultErrorMessage(result));
        return;
    }
    if (group->preparing && group->prepares_answered < group->prepare_count)
        pg->slots[group->prepares[group->prepares_answered++]].prepared = false;
    if (group->err != ERR_OK)
        return; /* the first one is the cause */
    group->err = ERR_REFUSED;
    snprintf(group->sqlstate, sizeof group->sqlstate, "%s", sqlstate);
    snprintf(group->message, sizeof group->message, "%s", message == NULL ? "" : message);
    if (strcmp(sqlstate, "26000") == 0)
        for (uint32_t i = 0; i < group->call_count && !group->preparing; i++)
            pg->slots[group->calls[i]].prepared = false;
}

/* A sync was answered. */
static void end_section(struct pg *pg, struct pg_group *group)
{
    if (group->preparing) {
        check(group->prepares_answered == group->prepare_count);
        group->preparing = false;
        return;
    }
    check(group->err != ERR_OK || group->result_count == group->call_count);
    list_remove(&group->node);
    pg->in_flight_count--;
    pg->backoff_ms = 50; /* a connection that serves */
    if (group->err == ERR_OK)
        pg->differs[0] = '\0';
    else if (pg_schema_differs(group->sqlstate))
        snprintf(pg->differs, sizeof pg->differs, "the database " PG_SCHEMA_ADVICE " (%.120s)",
                 group->message);
    if (!list_empty(&pg->in_flight))
        list_entry(pg->in_flight.next, struct pg_group, node)->head_since_ms = loop_mono_ms(pg->loop);
    pg->in_callback = true;
    tell(group);
    pg->in_callback = false;
}

static void tell(struct pg_group *group)
{
    struct pg_outcome outcome = {.err = group->err, .message = group->message};
    memcpy(outcome.sqlstate, group->sqlstate, sizeof outcome.sqlstate);
    if (group->err == ERR_OK) {
        outcome.results = group->results;
        outcome.count = group->result_count;
    }
    if (group->done != NULL)
        group->done(group->ctx, &outcome);
    free_group(group);
}

static void free_group(struct pg_group *group)
{
    for (uint32_t i = 0; i < group->result_count; i++)
        PQclear(group->results[i]);
    free(group);
}

/* ---- losing ---- */

void pg_group_lose_all(struct pg *pg)
{
    for (struct list_node *node = pg->in_flight.next; node != &pg->in_flight; node = node->next) {
        struct pg_group *group = list_entry(node, struct pg_group, node);
        group->err = ERR_LOST;
        group->sqlstate[0] = '\0';
        snprintf(group->message, sizeof group->message, "%s", pg->failure);
    }
    list_splice(&pg->failed, &pg->in_flight);
    pg->in_flight_count = 0;
}

void pg_group_tell_failed(struct pg *pg)
{
    struct list_node now;
    list_init(&now);
    list_splice(&now, &pg->failed); /* what callbacks add is told in the next turn */
    for (struct list_node *node = list_pop(&now); node != NULL; node = list_pop(&now))
        tell(list_entry(node, struct pg_group, node));
}

void pg_group_drop_all(struct pg *pg)
{
    list_splice(&pg->failed, &pg->in_flight);
    for (struct list_node *node = list_pop(&pg->failed); node != NULL; node = list_pop(&pg->failed))
        free_group(list_entry(node, struct pg_group, node));
}
