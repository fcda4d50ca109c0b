/* notify: which session is told what, in which order, with which marks; the trace of messages is the
 * assertion.
 *
 * The sessions, the projections' queries, the timers and the clock are fakes, defined here in the place of
 * the library's: a session takes messages until its room is used up, a query is answered when the test says
 * so, and time moves when the test moves it. A message reads as own 12 wallet@12 item@12,     (audience,
 * mark, rows; -team@7 is a tombstone; mark 0: more follows) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/check.h"
#include "base/list.h"
#include "gen/c/schema.h"
#include "helper_wire.h"
#include "notify/notify.h"
#include "wire/frame.h"
#include "wire/token.h"

/* ---- fakes: sessions ---- */

struct outgoing {
    int references;
    struct buf bytes;
};
static int outgoing_alive, outgoing_made;

struct session {
    uint64_t id;
    struct principal principal;
    void *slot;
    int room; /* messages it takes before it refuses */
    bool refused, closing;
    char trace[8192];
};

struct outgoing *outgoing_new(struct slice bytes)
{
    struct outgoing *outgoing = calloc(1, sizeof *outgoing);
    check(outgoing != NULL);
    outgoing->references = 1;
    buf_init(&outgoing->bytes, 1u << 26);
    check(buf_append(&outgoing->bytes, bytes.data, bytes.size) == ERR_OK);
    outgoing_alive++;
    outgoing_made++;
    return outgoing;
}

void outgoing_ref(struct outgoing *outgoing)
{
    outgoing->references++;
}

void outgoing_unref(struct outgoing *outgoing)
{
    if (outgoing == NULL || --outgoing->references > 0)
        return;
    buf_release(&outgoing->bytes);
    free(outgoing);
    outgoing_alive--;
}

static void trace_message(struct session *session, struct slice bytes);

enum err session_feed(struct session *session, struct outgoing *outgoing)
{
    if (session->closing)
        return ERR_AWAY;
    if (session->room == 0) {
        session->refused = true;
        return ERR_FULL;
    }
    session->room--;
    trace_message(session, buf_slice(&outgoing->bytes));
    return ERR_OK;
}

uint64_t session_id(const struct session *session)
{
    return session->id;
}
void *session_get(const struct session *session, enum session_slot slot)
{
    check(slot == SESSION_SLOT_NOTIFY);
    return session->slot;
}
void session_set(struct session *session, enum session_slot slot, void *value)
{
    check(slot == SESSION_SLOT_NOTIFY);
    session->slot = value;
}
struct principal *session_principal(struct session *session)
{
    return &session->principal;
}
bool session_closing(const struct session *session)
{
    return session->closing;
}
void session_close(struct session *session, enum close_code code)
{
    (void)code;
    session->closing = true;
}

/* ---- fakes: time ---- */

static uint64_t now_ms;
static struct loop_timer *timers[8]; /* running */

uint64_t loop_mono_ms(struct loop *loop)
{
    (void)loop;
    return now_ms;
}
void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *ctx), void *ctx)
{
    *timer = (struct loop_timer){.loop = loop, .function = function, .ctx = ctx};
}
bool loop_timer_running(const struct loop_timer *timer)
{
    for (int i = 0; i < 8; i++)
        if (timers[i] == timer)
            return true;
    return false;
}
void loop_timer_stop(struct loop_timer *timer)
{
    for (int i = 0; i < 8; i++)
        if (timers[i] == timer)
            timers[i] = NULL;
}
void loop_timer_start(struct loop_timer *timer, uint64_t after_ms)
{
    loop_timer_stop(timer);
    timer->timer.at = (double)(now_ms + after_ms);
    for (int i = 0; i < 8; i++)
        if (timers[i] == NULL) {
            timers[i] = timer;
            return;
        }
    check(!"room for a timer");
}

static void advance(uint64_t ms)
{
    for (uint64_t end = now_ms + ms; now_ms <= end; now_ms++)
        for (int i = 0; i < 8; i++)
            if (timers[i] != NULL && timers[i]->timer.at <= (double)now_ms) {
                struct loop_timer *due = timers[i];
                timers[i] = NULL;
                due->function(due->ctx);
            }
    now_ms--;
}

/* ---- fakes: the projections: a table of rows, and queries that wait for answer() ---- */

static struct row table[4096];
static uint32_t table_count;
static uint64_t table_position, table_generation;
static struct arena scratch;

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
static struct query queries[1024];
static uint32_t query_first, query_count;

uint64_t projector_position(const struct projector *projector)
{
    (void)projector;
    return table_position;
}

uint64_t projector_generation(const struct projector *projector)
{
    (void)projector;
    return table_generation;
}

void projection_query_many(struct projector *projector, const struct view_query *views, uint32_t count,
                           view_done done, void *ctx)
{
    (void)projector;
    check(query_count - query_first < 1024 && views[0].after.size <= 8 && count <= VIEW_QUERIES_MAX);
    struct query *pending = &queries[query_count++ % 1024];
    memset(pending, 0, sizeof *pending);
    memcpy(pending->queries, views, count * sizeof *views);
    pending->count = count;
    pending->done = done;
    pending->ctx = ctx;
    if (views[0].after.size > 0)
        memcpy(pending->after, views[0].after.data, views[0].after.size);
}

static bool matches(const struct view_query *query, const struct row *row)
{
    bool since = query->newer_than > 0 || query->with_deleted;
    if (row->view != query->view || (since ? row->position <= query->newer_than : row->deleted))
        return false;
    return schema_view((int)row->view)->audience == AUDIENCE_PUBLIC ||
           memcmp(row_payload(row), query->player.bytes, 16) == 0;
}

/* The rows of one view from the table as it is now. */
static void encode_view(struct query *pending, uint32_t number)
{
    const struct view_query *query = &pending->queries[number];
    struct buf encoded;
    uint32_t from = 0, count = 0;
    if (number == 0)
        memcpy(&from, pending->after, sizeof from);
    buf_init(&pending->rows[number], 1u << 24);
    buf_init(&encoded, 1u << 24);
    for (uint32_t i = from; i < table_count && pending->next[number] == 0; i++) {
        if (!matches(query, &table[i]))
            continue;
        if (count == query->limit)
            pending->next[number] = i;
        else
            check(frame_row(&encoded, &table[i]) == ERR_OK && ++count < 65536);
    }
    const uint8_t head[3] = {0xdc, (uint8_t)(count >> 8), (uint8_t)count};
    check(buf_append(&pending->rows[number], head, 3) == ERR_OK &&
          buf_append(&pending->rows[number], encoded.data, encoded.size) == ERR_OK);
    buf_release(&encoded);
    pending->pages[number] =
        (struct view_page){.rows = buf_slice(&pending->rows[number]),
                           .count = count,
                           .next = slice_of(&pending->next[number], pending->next[number] == 0 ? 0 : 4),
                           .position = number == 0 ? table_position : pending->pages[0].position,
                           .generation = number == 0 ? table_generation : pending->pages[0].generation};
}

/* A step of the oldest query; with the last one, or a failure, it is answered. */
static void answer_one(enum err err)
{
    check(query_first < query_count);
    struct query *pending = &queries[query_first % 1024];
    if (err == ERR_OK)
        encode_view(pending, pending->answered++);
    if (err == ERR_OK && pending->answered < pending->count)
        return;
    query_first++;
    pending->done(pending->ctx, err, err == ERR_OK ? pending->pages : NULL);
    for (uint32_t i = 0; i < pending->answered; i++)
        buf_release(&pending->rows[i]);
}

static void answer_group(void)
{
    for (uint32_t group = query_first; query_first == group;)
        answer_one(ERR_OK);
}

static void answer_all(void)
{
    while (query_first < query_count)
        answer_one(ERR_OK);
}

/* ---- the trace ---- */

static void put(struct session *session, const char *format, ...)
{
    size_t length = strlen(session->trace);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(session->trace + length, sizeof session->trace - length, format, arguments);
    va_end(arguments);
}

static struct wire_token token(struct slice *bytes)
{
    struct wire_token found;
    check(wire_token_read(*bytes, &found));
    *bytes = wire_token_after(*bytes, found.length);
    return found;
}

static void trace_rows(struct session *session, uint16_t view, struct slice bytes)
{
    uint64_t count = token(&bytes).count;
    for (uint64_t i = 0; i < count; i++) {
        struct slice row = bytes;
        size_t size;
        check(wire_token_skip(bytes, &size));
        bytes = wire_token_after(bytes, size);
        token(&row);
        uint64_t position = token(&row).number;
        bool deleted = token(&row).number != 0;
        put(session, " %s%s@%u", deleted ? "-" : "", schema_view(view)->name, (unsigned)position);
    }
}

static void trace_message(struct session *session, struct slice bytes)
{
    struct message_changed message;
    struct wire_fault fault;
    check(token(&bytes).count == 3 && token(&bytes).number == 0 && token(&bytes).number == MESSAGE_CHANGED);
    if (!codec_decode(&type_message_changed, bytes, &scratch, &message, &fault))
        fail_msg("%s", fault.where);
    put(session, "%s%s %u", session->trace[0] == '\0' ? "" : ", ",
        message.audience == AUDIENCE_OWN ? "own" : "public", (unsigned)message.mark);
    for (uint32_t i = 0; i < message.changes.count; i++)
        trace_rows(session, message.changes.items[i].view, message.changes.items[i].rows);
    arena_reset(&scratch);
}

/* What the session was told since the last time. */
#define told(session, expected)                                                                              \
    do {                                                                                                     \
        assert_string_equal((session)->trace, expected);                                                     \
        (session)->trace[0] = '\0';                                                                          \
    } while (0)

/* ---- the world ---- */

static struct notify *notify;
static struct session sessions[64];

static int setup(void **state)
{
    (void)state;
    now_ms = 100000;
    table_count = query_first = query_count = 0;
    table_position = 10;
    table_generation = 7;
    outgoing_made = 0;
    memset(timers, 0, sizeof timers);
    memset(sessions, 0, sizeof sessions);
    arena_init(&scratch, 4096, 1u << 24);
    for (uint64_t i = 0; i < 64; i++) {
        sessions[i].id = i + 1;
        sessions[i].room = 1000;
        sessions[i].principal.subject = (struct uuid){{(uint8_t)(i / 2 + 1)}}; /* two sockets a player */
    }
    notify = notify_new(NULL, NULL);
    assert_non_null(notify);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    notify_free(notify);
    for (; query_first < query_count; query_first++) /* half answered */
        for (uint32_t i = 0; i < queries[query_first % 1024].answered; i++)
            buf_release(&queries[query_first % 1024].rows[i]);
    arena_release(&scratch);
    assert_int_equal(outgoing_alive, 0);
    return 0;
}

static struct row wallet(uint8_t player, uint64_t free)
{
    return (struct row){.view = VIEW_WALLET, .wallet = {{{player}}, free, 0}};
}
static struct row item(uint8_t player, const char *name)
{
    return (struct row){.view = VIEW_ITEM, .item = {{{player}}, slug_of(name), 1}};
}
static struct row team(uint8_t player, uint32_t number, bool deleted)
{
    return (struct row){
        .view = VIEW_TEAM, .deleted = deleted, .team = {.player = {{player}}, .team = number}};
}
static struct row stock(const char *pack, uint64_t remaining)
{
    return (struct row){.view = VIEW_STOCK, .stock = {slug_of(pack), true, remaining}};
}

/* Puts rows into the table, over older ones of the same key (here: the same first 48 bytes). */
static void store(struct row *rows, uint32_t count, uint64_t position)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t key = rows[i].view == VIEW_WALLET ? 16 : rows[i].view == VIEW_STOCK ? 32 : 20;
        uint32_t at = 0;
        rows[i].position = position;
        while (at < table_count && (table[at].view != rows[i].view ||
                                    memcmp(row_payload(&table[at]), row_payload(&rows[i]), key) != 0))
            at++;
        if (at == table_count)
            table_count++;
        table[at] = rows[i];
    }
    table_position = position;
}

static void announce(struct row *rows, uint32_t count, uint64_t position)
{
    struct projected projected = {
        .position = position, .own_mark = position, .public_mark = position, .rows = rows, .count = count};
    notify_projected(notify, &projected);
}

/* A batch is committed and told. */
#define batch(at, ...)                                                                                       \
    do {                                                                                                     \
        struct row batch_rows[] = {__VA_ARGS__};                                                             \
        store(batch_rows, sizeof batch_rows / sizeof *batch_rows, at);                                       \
        announce(batch_rows, sizeof batch_rows / sizeof *batch_rows, at);                                    \
    } while (0)

static void follow(struct session *session, uint64_t own, uint64_t public_mark)
{
    struct follow_from from = {own == 0, public_mark == 0, own, public_mark};
    notify_follow(notify, session, &from);
}

/* Follows, is caught up, and forgets what was told so far. */
static void live(struct session *session)
{
    follow(session, 0, 0);
    answer_all();
    session->trace[0] = '\0';
    uint64_t own, public_mark;
    notify_marks(notify, session, &own, &public_mark);
    assert_int_equal(own, table_position);
}

/* ---- catching up ---- */

/* Ten thousand at once are one question about the public rows. */
static void who_asks_the_same_gets_the_same_public_rows(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), stock("x", 9), stock("y", 1));
    live(&sessions[0]);
    uint32_t asked = query_count;
    int made = outgoing_made;
    for (int i = 1; i < 8; i++)
        follow(&sessions[i], 0, 0);
    answer_all();
    assert_int_equal(query_count - asked, 7); /* one each, for its own rows */
    assert_int_equal(outgoing_made - made, 7);
    told(&sessions[1], "own 11 wallet@11, public 11 stock@11 stock@11");
    told(&sessions[7], "own 11, public 11 stock@11 stock@11");
    batch(12, stock("x", 8)); /* not the same any more */
    sessions[8].room = 1;
    follow(&sessions[8], 0, 0);
    answer_all();
    told(&sessions[8], "own 12");
    notify_drained(notify, &sessions[8]);
    sessions[8].room = 10;
    answer_all();
    told(&sessions[8], "public 12 stock@12 stock@11");
}

static void a_snapshot_that_does_not_fit_is_gone_on_with(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "pack-%d", i);
        struct row row = stock(name, 1);
        store(&row, 1, 11);
    }
    follow(&sessions[0], 0, 0);
    answer_all();
    char whole[8192];
    snprintf(whole, sizeof whole, "%s", sessions[0].trace);
    uint32_t asked = query_count;
    follow(&sessions[1], 0, 0);
    answer_all();
    assert_int_equal(query_count - asked, 1);
    assert_string_equal(sessions[1].trace, whole);
    sessions[2].room = 2; /* its own rows and the first public message */
    follow(&sessions[2], 0, 0);
    answer_all();
    sessions[2].room = 100;
    notify_drained(notify, &sessions[2]);
    answer_all();
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[2], &own, &public_mark);
    assert_int_equal(public_mark, 11);
}

static void a_first_follow_gets_everything_and_then_the_marks(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"), team(1, 1, true), wallet(2, 6));
    batch(12, stock("x", 9));
    uint64_t own, public_mark;
    follow(&sessions[0], 0, 0);
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own + public_mark, 0); /* nothing yet */
    answer_all();
    told(&sessions[0], "own 12 wallet@11 item@11 -team@11, public 12 stock@12");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 12);
    assert_int_equal(public_mark, 12);
}

static void who_comes_back_gets_what_is_newer_tombstones_too(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"), team(1, 1, false));
    batch(20, team(1, 1, true), stock("x", 9));
    batch(25, wallet(2, 1));
    follow(&sessions[0], 11, 20);
    answer_all();
    told(&sessions[0], "own 25 -team@20, public 25");
}

static void an_empty_catch_up_still_tells_its_mark(void **state)
{
    (void)state;
    follow(&sessions[0], 10, 10);
    answer_all();
    told(&sessions[0], "own 10, public 10");
}

static void the_mark_is_the_checkpoint_before_the_first_row(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK); /* players, at 11 */
    batch(15, wallet(1, 7));
    answer_all();
    /* the live row went out at once, without a mark; the pass tells 11 although its wallet is of 15 */
    told(&sessions[0], "own 0 wallet@15, own 11 wallet@15 item@11, public 15");
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 15); /* live since: everything up to 15 was queued */
}

static void pages_are_packed_and_large_ones_split(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 1000; i++) {
        struct row row = team(1, i, false);
        char name[] = "a name of some forty bytes, as they come";
        row.team.name = slice_text(name);
        store(&row, 1, 11);
        table[table_count - 1].team.name = slice_text("a name of some forty bytes, as they come");
    }
    follow(&sessions[0], 0, 0);
    answer_all();
    unsigned rows = 0, messages = 0;
    for (const char *at = sessions[0].trace; (at = strstr(at, "team@11")) != NULL; at++)
        rows++;
    for (const char *at = sessions[0].trace; (at = strstr(at, "own ")) != NULL; at++)
        messages++;
    assert_in_range(messages, 2, 4);
    assert_true(rows > 500); /* as far as the trace reaches */
    assert_int_equal(strncmp(sessions[0].trace, "own 0 team@11", 13), 0);
}

static void a_failed_query_is_asked_again_later(void **state)
{
    (void)state;
    batch(11, wallet(1, 5));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_AWAY);
    assert_int_equal(query_first, query_count); /* not at once */
    advance(600);
    answer_all();
    told(&sessions[0], "own 11 wallet@11, public 11");
}

static void a_session_that_goes_away_is_dropped_safely(void **state)
{
    (void)state;
    follow(&sessions[0], 0, 0);
    follow(&sessions[1], 0, 0);
    notify_forget(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "");
    told(&sessions[1], "own 10, public 10");
}

/* It takes nothing more, and may take long to go: nobody else waits for that. */
static void a_session_that_closes_holds_up_nobody(void **state)
{
    (void)state;
    follow(&sessions[0], 0, 0);
    sessions[0].closing = true;
    answer_all();
    sessions[2].closing = true;
    follow(&sessions[2], 0, 0);
    assert_int_equal(query_first, query_count); /* not even asked for */
    follow(&sessions[4], 10, 10);
    answer_all();
    told(&sessions[0], "");
    told(&sessions[4], "own 10, public 10");
}

static void following_again_starts_over(void **state)
{
    (void)state;
    batch(11, wallet(1, 5));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK);
    follow(&sessions[0], 10, 10);
    answer_all();
    told(&sessions[0], "own 11 wallet@11, public 11");
}

static void catch_ups_run_a_few_at_a_time_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 64; i++)
        follow(&sessions[i], 10, 10);
    assert_int_equal(query_count, 32);
    notify_forget(notify, &sessions[40]); /* one in the queue, one that runs */
    notify_forget(notify, &sessions[3]);
    answer_all();
    for (int i = 0; i < 64; i++)
        told(&sessions[i], i == 40 || i == 3 ? "" : "own 10, public 10");
}

/* ---- live rows ---- */

static void own_rows_go_to_the_sockets_of_their_player_at_once(void **state)
{
    (void)state;
    live(&sessions[0]);
    live(&sessions[1]);
    live(&sessions[2]);
    outgoing_made = 0;
    batch(12, item(1, "a"), wallet(2, 3), wallet(1, 2), item(1, "b"), wallet(9, 1));
    told(&sessions[0], "own 12 wallet@12 item@12 item@12");
    told(&sessions[1], "own 12 wallet@12 item@12 item@12");
    told(&sessions[2], "own 12 wallet@12");
    assert_int_equal(outgoing_made, 2); /* once a player */
    uint64_t own, public_mark;
    batch(13, wallet(9, 2));
    told(&sessions[0], "");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 13); /* nothing of it for this player: the tick will say so */
    assert_int_equal(public_mark, 13);
}

static void rows_that_are_not_pushed_stay(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(12, {.view = VIEW_OPENING, .opening = {.player = {{1}}, .opening = 1}});
    told(&sessions[0], "");
}

static void many_rows_make_several_messages_and_the_last_has_the_mark(void **state)
{
    (void)state;
    static struct row rows[1200];
    live(&sessions[0]);
    for (uint32_t i = 0; i < 1200; i++) {
        rows[i] = team(1, i, false);
        rows[i].position = 12;
    }
    sessions[0].trace[0] = '\0';
    announce(rows, 1200, 12);
    assert_int_equal(strncmp(sessions[0].trace, "own 0 team@12", 13), 0);
    assert_int_equal(sessions[0].room, 1000 - 2 - 3);
}

static void public_rows_are_conflated(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, stock("x", 99));
    advance(1);
    told(&sessions[0], "public 11 stock@11"); /* the first after a quiet time leaves at once */
    for (uint64_t position = 12; position < 40; position++)
        batch(position, stock(position % 2 == 0 ? "x" : "y", position));
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 39);
    assert_int_equal(public_mark, 11); /* what waits is not told yet */
    advance(200);
    told(&sessions[0], "");
    advance(60);
    told(&sessions[0], "public 39 stock@38 stock@39");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(public_mark, 39);
}

static void public_rows_leave_at_most_four_times_a_second(void **state)
{
    (void)state;
    live(&sessions[0]);
    outgoing_made = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        batch(11 + i, stock("x", i));
        advance(0);
        now_ms++;
        sessions[0].trace[0] = '\0';
    }
    assert_in_range(outgoing_made, 11, 13); /* three seconds */
}

/* ---- slow readers ---- */

static void a_slow_reader_is_caught_up_from_what_it_surely_has(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, wallet(1, 1));
    sessions[0].room = 0;
    sessions[0].trace[0] = '\0';
    for (uint64_t position = 12; position < 100; position++)
        batch(position, wallet(1, position), item(1, "a"));
    assert_true(sessions[0].refused);
    assert_int_equal(query_first, query_count); /* nothing is asked while its queue is full */
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 0);
    sessions[0].room = 10;
    notify_drained(notify, &sessions[0]);
    assert_int_equal(queries[query_first % 1024].queries[0].newer_than, 11);
    answer_all();
    told(&sessions[0], "own 99 wallet@99 item@99");
    batch(100, wallet(1, 5));
    told(&sessions[0], "own 100 wallet@100");
}

static void a_slow_reader_of_public_rows_is_caught_up_too(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, stock("x", 1));
    advance(1);
    sessions[0].room = 0;
    sessions[0].trace[0] = '\0';
    batch(12, stock("x", 2));
    advance(300);
    batch(13, stock("y", 2));
    advance(300);
    sessions[0].room = 10;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "public 13 stock@12 stock@13");
}

static void a_full_queue_in_a_catch_up_pauses_it(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    sessions[0].room = 0;
    follow(&sessions[0], 0, 0);
    answer_all();
    told(&sessions[0], "");
    sessions[0].room = 1;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "own 11 wallet@11 item@11");
    sessions[0].room = 1;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "public 11");
}

static void a_live_row_missed_in_a_catch_up_makes_another_pass(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK);
    answer_one(ERR_OK); /* players and proofs were read, wallets not yet... */
    answer_one(ERR_OK); /* ...now they are */
    sessions[0].room = 0;
    batch(15, wallet(1, 7)); /* does not fit: the pass has the wallet of 11 */
    sessions[0].room = 10;
    answer_all();
    told(&sessions[0], "own 11 wallet@11 item@11, own 15 wallet@15, public 15");
}

/* Whatever happens, a client that applies what it is told has what the table has, and its mark is never a
 * lie. */
struct replica {
    uint64_t wallet_position, mark;
};

static void apply(struct session *session, struct replica *replica)
{
    for (char *at = strtok(session->trace, ","); at != NULL; at = strtok(NULL, ",")) {
        unsigned mark, position;
        char *row = strstr(at, "wallet@");
        if (row != NULL && sscanf(row, "wallet@%u", &position) == 1 && position > replica->wallet_position)
            replica->wallet_position = position;
        if (sscanf(at, " own %u", &mark) == 1 && mark != 0)
            replica->mark = mark;
        assert_true(replica->wallet_position >=
                    (replica->mark & ~UINT64_C(1))); /* even positions change it */
    }
    session->trace[0] = '\0';
}

static void any_order_of_steps_ends_with_the_same_replica(void **state)
{
    (void)state;
    struct wire_random random = {wire_random_seed()};
    for (int round = 0; round < 300; round++) {
        struct session *session = &sessions[0];
        struct replica replica = {0};
        table_count = 0;
        uint64_t position = (table_position + 4) & ~UINT64_C(1);
        batch(position, wallet(1, position));
        session->room = 3;
        follow(session, 0, 0);
        for (int step = 0; step < 60; step++) {
            switch (wire_random_below(&random, 6)) {
            case 0:
            case 1:
                position++;
                if (position % 2 == 0)
                    batch(position, wallet(1, position));
                else
                    batch(position, item(1, "a"), stock("x", position));
                break;
            case 2:
                if (query_first < query_count)
                    answer_one(wire_random_below(&random, 5) == 0 ? ERR_AWAY : ERR_OK);
                break;
            case 3:
                session->room = (int)wire_random_below(&random, 3);
                break;
            case 4:
                session->room += 2;
                if (session->refused) {
                    session->refused = false;
                    notify_drained(notify, session);
                }
                break;
            case 5:
                advance(wire_random_below(&random, 400));
                break;
            }
            apply(session, &replica);
        }
        for (int i = 0; i < 5; i++) { /* quiet: it drains, and what was asked is answered */
            session->room = 1000;
            session->refused = false;
            notify_drained(notify, session);
            answer_all();
            advance(600);
        }
        apply(session, &replica);
        uint64_t own, public_mark;
        notify_marks(notify, session, &own, &public_mark);
        assert_int_equal(own, position);
        assert_int_equal(public_mark, position);
        assert_int_equal(replica.wallet_position, position & ~UINT64_C(1));
        notify_forget(notify, session);
        answer_all();
        query_first = query_count = 0;
    }
}

static void tables_made_anew_send_everyone_back(void **state)
{
    (void)state;
    live(&sessions[0]);
    follow(&sessions[2], 0, 0);
    batch(11, wallet(1, 1), stock("x", 1)); /* the public rows are asked for, too */
    assert_false(sessions[0].closing || sessions[2].closing);
    table_generation = 6; /* an answer that was on its way */
    answer_group();
    assert_false(sessions[0].closing || sessions[2].closing);
    table_generation = 8;
    answer_group();
    assert_true(sessions[0].closing && sessions[2].closing);
    notify_forget(notify, &sessions[0]);
    notify_forget(notify, &sessions[2]);
    live(&sessions[4]);
    batch(12, wallet(3, 1));
    assert_false(sessions[4].closing);
    table_generation = 9;
    batch(1, wallet(9, 1));
    assert_true(sessions[4].closing);
}

/* A page has told of new tables, and the database crashes back to before the switch: marks are told all the
 * same. */
static void a_switch_that_a_crash_undid(void **state)
{
    (void)state;
    live(&sessions[0]);
    table_generation = 8;
    follow(&sessions[2], 0, 0);
    answer_all();
    assert_true(sessions[0].closing && sessions[2].closing);
    notify_forget(notify, &sessions[0]);
    notify_forget(notify, &sessions[2]);
    table_generation = 7;
    struct projected back = {.anew = true, .position = 10, .own_mark = 10, .public_mark = 10};
    notify_projected(notify, &back);
    live(&sessions[4]);
    batch(12, wallet(1, 1));
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[4], &own, &public_mark);
    assert_int_equal(own, 12);
    assert_int_equal(public_mark, 12);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_first_follow_gets_everything_and_then_the_marks),
        TEST(who_asks_the_same_gets_the_same_public_rows),
        TEST(a_snapshot_that_does_not_fit_is_gone_on_with),
        TEST(who_comes_back_gets_what_is_newer_tombstones_too),
        TEST(an_empty_catch_up_still_tells_its_mark),
        TEST(the_mark_is_the_checkpoint_before_the_first_row),
        TEST(pages_are_packed_and_large_ones_split),
        TEST(a_failed_query_is_asked_again_later),
        TEST(a_session_that_goes_away_is_dropped_safely),
        TEST(a_session_that_closes_holds_up_nobody),
        TEST(following_again_starts_over),
        TEST(catch_ups_run_a_few_at_a_time_in_order),
        TEST(own_rows_go_to_the_sockets_of_their_player_at_once),
        TEST(rows_that_are_not_pushed_stay),
        TEST(many_rows_make_several_messages_and_the_last_has_the_mark),
        TEST(public_rows_are_conflated),
        TEST(public_rows_leave_at_most_four_times_a_second),
        TEST(a_slow_reader_is_caught_up_from_what_it_surely_has),
        TEST(a_slow_reader_of_public_rows_is_caught_up_too),
        TEST(a_full_queue_in_a_catch_up_pauses_it),
        TEST(a_live_row_missed_in_a_catch_up_makes_another_pass),
        TEST(any_order_of_steps_ends_with_the_same_replica),
        TEST(tables_made_anew_send_everyone_back),
        TEST(a_switch_that_a_crash_undid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
