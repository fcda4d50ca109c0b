/* query: pages of a view. `at_least` waits, bounded, until the projections hold a position, so that a client
 * reads its own writes from any node; then the rows come from the projections database as the page query
 * gives them. Views of audience `own` show a player its own rows and an operator anyone's; public views need
 * no sign-in. */
#include "request/internal.h"

#define AT_LEAST_WAIT_MS 2000
/* Who has so much to take gets no further page until it has taken some. */
#define UNREAD_MAX_BYTES (1u << 20)

static void on_page(void *ctx, enum err err, const struct view_page *page)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (err != ERR_OK) {
        reply_error(request, err == ERR_MALFORMED ? ERROR_FIELD_OUT_OF_RANGE : ERROR_VIEW_UNAVAILABLE,
                    err == ERR_MALFORMED ? "after: not a cursor of this query" : NULL);
        return;
    }
    struct session *session = request_session(request);
    if (session != NULL && session_queued_bytes(session) > UNREAD_MAX_BYTES) {
        reply_error(request, ERROR_TOO_MANY_IN_FLIGHT, "take the pages that were sent first");
        return;
    }
    struct reply_list list = {.rows = page->rows, .next = page->next};
    struct reply_meta meta = {.position = page->position, .view_position = page->position};
    request->requests->counters.queries++;
    reply_payload(request, &type_reply_list, &list, &meta);
}

static enum step_result run(struct request *request)
{
    const struct view_desc *view = schema_view_of_query((int)request->type);
    struct query_list query;
    struct wire_fault fault;
    if (!codec_decode(&type_query_list, request->payload, &request->arena, &query, &fault))
        return reply_error(request, fault.code, arena_printf(&request->arena, "%s", fault.where));
    if (query.limit == 0 || query.limit > LIMIT_PAGE_ROWS_MAX)
        return reply_error(request, ERROR_FIELD_OUT_OF_RANGE, "limit: 1 to 500");
    bool own = view->audience == AUDIENCE_OWN;
    if (own && uuid_is_nil(request->actor))
        return reply_error(request, ERROR_SIGNED_OUT, NULL);
    if (!own && !uuid_is_nil(query.player))
        return reply_error(request, ERROR_FIELD_OUT_OF_RANGE, "player: these rows are nobody's own");
    if (uuid_is_nil(query.player))
        query.player = request->actor;
    if (own && !uuid_equal(query.player, request->actor) && (request->roles & ROLE_GAME_ADMIN) == 0)
        return reply_error(request, ERROR_FORBIDDEN, "only an operator reads another player's rows");
    struct view_query ask = {.view = (enum view)view->number,
                             .player = query.player,
                             .at_least = request->meta.at_least,
                             .after = query.after,
                             .limit = query.limit};
    projection_query(request->requests->projector, &ask, on_page, request);
    return STEP_WAIT;
}

static void on_reached(void *ctx, enum err err)
{
    struct request *request = ctx;
    struct admission *queries = &request->requests->queries;
    uint32_t retry_ms;
    check_magic(request, REQUEST_MAGIC);
    if (err != ERR_OK) {
        reply_error(request, ERROR_VIEW_BEHIND, NULL);
    } else if (!admission_enter(queries, &retry_ms)) { /* thousands may have waited for the same */
        reply_error(request, ERROR_OVERLOADED, NULL);
    } else {
        request->admission = queries;
        run(request);
    }
}

enum step_result step_query(struct request *request)
{
    struct requests *requests = request->requests;
    const struct view_desc *view = schema_view_of_query((int)request->type);
    if (request->meta.at_least <= projector_lowest(requests->projector))
        return run(request);
    request_leave_admission(request); /* it waits for time to pass: nobody else is to be refused for that */
    projector_wait_view(requests->projector, (enum view)view->number, request->meta.at_least,
                        AT_LEAST_WAIT_MS, on_reached, request);
    return STEP_WAIT;
}
