/* follow: events by polling, as Keycloak calls nobody back when a user is disabled, deleted or given another
 * role. There are two lists: admin events are what was done in the console; of the users' own events those
 * are read that end somebody (the account page's "Delete account", a permanent lockout), as no admin event
 * tells of them. What its REST offers (26.0): the newest first, by pages with an offset, filtered by type and
 * by *day*; no event ids, no "since". So one pass is:
 *
 *   PAUSED --timer--> CONFIG (now and then: are events on?) --> PAGE --> READING --> next PAGE ... --> PAUSED
 *
 * A pass reads pages from the newest event down to its floor, a little before the newest event of the last
 * good pass (`cursor`, which the caller keeps across restarts; only Keycloak's own times are compared):
 * events become visible when their transaction commits, which may be after a younger one, and nodes' clocks
 * differ. So FOLLOW_OVERLAP_MS are read again each time, FOLLOW_DEEP_MS each FOLLOW_DEEP_EVERY passes, and
 * what was told already is known by its fingerprint. New events that arrive while a pass is paging push older
 * ones to higher offsets: they are seen twice then, never missed. Without a cursor the newest event there is
 * begins it, untold. What an event means is in follow_told.c.
 *
 * When anything fails the pass is given up, the cursor stays, and the next pass finds the rest: nothing is
 * missed however long Keycloak is away, as long as it keeps its events (adminEventsExpiration of the realm).
 * Where admin events may be missing, everybody signs in anew: the event at the cursor is gone (cleared in the
 * console, expired while no server ran, another realm imported), they were switched off for a while, or
 * Keycloak's clock went back behind the cursor by more than is read again.
 *
 * The realm's notBefore is in no event that we may read, but in each answer with a token for our own service
 * account; when it moves, old tokens of that account are refused and a new one is fetched.
 *
 * Bounds: one page and its reads at a time; FOLLOW_SEEN_MAX fingerprints (with more events in the overlap one
 * may be told twice); FOLLOW_PAGES_MAX pages a pass; a page that is too large is asked for by halves. The
 * users' events may be millions, searched by their type: a look at them is made at most a tenth of the
 * time. */
#include "auth/follow_internal.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FOLLOW_CONFIG_EVERY = 100,
    FOLLOW_PART = 10,
    DAY_MS = 86400 * 1000,
    FOLLOW_IDLE_MS = 3600 * 1000,
    FOLLOW_ORIGIN = 1
};

static const struct follow_source sources[] = {
    [KEYCLOAK_ADMIN_EVENTS] =
        {.list = "/admin-events?resourceTypes=USER&resourceTypes=REALM_ROLE_MAPPING"
                 "&resourceTypes=CLIENT_ROLE_MAPPING&resourceTypes=GROUP_MEMBERSHIP&resourceTypes=REALM"
                 "&resourceTypes=USER_SESSION&resourceTypes=GROUP&resourceTypes=REALM_ROLE"
                 "&resourceTypes=CLIENT_ROLE&resourceTypes=CLIENT",
         .read = answer_event,
         .is_on = answer_events_on,
         .off = "admin events are switched off in the realm: disabled users would keep playing",
         .for_everyone = true},
    [KEYCLOAK_USER_EVENTS] =
        {.list = "/events?type=DELETE_ACCOUNT&type=USER_DISABLED_BY_PERMANENT_LOCKOUT",
         .read = answer_user_event,
         .is_on = answer_user_events_on,
         .off = "user events are switched off in the realm, or DELETE_ACCOUNT among them: who deletes the "
                "account on Keycloak's page would keep playing"},
};

static void pass_begin(void *follow);
static void pass_end(struct follow *follow, bool good);
static void config_came(void *follow, const struct http_answer *answer);
static void page_ask(struct follow *follow);
static void page_came(void *follow, const struct http_answer *answer);
static void begin_with(struct follow *follow);
static void page_end(struct follow *follow);
static void look_for_losses(struct follow *follow);
static void tell_losses(struct follow *follow);
static void tell_not_before(struct follow *follow);
static void tell_failing(struct follow *follow);
static int64_t keycloak_now_ms(const struct follow *follow);
static int64_t latest_ms(const struct follow *follow);
static int64_t floor_of(const struct follow *follow);

struct follow *follow_open(struct loop *loop, struct admin *admin, const struct keycloak_following *following,
                           enum keycloak_source source)
{
    check(following->every_ms > 0 && following->on_user != NULL && following->from_ms[source] >= 0);
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL || !seen_init(&follow->seen)) {
        free(follow);
        return NULL;
    }
    follow->magic = FOLLOW_MAGIC;
    follow->source = &sources[source];
    follow->loop = loop;
    follow->admin = admin;
    follow->to = *following;
    follow->name = source;
    follow->cursor_ms = following->from_ms[source];
    follow->moved_at = follow->status.good_at = loop_mono_ms(loop);
    follow->page_size = FOLLOW_PAGE;
    for (int i = 0; i < FOLLOW_READS; i++)
        follow->reads[i].follow = follow;
    loop_timer_init(&follow->timer, loop, pass_begin, follow);
    loop_timer_start(&follow->timer, 0);
    return follow;
}

void follow_close(struct follow *follow)
{
    if (follow == NULL)
        return;
    check_magic(follow, FOLLOW_MAGIC);
    loop_timer_stop(&follow->timer);
    if (follow->state == FOLLOW_CONFIG || follow->state == FOLLOW_PAGING)
        admin_cancel(follow->admin, follow->request);
    for (int i = 0; i < FOLLOW_READS; i++)
        if (follow->reads[i].request != 0)
            admin_cancel(follow->admin, follow->reads[i].request);
    json_decref(follow->page);
    seen_release(&follow->seen);
    follow->magic = 0;
    free(follow);
}

const struct follow_status *follow_status(const struct follow *follow)
{
    check_magic(follow, FOLLOW_MAGIC);
    return &follow->status;
}

static void pass_begin(void *ctx)
{
    struct follow *follow = ctx;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_PAUSED && follow->page == NULL && follow->reading == 0);
    follow->offset = follow->pages = 0;
    follow->newest_ms = follow->cursor_ms;
    follow->floor_ms = floor_of(follow);
    follow->began_at = loop_mono_ms(follow->loop);
    follow->cursor_seen = follow->pass_failed = follow->asked_config = false;
    if (follow->events_are_on && follow->status.passes % FOLLOW_CONFIG_EVERY != 0) {
        page_ask(follow);
        return;
    }
    follow->state = FOLLOW_CONFIG;
    if (!follow_ask(follow, "/events/config", KEYCLOAK_ANSWER_MAX_BYTES, &follow->request, config_came,
                    follow))
        pass_end(follow, false);
}

static void config_came(void *ctx, const struct http_answer *answer)
{
    struct follow *follow = ctx;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_CONFIG);
    bool good = follow_answer_is_good(follow, answer, "events configuration");
    if (good && !follow->source->is_on(answer->body, &follow->status.details)) {
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s", follow->source->off);
        follow->lost = follow->cursor_ms != 0;
        good = false;
    }
    follow->events_are_on = follow->asked_config = good;
    if (good)
        page_ask(follow);
    else
        pass_end(follow, false);
}

/* `dateFrom` is a day in Keycloak's own time zone, so one more day is asked for; the floor does the exact
 * part. */
static void page_ask(struct follow *follow)
{
    char path[600], day[16];
    struct tm parts;
    int64_t from_ms = follow->floor_ms - DAY_MS;
    time_t from = (time_t)(from_ms > 0 ? from_ms / 1000 : 0);
    check(gmtime_r(&from, &parts) != NULL && strftime(day, sizeof day, "%Y-%m-%d", &parts) > 0);
    snprintf(path, sizeof path, "%s&dateFrom=%s&first=%u&max=%u", follow->source->list, day, follow->offset,
             follow->page_size);
    follow->state = FOLLOW_PAGING;
    if (!follow_ask(follow, path, FOLLOW_PAGE_MAX_BYTES, &follow->request, page_came, follow))
        pass_end(follow, false);
}

static void page_came(void *ctx, const struct http_answer *answer)
{
    struct follow *follow = ctx;
    json_error_t error;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_PAGING && follow->page == NULL);
    if (answer->err == ERR_TOO_LARGE && follow->page_size > 1)
        follow->page_size /= 2;
    bool good = follow_answer_is_good(follow, answer, "events");
    if (good) {
        follow->page = json_loadb((const char *)answer->body.data, answer->body.size, 0, &error);
        good = json_is_array(follow->page);
        if (!good)
            snprintf(follow->status.failure, sizeof follow->status.failure, "events: not a list");
    }
    if (!good) {
        pass_end(follow, false);
        return;
    }
    if (follow->cursor_ms == 0) {
        begin_with(follow);
        page_end(follow);
        return;
    }
    follow->state = FOLLOW_READING;
    follow->next = 0;
    follow->reached = false;
    follow_go_on(follow);
}

/* The first pass ever: what is there already is old news. */
static void begin_with(struct follow *follow)
{
    struct admin_event event;
    follow->newest_ms =
        follow->source->for_everyone ? FOLLOW_ORIGIN : keycloak_now_ms(follow) - FOLLOW_DEEP_MS;
    for (size_t i = 0; i < json_array_size(follow->page); i++) {
        if (follow->source->read(json_array_get(follow->page, i), &event) != ERR_OK)
            continue;
        if (event.at_ms > follow->newest_ms)
            follow->newest_ms = event.at_ms;
        seen_add(&follow->seen, event.fingerprint);
    }
    follow->start_ms = follow->newest_ms;
    follow->reached = follow->cursor_seen = true;
}

/* Handles events until the page ends, the floor is reached, or all reads are busy. */
void follow_go_on(struct follow *follow)
{
    check(follow->state == FOLLOW_READING);
    while (!follow->pass_failed && !follow->reached && follow->next < json_array_size(follow->page)) {
        struct admin_event event;
        if (follow->source->read(json_array_get(follow->page, follow->next), &event) != ERR_OK) {
            snprintf(follow->status.failure, sizeof follow->status.failure, "events: one without a time");
            follow->pass_failed = true;
            break;
        }
        if (event.at_ms > follow->newest_ms && event.at_ms <= latest_ms(follow))
            follow->newest_ms = event.at_ms;
        if (event.at_ms <= follow->cursor_ms)
            follow->cursor_seen = true;
        if (event.at_ms < follow->floor_ms)
            follow->reached = true;
        else if (follow_handle(follow, &event))
            follow->next++;
        else
            return; /* a read's end comes back here */
    }
    if (follow->reading == 0)
        page_end(follow);
}

static void page_end(struct follow *follow)
{
    size_t size = json_array_size(follow->page);
    json_decref(follow->page);
    follow->page = NULL;
    follow->offset += (uint32_t)size;
    follow->pages++;
    if (follow->pass_failed)
        pass_end(follow, false);
    else if (follow->reached || size < follow->page_size)
        pass_end(follow, true);
    else if (follow->pages < FOLLOW_PAGES_MAX)
        page_ask(follow);
    else
        pass_end(follow, false);
}

static void pass_end(struct follow *follow, bool good)
{
    check(follow->page == NULL && follow->reading == 0);
    uint64_t now = loop_mono_ms(follow->loop), took = now - follow->began_at;
    follow->state = FOLLOW_PAUSED;
    if (good) {
        look_for_losses(follow);
        tell_losses(follow);
        tell_not_before(follow);
        if (follow->newest_ms != follow->cursor_ms) {
            follow->moved_at = now;
            follow->to.on_followed(follow->to.ctx, follow->name, follow->newest_ms);
        }
        follow->cursor_ms = follow->status.followed_until_ms = follow->newest_ms;
        follow->status.good_at = now;
        follow->status.failure[0] = '\0';
    } else {
        follow->status.passes_failed++;
    }
    follow->status.passes++;
    tell_failing(follow);
    uint64_t pause = follow->to.every_ms;
    if (!good && pause < FOLLOW_RETRY_MS)
        pause = FOLLOW_RETRY_MS;
    if (!follow->source->for_everyone && pause < took * FOLLOW_PART)
        pause = took * FOLLOW_PART;
    loop_timer_start(&follow->timer, (uint32_t)pause);
}

/* The cursor's own event is gone, and with it perhaps others that were never read. Of one that was read by
 * this process and is older than any token lives, nothing but its age needs to be the reason. */
static void look_for_losses(struct follow *follow)
{
    bool first = follow->status.followed_until_ms == 0;
    int64_t now_ms = keycloak_now_ms(follow);
    bool gone = !follow->cursor_seen && follow->cursor_ms != FOLLOW_ORIGIN;
    bool old = !first && now_ms - follow->cursor_ms > (int64_t)TOKEN_LIFE_MAX_S * 1000;
    if (gone && !follow->cursor_gone && !old)
        follow->lost = true;
    follow->cursor_gone = gone;
    if (follow->cursor_ms > latest_ms(follow)) { /* its clock went back */
        follow->newest_ms = now_ms;
        follow->lost = true;
    }
    if (!follow->source->for_everyone && follow->newest_ms < now_ms - FOLLOW_IDLE_MS)
        follow->newest_ms = now_ms - FOLLOW_DEEP_MS; /* or each look would search a week */
}

static void tell_losses(struct follow *follow)
{
    bool tell = follow->lost && follow->source->for_everyone;
    follow->lost = false;
    if (tell)
        follow_tell(follow, "lost", "", keycloak_now_ms(follow), USER_LOGGED_OUT);
}

static void tell_not_before(struct follow *follow)
{
    int64_t at_ms = admin_not_before_s(follow->admin) * 1000;
    if (at_ms > follow->not_before_ms && follow->source->for_everyone)
        follow_tell(follow, "not-before", "", at_ms, USER_LOGGED_OUT);
    follow->not_before_ms = at_ms;
}

/* When it begins to fail, when the reason is another one, and when it is good again. */
static void tell_failing(struct follow *follow)
{
    if (strcmp(follow->told_failure, follow->status.failure) == 0)
        return;
    memcpy(follow->told_failure, follow->status.failure, sizeof follow->told_failure);
    if (follow->to.on_failing != NULL)
        follow->to.on_failing(follow->to.ctx, follow->name, follow->status.failure);
}

/* By its clock, never too early: the token's `iat` is in whole seconds. */
static int64_t keycloak_now_ms(const struct follow *follow)
{
    int64_t clock_ms = admin_clock_ms(follow->admin);
    return clock_ms != 0 ? clock_ms + 1000 : loop_now_ms(follow->loop);
}

/* No event that is not of the future, by its clock, is younger. */
static int64_t latest_ms(const struct follow *follow)
{
    return admin_clock_ms(follow->admin) != 0 ? keycloak_now_ms(follow) + FOLLOW_DEEP_MS : INT64_MAX;
}

/* Events from here on are told: a little before the newest one known, but not from before we began. Once that
 * is not so new any more, nothing older can become visible where the nodes' clocks agree. */
static int64_t floor_of(const struct follow *follow)
{
    bool settled = loop_mono_ms(follow->loop) - follow->moved_at > FOLLOW_OVERLAP_MS;
    int64_t overlap_ms = settled ? 0 : FOLLOW_OVERLAP_MS;
    if (follow->status.passes % FOLLOW_DEEP_EVERY == 0)
        overlap_ms = FOLLOW_DEEP_MS;
    int64_t again_ms = follow->cursor_ms - overlap_ms;
    return again_ms > follow->start_ms ? again_ms : follow->start_ms;
}

bool follow_ask(struct follow *follow, const char *path, size_t max_bytes, uint64_t *ret_id, http_done done,
                void *ctx)
{
    struct admin_request request = {.method = "GET", .path = path, .answer_max_bytes = max_bytes};
    enum err err = admin_send(follow->admin, &request, ret_id, done, ctx);
    if (err != ERR_OK)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s", err_text(err));
    return err == ERR_OK;
}

bool follow_answer_is_good(struct follow *follow, const struct http_answer *answer, const char *what)
{
    if (answer->err != ERR_OK)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s: %.120s", what, answer->failure);
    else if (answer->status != 200)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s: status %ld", what,
                 answer->status);
    return answer->err == ERR_OK && answer->status == 200;
}
