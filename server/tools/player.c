/* player: `gachapon player ID`, one player as of any moment: what it owned, where its draws stood, and what
 * had happened last.
 *
 * The problem: "I had 1,440 before, and the dragon." A read model knows now; the log knows every moment, and
 * what it meant is said by the same code that decided then: the player's events up to the moment are folded
 * with the domain's own evolve, from the first one on, through the upcasters, page by page. No snapshot is
 * used: one may be from behind the moment, and this is also how one can be doubted.
 *
 * What a state is made of comes from the schema (states.yaml, as snapshots are written), so a field that the
 * domain gets is shown here without a line of code; only situations, which the schema keeps as numbers, are
 * named here. The state knows hashes of seeds, never a seed that is not revealed.
 *
 * How the player came in is asked of the command that wrote its first event: where a registration did it, its
 * stream is folded to the same moment. */
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/snapshot.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "tools/event_text.h"
#include "tools/history.h"
#include "tools/moment.h"
#include "tools/options.h"
#include "tools/tools.h"
#include "wire/json.h"
#include "wire/value.h"

#define LAST_DEFAULT 10
#define LAST_MAX 1000
#define STATE_MAX_BYTES (256u << 20)
#define OUTPUT_MAX_BYTES (64u << 20)

enum { ID, AT, LAST, PERSONAL, JSON, OPTION_COUNT };
static const struct tool_option options[OPTION_COUNT] = {
    [ID] = {NULL, "ID", "the player: Keycloak's user id, as its console shows it"},
    [AT] = {"--at", "POSITION|TIME", "as of then: behind this event, or at 2026-11-23T14:03:05Z [now]"},
    [LAST] = {"--last", "COUNT", "how many of the last events before it are shown, up to 1000 [10]"},
    [PERSONAL] = {"--personal", NULL,
                  "show names and other personal texts; `erased` where their key is gone"},
    [JSON] = {"--json", NULL, "one JSON object"},
};
static const struct tool_usage usage = {
    .command = "player",
    .purpose =
        "Prints a player as of a moment: currency, items, characters, teams, pity, seed numbers and hashes,\n"
        "how it came in and what happened last. Folded from the log by the code that decides.",
    .settings =
        "EVENT_STORE_DSN (--event-store-dsn); any role that may read log, batches, streams and events",
    .options = options,
    .count = OPTION_COUNT,
    .examples =
        "  gachapon player 81a1a2b6-1ff9-4c10-9170-4d44333d9f39\n"
        "  gachapon player 81a1a2b6-1ff9-4c10-9170-4d44333d9f39 --at 2026-11-23T14:03:05+01:00 --last 50\n"
        "  diff <(gachapon player ID --at 81000) <(gachapon player ID)\n"
        "  gachapon player ID --json | jq '.state.characters[] | select(.rarity == \"legendary\")'\n",
    .status = "Exit status: 0 printed; 1 there was no such player then; 2 wrong usage, or the log cannot be "
              "read.\n",
};

/* A stream folded up to a position. */
struct folded {
    struct arena memory; /* the state's */
    struct state state;
    int64_t recorded_at_us; /* of the last event folded */
};

struct player {
    struct history history;
    struct history_head head;
    struct stream_ref stream;
    uint64_t at;
    struct folded folded, registration;
    struct stream_ref registered_by;
    bool registered; /* by `registered_by` */
    struct event_style style;
    uint32_t last;
    struct buf out;
    struct arena arena;
};

static bool read_options(struct player *player, const char *const *values);
static enum err find_moment(struct player *player, const char *at);
static enum err fold(struct player *player, struct stream_ref stream, struct folded *folded);
static enum err find_registration(struct player *player);
static enum err print(struct player *player);
static int say_none(struct player *player);

static int fail(const char *why)
{
    fprintf(stderr, "gachapon player: %s\n", why);
    return 2;
}

int tool_player(const struct config *config, int argc, char **argv)
{
    const char *values[TOOL_OPTIONS_MAX];
    int status;
    struct player player = {.last = LAST_DEFAULT};
    if (!tool_options_read(&usage, argc, argv, values, &status))
        return status;
    if (!read_options(&player, values))
        return 2;
    if (config->event_store_dsn == NULL || sodium_init() < 0)
        return fail("set EVENT_STORE_DSN: where the log is");
    buf_init(&player.out, OUTPUT_MAX_BYTES);
    arena_init(&player.arena, 1 << 16, OUTPUT_MAX_BYTES);
    enum err err =
        history_open(&player.history, config->event_store_dsn, "gachapon player", player.style.personal);
    if (err == ERR_OK)
        err = history_head(&player.history, &player.head);
    if (err == ERR_OK)
        err = find_moment(&player, values[AT]);
    if (err == ERR_OK)
        err = fold(&player, player.stream, &player.folded);
    bool none = player.folded.state.version == 0;
    if (err == ERR_OK && !none)
        err = find_registration(&player);
    if (err == ERR_OK && !none)
        err = print(&player);
    if (err == ERR_OK)
        status = none ? say_none(&player) : 0;
    else
        status = fail(player.history.failure[0] != '\0' ? player.history.failure : err_text(err));
    history_close(&player.history);
    arena_release(&player.folded.memory);
    arena_release(&player.registration.memory);
    arena_release(&player.arena);
    buf_release(&player.out);
    return status;
}

static bool read_options(struct player *player, const char *const *values)
{
    struct moment last = {0};
    player->style = (struct event_style){.json = values[JSON] != NULL, .personal = values[PERSONAL] != NULL};
    player->stream.kind = STREAM_PLAYER;
    if (values[ID] == NULL || !uuid_parse(slice_text(values[ID]), &player->stream.uuid)) {
        fail("which player? An id such as 81a1a2b6-1ff9-4c10-9170-4d44333d9f39; gachapon player --help");
        return false;
    }
    if (values[LAST] != NULL) {
        if (!moment_parse(values[LAST], &last) || last.is_time || last.position > LAST_MAX) {
            fail("--last takes a number up to 1000");
            return false;
        }
        player->last = (uint32_t)last.position;
    }
    return true;
}

static enum err find_moment(struct player *player, const char *at)
{
    player->at = player->head.position;
    enum err err =
        at == NULL ? ERR_OK : history_moment(&player->history, &player->head, at, false, &player->at);
    if (err == ERR_OK && player->at > player->head.position) {
        snprintf(player->history.failure, sizeof player->history.failure,
                 "position %.20s is yet to come: the log ends at %" PRIu64, at, player->head.position);
        err = ERR_CONFIG;
    }
    return err;
}

/* Nobody then; was there somebody later? */
static int say_none(struct player *player)
{
    char id[UUID_TEXT_SIZE], at[MOMENT_TEXT_SIZE];
    struct history_events first;
    uuid_format(player->stream.uuid, id);
    if (history_stream(&player->history, player->stream, 0, 1, &first) != ERR_OK)
        return fail(player->history.failure);
    if (first.count == 0)
        fprintf(stderr, "gachapon player: the log knows no player %s\n", id);
    else
        fprintf(stderr, "gachapon player: not yet at position %" PRIu64 ": %s begins at %" PRIu64 ", %s\n",
                player->at, id, first.items[0].position, moment_format(first.items[0].recorded_at_us, at));
    return 1;
}

/* ---- folding ---- */

static enum err fold_event(struct player *player, const struct stored_event *stored, struct folded *folded)
{
    struct event event;
    struct wire_fault fault;
    arena_reset(&player->arena);
    if (!event_decode(stored, &player->arena, &event, &fault)) {
        snprintf(player->history.failure, sizeof player->history.failure,
                 "the event at position %" PRIu64 " cannot be folded: %.120s", stored->position, fault.where);
        return ERR_INTEGRITY;
    }
    enum err err = state_evolve(&folded->state, &event);
    folded->state.version = stored->version;
    folded->recorded_at_us = stored->recorded_at_us;
    return err;
}

static enum err fold(struct player *player, struct stream_ref stream, struct folded *folded)
{
    enum err err = ERR_OK;
    bool more = true;
    arena_init(&folded->memory, 4096, STATE_MAX_BYTES);
    state_init(&folded->state, stream.kind, &folded->memory);
    while (err == ERR_OK && more) {
        struct history_events page;
        err = history_stream(&player->history, stream, folded->state.version, HISTORY_PAGE, &page);
        more = err == ERR_OK && page.count == HISTORY_PAGE;
        for (uint32_t i = 0; err == ERR_OK && i < page.count; i++) {
            more = more && page.items[i].position <= player->at;
            if (page.items[i].position > player->at)
                break;
            err = fold_event(player, &page.items[i], folded);
        }
    }
    return err;
}

/* The registration that the command of the player's first event is about, if there is one. */
static enum err find_registration(struct player *player)
{
    struct history_events page;
    enum err err = history_stream(&player->history, player->stream, 0, 1, &page);
    if (err == ERR_OK && page.count == 1)
        err = history_command(&player->history, page.items[0].command_id, &page);
    for (uint32_t i = 0; err == ERR_OK && i < page.count; i++)
        if (page.items[i].stream.kind == STREAM_REGISTRATION) {
            player->registered_by = page.items[i].stream;
            player->registered = true;
        }
    if (err == ERR_OK && player->registered)
        err = fold(player, player->registered_by, &player->registration);
    return err;
}

/* ---- printing ---- */

static const char *player_situation_name(enum player_situation situation)
{
    switch (situation) {
    case PLAYER_NONE:
        return "none";
    case PLAYER_ACTIVE:
        return "active";
    case PLAYER_DEACTIVATED:
        return "deactivated";
    case PLAYER_ERASED:
        return "erased";
    case PLAYER_REFUSED:
        return "refused";
    }
    check(!"a situation outside the domain");
}

static const char *registration_situation_name(enum registration_situation situation)
{
    switch (situation) {
    case REGISTRATION_NONE:
        return "none";
    case REGISTRATION_BEGUN:
        return "begun";
    case REGISTRATION_FINISHED:
        return "finished";
    case REGISTRATION_UNDONE:
        return "undone";
    }
    check(!"a situation outside the domain");
}

__attribute__((format(printf, 2, 3))) static void put(struct player *player, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    check(buf_vprintf(&player->out, format, arguments) == ERR_OK);
    va_end(arguments);
}

/* A value of a state: situations and rarities are numbers in the schema of states, and have names. */
static void put_value(struct player *player, const struct field_desc *field, const void *value)
{
    bool number = field->kind == FIELD_U8;
    const char *rarity = number && strcmp(field->name, "rarity") == 0
                             ? value_enum_name(&enum_rarity, *(const uint8_t *)value)
                             : NULL;
    if (number && strcmp(field->name, "situation") == 0)
        put(player, "\"%s\"", player_situation_name(player->folded.state.player.situation));
    else if (rarity != NULL)
        put(player, "\"%s\"", rarity);
    else
        check(json_field(&player->out, field, value, !player->style.personal) == ERR_OK);
}

/* An entry of a list: {"name":value,...}, or for people name=value. */
static void put_entry(struct player *player, const struct type_desc *type, const void *entry)
{
    bool json = player->style.json;
    put(player, json ? "{" : "   ");
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        put(player, json ? "%s\"%s\":" : "%s %s=", json && i > 0 ? "," : "", field->name);
        put_value(player, field, (const char *)entry + field->offset);
    }
    put(player, json ? "}" : "\n");
}

static void put_list(struct player *player, const struct field_desc *field, const struct list_value *list)
{
    bool json = player->style.json;
    put(player, json ? "[" : "%u\n", list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        put(player, json && i > 0 ? "," : "");
        put_entry(player, field->type, (const char *)list->items + i * field->type->size);
    }
    put(player, json ? "]" : "");
}

/* The state, field by field. */
static void put_state(struct player *player, const struct type_desc *type, const void *state)
{
    bool json = player->style.json;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        const void *value = (const char *)state + field->offset;
        bool structs = field->kind == FIELD_LIST && field->of == FIELD_STRUCT;
        if (json)
            put(player, "%s\"%s\":", i > 0 ? "," : "", field->name);
        else
            put(player, "  %-16s ", field->name);
        if (structs)
            put_list(player, field, value);
        else
            put_value(player, field, value);
        put(player, json || structs ? "" : "\n");
    }
}

/* The events that led there, the newest at the end. */
static enum err put_last(struct player *player)
{
    uint32_t version = player->folded.state.version, left = player->last < version ? player->last : version;
    bool first = true;
    while (left > 0) {
        struct history_events page;
        enum err err = history_stream(&player->history, player->stream, version - left, left, &page);
        if (err != ERR_OK || page.count == 0)
            return err != ERR_OK ? err : ERR_INTEGRITY;
        for (uint32_t i = 0; i < page.count; i++) {
            put(player, player->style.json && !first ? "," : "");
            first = false;
            arena_reset(&player->arena);
            err = event_text(&player->out, player->style, &page.items[i], &player->arena);
            if (err != ERR_OK)
                return err;
            player->out.size -= player->style.json; /* its newline */
        }
        left -= page.count;
    }
    return ERR_OK;
}

static void put_registration(struct player *player)
{
    char id[UUID_TEXT_SIZE] = "";
    const char *situation = registration_situation_name(player->registration.state.registration.situation);
    if (player->registered)
        uuid_format(player->registered_by.uuid, id);
    if (player->style.json && player->registered)
        put(player, "{\"id\":\"%s\",\"situation\":\"%s\"}", id, situation);
    else if (player->style.json)
        put(player, "null");
    else if (player->registered)
        put(player, "  %-16s %s, %s\n", "registration", situation, id);
    else
        put(player, "  %-16s none: came in otherwise\n", "registration");
}

static enum err print(struct player *player)
{
    struct snapshot snapshot;
    char id[UUID_TEXT_SIZE], at[MOMENT_TEXT_SIZE];
    bool json = player->style.json;
    const struct type_desc *type = schema_stream(STREAM_PLAYER)->snapshot;
    arena_reset(&player->arena);
    enum err err = snapshot_take(&player->folded.state, &player->arena, &snapshot);
    if (err != ERR_OK)
        return err;
    put(player,
        json ? "{\"player\":\"%s\",\"position\":%" PRIu64 ",\"version\":%" PRIu32
               ",\"changed_at\":\"%s\",\"state\":{"
             : "player %s as of position %" PRIu64 ": version %" PRIu32 ", last changed %s\n",
        uuid_format(player->stream.uuid, id), player->at, player->folded.state.version,
        moment_format(player->folded.recorded_at_us, at));
    put_state(player, type, snapshot_payload(&snapshot));
    put(player, json ? "},\"registration\":" : "");
    put_registration(player);
    put(player, json ? ",\"last\":[" : "last\n");
    err = put_last(player);
    put(player, json ? "]}\n" : "");
    if (err == ERR_OK &&
        (fwrite(player->out.data, 1, player->out.size, stdout) != player->out.size || fflush(stdout) != 0))
        err = ERR_IO;
    return err;
}
