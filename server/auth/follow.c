/* follow: admin events, by polling: Keycloak calls nobody back when a user is disabled, deleted or given
 * another role. What its REST offers (26.0): the newest first, by pages with an offset, filtered by resource
 * type and by *day*; no event ids, no "since". So one pass is:
 *
 *   PAUSED --timer--> CONFIG (now and then: are events on?) --> PAGE --> READING --> next PAGE ... --> PAUSED
 *
 * A pass reads pages from the newest event down to `floor`, a little before the newest event of the last good
 * pass (`cursor`, which the caller keeps across restarts; only Keycloak's own times are compared): events
 * become visible when their transaction commits, which may be after a younger one, and nodes' clocks differ,
 * so FOLLOW_OVERLAP_MS are read again each time and what was told already is known by its fingerprint. New
 * events that arrive while a pass is paging push older ones to higher offsets: they are seen twice then,
 * never missed. Without a cursor the newest event there is begins it, untold.
 *
 * A user's update says what was written (events hold their details); where it does not, the user is read,
 * and after a change of roles or groups the roles it has now (up to FOLLOW_READS at once), as the event may
 * be old news. An event counts as told only after that. When anything fails the pass is given up, `floor`
 * stays, and the next pass finds the rest: nothing is missed however long Keycloak is away, as long as it
 * keeps its events (adminEventsExpiration of the realm). After a start the event at the cursor must still be
 * there: if not, some that were never read may be gone too (expired, cleared), and everybody signs in anew.
 *
 * The realm's notBefore is in no event that we may read, but in each answer with a token for our own service
 * account; when it moves, old tokens of that account are refused and a new one is fetched.
 *
 * Bounds: one page and its reads at a time; FOLLOW_SEEN_MAX fingerprints (with more events in the overlap one
 * may be told twice); FOLLOW_PAGES_MAX pages a pass; a page that is too large is asked for by halves. */
#include "auth/follow.h"
#include "auth/answers.h"
#include "auth/limits.h"
#include "base/check.h"
#include "base/map.h"
#include "base/sha256.h"
#include <jansson.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FOLLOW_MAGIC = 0x464f4c4c,
    FOLLOW_READS = 16,
    FOLLOW_CONFIG_EVERY = 100,
    DAY_MS = 86400 * 1000,
    FOLLOW_ORIGIN = 1
};

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
    struct keycloak_following to;
    struct loop_timer timer;
    uint64_t request;
    bool events_are_on;
    int64_t start_ms;      /* 0, or the newest event when following began without a cursor */
    int64_t cursor_ms;     /* the newest event of the last good pass; 0: none yet, FOLLOW_ORIGIN: no event */
    uint64_t moved_at;     /* loop_mono_ms when it did, or when following began */
    int64_t newest_ms;     /* of this pass */
    bool cursor_seen;      /* an event as old as the cursor, in this pass */
    int64_t not_before_ms; /* of the realm, as last told */
    uint32_t offset, pages, page_size;
    json_t *page;
    size_t next;  /* in the page */
    bool reached; /* the floor, in this page */
    bool pass_failed;
    struct user_read reads[FOLLOW_READS];
    uint32_t reading;  /* of them */
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
static void begin_with(struct follow *follow);
static void page_go_on(struct follow *follow);
static void page_end(struct follow *follow);
static bool event_handle(struct follow *follow, const struct admin_event *event);
static void user_ask(struct follow *follow, struct user_read *read, const struct admin_event *event);
static void user_came(void *user_read, const struct http_answer *answer);
static bool user_tell(struct follow *follow, const struct admin_event *event, struct slice body);
static void tell_losses(struct follow *follow);
static void tell_not_before(struct follow *follow);
static void tell_everybody(struct follow *follow, const char *what, int64_t at_ms, enum user_change change);
static void tell(struct follow *follow, const struct admin_event *event, enum user_change change);
static bool seen(const struct follow *follow, const struct admin_event *event);
static void remember(struct follow *follow, const struct admin_event *event);
static struct user_read *free_read(struct follow *follow);
static int64_t floor_ms(const struct follow *follow);
static bool answer_is_good(struct follow *follow, const struct http_answer *answer, const char *what);

struct follow *follow_open(struct loop *loop, struct admin *admin, const struct keycloak_following *following)
{
    check(following->every_ms > 0 && following->on_user != NULL && following->from_ms >= 0);
    struct follow *follow = calloc(1, sizeof *follow);
    struct uuid *ring = calloc(FOLLOW_SEEN_MAX, sizeof *ring);
    if (follow == NULL || ring == NULL) {
        free(follow);
        free(ring);
        return NULL;
    }
    *follow =
        (struct follow){.magic = FOLLOW_MAGIC, .loop = loop, .admin = admin, .to = *following, .ring = ring};
    follow->cursor_ms = following->from_ms;
    follow->moved_at = loop_mono_ms(loop);
    follow->page_size = FOLLOW_PAGE;
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
    check(follow->state == FOLLOW_PAUSED && follow->page == NULL && follow->reading == 0);
    follow->offset = follow->pages = 0;
    follow->newest_ms = follow->cursor_ms;
    follow->cursor_seen = false;
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
    char path[400], day[16];
    struct tm parts;
    int64_t from_ms = floor_ms(follow) - DAY_MS;
    time_t from = (time_t)(from_ms > 0 ? from_ms / 1000 : 0);
    check(gmtime_r(&from, &parts) != NULL && strftime(day, sizeof day, "%Y-%m-%d", &parts) > 0);
    snprintf(
        path, sizeof path,
        "/admin-events?resourceTypes=USER&resourceTypes=REALM_ROLE_MAPPING&resourceTypes=GROUP_MEMBERSHIP"
        "&resourceTypes=REALM&resourceTypes=USER_SESSION&resourceTypes=GROUP&resourceTypes=REALM_ROLE"
        "&dateFrom=%s&first=%u&max=%u",
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
    if (follow->cursor_ms == 0) {
        begin_with(follow);
        page_end(follow);
        return;
    }
    follow->state = FOLLOW_READING;
    follow->next = 0;
    follow->reached = false;
    page_go_on(follow);
}

/* The first pass ever: what is there already is old news. */
static void begin_with(struct follow *follow)
{
    struct admin_event event;
    follow->newest_ms = FOLLOW_ORIGIN;
    for (size_t i = 0; i < json_array_size(follow->page); i++) {
        if (answer_event(json_array_get(follow->page, i), &event) != ERR_OK)
            continue;
        if (event.at_ms > follow->newest_ms)
            follow->newest_ms = event.at_ms;
        remember(follow, &event);
    }
    follow->start_ms = follow->newest_ms;
    follow->reached = follow->cursor_seen = true;
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
            follow->reached = follow->cursor_seen = true;
        } else if (event_handle(follow, &event)) {
            follow->next++;
        } else {
            return; /* a read's end comes back here */
        }
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
    follow->state = FOLLOW_PAUSED;
    follow->status.passes++;
    if (good) {
        tell_losses(follow);
        tell_not_before(follow);
        if (follow->newest_ms != follow->cursor_ms) {
            follow->moved_at = loop_mono_ms(follow->loop);
            follow->to.on_followed(follow->to.ctx, follow->newest_ms);
        }
        follow->cursor_ms = follow->status.followed_until_ms = follow->newest_ms;
        follow->status.failure[0] = '\0';
    } else {
        follow->status.passes_failed++;
    }
    bool sooner = good || follow->to.every_ms > FOLLOW_RETRY_MS;
    loop_timer_start(&follow->timer, sooner ? follow->to.every_ms : FOLLOW_RETRY_MS);
}

/* In the first good pass: the cursor's own event is gone, and with it perhaps others that were never read. */
static void tell_losses(struct follow *follow)
{
    bool first = follow->status.followed_until_ms == 0;
    if (!first || follow->cursor_seen || follow->cursor_ms == FOLLOW_ORIGIN)
        return;
    tell_everybody(follow, "lost", loop_now_ms(follow->loop), USER_LOGGED_OUT);
}

static void tell_not_before(struct follow *follow)
{
    int64_t at_ms = admin_not_before_s(follow->admin) * 1000;
    if (at_ms > follow->not_before_ms)
        tell_everybody(follow, "not-before", at_ms, USER_LOGGED_OUT);
    follow->not_before_ms = at_ms;
}

/* What is in no event: its cause is made of what it is and when. */
static void tell_everybody(struct follow *follow, const char *what, int64_t at_ms, enum user_change change)
{
    struct admin_event event = {.at_ms = at_ms};
    struct hash hash;
    char says[64];
    int size = snprintf(says, sizeof says, "%s\n%lld", what, (long long)at_ms);
    SHA256((const uint8_t *)says, (size_t)size, hash.bytes);
    memcpy(event.fingerprint.bytes, hash.bytes, sizeof event.fingerprint.bytes);
    tell(follow, &event, change);
}

/* False when the event must wait for a read to become free. */
static bool event_handle(struct follow *follow, const struct admin_event *event)
{
    if (event->at_ms > follow->newest_ms)
        follow->newest_ms = event->at_ms;
    if (event->at_ms <= follow->cursor_ms)
        follow->cursor_seen = true;
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
    case EVENT_USER_DISABLED:
        tell(follow, event, USER_DISABLED);
        break;
    case EVENT_USER_DELETED:
        tell(follow, event, USER_DELETED);
        break;
    case EVENT_USER_LOGGED_OUT:
        tell(follow, event, USER_LOGGED_OUT);
        break;
    case EVENT_SESSION_ENDED:
        tell(follow, event, USER_SESSION_ENDED);
        break;
    case EVENT_ROLES_OF_MANY:
        tell(follow, event, USER_ROLES_CHANGED);
        break;
    case EVENT_REALM_UPDATED:
        remember(follow, event);
        admin_forget_token(follow->admin);
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
    if (ask(follow, path, KEYCLOAK_ANSWER_MAX_BYTES, &read->request, user_came, read))
        follow->reading++;
    else
        follow->pass_failed = true;
}

static void user_came(void *ctx, const struct http_answer *answer)
{
    struct user_read *read = ctx;
    struct follow *follow = read->follow;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_READING && read->request != 0);
    read->request = 0;
    follow->reading--;
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
    enum err err = event->kind == EVENT_USER_ROLES ? answer_roles(body, &follow->status.change.roles)
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
    follow->status.change.at_ms = event->at_ms;
    follow->status.change.cause = event->fingerprint;
    memcpy(follow->status.change.sid, event->sid, sizeof event->sid);
    follow->to.on_user(follow->to.ctx, event->user, change);
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

/* Events from here on are told: a little before the newest one known, but not from before we began. Once that
 * is not so new any more, nothing older can become visible. */
static int64_t floor_ms(const struct follow *follow)
{
    bool settled = loop_mono_ms(follow->loop) - follow->moved_at > FOLLOW_OVERLAP_MS;
    int64_t again = follow->cursor_ms - (settled ? 0 : FOLLOW_OVERLAP_MS);
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
