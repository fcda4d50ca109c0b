/* answers: Keycloak's JSON, read once and here. Seen with 26.0.7; each form stands in
 * tests/unit/test_token_answers.c as it was received.
 *
 * A refused creation comes in three forms:
 *   {"error":"invalidPasswordMinLengthMessage","error_description":"Invalid password: minimum length 8."}
 *   {"field":"email","errorMessage":"error-invalid-email","params":["email","the address"]}
 *   {"errors":[{"field":...,"errorMessage":...,"params":[...]}, ...]}
 * and `params` repeats what was sent, so only our own words go out. The one text passed on is the password
 * policy's description, which speaks of the policy and not of the password; it is passed on in printable
 * ASCII only.
 *
 * Admin events have no id in 26.0 (later versions have one), so an event's fingerprint is the hash of what it
 * says: two equal ones in the same millisecond are told once, which is right, as the follower reads the truth
 * after it.
 *
 * When Keycloak changes a form: add it here and to the test, keep the old one. */
#include "auth/answers.h"
#include "auth/claims.h"
#include "base/check.h"
#include "base/sha256.h"
#include <ctype.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum keycloak_outcome refused_field(const json_t *error, char detail[ANSWER_DETAIL_BYTES]);
static void copy_printable(const char *text, char detail[ANSWER_DETAIL_BYTES]);
static enum keycloak_outcome grant_refused(const char *error, const char *description);
static bool carries(const json_t *user, const char *attribute, const char *text);
static enum admin_event_kind event_kind(const char *operation, const char *resource, const char *path,
                                        struct admin_event *event);
static enum admin_event_kind realm_event_kind(const char *operation, const char *path, struct uuid *ret_user);
static enum admin_event_kind user_event_kind(const char *operation, const char *resource, const char *path,
                                             struct uuid *ret_user);
static bool maps_roles(const char *resource);
static void read_written(const json_t *json, struct admin_event *event);
static struct uuid fingerprint(const char *says, int size, size_t capacity);
static json_t *load(struct slice body);
static const char *text_member(const json_t *json, const char *name);
static bool begins(const char *text, const char *prefix);
static bool ends(const char *text, const char *suffix);

enum err answer_created(const char *location, struct uuid *ret_user)
{
    const char *id = strrchr(location, '/');
    if (id == NULL || !uuid_parse(slice_text(id + 1), ret_user))
        return ERR_MALFORMED;
    return ERR_OK;
}

enum keycloak_outcome answer_refused(struct slice body, char ret_detail[ANSWER_DETAIL_BYTES])
{
    json_t *json = load(body);
    const json_t *errors = json_object_get(json, "errors");
    const char *error = text_member(json, "error");
    enum keycloak_outcome outcome = KEYCLOAK_UNAVAILABLE;
    ret_detail[0] = '\0';
    if (begins(error, "invalidPassword")) {
        outcome = KEYCLOAK_PASSWORD_WEAK;
        copy_printable(text_member(json, "error_description"), ret_detail);
    } else if (json_is_array(errors)) {
        for (size_t i = 0; i < json_array_size(errors) && outcome == KEYCLOAK_UNAVAILABLE; i++)
            outcome = refused_field(json_array_get(errors, i), ret_detail);
    } else {
        outcome = refused_field(json, ret_detail);
    }
    json_decref(json);
    return outcome;
}

/* The e-mail address is the user name too, so either field speaks of it. */
static enum keycloak_outcome refused_field(const json_t *error, char detail[ANSWER_DETAIL_BYTES])
{
    const char *field = text_member(error, "field"), *message = text_member(error, "errorMessage");
    if (begins(message, "invalidPassword"))
        return KEYCLOAK_PASSWORD_WEAK;
    if (strcmp(field, "email") == 0 || strcmp(field, "username") == 0 ||
        strcmp(message, "User name is missing") == 0)
        return KEYCLOAK_EMAIL_INVALID;
    if (field[0] != '\0') {
        char name[64];
        copy_printable(field, detail);
        snprintf(name, sizeof name, "%.60s", detail);
        snprintf(detail, ANSWER_DETAIL_BYTES, "the realm wants the attribute %s of every user", name);
        return KEYCLOAK_MISCONFIGURED;
    }
    return KEYCLOAK_UNAVAILABLE;
}

static void copy_printable(const char *text, char detail[ANSWER_DETAIL_BYTES])
{
    size_t size = 0;
    for (; *text != '\0' && size < ANSWER_DETAIL_BYTES - 1; text++)
        if (*text >= ' ' && *text <= '~')
            detail[size++] = *text;
    detail[size] = '\0';
}

enum keycloak_outcome answer_existing(struct slice body, struct uuid registration, struct uuid *ret_user)
{
    char text[UUID_TEXT_SIZE];
    json_t *users = load(body);
    enum keycloak_outcome outcome = json_is_array(users) ? KEYCLOAK_EMAIL_TAKEN : KEYCLOAK_UNAVAILABLE;
    uuid_format(registration, text);
    for (size_t i = 0; i < json_array_size(users); i++) {
        const json_t *user = json_array_get(users, i);
        if (carries(user, "registration_id", text) &&
            uuid_parse(slice_text(text_member(user, "id")), ret_user)) {
            outcome = KEYCLOAK_EXISTS_SAME;
            break;
        }
    }
    json_decref(users);
    return outcome;
}

static bool carries(const json_t *user, const char *attribute, const char *text)
{
    const json_t *values = json_object_get(json_object_get(user, "attributes"), attribute);
    const char *value = json_string_value(json_array_get(values, 0));
    return json_array_size(values) == 1 && value != NULL && strcmp(value, text) == 0;
}

enum keycloak_outcome answer_guest(struct slice body, struct uuid registration, char ret_user_name[256])
{
    char text[UUID_TEXT_SIZE];
    json_t *user = load(body);
    const char *name = text_member(user, "username");
    enum keycloak_outcome outcome = KEYCLOAK_NOT_GUEST;
    if (name[0] == '\0' || strlen(name) >= 256)
        outcome = KEYCLOAK_UNAVAILABLE;
    else if (carries(user, "registration_id", uuid_format(registration, text)))
        outcome = KEYCLOAK_EXISTS_SAME;
    else if (carries(user, "guest", "true"))
        outcome = KEYCLOAK_OK;
    if (outcome == KEYCLOAK_OK)
        strcpy(ret_user_name, name);
    json_decref(user);
    return outcome;
}

bool answer_user_unknown(struct slice body)
{
    json_t *json = load(body);
    bool unknown = strcmp(text_member(json, "error"), "User not found") == 0;
    json_decref(json);
    return unknown;
}

json_t *answer_sessions(struct slice body)
{
    json_t *list = load(body), *sids = json_is_array(list) ? json_array() : NULL;
    for (size_t i = 0; sids != NULL && i < json_array_size(list); i++) {
        const char *sid = text_member(json_array_get(list, i), "id");
        size_t size = strspn(sid, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
        bool good = size > 0 && size < 64 && sid[size] == '\0';
        if (!good || json_array_append_new(sids, json_string(sid)) != 0) {
            json_decref(sids);
            sids = NULL;
        }
    }
    json_decref(list);
    return sids;
}

enum err answer_any(struct slice body, bool *ret_any)
{
    json_t *list = load(body);
    bool is_list = json_is_array(list);
    if (is_list)
        *ret_any = json_array_size(list) > 0;
    json_decref(list);
    return is_list ? ERR_OK : ERR_MALFORMED;
}

enum keycloak_outcome answer_tokens(long status, struct slice body, struct keycloak_tokens *ret_tokens,
                                    json_t **ret_json)
{
    json_t *json = load(body);
    const char *access = text_member(json, "access_token"), *refresh = text_member(json, "refresh_token");
    enum keycloak_outcome outcome = KEYCLOAK_UNAVAILABLE;
    *ret_json = NULL;
    if (status == 200 && access[0] != '\0' && json_is_integer(json_object_get(json, "expires_in"))) {
        *ret_tokens = (struct keycloak_tokens){slice_text(access), slice_text(refresh)};
        *ret_json = json;
        return KEYCLOAK_OK;
    }
    if (status == 400 || status == 401)
        outcome = grant_refused(text_member(json, "error"), text_member(json, "error_description"));
    json_decref(json);
    return outcome;
}

/* Only an account whose password was right is said to be incomplete. */
static enum keycloak_outcome grant_refused(const char *error, const char *description)
{
    if (strcmp(error, "unauthorized_client") == 0 || strcmp(error, "invalid_client") == 0)
        return KEYCLOAK_MISCONFIGURED;
    if (strcmp(error, "invalid_grant") != 0)
        return KEYCLOAK_UNAVAILABLE;
    if (strcmp(description, "Account is not fully set up") == 0)
        return KEYCLOAK_INCOMPLETE;
    return strcmp(description, "Account disabled") == 0 ? KEYCLOAK_DISABLED : KEYCLOAK_DENIED;
}

enum err answer_actions(struct slice body, char ret_actions[ANSWER_DETAIL_BYTES])
{
    json_t *json = load(body);
    const json_t *actions = json_object_get(json, "requiredActions");
    enum err err = json_is_array(actions) ? ERR_OK : ERR_MALFORMED;
    size_t size = 0;
    char name[ANSWER_DETAIL_BYTES];
    ret_actions[0] = '\0';
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const char *action = json_string_value(json_array_get(actions, i));
        copy_printable(action != NULL ? action : "", name);
        if (name[0] == '\0' || size + strlen(name) + 3 > ANSWER_DETAIL_BYTES)
            continue;
        for (char *letter = name; *letter != '\0'; letter++)
            *letter = (char)tolower((unsigned char)*letter);
        size += (size_t)sprintf(ret_actions + size, "%s%s", size > 0 ? ", " : "", name);
    }
    json_decref(json);
    return err;
}

json_t *answer_action_list(struct slice body)
{
    json_t *user = load(body), *actions = json_object_get(user, "requiredActions");
    json_t *list = json_is_array(actions) ? json_incref(actions) : NULL;
    json_decref(user);
    return list;
}

json_t *answer_default_actions(struct slice body)
{
    json_t *actions = load(body), *list = json_is_array(actions) ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        bool wanted = json_is_true(json_object_get(action, "enabled")) &&
                      json_is_true(json_object_get(action, "defaultAction"));
        if (wanted)
            json_array_append_new(list, json_string(text_member(action, "alias")));
    }
    json_decref(actions);
    return list;
}

enum err answer_event(const json_t *json, struct admin_event *ret_event)
{
    const json_t *time = json_object_get(json, "time"), *by = json_object_get(json, "authDetails");
    struct admin_event event = {0};
    if (!json_is_integer(time) || json_integer_value(time) <= 0)
        return ERR_MALFORMED;
    event.at_ms = json_integer_value(time);
    const char *operation = text_member(json, "operationType"), *resource = text_member(json, "resourceType");
    const char *path = text_member(json, "resourcePath"), *id = text_member(json, "id");
    event.kind = event_kind(operation, resource, path, &event);
    read_written(json, &event);

    char says[1024];
    int size = snprintf(says, sizeof says, "%lld\n%.64s\n%.64s\n%.512s\n%.64s\n%.64s", (long long)event.at_ms,
                        operation, resource, path, id, text_member(by, "userId"));
    event.fingerprint = fingerprint(says, size, sizeof says);
    *ret_event = event;
    return ERR_OK;
}

enum err answer_user_event(const json_t *json, struct admin_event *ret_event)
{
    const json_t *time = json_object_get(json, "time");
    const char *type = text_member(json, "type"), *user = text_member(json, "userId");
    struct admin_event event = {0};
    if (!json_is_integer(time) || json_integer_value(time) <= 0)
        return ERR_MALFORMED;
    event.at_ms = json_integer_value(time);
    if (!uuid_parse(slice_text(user), &event.user))
        event.kind = EVENT_IGNORED;
    else if (strcmp(type, "DELETE_ACCOUNT") == 0)
        event.kind = EVENT_USER_DELETED;
    else if (strcmp(type, "USER_DISABLED_BY_PERMANENT_LOCKOUT") == 0)
        event.kind = EVENT_USER_DISABLED;
    char says[256];
    int size = snprintf(says, sizeof says, "%lld\n%.64s\n%.64s", (long long)event.at_ms, type, user);
    event.fingerprint = fingerprint(says, size, sizeof says);
    *ret_event = event;
    return ERR_OK;
}

static struct uuid fingerprint(const char *says, int size, size_t capacity)
{
    struct hash hash;
    struct uuid id;
    check(size > 0 && (size_t)size < capacity);
    SHA256((const uint8_t *)says, (size_t)size, hash.bytes);
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    return id;
}

/* What concerns many is told of everybody: who is in a group, and whom a composite role reaches, would cost a
 * read of each. */
static enum admin_event_kind event_kind(const char *operation, const char *resource, const char *path,
                                        struct admin_event *event)
{
    static const char sessions[] = "sessions/";
    bool gone = strcmp(operation, "DELETE") == 0;
    if (strcmp(resource, "CLIENT") == 0)
        return strcmp(operation, "UPDATE") == 0 ? EVENT_CLIENT_ENDED : EVENT_IGNORED;
    if (strcmp(resource, "REALM") == 0)
        return realm_event_kind(operation, path, &event->user);
    if (strcmp(resource, "USER_SESSION") == 0) {
        size_t size = begins(path, sessions) ? strlen(path) - strlen(sessions) : 0;
        if (!gone || size == 0 || size >= sizeof event->sid)
            return EVENT_IGNORED;
        memcpy(event->sid, path + strlen(sessions), size + 1);
        return EVENT_SESSION_ENDED;
    }
    if (strcmp(resource, "GROUP") == 0)
        return gone || ends(path, "/children") ? EVENT_ROLES_OF_MANY : EVENT_IGNORED;
    if (strcmp(resource, "REALM_ROLE") == 0 || strcmp(resource, "CLIENT_ROLE") == 0)
        return gone || ends(path, "/composites") ? EVENT_ROLES_OF_MANY : EVENT_IGNORED;
    if (maps_roles(resource) && begins(path, "groups/"))
        return EVENT_ROLES_OF_MANY;
    return user_event_kind(operation, resource, path, &event->user);
}

/* Of a partial import too, by what it wrote over: a user is made anew by it, without sessions. */
static enum admin_event_kind realm_event_kind(const char *operation, const char *path, struct uuid *ret_user)
{
    bool update = strcmp(operation, "UPDATE") == 0;
    if (update && begins(path, "users/"))
        return uuid_parse(slice_text(path + strlen("users/")), ret_user) ? EVENT_USER_LOGGED_OUT
                                                                         : EVENT_IGNORED;
    if (update && (begins(path, "roles/") || begins(path, "groups/")))
        return EVENT_ROLES_OF_MANY;
    if (update)
        return EVENT_REALM_UPDATED;
    return strcmp(operation, "ACTION") == 0 && strcmp(path, "logout-all") == 0 ? EVENT_USER_LOGGED_OUT
                                                                               : EVENT_IGNORED;
}

static enum admin_event_kind user_event_kind(const char *operation, const char *resource, const char *path,
                                             struct uuid *ret_user)
{
    static const char users[] = "users/";
    size_t id_size = UUID_TEXT_SIZE - 1;
    if (!begins(path, users) || strlen(path) < strlen(users) + id_size ||
        !uuid_parse(slice_of(path + strlen(users), id_size), ret_user))
        return EVENT_IGNORED;
    const char *below = path + strlen(users) + id_size;
    if (strcmp(resource, "USER") == 0 && below[0] == '\0') {
        if (strcmp(operation, "UPDATE") == 0)
            return EVENT_USER_UPDATED;
        return strcmp(operation, "DELETE") == 0 ? EVENT_USER_DELETED : EVENT_IGNORED;
    }
    if (strcmp(resource, "USER") == 0)
        return strcmp(operation, "ACTION") == 0 && strcmp(below, "/logout") == 0 ? EVENT_USER_LOGGED_OUT
                                                                                 : EVENT_IGNORED;
    if (maps_roles(resource) || strcmp(resource, "GROUP_MEMBERSHIP") == 0)
        return EVENT_USER_ROLES;
    return EVENT_IGNORED;
}

/* A role of a client's may hold one of the realm's. */
static bool maps_roles(const char *resource)
{
    return strcmp(resource, "REALM_ROLE_MAPPING") == 0 || strcmp(resource, "CLIENT_ROLE_MAPPING") == 0;
}

/* With details switched on the event says what was written: "enabled" is in it where it was set. Without, a
 * client cannot be read: our account has no right to. */
static void read_written(const json_t *json, struct admin_event *event)
{
    const char *text = text_member(json, "representation");
    json_t *written = text[0] != '\0' ? load(slice_text(text)) : NULL;
    bool disabled = json_is_false(json_object_get(written, "enabled"));
    if (event->kind == EVENT_USER_UPDATED && json_is_object(written))
        event->kind = disabled ? EVENT_USER_DISABLED : EVENT_IGNORED;
    if (event->kind == EVENT_USER_LOGGED_OUT && disabled)
        event->kind = EVENT_USER_DISABLED; /* imported so */
    if (event->kind == EVENT_REALM_UPDATED && json_is_false(json_object_get(written, "adminEventsEnabled")))
        event->kind = EVENT_SWITCHED_OFF;
    if (event->kind == EVENT_CLIENT_ENDED) {
        const char *client = text_member(written, "clientId");
        json_int_t before_s = json_integer_value(json_object_get(written, "notBefore"));
        size_t size = strlen(client);
        event->before_ms = disabled ? event->at_ms : before_s > 0 ? before_s * 1000 : 0;
        if (event->before_ms == 0 || size == 0 || size >= sizeof event->client)
            event->kind = EVENT_IGNORED;
        else
            memcpy(event->client, client, size + 1);
    }
    json_decref(written);
}

bool answer_events_on(struct slice body, bool *ret_details)
{
    json_t *json = load(body);
    bool on = json_is_true(json_object_get(json, "adminEventsEnabled"));
    *ret_details = json_is_true(json_object_get(json, "adminEventsDetailsEnabled"));
    json_decref(json);
    return on;
}

bool answer_user_events_on(struct slice body, bool *ret_details)
{
    json_t *json = load(body);
    const json_t *types = json_object_get(json, "enabledEventTypes");
    bool kept = json_array_size(types) == 0; /* none named: all */
    for (size_t i = 0; i < json_array_size(types) && !kept; i++)
        kept = json_is_string(json_array_get(types, i)) &&
               strcmp(json_string_value(json_array_get(types, i)), "DELETE_ACCOUNT") == 0;
    kept = kept && json_is_true(json_object_get(json, "eventsEnabled"));
    *ret_details = true;
    json_decref(json);
    return kept;
}

enum err answer_user_disabled(struct slice body, bool *ret_disabled)
{
    json_t *json = load(body);
    const json_t *enabled = json_object_get(json, "enabled");
    enum err err = json_is_boolean(enabled) ? ERR_OK : ERR_MALFORMED;
    if (err == ERR_OK)
        *ret_disabled = json_is_false(enabled);
    json_decref(json);
    return err;
}

enum err answer_roles(struct slice body, uint8_t *ret_roles)
{
    json_t *json = load(body);
    enum err err = json_is_array(json) ? ERR_OK : ERR_MALFORMED;
    uint8_t roles = 0;
    for (size_t i = 0; i < json_array_size(json); i++)
        roles |= claims_role(slice_text(text_member(json_array_get(json, i), "name")));
    json_decref(json);
    if (err == ERR_OK)
        *ret_roles = roles;
    return err;
}

static json_t *load(struct slice body)
{
    json_error_t error;
    return json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, &error);
}

/* "" when there is no such text. */
static const char *text_member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix)
{
    size_t size = strlen(text), end = strlen(suffix);
    return size >= end && strcmp(text + size - end, suffix) == 0;
}
