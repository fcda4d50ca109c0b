/* projections_world: projectors on a real PostgreSQL over a log in memory, for the tests of the projections.
 *
 * Needs PROJECTIONS_OWNER_DSN and PROJECTIONS_DSN of a database it may fill and empty; skipped (77) without.
 * After each story the tables must equal a fold of the log (same_as_log), and what was announced must have
 * been announced in order. */
#ifndef TESTS_PROJECTIONS_WORLD_H
#define TESTS_PROJECTIONS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include "fake_log.h"
#include "projection/projection.h"

extern const char *owner_dsn, *server_dsn;
extern struct loop *loop, *second_loop; /* a loop has room for one projector */
extern PGconn *owner, *server;

/* One projector and what it told. */
struct node {
    struct projector *projector;
    uint64_t told; /* position of the last announcement */
    uint64_t own_mark, public_mark;
    uint64_t wallet_told[8]; /* by player: position of the newest wallet row told */
    uint64_t went_back;      /* times a position was not higher than the one before */
    uint64_t rows;
};
extern struct node nodes[2];

/* On loop or, the second, on second_loop. */
void open_node(struct node *node);
void turn(void);
const char *sql(const char *statement);
void cut_connections(void);
void prepare(void);
void same_as_log(void);
void feed(struct node *node, uint64_t first, uint32_t count);
int setup(void **state);
int teardown(void **state);
struct projection_status status_of(const struct node *node, const char *name);
uint64_t fold_wallets(uint64_t position, uint64_t ret_newest[8]);

#define until(condition)                                                                                     \
    do {                                                                                                     \
        uint64_t start_ms = loop_mono_ms(loop);                                                              \
        while (!(condition)) {                                                                               \
            if (loop_mono_ms(loop) - start_ms > 60000)                                                       \
                fail_msg("not within a minute: %s", #condition);                                             \
            turn();                                                                                          \
        }                                                                                                    \
    } while (0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
/* Connects, runs the tests, and gives the exit status. */
int world_main(const struct CMUnitTest *tests, size_t count);

#endif
