/* register: a user in Keycloak and a player in the game, from one message.
 *
 *   validate -> how far did it come before?          the registration's stream
 *            -> begin_registration                   the intent is in the log, under the client's command id
 *            -> create the user in Keycloak          marked with that id
 *            -> finish_registration                  the player and the end, one commit (and projected)
 *            -> direct grant -> verify the token     the socket is signed in, the reply carries the tokens
 *
 * Sent again (same command id), it makes nothing new: what was done is known to the log or marked in
 * Keycloak, and the direct grant signs in afresh; a wrong password is then `command_id_reused`. Another
 * e-mail address or display name under the same id is refused by the log before Keycloak is asked:
 * begin_registration's content is a keyed digest of them. Once finished, no user is made under this id any
 * more, also when the first was deleted; once undone (server/process/registration.c), it is
 * `registration_undone`. What is cut off in between - here, in Keycloak, by kill -9 - is finished by a repeat
 * or undone by that process.
 *
 * A repeat that comes while the first is still under way waits for its end: Keycloak refuses two grants of
 * one user at the same moment as if the password were wrong. When someone else has the address, it is
 * `email_taken`. E-mail and password live in the request's arena only, which is wiped; they reach Keycloak
 * and nothing else. Passwords are taken over TLS or loopback only.
 *
 * A realm may want something of its users first (a verified address, terms): the direct grant then gives no
 * tokens, and the answer is `account_incomplete`, with the names. */
#include "request/account.h"
#include "domain/registration.h"
#include "domain/text.h"
#include "eventstore/event_decode.h"

#define HISTORY_MAX 8 /* events of a registration: two */

static bool registers_another(const struct request *request);
static bool waits_for_another(struct request *request);
static void on_history(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void on_begun(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void on_user(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail);
static void on_finished(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void on_refused(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void grant(struct request *request);
static void on_tokens(void *ctx, enum keycloak_outcome outcome, const struct keycloak_tokens *tokens);
static void on_actions(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *actions);
static void on_checked(void *ctx, enum token_rule rule, const struct token_claims *claims);

/* One @ with something on both sides, a dot in the domain, no spaces or controls: Keycloak judges the rest.
 */
static bool email_is_plausible(struct slice email)
{
    const uint8_t *at = memchr(email.data, '@', email.size);
    if (at == NULL || at == email.data)
        return false;
    struct slice domain = slice_of(at + 1, (size_t)(email.data + email.size - at - 1));
    if (domain.size < 3 || memchr(domain.data, '@', domain.size) != NULL)
        return false;
    const uint8_t *dot = memchr(domain.data, '.', domain.size);
    if (dot == NULL || dot == domain.data || domain.data[domain.size - 1] == '.')
        return false;
    for (size_t i = 0; i < email.size; i++)
        if (email.data[i] <= 0x20 || email.data[i] >= 0x7f || strchr("\"'<>(),;:\\[]", email.data[i]) != NULL)
            return false;
    return true;
}

/* Fewer than five different characters, or nothing but a run of neighbours (12345678, abcdefgh): what is
 * tried first. Keycloak's own policy is asked besides. */
static bool password_is_weak(struct slice password)
{
    bool seen[256] = {false};
    int different = 0;
    bool run = true;
    for (size_t i = 0; i < password.size; i++) {
        different += !seen[password.data[i]];
        seen[password.data[i]] = true;
        int step = i == 0 ? 1 : password.data[i] - password.data[i - 1];
        run = run && (step == 1 || step == -1 || step == 9 || step == -9); /* 9 and -9: 890 and 098 */
    }
    return different < 5 || run;
}

/* What is refused before Keycloak is asked. */
static enum error_code refusal(struct request *request, struct session *session)
{
    const struct message_register *message = &request->account->registration;
    if (!uuid_is_nil(request->actor))
        return ERROR_SIGNED_IN_ALREADY;
    if (session_path(session) != SESSION_JOIN)
        return ERROR_WRONG_PATH;
    if (!session_secure(session))
        return ERROR_INSECURE_TRANSPORT;
    if (uuid_is_nil(request->meta.command_id))
        return ERROR_COMMAND_ID_MISSING;
    if (request->requests->draining)
        return ERROR_DRAINING;
    if (!email_is_plausible(message->email))
        return ERROR_EMAIL_INVALID;
    if (password_is_weak(message->password))
        return ERROR_PASSWORD_WEAK;
    if (!text_display_name_valid(message->display_name))
        return ERROR_DISPLAY_NAME_INVALID;
    return ERROR_NONE;
}

enum step_result account_register(struct request *request)
{
    struct message_register *message = &request->account->registration;
    struct session *session = request_session(request);
    struct wire_fault fault;
    if (session == NULL) /* it went while this waited */
        return reply_error(request, ERROR_SIGNED_OUT, NULL);
    if (!codec_decode(&type_message_register, request->payload, &request->arena, message, &fault)) {
        const char *where = arena_printf(&request->arena, "%s", fault.where);
        return reply_error(request, fault.code, where);
    }
    enum error_code code = refusal(request, session);
    if (code != ERROR_NONE)
        return reply_error(request, code, NULL);
    if (request->requests->keycloak == NULL)
        return reply_error(request, ERROR_IDENTITY_UNAVAILABLE, NULL);
    if (registers_another(request))
        return reply_error(request, ERROR_TOO_MANY_IN_FLIGHT, "one registration at a time");
    if (waits_for_another(request))
        return STEP_WAIT;
    struct stream_ref stream = {.kind = STREAM_REGISTRATION, .uuid = request->meta.command_id};
    eventstore_load(request->requests->store, stream, 0, HISTORY_MAX, on_history, request);
    return STEP_WAIT;
}

/* A socket makes one user at a time: the second one's tokens would have no socket to sit on. */
static bool registers_another(const struct request *request)
{
    list_each(node, &request->requests->active)
    {
        const struct request *other = list_entry(node, struct request, node);
        if (other != request && other->kind == REQUEST_MESSAGE && other->type == MESSAGE_REGISTER &&
            other->session_id == request->session_id &&
            !uuid_equal(other->meta.command_id, request->meta.command_id))
            return true;
    }
    return false;
}

/* A registration under way with this command id: the request begins anew when that is over. */
static bool waits_for_another(struct request *request)
{
    list_init(&request->account->repeats);
    list_each(node, &request->requests->active)
    {
        struct request *other = list_entry(node, struct request, node);
        if (other == request || other->kind != REQUEST_MESSAGE || other->type != MESSAGE_REGISTER ||
            other->account == NULL || !uuid_equal(other->meta.command_id, request->meta.command_id))
            continue;
        list_remove(&request->node);
        list_append(&other->account->repeats, &request->node);
        return true;
    }
    return false;
}

/* The end of a registration that had begun: those who waited for it go on, then it is answered. */
static void release_repeats(struct request *request)
{
    struct list_node *node;
    while ((node = list_pop(&request->account->repeats)) != NULL)
        request_resume(list_entry(node, struct request, node));
}

static void fail(struct request *request, enum error_code code, const char *detail)
{
    release_repeats(request);
    reply_error(request, code, detail);
}

static enum error_code error_of_outcome(enum keycloak_outcome outcome)
{
    switch (outcome) {
    case KEYCLOAK_OK:
    case KEYCLOAK_EXISTS_SAME:
        return ERROR_NONE;
    case KEYCLOAK_EMAIL_TAKEN:
        return ERROR_EMAIL_TAKEN;
    case KEYCLOAK_EMAIL_INVALID:
        return ERROR_EMAIL_INVALID;
    case KEYCLOAK_PASSWORD_WEAK:
        return ERROR_PASSWORD_WEAK;
    case KEYCLOAK_DENIED:
        return ERROR_COMMAND_ID_REUSED;
    case KEYCLOAK_INCOMPLETE:
        return ERROR_ACCOUNT_INCOMPLETE;
    case KEYCLOAK_DISABLED:
        return ERROR_ACCOUNT_DISABLED;
    case KEYCLOAK_SIGNED_IN: /* no answer to what is asked here */
    case KEYCLOAK_MISCONFIGURED:
    case KEYCLOAK_UNAVAILABLE:
        return ERROR_IDENTITY_UNAVAILABLE;
    }
    return ERROR_IDENTITY_UNAVAILABLE;
}

/* Keycloak's no. What its operator has to mend is logged, and not the client's business. */
static void fail_by_keycloak(struct request *request, enum keycloak_outcome outcome, const char *detail)
{
    if (outcome == KEYCLOAK_MISCONFIGURED) {
        log_error("register", "keycloak=misconfigured reason=\"%s\"", detail);
        detail = NULL;
    }
    fail(request, error_of_outcome(outcome), detail);
}

/* Runs a command of this registration, caused by the client's; a process that is full answers at once. */
static void run(struct request *request, const struct command *command, struct uuid id, struct uuid actor,
                request_done done)
{
    if (requests_run(request->requests, command, id, actor, request->meta.command_id, done, request) !=
        ERR_OK)
        fail(request, ERROR_OVERLOADED, NULL);
}

/* How far it came, and who it made. */
static enum err read_history(struct request *request, const struct stored_event *events, uint32_t count)
{
    struct account *account = request->account;
    for (uint32_t i = 0; i < count; i++) {
        struct event event;
        struct wire_fault fault;
        if (!event_decode(&events[i], &request->arena, &event, &fault))
            return ERR_MALFORMED;
        enum err err = registration_evolve(&account->history, &event);
        if (err != ERR_OK)
            return err;
        if (event.type == EVENT_REGISTRATION_FINISHED)
            account->claims.subject = event.registration_finished.player;
    }
    return ERR_OK;
}

/* Keyed, as all digests of commands: what it is of cannot be tried out by who reads the log. */
static struct slice content_of(struct request *request, uint8_t ret_digest[16])
{
    const struct message_register *message = &request->account->registration;
    const char *text = arena_printf(&request->arena, "%zu %.*s%.*s", message->email.size,
                                    SLICE_ARGS(message->email), SLICE_ARGS(message->display_name));
    if (text == NULL)
        return (struct slice){0};
    secrets_digest(request->requests->secrets, (struct uuid){{0}}, MESSAGE_REGISTER, slice_text(text),
                   ret_digest);
    return slice_of(ret_digest, 16);
}

/* Begun again in any case: the log compares what was sent with what was sent first. */
static void on_history(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct request *request = ctx;
    struct command command = {.type = COMMAND_BEGIN_REGISTRATION};
    uint8_t digest[16];
    (void)more;
    check_magic(request, REQUEST_MAGIC);
    if (err == ERR_OK)
        err = read_history(request, events, count);
    struct slice content = content_of(request, digest);
    if (err != ERR_OK || content.data == NULL) {
        fail(request, err == ERR_OK ? ERROR_OVERLOADED : error_of_err(err), NULL);
        return;
    }
    command.begin_registration =
        (struct command_begin_registration){.registration = request->meta.command_id, .content = content};
    run(request, &command, request->meta.command_id, (struct uuid){{0}}, on_begun);
}

static void on_begun(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    const struct message_register *message = &request->account->registration;
    (void)position;
    check_magic(request, REQUEST_MAGIC);
    if (error != ERROR_NONE)
        fail(request, error, detail);
    else if (request->account->history.situation == REGISTRATION_UNDONE)
        fail(request, ERROR_REGISTRATION_UNDONE, NULL);
    else if (request->account->history.situation == REGISTRATION_FINISHED)
        grant(request);
    else
        keycloak_create_user(request->requests->keycloak, message->email, message->password,
                             request->meta.command_id, on_user, request);
}

static void on_user(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    struct command command = {.type = COMMAND_FINISH_REGISTRATION};
    check_magic(request, REQUEST_MAGIC);
    if (error_of_outcome(outcome) != ERROR_NONE) {
        fail_by_keycloak(request, outcome, detail);
        return;
    }
    request->account->claims.subject = user;
    command.finish_registration =
        (struct command_finish_registration){.player = user,
                                             .registration = request->meta.command_id,
                                             .display_name = request->account->registration.display_name};
    run(request, &command, registration_finish_id(request->meta.command_id), user, on_finished);
}

static void on_finished(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    struct uuid user = request->account->claims.subject;
    (void)position;
    check_magic(request, REQUEST_MAGIC);
    if (error == ERROR_NONE || error == ERROR_REGISTRATION_SETTLED) { /* settled: finished by another door */
        grant(request);
    } else if (error ==
               ERROR_REGISTRATION_UNDONE) { /* the process came first: it is to delete this user too */
        struct command command = {.type = COMMAND_REFUSE_ENROLMENT};
        command.refuse_enrolment =
            (struct command_refuse_enrolment){.player = user, .registration = request->meta.command_id};
        run(request, &command, registration_refuse_id(user), (struct uuid){{0}}, on_refused);
    } else {
        fail(request, error, detail);
    }
}

static void on_refused(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    (void)error, (void)detail, (void)position;
    check_magic(request, REQUEST_MAGIC);
    fail(request, ERROR_REGISTRATION_UNDONE, NULL);
}

static void grant(struct request *request)
{
    const struct message_register *message = &request->account->registration;
    keycloak_password_grant(request->requests->keycloak, message->email, message->password, on_tokens,
                            request);
}

static void on_tokens(void *ctx, enum keycloak_outcome outcome, const struct keycloak_tokens *tokens)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (outcome == KEYCLOAK_INCOMPLETE) {
        keycloak_missing_actions(request->requests->keycloak, request->account->claims.subject, on_actions,
                                 request);
        return;
    }
    if (error_of_outcome(outcome) != ERROR_NONE) {
        fail_by_keycloak(request, outcome,
                         "direct grant is off on the players' client, or there is no such client");
        return;
    }
    struct reply_register *reply = &request->account->tokens;
    reply->access_token = slice_copy(&request->arena, tokens->access_token);
    reply->refresh_token = slice_copy(&request->arena, tokens->refresh_token);
    if (reply->access_token.data == NULL || reply->refresh_token.data == NULL) {
        fail(request, ERROR_INTERNAL, NULL);
        return;
    }
    auth_verify(request->requests->auth, reply->access_token, on_checked, request);
}

/* The player is in the game; its owner gets in by the browser, where Keycloak asks for what is missing. */
static void on_actions(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *actions)
{
    struct request *request = ctx;
    (void)outcome, (void)user;
    check_magic(request, REQUEST_MAGIC);
    fail(request, ERROR_ACCOUNT_INCOMPLETE, actions);
}

static void on_checked(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (rule != TOKEN_GOOD) {
        fail(request, account_error_of_rule(rule), token_rule_name(rule));
        return;
    }
    enum error_code refused = uuid_equal(claims->subject, request->account->claims.subject)
                                  ? account_adopt(request, claims)
                                  : ERROR_TOKEN_OTHER_SUBJECT;
    if (refused != ERROR_NONE) {
        fail(request, refused, NULL);
        return;
    }
    struct reply_register *reply = &request->account->tokens;
    reply->player = claims->subject;
    reply->expires_at = claims->expires_at_ms;
    release_repeats(request);
    reply_payload(request, &type_reply_register, reply, NULL);
}
