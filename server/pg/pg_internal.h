/* pg_internal: what pg.c (a connection's life), pg_group.c (groups in its pipeline) and pg_dsn.c (settings to
 * connect with) share. */
#ifndef PG_PG_INTERNAL_H
#define PG_PG_INTERNAL_H

#include <libpq-fe.h>
#include "base/list.h"
#include "pg/pg.h"

#define PG_MAGIC 0x50674331u
#define PG_SETTINGS_MAX 48 /* keywords given to libpq */

/* Changed by set_state() in pg.c only. */
enum pg_state {
    PG_WAITING,    /* not connected; the timer starts the next attempt */
    PG_CONNECTING, /* an attempt is under way; the timer is its deadline */
    PG_READY,      /* connected, in pipeline mode */
    PG_CLOSED,     /* pg_close has begun */
};

/* What to connect with: parallel arrays as PQconnectStartParams takes them, ended by NULL. Owned. */
struct pg_settings {
    char *keywords[PG_SETTINGS_MAX + 1];
    char *values[PG_SETTINGS_MAX + 1];
    uint32_t count;
};

/* Parses, resolves and completes; false with words. Both accept a half-made object for release. */
bool pg_settings_init(struct pg_settings *settings, const struct pg_config *config, char ret_failure[200]);
void pg_settings_release(struct pg_settings *settings);
uint32_t pg_statement_timeout_ms(const struct pg_config *config);

/* A statement that this connection has seen. */
struct pg_slot {
    const struct pg_statement *statement;
    bool prepared; /* sent to be prepared on this connection, and not refused so far */
};

/* One group from pg_run to its callback. In `in_flight` or `failed` of its pg. */
struct pg_group {
    struct list_node node;
    pg_done done; /* NULL for the pg's own groups */
    void *ctx;
    uint64_t head_since_ms; /* when it became the oldest in flight */
    enum err err;
    char sqlstate[6];
    char message[240];
    uint32_t prepare_count,
        prepares_answered; /* a section with its own sync, so that a refused call cannot undo it */
    bool preparing;        /* that sync is still to come */
    uint32_t call_count, result_count;
    uint8_t prepares[PG_CALLS_MAX]; /* slot numbers */
    uint8_t calls[PG_CALLS_MAX];    /* slot numbers */
    PGresult *results[PG_CALLS_MAX];
};

struct pg {
    uint32_t magic;
    struct loop *loop;
    enum pg_state state;
    struct pg_settings settings;
    PGconn *connection; /* NULL in PG_WAITING */
    ev_io io;
    struct loop_timer timer;    /* back-off, or the deadline of an attempt */
    struct loop_timer answers;  /* runs while groups are in flight */
    struct loop_timer deliver;  /* runs while groups are in `failed`, or a loss is untold */
    struct list_node in_flight; /* struct pg_group, oldest first */
    struct list_node failed;    /* never sent, or lost; told by the deliver timer */
    uint32_t in_flight_count;
    struct pg_slot slots[PG_STATEMENTS_MAX];
    uint32_t slot_count;
    pg_on_state on_state;
    void (*on_notify)(void *ctx, const char *payload); /* NULL: none */
    void *ctx;
    bool told_ready;  /* on_state was told true, and no loss since */
    bool loss_untold; /* on_state is to be told false */
    bool in_callback;
    uint32_t answer_timeout_ms;
    uint32_t backoff_ms;
    uint64_t random;
    uint64_t connects;
    char failure[200];
    char differs[200]; /* the database is not of this release; "": nobody noticed */
};

/* pg.c: the connection is gone; everything in flight becomes ERR_LOST. Text is copied. */
void pg_lose(struct pg *pg, const char *failure);
/* pg.c: writes what libpq holds and waits for what is missing. */
void pg_flush(struct pg *pg);

/* pg_group.c: takes answers from libpq and completes groups; may run callbacks. Call when input was consumed.
 */
void pg_group_answers(struct pg *pg);
/* Tells the groups in `failed`. */
void pg_group_tell_failed(struct pg *pg);
/* All in flight become ERR_LOST and wait in `failed`. */
void pg_group_lose_all(struct pg *pg);
/* Forgets all groups without telling. */
void pg_group_drop_all(struct pg *pg);

#endif
