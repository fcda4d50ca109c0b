/* follow_told: what one event means, and to whom it is told.
 *
 * A user's update says what was written (events hold their details); where it does not, the user is read,
 * and after a change of roles or groups the roles it has now (up to FOLLOW_READS at once), as the event may
 * be old news. An event counts as told only after that; when a read fails, so does the pass, and the next one
 * finds it again.
 *
 * A client's "not before" stands in each of its updates: it is told once for each moment, and again never,
 * whatever else is changed of that client.
 *
 * That the admin events were switched off is the last thing they say. What happened from then on stands
 * nowhere: the pass fails until they are on again (follow.c asks), and then everybody signs in anew. */
#include "base/check.h"
#include "base/sha256.h"
#include "auth/follow_internal.h"
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static bool user_ask(struct follow *follow, const struct admin_event *event);
static void user_came(void *user_read, const struct http_answer *answer);
static bool user_tell(struct follow *follow, const struct admin_event *event, struct slice body,
                      uint8_t *ret_roles);
static void switched_off(struct follow *follow, const struct admin_event *event);
static void tell(struct follow *follow, const struct admin_event *event, enum user_change change,
                 uint8_t roles);

bool follow_handle(struct follow *follow, const struct admin_event *event)
{
    if (event->kind == EVENT_IGNORED || seen_has(&follow->seen, event->fingerprint))
        return true;
    switch (event->kind) {
    case EVENT_IGNORED:
        break;
    case EVENT_USER_UPDATED:
    case EVENT_USER_ROLES:
        return user_ask(follow, event);
    case EVENT_USER_DISABLED:
        tell(follow, event, USER_DISABLED, 0);
        break;
    case EVENT_USER_DELETED:
        tell(follow, event, USER_DELETED, 0);
        break;
    case EVENT_USER_LOGGED_OUT:
        tell(follow, event, USER_LOGGED_OUT, 0);
        break;
    case EVENT_SESSION_ENDED:
        tell(follow, event, USER_SESSION_ENDED, 0);
        break;
    case EVENT_ROLES_OF_MANY:
        tell(follow, event, USER_ROLES_CHANGED, 0);
        break;
    case EVENT_CLIENT_ENDED:
        seen_add(&follow->seen, event->fingerprint);
        follow_tell(follow, "client", event->client, event->before_ms, USER_CLIENT_ENDED);
        break;
    case EVENT_REALM_UPDATED:
        seen_add(&follow->seen, event->fingerprint);
        admin_forget_token(follow->admin);
        follow->events_are_on = false; /* ask */
        break;
    case EVENT_SWITCHED_OFF:
        switched_off(follow, event);
        break;
    }
    return true;
}

/* Seen by a pass that has just heard that they are on: over. */
static void switched_off(struct follow *follow, const struct admin_event *event)
{
    admin_forget_token(follow->admin);
    if (follow->asked_config) {
        seen_add(&follow->seen, event->fingerprint);
        follow->lost = true;
    } else {
        follow->events_are_on = false;
        follow->pass_failed = true;
        snprintf(follow->status.failure, sizeof follow->status.failure, "%s", follow->source->off);
    }
}

static bool user_ask(struct follow *follow, const struct admin_event *event)
{
    char path[96] = "/users/";
    struct user_read *read = NULL;
    for (int i = 0; i < FOLLOW_READS && read == NULL; i++)
        read = follow->reads[i].request == 0 ? &follow->reads[i] : NULL;
    if (read == NULL)
        return false;
    uuid_format(event->user, path + strlen(path));
    if (event->kind == EVENT_USER_ROLES)
        strcat(path, "/role-mappings/realm/composite");
    read->event = *event;
    if (follow_ask(follow, path, KEYCLOAK_ANSWER_MAX_BYTES, &read->request, user_came, read))
        follow->reading++;
    else
        follow->pass_failed = true;
    return true;
}

static void user_came(void *ctx, const struct http_answer *answer)
{
    struct user_read *read = ctx;
    struct follow *follow = read->follow;
    check_magic(follow, FOLLOW_MAGIC);
    check(follow->state == FOLLOW_READING && read->request != 0);
    uint8_t roles = 0;
    read->request = 0;
    follow->reading--;
    if (answer->err == ERR_OK && answer->status == 404)
        tell(follow, &read->event, USER_DELETED, 0);
    else if (!follow_answer_is_good(follow, answer, "a user") ||
             !user_tell(follow, &read->event, answer->body, &roles))
        follow->pass_failed = true;
    follow_go_on(follow);
}

/* What was read of the user, against what the event says. False when it is not what it must be. */
static bool user_tell(struct follow *follow, const struct admin_event *event, struct slice body,
                      uint8_t *ret_roles)
{
    bool disabled = false;
    enum err err = event->kind == EVENT_USER_ROLES ? answer_roles(body, ret_roles)
                                                   : answer_user_disabled(body, &disabled);
    if (err != ERR_OK) {
        snprintf(follow->status.failure, sizeof follow->status.failure, "a user: %s", err_text(err));
        return false;
    }
    if (event->kind == EVENT_USER_ROLES)
        tell(follow, event, USER_ROLES_CHANGED, *ret_roles);
    else if (disabled)
        tell(follow, event, USER_DISABLED, 0);
    else
        seen_add(&follow->seen, event->fingerprint);
    return true;
}

void follow_tell(struct follow *follow, const char *what, const char *client, int64_t at_ms,
                 enum user_change change)
{
    struct admin_event event = {.at_ms = at_ms};
    struct hash hash;
    char says[160];
    int size = snprintf(says, sizeof says, "%s%s%s\n%lld", what, client[0] != '\0' ? "\n" : "", client,
                        (long long)at_ms);
    check(size > 0 && (size_t)size < sizeof says);
    SHA256((const uint8_t *)says, (size_t)size, hash.bytes);
    memcpy(event.fingerprint.bytes, hash.bytes, sizeof event.fingerprint.bytes);
    memcpy(event.client, client, strlen(client) + 1);
    if (!seen_has(&follow->seen, event.fingerprint))
        tell(follow, &event, change, 0);
}

static void tell(struct follow *follow, const struct admin_event *event, enum user_change change,
                 uint8_t roles)
{
    struct keycloak_change what = {.at_ms = event->at_ms, .roles = roles, .cause = event->fingerprint};
    memcpy(what.sid, event->sid, sizeof what.sid);
    memcpy(what.client, event->client, sizeof what.client);
    seen_add(&follow->seen, event->fingerprint);
    follow->status.events++;
    follow->to.on_user(follow->to.ctx, event->user, change, &what);
}
