/* events: `gachapon events`, the log as a person or a program reads it, from any position or time on, whole
 * or by stream, type or command; --follow goes on with what is appended.
 *
 * Reading is history.c's: a page at a time, so memory is one page and nobody waits for it. Where the log ends
 * is asked first, and pages go up to there; positions have no gaps, so nothing can be missed or told twice.
 *
 * --follow looks twice a second, and at once when a hint is heard that nodes send each other (NOTIFY, see
 * eventstore_hint.c). It only listens: to be told of everything it would have to say that it is there, as
 * nodes do, and then the server would send a hint behind each batch for its sake. A hint is never needed, the
 * look by position is the truth. A database that goes away is waited for; when it comes back with another
 * epoch, positions mean something else and it ends.
 *
 * It ends with 0 on Ctrl-C (SIGINT, SIGTERM) while it follows, and as soon as nobody reads its output. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "gen/c/schema.h"
#include "pg/blocking.h"
#include "tools/event_text.h"
#include "tools/history.h"
#include "tools/options.h"
#include "tools/tools.h"

#define FOLLOW_EVERY_MS 500
#define RECONNECT_EVERY_MS 1000
#define OUTPUT_MAX_BYTES (16u << 20) /* of one event */

enum { FROM, TO, STREAM, PLAYER, TYPE, COMMAND, FOLLOW, PERSONAL, JSON, OPTION_COUNT };
static const struct tool_option options[OPTION_COUNT] = {
    [FROM] = {"--from", "POSITION|TIME", "the first event to show [the log's first]"},
    [TO] = {"--to", "POSITION|TIME", "the last one [the log's last; with --follow: none]"},
    [STREAM] = {"--stream", "KIND/KEY",
                "of one stream: player/ID, pack/KEY, stock/KEY, catalogue, registration/ID"},
    [PLAYER] = {"--player", "ID", "as --stream player/ID"},
    [TYPE] = {"--type", "TYPE[,TYPE...]", "of these types only: pack_opened,granted"},
    [COMMAND] = {"--command", "ID", "all that one command did, in every stream"},
    [FOLLOW] = {"--follow", NULL, "go on with what is appended, until Ctrl-C"},
    [PERSONAL] = {"--personal", NULL,
                  "show names and other personal texts; `erased` where their key is gone"},
    [JSON] = {"--json", NULL, "one JSON object a line, members as in the view event_log"},
};
static const struct tool_usage usage = {
    .command = "events",
    .purpose =
        "Prints the log's events: position, time, stream@version, type, who did it by which command, and\n"
        "the fields by name. Reads only, a page at a time: it may run beside servers.",
    .settings =
        "EVENT_STORE_DSN (--event-store-dsn); any role that may read log, batches, streams and events",
    .options = options,
    .count = OPTION_COUNT,
    .examples =
        "  gachapon events --player 81a1a2b6-1ff9-4c10-9170-4d44333d9f39 --from 2026-11-23T14:00:00Z\n"
        "  gachapon events --type granted --json | jq -r '[.recorded_at, .actor, .data.amount] | @tsv'\n"
        "  gachapon events --follow --from 81000\n"
        "  gachapon events --command 0192f0c1-6a2e-7c3b-8d21-5f0a9b7c4d10\n",
    .status = "Exit status: 0 done; 1 the log has no such stream or command; 2 wrong usage, or it cannot be "
              "read.\n",
};

#define TYPES_MAX 64

struct events {
    struct history history;
    struct history_head head;
    const char *dsn;
    struct event_style style;
    bool follow, one_stream, one_command;
    bool closed; /* nobody reads the output */
    struct stream_ref stream;
    struct uuid command;
    uint16_t types[TYPES_MAX];
    uint32_t type_count; /* 0: all */
    uint64_t after, until;
    uint32_t version; /* of the stream's last event that was shown or left out */
    struct buf out;
    struct arena arena;
};

static volatile sig_atomic_t interrupted;

static bool read_options(struct events *events, const char *const *values);
static enum err find_range(struct events *events, const char *from, const char *to);
static enum err show_new(struct events *events);
static enum err show_log(struct events *events, uint64_t end);
static enum err show_stream(struct events *events, uint64_t end);
static enum err show(struct events *events, const struct history_events *page, uint64_t end);
static enum err follow(struct events *events);
static enum err reconnect(struct events *events);

static int fail(const char *why)
{
    fprintf(stderr, "gachapon events: %s\n", why);
    return 2;
}

/* After everything was shown: was there such a thing to show? */
static int judge(struct events *events, const char *const *values)
{
    uint32_t version = events->version;
    if (events->closed || events->follow)
        return 0;
    if (events->one_stream && version == 0 && /* none in the range, or none at all */
        history_version_at(&events->history, events->stream, INT64_MAX, &version) != ERR_OK)
        return fail(events->history.failure);
    if (events->one_stream && version == 0) {
        fprintf(stderr, "gachapon events: the log has no stream %s\n",
                values[STREAM] != NULL ? values[STREAM] : values[PLAYER]);
        return 1;
    }
    if (events->one_command && events->after == 0) {
        fprintf(stderr, "gachapon events: the log has no command %s\n", values[COMMAND]);
        return 1;
    }
    if (events->after > events->head.position)
        fprintf(stderr, "gachapon events: the log ends at position %" PRIu64 "\n", events->head.position);
    return 0;
}

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Ctrl-C ends what follows between two pages; a second one ends it at once. */
static void take_signals(bool follow)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    signal(SIGPIPE, SIG_IGN);
    if (!follow)
        return;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int tool_events(const struct config *config, int argc, char **argv)
{
    const char *values[TOOL_OPTIONS_MAX];
    int status;
    struct events events = {.dsn = config->event_store_dsn};
    if (!tool_options_read(&usage, argc, argv, values, &status))
        return status;
    if (!read_options(&events, values))
        return 2;
    if (config->event_store_dsn == NULL || sodium_init() < 0)
        return fail("set EVENT_STORE_DSN: where the log is");
    take_signals(events.follow);
    buf_init(&events.out, OUTPUT_MAX_BYTES);
    arena_init(&events.arena, 1 << 16, 64u << 20);
    enum err err = history_open(&events.history, events.dsn, "gachapon events", events.style.personal);
    if (err == ERR_OK)
        err = history_head(&events.history, &events.head);
    if (err == ERR_OK)
        err = find_range(&events, values[FROM], values[TO]);
    if (err == ERR_OK)
        err = show_new(&events);
    if (err == ERR_OK && events.follow && !events.closed)
        err = follow(&events);
    status = err == ERR_OK ? judge(&events, values) : fail(events.history.failure);
    history_close(&events.history);
    arena_release(&events.arena);
    buf_release(&events.out);
    return status;
}

/* ---- what is asked for ---- */

static bool read_types(struct events *events, const char *text)
{
    while (events->type_count < TYPES_MAX) {
        size_t size = strcspn(text, ",");
        uint16_t type = 0;
        for (int i = 0; i < SCHEMA_EVENT_COUNT; i++)
            if (slice_equal_text(slice_of(text, size), schema_events[i].name))
                type = (uint16_t)schema_events[i].number;
        if (type == 0) {
            fprintf(stderr, "gachapon events: \"%.*s\" is no type of event; there are", (int)size, text);
            for (int i = 0; i < SCHEMA_EVENT_COUNT; i++)
                fprintf(stderr, "%s %s", i == 0 ? "" : ",", schema_events[i].name);
            fprintf(stderr, "\n");
            return false;
        }
        events->types[events->type_count++] = type;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
    fail("that is too many types");
    return false;
}

static bool read_options(struct events *events, const char *const *values)
{
    char wrong[160];
    struct slice command = values[COMMAND] == NULL ? (struct slice){0} : slice_text(values[COMMAND]);
    events->style = (struct event_style){.json = values[JSON] != NULL, .personal = values[PERSONAL] != NULL};
    events->follow = values[FOLLOW] != NULL;
    events->one_stream = values[STREAM] != NULL || values[PLAYER] != NULL;
    events->one_command = values[COMMAND] != NULL;
    if ((values[STREAM] != NULL) + (values[PLAYER] != NULL) + (values[COMMAND] != NULL) > 1 ||
        (events->one_command && (values[FROM] != NULL || values[TO] != NULL || events->follow))) {
        fail("--stream, --player and --command exclude each other, and --command is all of it");
        return false;
    }
    if (values[STREAM] != NULL && !stream_text_parse(values[STREAM], &events->stream, wrong)) {
        fail(wrong);
        return false;
    }
    events->stream.kind = values[PLAYER] != NULL ? STREAM_PLAYER : events->stream.kind;
    if (values[PLAYER] != NULL && !uuid_parse(slice_text(values[PLAYER]), &events->stream.uuid)) {
        fail("a player's id looks like 81a1a2b6-1ff9-4c10-9170-4d44333d9f39");
        return false;
    }
    if (events->one_command && !uuid_parse(command, &events->command)) {
        fail("a command's id looks like 0192f0c1-6a2e-7c3b-8d21-5f0a9b7c4d10");
        return false;
    }
    return values[TYPE] == NULL || read_types(events, values[TYPE]);
}

static enum err find_range(struct events *events, const char *from, const char *to)
{
    enum err err = ERR_OK;
    events->until = INT64_MAX;
    if (from != NULL)
        err = history_moment(&events->history, &events->head, from, true, &events->after);
    if (err == ERR_OK && to != NULL)
        err = history_moment(&events->history, &events->head, to, false, &events->until);
    if (err == ERR_OK && events->one_stream && events->after > 0)
        err = history_version_at(&events->history, events->stream, events->after, &events->version);
    return err;
}

/* ---- what is there ---- */

/* Everything behind what was shown, up to where the log ended a moment ago. */
static enum err show_new(struct events *events)
{
    uint64_t end = events->head.position < events->until ? events->head.position : events->until;
    struct history_events page;
    if (!events->one_command)
        return events->one_stream ? show_stream(events, end) : show_log(events, end);
    enum err err = history_command(&events->history, events->command, &page);
    if (err == ERR_OK)
        err = show(events, &page, INT64_MAX);
    if (err == ERR_OK && page.count > 0)
        events->after = page.items[page.count - 1].position;
    return err;
}

static enum err show_log(struct events *events, uint64_t end)
{
    uint64_t size = events->type_count == 0 ? HISTORY_PAGE : HISTORY_TYPED_PAGE;
    enum err err = ERR_OK;
    while (err == ERR_OK && events->after < end && !events->closed && !interrupted) {
        uint64_t until = end - events->after > size ? events->after + size : end;
        struct history_events page;
        err = history_page(&events->history, events->after, until,
                           events->type_count == 0 ? NULL : events->types, events->type_count, &page);
        if (err == ERR_OK)
            err = show(events, &page, end);
        if (err == ERR_OK)
            events->after = until;
    }
    return err;
}

static enum err show_stream(struct events *events, uint64_t end)
{
    enum err err = ERR_OK;
    bool more = true;
    while (err == ERR_OK && more && !events->closed && !interrupted) {
        struct history_events page;
        err = history_stream(&events->history, events->stream, events->version, HISTORY_PAGE, &page);
        if (err == ERR_OK)
            err = show(events, &page, end);
        if (err != ERR_OK)
            break;
        more = page.count == HISTORY_PAGE && page.items[page.count - 1].position <= end;
        if (page.count > 0) /* those behind `end` are not wanted now or ever, but with --follow */
            for (uint32_t i = 0; i < page.count && page.items[i].position <= end; i++)
                events->version = page.items[i].version;
    }
    if (err == ERR_OK && events->after < end)
        events->after = end;
    return err;
}

static bool wanted(const struct events *events, uint16_t type)
{
    for (uint32_t i = 0; i < events->type_count; i++)
        if (events->types[i] == type)
            return true;
    return events->type_count == 0;
}

static enum err show(struct events *events, const struct history_events *page, uint64_t end)
{
    for (uint32_t i = 0; i < page->count && page->items[i].position <= end && !events->closed; i++) {
        if (!wanted(events, page->items[i].type))
            continue;
        buf_clear(&events->out);
        arena_reset(&events->arena);
        enum err err = event_text(&events->out, events->style, &page->items[i], &events->arena);
        if (err != ERR_OK) {
            snprintf(events->history.failure, sizeof events->history.failure, "the event at %" PRIu64 ": %s",
                     page->items[i].position, err_text(err));
            return err;
        }
        events->closed = fwrite(events->out.data, 1, events->out.size, stdout) != events->out.size;
    }
    if (fflush(stdout) != 0)
        events->closed = true;
    if (!events->closed || errno == EPIPE)
        return ERR_OK;
    snprintf(events->history.failure, sizeof events->history.failure, "the output cannot be written: %s",
             strerror(errno));
    return ERR_IO;
}

/* ---- what comes ---- */

/* Until something may have been appended, somebody wants it to end, or nobody reads any more. */
static void wait_more(struct events *events, int timeout_ms)
{
    PGconn *connection = events->history.connection;
    PGnotify *hint;
    struct pollfd fds[2] = {{.fd = STDOUT_FILENO}, {.fd = PQsocket(connection), .events = POLLIN}};
    int ready = poll(fds, 2, timeout_ms);
    if (ready > 0 && (fds[0].revents & (POLLERR | POLLHUP)) != 0)
        events->closed = true;
    if (ready > 0 && fds[1].revents != 0)
        PQconsumeInput(connection);
    while ((hint = PQnotifies(connection)) != NULL)
        PQfreemem(hint);
}

/* A standby does not let one listen: then it is looking that tells. */
static void listen_for_hints(struct events *events)
{
    char ignored[BLOCKING_FAILURE_SIZE];
    enum err err = blocking_run(events->history.connection, "eventstore_listen", NULL, NULL, ignored);
    (void)err;
}

static enum err follow(struct events *events)
{
    enum err err = ERR_OK;
    listen_for_hints(events);
    while (err == ERR_OK && !events->closed && !interrupted && events->after < events->until) {
        wait_more(events, FOLLOW_EVERY_MS);
        struct uuid epoch = events->head.epoch;
        err = history_head(&events->history, &events->head);
        if (err == ERR_OK && !uuid_equal(events->head.epoch, epoch)) {
            snprintf(events->history.failure, sizeof events->history.failure,
                     "the log was restored: it has another epoch, and positions behind its restored end mean "
                     "something else; look again from there");
            return ERR_INTEGRITY;
        }
        if (err == ERR_OK)
            err = show_new(events);
        if (err == ERR_AWAY)
            err = reconnect(events);
    }
    return err;
}

/* Tries until the database is there again, with what was not shown still to come. */
static enum err reconnect(struct events *events)
{
    enum err err = ERR_AWAY;
    fprintf(stderr, "gachapon events: %s; waiting for the database\n", events->history.failure);
    while (err != ERR_OK && !events->closed && !interrupted) {
        history_close(&events->history);
        err = history_open(&events->history, events->dsn, "gachapon events", events->style.personal);
        if (err != ERR_OK)
            wait_more(events, RECONNECT_EVERY_MS);
    }
    if (err != ERR_OK)
        return ERR_OK; /* it was told to end */
    listen_for_hints(events);
    fprintf(stderr, "gachapon events: the database is there again\n");
    return ERR_OK;
}
