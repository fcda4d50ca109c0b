/* follow: admin events, by polling.
 *
 * Keycloak calls nobody back when a user is disabled, deleted or given another role; its admin events hold
 * it. What its REST offers (26.0): the newest first, by pages with an offset, filtered by resource type and
 * by *day*; no event ids, no "since". So one pass is:
 *
 *   PAUSED --timer--> CONFIG (now and then: are events on?) --> PAGE --> READING --> next PAGE ... --> PAUSED
 *
 * A pass reads pages from the newest event down to `floor`, a little before the newest event of the last good
 * pass: events become visible when their transaction commits, which may be after a younger one, and nodes'
 * clocks differ, so FOLLOW_OVERLAP_MS are read again each time and what was told already is known by its
 * fingerprint. New events that arrive while a pass is paging push older ones to higher offsets: they are seen
 * twice then, never missed.
 *
 * After USER UPDATE the user itself is read, after a change of roles or groups the roles it has now (up to
 * FOLLOW_READS at once), as the event may be old news. An event counts as told only after that. When anything
 * fails the pass is given up, `floor` stays, and the next pass finds the rest: nothing is missed however long
 * Keycloak is away, as long as it keeps its events (adminEventsExpiration of the realm).
 *
 * Bounds: one page and its reads at a time; FOLLOW_SEEN_MAX fingerprints (with more events than that in the
 * overlap an event may be told twice); FOLLOW_PAGES_MAX pages a pass; a page that is too large is asked for
 * by halves. */
#include "auth/follow.h"
#include "auth/answers.h"
#include "auth/limits.h"
#include "base/check.h"
#include "base/map.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FOLLOW_MAGIC = 0x464f4c4c, FOLLOW_READS = 8, FOLLOW_CONFIG_EVERY = 100, DAY_MS = 86400 * 1000 };

enum follow_state { FOLLOW_PAUSED, FOLLOW_CONFIG, FOLLOW_PAGING, FOLLOW_READING };

/* A user being read. */
struct user_read {
    struct follow *follow;
    uint64_t request; /* 0: free */
    struct admin_event event;
};

struct follow {
    uint32_t magic;
    enum follow_state state;
    struct loop *loop;
    struct admin *admin;
    uint32_t every_ms;
    keycloak_on_user on_user;
    void *ctx;
    struct loop_timer timer;
    uint64_t request;
    bool events_are_on;
    int64_t start_ms, cursor_ms; /* cursor: the newest event of the last good pass */
    int64_t newest_ms;           /* of this pass */
    uint32_t offset, pages, page_size;
    json_t *page;
    size_t next;  /* in the page */
    bool reached; /* the floor, in this page */
    bool pass_failed;
    struct user_read reads[FOLLOW_READS];
    struct map seen;   /* fingerprint -> its place in `ring` */
    struct uuid *ring; /* oldest is overwritten */
    size_t ring_next;
    struct follow_status status;
};

static void pass_begin(void *follow);
static void pass_end(struct follow *follow, bool good);
static bool ask(struct follow *follow, const char *path, size_t max_bytes, uint64_t *ret_id, http_done done,
                void *ctx);
static void config_came(void *follow, const struct http_answer *answer);
static void page_ask(struct follow *follow);
static void page_came(void *follow, const struct http_answer *answer);
static void page_go_on(struct follow *follow);
static void page_end(struct follow *follow);
static bool event_handle(struct follow *follow, const struct admin_event *event);
static void user_ask(struct follow *follow, struct user_read *read, const struct admin_event *event);
static void user_came(void *user_read, const struct http_answer *answer);
static bool user_tell(struct follow *follow, const struct admin_event *event, struct slice body);
static void tell(struct follow *follow, const struct admin_event *event, enum user_change change);
static bool seen(const struct follow *follow, const struct admin_event *event);
static void remember(struct follow *follow, const struct admin_event *event);
static struct user_read *free_read(struct follow *follow);
static bool reads_running(const struct follow *follow);
static int64_t floor_ms(const struct follow *follow);
static bool answer_is_good(struct follow *follow, const struct http_answer *answer, const char *what);

struct follow *follow_open(struct loop *loop, struct admin *admin, uint32_t every_ms,
                           keycloak_on_user on_user, void *ctx)
{
    check(every_ms > 0 && on_user != NULL);
    struct follow *follow = calloc(1, sizeof *follow);
    struct uuid *ring = calloc(FOLLOW_SEEN_MAX, sizeof *ring);
    if (follow == NULL || ring == NULL) {
        free(follow);
        free(ring);
        return NULL;
    }
    *follow = (struct follow){
        .magic = FOLLOW_MAGIC, .loop = loop, .admin = admin, .every_ms = every_ms, .ring = ring};
    follow->on_user = on_user;
    follow->ctx = ctx;
    follow->page_size = FOLLOW_PAGE;
    follow->start_ms = follow->cursor_ms = loop_now_ms(loop);
    map_init(&follow->seen);
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
    map_release(&follow->seen);
    free(follow->ring);
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
    check(follow->state == FOLLOW_PAUSED && follow->page == NULL && !reads_running(follow));
    follow->offset = follow->pages = 0;
    follow->newest_ms = follow->cursor_ms;
    follow->pass_failed = false;
    if (follow->events_are_on && follow->status.passes % FOLLOW_CONFIG_EVERY != 0) {
        page_ask(follow);
        return;
    }
    follow->state = FOLLOW_CONFIG;
    if (!ask(follow, "/events/config", KEYCLOAK_ANSWER_MAX_BYTES, &follow->request, config_came, follow))
        pass_end(follow, false);
}

static void config_came(void *ctx, const struct http_answer *answer)
{
    struct follow *follow = ctx;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_CONFIG);
    bool good = answer_is_good(follow, answer, "events configuration");
    if (good && !answer_events_on(answer->body)) {
        snprintf(follow->status.failure, sizeof follow->status.failure,
                 "admin events are switched off in the realm: disabled users would keep playing");
        good = false;
    }
    follow->events_are_on = good;
    if (good)
        page_ask(follow);
    else
        pass_end(follow, false);
}

/* `dateFrom` is a day in Keycloak's own time zone, so one more day is asked for; the floor does the exact
 * part. */
static void page_ask(struct follow *follow)
{
    char path[320], day[16];
    struct tm parts;
    time_t from = (time_t)((floor_ms(follow) - DAY_MS) / 1000);
    check(gmtime_r(&from, &parts) != NULL && strftime(day, sizeof day, "%Y-%m-%d", &parts) > 0);
    snprintf(
        path, sizeof path,
        "/admin-events?resourceTypes=USER&resourceTypes=REALM_ROLE_MAPPING&resourceTypes=GROUP_MEMBERSHIP"
        "&resourceTypes=REALM&dateFrom=%s&first=%u&max=%u",
        day, follow->offset, follow->page_size);
    follow->state = FOLLOW_PAGING;
    if (!ask(follow, path, FOLLOW_PAGE_MAX_BYTES, &follow->request, page_came, follow))
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
    bool good = answer_is_good(follow, answer, "admin events");
    if (good) {
        follow->page = json_loadb((const char *)answer->body.data, answer->body.size, 0, &error);
        good = json_is_array(follow->page);
        if (!good)
            snprintf(follow->status.failure, sizeof follow->status.failure, "admin events: not a list");
    }
    if (!good) {
        pass_end(follow, false);
        return;
    }
    follow->state = FOLLOW_READING;
    follow->next = 0;
    follow->reached = false;
    page_go_on(follow);
}

/* Handles events until the page ends, the floor is reached, or all reads are busy. */
static void page_go_on(struct follow *follow)
{
    check(follow->state == FOLLOW_READING);
    while (!follow->pass_failed && !follow->reached && follow->next < json_array_size(follow->page)) {
        struct admin_event event;
        if (answer_event(json_array_get(follow->page, follow->next), &event) != ERR_OK) {
            snprintf(follow->status.failure, sizeof follow->status.failure,
                     "admin events: one without a time");
            follow->pass_failed = true;
        } else if (event.at_ms < floor_ms(follow)) {
            follow->reached = true;
        } else if (event_handle(follow, &event)) {
            follow->next++;
        } else {
            return; /* a read's end comes back here */
        }
    }
    if (!reads_running(follow))
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
    check(follow->page == NULL && !reads_running(follow));
    follow->state = FOLLOW_PAUSED;
    follow->status.passes++;
    if (good) {
        follow->cursor_ms = follow->newest_ms;
        follow->status.followed_until_ms = follow->cursor_ms;
        follow->status.failure[0] = '\0';
    } else {
        follow->status.passes_failed++;
    }
    bool sooner = good || follow->every_ms > FOLLOW_RETRY_MS;
    loop_timer_start(&follow->timer, sooner ? follow->every_ms : FOLLOW_RETRY_MS);
}

/* False when the event must wait for a read to become free. */
static bool event_handle(struct follow *follow, const struct admin_event *event)
{
    if (event->at_ms > follow->newest_ms)
        follow->newest_ms = event->at_ms;
    if (event->kind == EVENT_IGNORED || seen(follow, event))
        return true;
    switch (event->kind) {
    case EVENT_IGNORED:
        break;
    case EVENT_USER_UPDATED:
    case EVENT_USER_ROLES: {
        struct user_read *read = free_read(follow);
        if (read == NULL)
            return false;
        user_ask(follow, read, event);
        break;
    }
    case EVENT_USER_DELETED:
        tell(follow, event, USER_DELETED);
        break;
    case EVENT_USER_LOGGED_OUT:
        tell(follow, event, USER_LOGGED_OUT);
        break;
    }
    return true;
}

static void user_ask(struct follow *follow, struct user_read *read, const struct admin_event *event)
{
    char path[96] = "/users/";
    uuid_format(event->user, path + strlen(path));
    if (event->kind == EVENT_USER_ROLES)
        strcat(path, "/role-mappings/realm/composite");
    read->event = *event;
    if (!ask(follow, path, KEYCLOAK_ANSWER_MAX_BYTES, &read->request, user_came, read))
        follow->pass_failed = true;
}

static void user_came(void *ctx, const struct http_answer *answer)
{
    struct user_read *read = ctx;
    struct follow *follow = read->follow;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_READING && read->request != 0);
    read->request = 0;
    if (answer->err == ERR_OK && answer->status == 404)
        tell(follow, &read->event, USER_DELETED);
    else if (!answer_is_good(follow, answer, "a user") || !user_tell(follow, &read->event, answer->body))
        follow->pass_failed = true;
    page_go_on(follow);
}

/* What was read of the user, against what the event says. False when it is not what it must be. */
static bool user_tell(struct follow *follow, const struct admin_event *event, struct slice body)
{
    bool disabled = false;
    enum err err = event->kind == EVENT_USER_ROLES ? answer_roles(body, &follow->status.change_roles)
                                                   : answer_user_disabled(body, &disabled);
    if (err != ERR_OK) {
        snprintf(follow->status.failure, sizeof follow->status.failure, "a user: %s", err_text(err));
        return false;
    }
    if (event->kind == EVENT_USER_ROLES)
        tell(follow, event, USER_ROLES_CHANGED);
    else if (disabled)
        tell(follow, event, USER_DISABLED);
    else
        remember(follow, event);
    return true;
}

static void tell(struct follow *follow, const struct admin_event *event, enum user_change change)
{
    remember(follow, event);
    follow->status.events++;
    follow->status.change_at_ms = event->at_ms;
    follow->on_user(follow->ctx, event->user, change);
}

static bool seen(const struct follow *follow, const struct admin_event *event)
{
    return map_get(&follow->seen, event->fingerprint) != NULL;
}

static void remember(struct follow *follow, const struct admin_event *event)
{
    struct uuid *place = &follow->ring[follow->ring_next];
    if (!uuid_is_nil(*place))
        map_remove(&follow->seen, *place);
    *place = event->fingerprint;
    if (map_put(&follow->seen, event->fingerprint, place) != ERR_OK)
        *place = (struct uuid){0}; /* it may be told twice then */
    follow->ring_next = (follow->ring_next + 1) % FOLLOW_SEEN_MAX;
}

static struct user_read *free_read(struct follow *follow)
{
    for (int i = 0; i < FOLLOW_READS; i++)
        if (follow->reads[i].request == 0)
            return &follow->reads[i];
    return NULL;
}

static bool reads_running(const struct follow *follow)
{
    for (int i = 0; i < FOLLOW_READS; i++)
        if (follow->reads[i].request != 0)
            return true;
    return false;
}

/* Events from here on are told: not what happened before we began, else a little before the newest one known.
 */
static int64_t floor_ms(const struct follow *follow)
{
    int64_t again = follow->cursor_ms - FOLLOW_OVERLAP_MS;
    return again > follow->start_ms ? again : follow->start_ms;
}

static bool ask(struct follow *follow, const char *path, size_t max_bytes, uint64_t *ret_id, http_done done,
                void *ctx)
{
    struct admin_request request = {.method = "GET", .path = path, .answer_max_bytes = max_bytes};
    enum err err = admin_send(follow->admin, &request, ret_id, done, ctx);
    if (err != ERR_OK)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s", err_text(err));
    return err == ERR_OK;
}

static bool answer_is_good(struct follow *follow, const struct http_answer *answer, const char *what)
{
    if (answer->err != ERR_OK)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s: %.120s", what, answer->failure);
    else if (answer->status != 200)
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s: status %ld", what,
                 answer->status);
    return answer->err == ERR_OK && answer->status == 200;
}
