/* project: what one event means for every view.
 *
 * The problem: a row must be the same whether it was written at once, by a catch-up, by a rebuild years later
 * or by two nodes at the same time. So a row is made from one event alone: events carry results (balance
 * after, copies after), never only what they changed, and nothing here reads a row, a clock or a setting.
 *
 * What many streams add up to is in no event. Its row is a delta (`delta: true` in the schema): the fold and
 * the upsert add it, and it is exact because it commits with its checkpoint, once or not at all.
 *
 * An event that touches a row twice (ten draws with the same character twice) adds it twice; the later one
 * wins when the batch is folded (fold.c). A row that goes away is added with `deleted` set and only its key
 * filled.
 *
 * The order of the calls does not matter: no view is fed by two projections.
 *
 * When you add a view: its entry in protocol/schema/rows.yaml, then rows in the file of its projection. When
 * you add an event: the rows it touches, in each of these files; an event nobody mentions changes no row.
 * When an event lacks what a row needs, add the field to the event. When old events give other rows than
 * before, raise PROJECT_VERSION. */
#include "projection/project.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include <stdio.h>
#include <string.h>

void project(const struct event *event, struct row_sink *sink)
{
    players_project(event, sink);
    wallets_project(event, sink);
    inventory_project(event, sink);
    teams_project(event, sink);
    openings_project(event, sink);
    packs_project(event, sink);
    catalogue_project(event, sink);
    statistics_project(event, sink);
}

static bool grow(struct row_sink *sink)
{
    uint32_t capacity = sink->capacity == 0 ? 8 : sink->capacity * 2;
    struct row *rows = arena_array(sink->arena, capacity, sizeof *rows);
    if (rows == NULL)
        return false;
    if (sink->count > 0)
        memcpy(rows, sink->rows, sink->count * sizeof *rows);
    sink->rows = rows;
    sink->capacity = capacity;
    return true;
}

struct row *row_add(struct row_sink *sink, enum view view)
{
    check(sink->arena != NULL);
    if (sink->failure == ERR_OK && sink->count == sink->capacity && !grow(sink))
        sink->failure = ERR_NOMEM;
    struct row *row = sink->failure == ERR_OK ? &sink->rows[sink->count++] : &sink->scratch;
    memset(row, 0, sizeof *row);
    row->view = view;
    return row;
}

void project_fingerprint(char ret_text[PROJECT_FINGERPRINT_SIZE])
{
    int length = snprintf(ret_text, PROJECT_FINGERPRINT_SIZE, "%s.%d", schema_fingerprint, PROJECT_VERSION);
    check(length > 0 && length < PROJECT_FINGERPRINT_SIZE);
}
