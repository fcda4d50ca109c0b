/* fake_notify: the world of the tests of notify. What each session was told is a text, its trace:
 *
 *     own 12 wallet@12 item@12,        audience, mark, rows; -team@7 is a tombstone; mark 0: more follows
 *
 * Everything here is the program's own and lives from `setup` to `teardown`. */
#ifndef TESTS_UNIT_FAKE_NOTIFY_H
#define TESTS_UNIT_FAKE_NOTIFY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "gen/c/schema.h"
#include "notify/notify.h"

struct session {
    uint64_t id;
    struct principal principal;
    void *slot;
    int room; /* messages it takes before it refuses */
    bool refused, closing;
    char trace[8192];
};

extern struct notify *notify;
extern struct session sessions[64]; /* two a player: 0 and 1 are player 1's, 2 and 3 player 2's */
extern int outgoing_made;           /* messages that were encoded */
extern uint64_t now_ms;
void advance(uint64_t ms); /* time passes, timers fire */

/* The projections: a table of rows, and queries that wait to be answered. */
extern struct row table[4096];
extern uint32_t table_count;
extern uint64_t table_position, table_generation;

/* A group of queries. Its position is taken with the first step, each view's rows with a step of their own.
 */
struct query {
    struct view_query queries[VIEW_QUERIES_MAX];
    uint32_t count, answered;
    uint8_t after[8];
    struct view_page pages[VIEW_QUERIES_MAX];
    struct buf rows[VIEW_QUERIES_MAX];
    uint32_t next[VIEW_QUERIES_MAX];
    view_done done;
    void *ctx;
};
extern struct query queries[1024]; /* a ring: number n is at n % 1024 */
extern uint32_t query_first, query_count;

void answer_one(
    enum err err); /* a step of the oldest query; with the last one, or a failure, it is answered */
void answer_group(void);
void answer_all(void);

int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

struct row wallet(uint8_t player, uint64_t free);
struct row item(uint8_t player, const char *name);
struct row team(uint8_t player, uint32_t number, bool deleted);
struct row stock(const char *pack, uint64_t remaining);

/* Puts rows into the table, over older ones of the same key. */
void store(struct row *rows, uint32_t count, uint64_t position);
/* Tells notify of rows at a position. */
void announce(struct row *rows, uint32_t count, uint64_t position);
void follow(struct session *session, uint64_t own, uint64_t public_mark);
/* Follows, is caught up, and forgets what was told so far. */
void live(struct session *session);

/* A batch is committed and told. */
#define batch(at, ...)                                                                                       \
    do {                                                                                                     \
        struct row batch_rows[] = {__VA_ARGS__};                                                             \
        store(batch_rows, sizeof batch_rows / sizeof *batch_rows, at);                                       \
        announce(batch_rows, sizeof batch_rows / sizeof *batch_rows, at);                                    \
    } while (0)

/* What the session was told since the last time. */
#define told(session, expected)                                                                              \
    do {                                                                                                     \
        assert_string_equal((session)->trace, expected);                                                     \
        (session)->trace[0] = '\0';                                                                          \
    } while (0)

#endif
