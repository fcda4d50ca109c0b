/* verify: the log, read from its first row to its last and held against itself.
 *
 * The problem: the chain makes tampering evident only if somebody makes it again. This does, from the rows
 * and with code of its own, and finds the first batch that is not what was chained; behind it nothing can be
 * said, so it stops there. With lines that servers logged outside the database (`expected`), it also finds a
 * log whose tail was rewritten together with its chain.
 *
 * Looked at besides, as a database may be damaged without malice: batches follow one another (number, first,
 * time never back), every position is there once, a stream's versions follow one another and each stands
 * behind the one before, every stream's number is the hash of its kind and key, no command id is there twice,
 * and no event lies beyond the last batch.
 *
 * Two walks side by side, both by pages: batches in the order of the log, and for each the events it holds,
 * whose bytes go into its digest (described in eventstore_batch.c, made with other code here). So memory is
 * two pages, whatever the size of the log. Each page is a statement of its own: no snapshot is held that
 * would keep a live server's tables from being cleaned.
 *
 * What the chain does not cover: personal_keys (keys may be destroyed), snapshots (disposable), writers, and
 * `since` of a batch (it only saves look-ups). */
#include "eventstore/verify.h"
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include "pg/blocking.h"
#include <endian.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_BATCHES 2000
#define PAGE_EVENTS 2000
#define OPTIONS                                                                                              \
    "-c default_transaction_read_only=on -c enable_seqscan=off -c enable_hashjoin=off -c "                   \
    "enable_mergejoin=off"

/* Rows of a page and how far they were taken. */
struct page {
    PGresult *result;
    uint32_t at, rows;
};

struct verify {
    PGconn *connection;
    struct arena arena; /* of the statement being sent */
    struct page batches, events;
    uint64_t head_number, head_last;
    uint64_t number, last; /* of the last good batch */
    int64_t recorded_at_us;
    uint64_t position; /* of the last event taken */
    const struct verify_expected *expected;
    uint32_t expected_count;
    uint64_t matched; /* bits: which of `expected` were met */
    verify_progress progress;
    void *ctx;
    struct verify_report *report;
    char *failure;
};

struct batch_row {
    uint64_t number, first, last;
    int64_t writer, seq, recorded_at_us;
    struct slice chain;
};

static enum err read_head(struct verify *verify);
static enum err check_genesis(struct verify *verify);
static enum err next_batch(struct verify *verify, struct batch_row *ret_row, bool *ret_end);
static enum err check_batch(struct verify *verify, const struct batch_row *row);
static enum err check_events(struct verify *verify, const struct batch_row *row, struct sha256 *sha);
static enum err check_end(struct verify *verify);

enum err verify_log(const char *dsn, const struct verify_expected *expected, uint32_t expected_count,
                    verify_progress progress, void *ctx, struct verify_report *ret_report,
                    char ret_failure[400])
{
    struct verify verify = {.expected = expected,
                            .expected_count = expected_count,
                            .progress = progress,
                            .ctx = ctx,
                            .report = ret_report,
                            .failure = ret_failure};
    check(expected_count <= 64);
    memset(ret_report, 0, sizeof *ret_report);
    arena_init(&verify.arena, 4096, 1 << 20);
    enum err err = blocking_connect_reader(dsn, "gachapon verify", OPTIONS, &verify.connection, ret_failure);
    if (err == ERR_OK)
        err = read_head(&verify);
    if (err == ERR_OK)
        err = check_genesis(&verify);
    while (err == ERR_OK && !ret_report->broken && verify.number < verify.head_number) {
        struct batch_row row;
        bool end = false;
        err = next_batch(&verify, &row, &end);
        if (err == ERR_OK && !end)
            err = check_batch(&verify, &row);
        if (end)
            break;
    }
    PQclear(verify.batches.result);
    PQclear(verify.events.result);
    PQfinish(verify.connection);
    arena_release(&verify.arena);
    return err;
}

/* ---- talking to the database ---- */

/* Runs NAME.sql with the numbers given; ret_result is the caller's to clear. */
static enum err run(struct verify *verify, const char *name, const int64_t *numbers, int count,
                    PGresult **ret_result)
{
    struct pg_params params;
    arena_reset(&verify->arena);
    pg_params_init(&params, &verify->arena);
    for (int i = 0; i < count; i++)
        pg_param_i64(&params, numbers[i]);
    return blocking_run(verify->connection, name, &params, ret_result, verify->failure);
}

/* The next page in place of this one, which was taken whole. */
static enum err turn_page(struct verify *verify, struct page *page, const char *name, const int64_t *numbers,
                          int count)
{
    PQclear(page->result);
    *page = (struct page){0};
    enum err err = run(verify, name, numbers, count, &page->result);
    if (err == ERR_OK)
        page->rows = pg_rows(page->result);
    return err;
}

/* ---- judging ---- */

/* The first thing that is wrong. */
__attribute__((format(printf, 4, 5))) static enum err broken(struct verify *verify, uint64_t batch,
                                                             uint64_t position, const char *format, ...)
{
    struct verify_report *report = verify->report;
    check(!report->broken);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->what, sizeof report->what, format, arguments);
    va_end(arguments);
    report->broken = true;
    report->broken_batch = batch;
    report->broken_position = position;
    return ERR_OK;
}

static enum err read_head(struct verify *verify)
{
    PGresult *result;
    enum err err = run(verify, "verify_head", NULL, 0, &result);
    if (err != ERR_OK)
        return err;
    if (pg_rows(result) != 1) {
        PQclear(result);
        return broken(verify, 0, 0, "there is no batch at all");
    }
    verify->head_number = (uint64_t)pg_get_i64(result, 0, 0);
    verify->head_last = (uint64_t)pg_get_i64(result, 0, 1);
    uint64_t newest = (uint64_t)pg_get_i64(result, 0, 2);
    PQclear(result);
    if (newest > verify->head_last)
        return broken(verify, verify->head_number, verify->head_last + 1,
                      "events up to position %" PRIu64 " lie beyond the last batch", newest);
    return ERR_OK;
}

static void good(struct verify *verify, const struct batch_row *row)
{
    struct verify_report *report = verify->report;
    verify->number = row->number;
    verify->last = row->last;
    verify->recorded_at_us = row->recorded_at_us;
    report->batches++;
    report->events += row->last + 1 - row->first;
    report->position = row->last;
    memcpy(report->chain.bytes, row->chain.data, sizeof report->chain.bytes);
    for (uint32_t i = 0; i < verify->expected_count; i++)
        if (verify->expected[i].position == row->last &&
            memcmp(&verify->expected[i].chain, &report->chain, sizeof report->chain) == 0)
            verify->matched |= UINT64_C(1) << i;
}

/* Batch 0 is of nothing and chained to the epoch the log began with. */
static enum err check_genesis(struct verify *verify)
{
    PGresult *epochs = NULL;
    struct batch_row row = {0};
    bool end = false;
    if (verify->report->broken)
        return ERR_OK;
    verify->last = 0;
    enum err err =
        turn_page(verify, &verify->batches, "verify_batches", (const int64_t[]){-1, -1, PAGE_BATCHES}, 3);
    if (err == ERR_OK)
        err = run(verify, "verify_genesis", NULL, 0, &epochs);
    if (err == ERR_OK)
        err = next_batch(verify, &row, &end);
    if (err == ERR_OK && !verify->report->broken) {
        struct uuid epoch = pg_rows(epochs) == 1 ? pg_get_uuid(epochs, 0, 0) : (struct uuid){{0}};
        struct hash chain = sha256(slice_of(epoch.bytes, sizeof epoch.bytes));
        if (end || row.number != 0 || row.first != 1 || row.last != 0 ||
            !slice_equal(row.chain, slice_of(chain.bytes, sizeof chain.bytes)))
            err = broken(verify, 0, 0, "the log does not begin as one does");
        else
            good(verify, &row);
    }
    PQclear(epochs);
    return err;
}

static enum err next_batch(struct verify *verify, struct batch_row *ret_row, bool *ret_end)
{
    struct page *page = &verify->batches;
    if (page->at == page->rows) {
        enum err err =
            turn_page(verify, page, "verify_batches",
                      (const int64_t[]){(int64_t)verify->last, (int64_t)verify->number, PAGE_BATCHES}, 3);
        if (err != ERR_OK)
            return err;
        verify->progress(verify->ctx, verify->last, verify->head_last);
    }
    *ret_end = page->rows == 0;
    if (*ret_end)
        return broken(verify, verify->number + 1, verify->last + 1, "the batches end before the last one");
    uint32_t row = page->at++;
    *ret_row = (struct batch_row){.number = (uint64_t)pg_get_i64(page->result, row, 0),
                                  .first = (uint64_t)pg_get_i64(page->result, row, 1),
                                  .last = (uint64_t)pg_get_i64(page->result, row, 2),
                                  .writer = pg_get_i64(page->result, row, 3),
                                  .seq = pg_get_i64(page->result, row, 4),
                                  .recorded_at_us = pg_get_timestamp_us(page->result, row, 5),
                                  .chain = pg_get_slice(page->result, row, 6)};
    if (ret_row->chain.size != sizeof(struct hash))
        return broken(verify, ret_row->number, ret_row->first, "the batch's chain is no hash");
    return ERR_OK;
}

static void add_number(struct sha256 *sha, uint64_t value, size_t size)
{
    uint64_t big = htobe64(value);
    sha256_update(sha, (const uint8_t *)&big + sizeof big - size, size);
}

/* Whether the batch is the one that comes next. */
static enum err check_place(struct verify *verify, const struct batch_row *row)
{
    if (row->number != verify->number + 1)
        return broken(verify, verify->number + 1, verify->last + 1, "the batch is missing");
    if (row->first != verify->last + 1 || row->last + 1 < row->first)
        return broken(verify, row->number, verify->last + 1,
                      "the batch says it holds positions %" PRIu64 " to %" PRIu64, row->first, row->last);
    if (row->recorded_at_us < verify->recorded_at_us)
        return broken(verify, row->number, row->first, "the batch's time is before that of the one before");
    return ERR_OK;
}

/* Whether all lines that were logged up to the position reached were met. Several batches may end there. */
static enum err check_expected(struct verify *verify)
{
    for (uint32_t i = 0; i < verify->expected_count; i++)
        if (verify->expected[i].position <= verify->last && (verify->matched >> i & 1) == 0)
            return broken(verify, verify->number, verify->expected[i].position,
                          "the chain at this position is not the one that was logged");
    return ERR_OK;
}

static struct hash make_chain(const struct hash *before, const struct batch_row *row,
                              const struct hash *digest)
{
    const uint64_t numbers[] = {row->number,        row->first,
                                row->last,          (uint64_t)row->writer,
                                (uint64_t)row->seq, (uint64_t)(row->recorded_at_us - PG_EPOCH_OFFSET_US)};
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, before->bytes, sizeof before->bytes);
    if (row->last >= row->first)
        sha256_update(&sha, digest->bytes, sizeof digest->bytes);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&sha, numbers[i], 8);
    return sha256_final(&sha);
}

static enum err check_batch(struct verify *verify, const struct batch_row *row)
{
    struct verify_report *report = verify->report;
    struct sha256 sha;
    sha256_init(&sha);
    enum err err = report->broken ? ERR_OK : check_place(verify, row);
    if (err == ERR_OK && !report->broken && row->last > verify->last)
        err = check_expected(verify);
    if (err == ERR_OK && !report->broken)
        err = check_events(verify, row, &sha);
    if (err != ERR_OK || report->broken)
        return err;
    struct hash digest = sha256_final(&sha);
    struct hash chain = make_chain(&report->chain, row, &digest);
    if (!slice_equal(row->chain, slice_of(chain.bytes, sizeof chain.bytes)))
        return broken(verify, row->number, row->first,
                      "positions %" PRIu64 " to %" PRIu64 " or the batch itself are not what was chained",
                      row->first, row->last);
    good(verify, row);
    if (row->number < verify->head_number)
        return ERR_OK;
    return check_end(verify);
}

static enum err check_end(struct verify *verify)
{
    enum err err = check_expected(verify);
    for (uint32_t i = 0; i < verify->expected_count && !verify->report->broken; i++)
        if (verify->expected[i].position > verify->last)
            err =
                broken(verify, verify->number + 1, verify->last + 1,
                       "the log ends here, and once went to position %" PRIu64, verify->expected[i].position);
    return err;
}

/* ---- events ---- */

/* Command ids are there on a command's first event, and then all but causation and correlation. */
static bool command_is_whole(const PGresult *result, uint32_t row)
{
    bool first = !pg_is_null(result, row, 6);
    if (first)
        return !pg_is_null(result, row, 10);
    return pg_is_null(result, row, 7) && pg_is_null(result, row, 8) && pg_is_null(result, row, 9) &&
           pg_is_null(result, row, 10);
}

static bool stream_is_its_hash(const PGresult *result, uint32_t row)
{
    struct stream_ref ref;
    return !pg_is_null(result, row, 15) &&
           stream_parse(pg_get_i16(result, row, 15), pg_get_slice(result, row, 16), &ref) &&
           stream_number(ref) == (uint64_t)pg_get_i64(result, row, 1);
}

/* What is wrong with an event by itself; NULL for nothing. */
static const char *wrong_with(const PGresult *result, uint32_t row, const struct batch_row *batch)
{
    int64_t position = pg_get_i64(result, row, 0);
    int32_t version = pg_get_i32(result, row, 3);
    int64_t before = pg_get_i64(result, row, 12); /* 0: there is none */
    if (version < 1 || (version == 1 && before != 0) || (version > 1 && (before == 0 || before >= position)))
        return "the version does not follow the one before of its stream";
    if (pg_get_i64(result, row, 13) != 1)
        return "the version is there twice in its stream";
    if (pg_get_i64(result, row, 14) > 1)
        return "the command id is there twice";
    if (!stream_is_its_hash(result, row))
        return "the stream's number is not the hash of its kind and key";
    if (pg_get_timestamp_us(result, row, 2) != batch->recorded_at_us)
        return "the time is not that of its batch";
    if (!command_is_whole(result, row))
        return "the command's columns are not whole";
    return NULL;
}

static void add_bytes(struct sha256 *sha, const PGresult *result, uint32_t row, int column, size_t size)
{
    static const uint8_t none[16];
    struct slice bytes = pg_get_slice(result, row, column);
    if (bytes.data == NULL)
        bytes = slice_of(none, size);
    sha256_update(sha, bytes.data, bytes.size);
}

/* As eventstore_batch.c says, from the columns. */
static void add_event(struct sha256 *sha, const PGresult *result, uint32_t row)
{
    bool first = !pg_is_null(result, row, 6);
    struct slice data = pg_get_slice(result, row, 11);
    add_number(sha, (uint64_t)pg_get_i64(result, row, 1), 8);
    add_number(sha, (uint64_t)pg_get_i32(result, row, 3), 4);
    add_number(sha, (uint64_t)pg_get_i16(result, row, 4), 2);
    add_number(sha, (uint64_t)pg_get_i16(result, row, 5), 2);
    add_number(sha, first, 1);
    for (int column = 6; first && column <= 10; column++)
        add_bytes(sha, result, row, column, 16);
    add_number(sha, data.size, 4);
    sha256_update(sha, data.data, data.size);
}

/* Takes the batch's events off the pages, into its digest. */
static enum err check_events(struct verify *verify, const struct batch_row *row, struct sha256 *sha)
{
    struct page *page = &verify->events;
    while (verify->position < row->last) {
        if (page->at == page->rows) {
            enum err err = turn_page(verify, page, "verify_events",
                                     (const int64_t[]){(int64_t)verify->position, PAGE_EVENTS}, 2);
            if (err != ERR_OK)
                return err;
            verify->progress(verify->ctx, verify->position, verify->head_last);
        }
        uint64_t wanted = verify->position + 1;
        if (page->rows == 0 || (uint64_t)pg_get_i64(page->result, page->at, 0) != wanted)
            return broken(verify, row->number, wanted, "the event is missing");
        const char *wrong = wrong_with(page->result, page->at, row);
        if (wrong != NULL)
            return broken(verify, row->number, wanted, "%s", wrong);
        add_event(sha, page->result, page->at++);
        verify->position = wanted;
    }
    return ERR_OK;
}
