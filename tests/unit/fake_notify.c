/* fake_notify: what notify stands on, made by hand: sessions, timers, a clock, and the projections' queries.
 *
 * They are defined here in the place of the library's: a session takes messages until its room is used up, a
 * query is answered when the test says so, and time moves when the test moves it. */
#include "fake_notify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/list.h"
#include "wire/frame.h"
#include "wire/token.h"

/* ---- fakes: sessions ---- */

struct outgoing {
    int references;
    struct buf bytes;
};
int outgoing_made;
static int outgoing_alive;

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

uint64_t now_ms;
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

void advance(uint64_t ms)
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

struct row table[4096];
uint32_t table_count;
uint64_t table_position, table_generation;
static struct arena scratch;

struct query queries[1024];
uint32_t query_first, query_count;

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
void answer_one(enum err err)
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

void answer_group(void)
{
    for (uint32_t group = query_first; query_first == group;)
        answer_one(ERR_OK);
}

void answer_all(void)
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

/* ---- the world ---- */

struct notify *notify;
struct session sessions[64];

int setup(void **state)
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

int teardown(void **state)
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

struct row wallet(uint8_t player, uint64_t free)
{
    return (struct row){.view = VIEW_WALLET, .wallet = {{{player}}, free, 0}};
}
struct row item(uint8_t player, const char *name)
{
    return (struct row){.view = VIEW_ITEM, .item = {{{player}}, slug_of(name), 1}};
}
struct row team(uint8_t player, uint32_t number, bool deleted)
{
    return (struct row){
        .view = VIEW_TEAM, .deleted = deleted, .team = {.player = {{player}}, .team = number}};
}
struct row stock(const char *pack, uint64_t remaining)
{
    return (struct row){.view = VIEW_STOCK, .stock = {slug_of(pack), true, remaining}};
}

/* Puts rows into the table, over older ones of the same key (here: the same first 48 bytes). */
void store(struct row *rows, uint32_t count, uint64_t position)
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

void announce(struct row *rows, uint32_t count, uint64_t position)
{
    struct projected projected = {
        .position = position, .own_mark = position, .public_mark = position, .rows = rows, .count = count};
    notify_projected(notify, &projected);
}

void follow(struct session *session, uint64_t own, uint64_t public_mark)
{
    struct follow_from from = {own == 0, public_mark == 0, own, public_mark};
    notify_follow(notify, session, &from);
}

/* Follows, is caught up, and forgets what was told so far. */
void live(struct session *session)
{
    follow(session, 0, 0);
    answer_all();
    session->trace[0] = '\0';
    uint64_t own, public_mark;
    notify_marks(notify, session, &own, &public_mark);
    assert_int_equal(own, table_position);
}
