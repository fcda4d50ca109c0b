/* test_projections_queries: pages of every view, cursors, and what a query is told when the database is away
 * or went back. Needs a database, see projections_world.h. */
#include "projections_world.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/frame.h"

struct answer {
    bool came;
    enum err err;
    uint32_t count;
    uint64_t position;
    uint8_t next[256];
    size_t next_size;
    uint64_t rows; /* over all pages */
};

static void on_answer(void *ctx, enum err err, const struct view_page *page)
{
    struct answer *answer = ctx;
    answer->came = true;
    answer->err = err;
    if (err != ERR_OK)
        return;
    size_t size;
    assert_int_equal(wire_scan(page->rows, 8, 100000, &size), ERROR_NONE);
    assert_int_equal(size, page->rows.size);
    answer->count = page->count;
    answer->rows += page->count;
    answer->position = page->position;
    answer->next_size = page->next.size;
    assert_true(page->next.size <= sizeof answer->next);
    if (page->next.size > 0)
        memcpy(answer->next, page->next.data, page->next.size);
}

static void ask(const struct view_query *query, struct answer *answer)
{
    answer->came = false;
    projection_query(nodes[0].projector, query, on_answer, answer);
    assert_false(answer->came);
    until(answer->came);
}

/* Rows of a view of a player, page by page. */
static uint64_t count_rows(struct view_query query, uint32_t limit)
{
    struct answer answer = {0};
    query.limit = limit;
    do {
        query.after = slice_of(answer.next, answer.next_size);
        ask(&query, &answer);
        assert_int_equal(answer.err, ERR_OK);
        assert_true(answer.count <= limit && answer.position == fake_log.count);
    } while (answer.next_size > 0);
    return answer.rows;
}

static void every_view_is_paged_without_gaps(void **state)
{
    (void)state;
    fake_log_append(2000, 14);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    for (int v = 0; v < SCHEMA_VIEW_COUNT; v++) {
        const struct view_desc *view = &schema_views[v];
        struct view_query query = {.view = (enum view)view->number};
        char statement[200];
        snprintf(statement, sizeof statement, "select count(*) from %s where not deleted", view->table);
        uint64_t live = strtoull(sql(statement), NULL, 10), found = 0, found_small = 0;
        for (uint8_t player = 0; player < (view->audience == AUDIENCE_OWN ? 8 : 1); player++) {
            query.player = (struct uuid){{player, 0xab}};
            found += count_rows(query, 500);
            found_small += count_rows(query, 3);
        }
        assert_int_equal(found, live);
        assert_int_equal(found_small, live);
        snprintf(statement, sizeof statement, "select count(*) from %s where position > 1500", view->table);
        uint64_t newer = strtoull(sql(statement), NULL, 10);
        found = 0;
        query.newer_than = 1500; /* tombstones too */
        for (uint8_t player = 0; player < (view->audience == AUDIENCE_OWN ? 8 : 1); player++) {
            query.player = (struct uuid){{player, 0xab}};
            found += count_rows(query, 7);
        }
        assert_int_equal(found, newer);
    }
}

static void foreign_cursors_are_malformed(void **state)
{
    (void)state;
    fake_log_append(100, 15);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    static const struct {
        enum view view;
        const char *bytes;
        size_t size;
    } cursors[] = {
        {VIEW_CHARACTER, "x", 1},
        {VIEW_CHARACTER, "\x92\xa1x\xa1y", 5 /* more than its key: let through as trailing values are */},
        {VIEW_CHARACTER, "\x91\xa1x\x00", 4},
        {VIEW_CHARACTER, "\x91\x05", 2},
        {VIEW_WALLET, "\x91\xa1x", 3},
        {VIEW_TEAM, "\x91\xa1x", 3},
        {VIEW_ODDS, "\x91\xa1x", 3},
    };
    struct answer there = {.err = ERR_AWAY}; /* the query connections come up by themselves */
    while (there.err == ERR_AWAY) {
        there = (struct answer){0};
        ask(&(struct view_query){.view = VIEW_CHARACTER, .limit = 1}, &there);
    }
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        struct answer answer = {0};
        struct view_query query = {
            .view = cursors[i].view, .limit = 10, .after = slice_of(cursors[i].bytes, cursors[i].size)};
        ask(&query, &answer);
        assert_int_equal(answer.err, i == 1 ? ERR_OK : ERR_MALFORMED);
    }
    uint8_t long_cursor[300] = {0};
    struct answer answer = {0};
    struct view_query query = {
        .view = VIEW_TEAM, .limit = 10, .after = slice_of(long_cursor, sizeof long_cursor)};
    ask(&query, &answer);
    assert_int_equal(answer.err, ERR_MALFORMED);
}

static void a_query_waits_for_a_database_that_went_back(void **state)
{
    (void)state;
    fake_log_append(200, 16);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 200);
    fake_log.away = true; /* it cannot be filled yet */
    sql("update projections set position = 100, chain = null");
    struct answer answer = {0};
    struct view_query query = {.view = VIEW_PACK, .limit = 10};
    cut_connections();
    until(projector_position(nodes[0].projector) == 200 || projector_position(nodes[0].projector) == 100);
    until(projector_counters(nodes[0].projector)->reconnects > 0);
    projection_query(nodes[0].projector, &query, on_answer, &answer);
    fake_log.away = false;
    until(answer.came);
    if (answer.err == ERR_OK) /* or the connection was not back yet */
        assert_int_equal(answer.position, 200);
    else
        assert_int_equal(answer.err, ERR_AWAY);
}

/* The projector looks at the generation once a second, on a connection that queries use. */
static void queries_and_the_look_at_the_generation_share_a_connection(void **state)
{
    (void)state;
    fake_log_append(20, 18);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    uint64_t since = loop_mono_ms(loop), answers = 0;
    while (loop_mono_ms(loop) - since < 2500) { /* two looks, wherever they fall */
        struct answer answer = {0};
        ask(&(struct view_query){.view = VIEW_PACK, .limit = 10}, &answer);
        assert_int_equal(answer.err, ERR_OK);
        answers++;
    }
    assert_true(answers > 10);
}

static void queries_say_away_without_a_database(void **state)
{
    (void)state;
    fake_log_append(10, 17);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    sql("drop table packs cascade");
    struct answer answer = {0};
    ask(&(struct view_query){.view = VIEW_PACK, .limit = 10}, &answer);
    assert_int_equal(answer.err, ERR_AWAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_view_is_paged_without_gaps),
        TEST(foreign_cursors_are_malformed),
        TEST(a_query_waits_for_a_database_that_went_back),
        TEST(queries_and_the_look_at_the_generation_share_a_connection),
        TEST(queries_say_away_without_a_database),
    };
    return world_main(tests, sizeof tests / sizeof *tests);
}
