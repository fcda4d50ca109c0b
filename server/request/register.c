/* register: a user in Keycloak and a player in the game, from one message; as a guest, or by name.
 *
 *   validate -> how far did it come before?       the registration's stream
 *   -> begin_registration                         the intent is in the log, under the client's command id
 *   -> register, play_as_guest                    create the user, marked with that id
 *      claim_account, of a guest                  give it e-mail address and password, marked so, and end the
 *                                                 sessions that the secret opened
 *   -> finish_registration                        the player and the end, one commit (and projected)
 *   -> direct grant -> verify the token           the socket is signed in (anew), the reply has the tokens
 *   -> claim_account                              end the session that the socket came with
 *
 * Sent again (same command id), it makes nothing new: what was done is known to the log or marked in
 * Keycloak, and the direct grant signs in afresh; a wrong password is then `command_id_reused`. Another
 * e-mail address or display name under the same id is refused by the log before Keycloak is asked:
 * begin_registration's content is a keyed digest of them. Once finished, no user is made under this id any
 * more, also when the first was deleted; once undone (server/process/registration.c), it is
 * `registration_undone`. What is cut off in between - here, in Keycloak, by kill -9 - is finished by a repeat
 * or undone by that process.
 *
 * A guest is a user without e-mail address, named after the command id, whose password is the secret that
 * the client made: whoever sends the command again must know it, so that nobody gets into an account by
 * having read a command id. A claim changes the user in one step that happened or did not, and the player
 * not at all.
 *
 * A repeat that comes while the first is still under way waits for its end (register_repeats.c). When someone
 * else has the address, it is `email_taken`. E-mail, password and secret live in the request's arena only,
 * which is wiped; they reach Keycloak and nothing else. They are taken over TLS or loopback only.
 *
 * A realm may want something of its users first (a verified address, terms): the direct grant then gives no
 * tokens, and the answer is `account_incomplete`, with the names. A guest is let off that until its claim,
 * which is answered so: the account is claimed, the socket stays as it is, and the next sign-in is by the
 * browser. */
#include "request/account.h"
#include "domain/registration.h"
#include "domain/text.h"
#include "eventstore/event_decode.h"
#include "request/credentials.h"

#define HISTORY_MAX 8 /* events of a registration: two */

static bool read_message(struct request *request, struct wire_fault *fault);
static void on_history(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void on_begun(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void on_user(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail);
static void on_others_ended(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail);
static void finish(struct request *request);
static void on_finished(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void on_refused(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void grant(struct request *request);
static void on_tokens(void *ctx, enum keycloak_outcome outcome, const struct keycloak_tokens *tokens);
static void on_let_off(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail);
static void on_actions(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *actions);
static void on_checked(void *ctx, enum token_rule rule, const struct token_claims *claims);
static void on_former_ended(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail);
static void answer(struct request *request);

/* ---- what is asked ---- */

bool account_is_registration(uint32_t type)
{
    return type == MESSAGE_REGISTER || type == MESSAGE_PLAY_AS_GUEST || type == MESSAGE_CLAIM_ACCOUNT;
}

/* What is refused before Keycloak is asked. */
static enum error_code refusal(struct request *request, struct session *session)
{
    const struct message_register *form = &request->account->form;
    bool claim = request->type == MESSAGE_CLAIM_ACCOUNT, guest = request->type == MESSAGE_PLAY_AS_GUEST;
    if (!claim && !uuid_is_nil(request->actor))
        return ERROR_SIGNED_IN_ALREADY;
    if (!claim && session_path(session) != SESSION_JOIN)
        return ERROR_WRONG_PATH;
    if (!session_secure(session))
        return ERROR_INSECURE_TRANSPORT;
    if (uuid_is_nil(request->meta.command_id))
        return ERROR_COMMAND_ID_MISSING;
    if (request->requests->draining)
        return ERROR_DRAINING;
    if (!guest && !credentials_email_plausible(form->email))
        return ERROR_EMAIL_INVALID;
    if (credentials_password_weak(form->password))
        return ERROR_PASSWORD_WEAK;
    bool nameless = claim || (guest && form->display_name.size == 0);
    if (!nameless && !text_display_name_valid(form->display_name))
        return ERROR_DISPLAY_NAME_INVALID;
    return ERROR_NONE;
}

enum step_result account_register(struct request *request)
{
    struct session *session = request_session(request);
    struct wire_fault fault;
    if (session == NULL) /* it went while this waited */
        return reply_error(request, ERROR_SIGNED_OUT, NULL);
    if (!read_message(request, &fault)) {
        const char *where = arena_printf(&request->arena, "%s", fault.where);
        return reply_error(request, fault.code, where);
    }
    enum error_code code = refusal(request, session);
    if (code != ERROR_NONE)
        return reply_error(request, code, NULL);
    if (request->requests->keycloak == NULL)
        return reply_error(request, ERROR_IDENTITY_UNAVAILABLE, NULL);
    if (register_is_second(request))
        return reply_error(request, ERROR_TOO_MANY_IN_FLIGHT, "one registration at a time");
    if (register_waits(request))
        return STEP_WAIT;
    struct stream_ref stream = {.kind = STREAM_REGISTRATION, .uuid = request->meta.command_id};
    eventstore_load(request->requests->store, stream, 0, HISTORY_MAX, on_history, request);
    return STEP_WAIT;
}

/* All three as a form: who signs in with what, and the name that others see. */
static bool read_message(struct request *request, struct wire_fault *fault)
{
    struct message_register *form = &request->account->form;
    struct message_play_as_guest guest;
    struct message_claim_account claim;
    char name[KEYCLOAK_GUEST_NAME_SIZE];
    switch (request->type) {
    case MESSAGE_PLAY_AS_GUEST:
        if (!codec_decode(&type_message_play_as_guest, request->payload, &request->arena, &guest, fault))
            return false;
        keycloak_guest_name(request->meta.command_id, name);
        form->email = slice_copy(&request->arena, slice_text(name));
        form->password = guest.secret;
        form->display_name = guest.display_name;
        break;
    case MESSAGE_CLAIM_ACCOUNT:
        if (!codec_decode(&type_message_claim_account, request->payload, &request->arena, &claim, fault))
            return false;
        *form = (struct message_register){.email = claim.email, .password = claim.password};
        request->account->claims.subject = request->actor;
        break;
    default:
        return codec_decode(&type_message_register, request->payload, &request->arena, form, fault);
    }
    return true;
}

/* ---- the end ---- */

static void fail(struct request *request, enum error_code code, const char *detail)
{
    register_release_repeats(request, false);
    reply_error(request, code, detail);
}

/* ---- what was done before ---- */

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
    case KEYCLOAK_NOT_GUEST:
        return ERROR_NOT_A_GUEST;
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
    const struct message_register *form = &request->account->form;
    const char *text = arena_printf(&request->arena, "%zu %.*s%.*s", form->email.size,
                                    SLICE_ARGS(form->email), SLICE_ARGS(form->display_name));
    if (text == NULL)
        return (struct slice){0};
    secrets_digest(request->requests->secrets, request->actor, request->type, slice_text(text), ret_digest);
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
        (struct command_begin_registration){.registration = request->meta.command_id,
                                            .content = content,
                                            .guest = request->actor}; /* nil but of a claim */
    run(request, &command, request->meta.command_id, (struct uuid){{0}}, on_begun);
}

static void on_begun(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    const struct message_register *form = &request->account->form;
    struct keycloak *keycloak = request->requests->keycloak;
    struct uuid id = request->meta.command_id;
    (void)position;
    check_magic(request, REQUEST_MAGIC);
    if (error != ERROR_NONE)
        fail(request, error, detail);
    else if (request->account->history.situation == REGISTRATION_UNDONE)
        fail(request, ERROR_REGISTRATION_UNDONE, NULL);
    else if (request->account->history.situation == REGISTRATION_FINISHED)
        grant(request);
    else if (request->type == MESSAGE_CLAIM_ACCOUNT)
        keycloak_claim_guest(keycloak, request->actor, form->email, form->password, id, on_user, request);
    else if (request->type == MESSAGE_PLAY_AS_GUEST)
        keycloak_create_guest(keycloak, form->password, id, on_user, request);
    else
        keycloak_create_user(keycloak, form->email, form->password, id, on_user, request);
}

/* ---- Keycloak, then the log ---- */

static void on_user(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (error_of_outcome(outcome) != ERROR_NONE) {
        fail_by_keycloak(request, outcome, detail);
        return;
    }
    request->account->claims.subject = user;
    if (request->type != MESSAGE_CLAIM_ACCOUNT) {
        finish(request);
        return;
    }
    struct session *session = request_session(request); /* its own is ended when it has another */
    keycloak_end_sessions(request->requests->keycloak, user,
                          session == NULL ? "" : session_principal(session)->sid, on_others_ended, request);
}

static void on_others_ended(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    (void)user;
    check_magic(request, REQUEST_MAGIC);
    if (outcome == KEYCLOAK_OK)
        finish(request);
    else
        fail_by_keycloak(request, outcome, detail);
}

static void finish(struct request *request)
{
    struct command command = {.type = COMMAND_FINISH_REGISTRATION};
    struct uuid user = request->account->claims.subject;
    bool guest = request->type == MESSAGE_PLAY_AS_GUEST;
    struct slice name = request->account->form.display_name;
    if (guest && name.size == 0)
        name = text_display_name_from(&request->arena, name, user);
    command.finish_registration =
        (struct command_finish_registration){.player = user,
                                             .registration = request->meta.command_id,
                                             .display_name = name,
                                             .door = guest ? DOOR_GUEST : DOOR_REGISTERED};
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

/* ---- tokens ---- */

static void grant(struct request *request)
{
    const struct message_register *form = &request->account->form;
    keycloak_password_grant(request->requests->keycloak, form->email, form->password, on_tokens, request);
}

static void on_tokens(void *ctx, enum keycloak_outcome outcome, const struct keycloak_tokens *tokens)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    struct keycloak *keycloak = request->requests->keycloak;
    struct account *account = request->account;
    if (outcome == KEYCLOAK_INCOMPLETE && request->type == MESSAGE_PLAY_AS_GUEST && !account->let_off) {
        account->let_off = true;
        keycloak_let_guest_off(keycloak, account->claims.subject, on_let_off, request);
        return;
    }
    if (outcome == KEYCLOAK_INCOMPLETE) {
        keycloak_missing_actions(keycloak, account->claims.subject, on_actions, request);
        return;
    }
    if (outcome == KEYCLOAK_DENIED && request->account->password_good)
        outcome = KEYCLOAK_UNAVAILABLE; /* it is not done with the grant before this one */
    if (error_of_outcome(outcome) != ERROR_NONE) {
        const char *reason = "direct grant is off on the players' client, or there is no such client";
        fail_by_keycloak(request, outcome, outcome == KEYCLOAK_MISCONFIGURED ? reason : NULL);
        return;
    }
    struct reply_register *reply = &account->tokens;
    reply->access_token = slice_copy(&request->arena, tokens->access_token);
    reply->refresh_token = slice_copy(&request->arena, tokens->refresh_token);
    if (reply->access_token.data == NULL || reply->refresh_token.data == NULL) {
        fail(request, ERROR_INTERNAL, NULL);
        return;
    }
    auth_verify(request->requests->auth, reply->access_token, on_checked, request);
}

static void on_let_off(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    (void)user;
    check_magic(request, REQUEST_MAGIC);
    if (outcome == KEYCLOAK_OK || outcome == KEYCLOAK_NOT_GUEST) /* claimed since: the grant says no again */
        grant(request);
    else
        fail_by_keycloak(request, outcome, detail);
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
    if (request->type == MESSAGE_CLAIM_ACCOUNT)
        keycloak_end_sessions(request->requests->keycloak, claims->subject, claims->sid, on_former_ended,
                              request);
    else
        answer(request);
}

/* The claimer's own: that it may stay, when Keycloak is just now away, harms nobody. */
static void on_former_ended(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    (void)outcome, (void)user, (void)detail;
    check_magic(request, REQUEST_MAGIC);
    answer(request);
}

static void answer(struct request *request)
{
    const struct reply_register *tokens = &request->account->tokens;
    struct reply_play_as_guest guest = {.player = tokens->player,
                                        .access_token = tokens->access_token,
                                        .refresh_token = tokens->refresh_token,
                                        .expires_at = tokens->expires_at,
                                        .user_name = request->account->form.email};
    struct reply_claim_account claim = {.player = tokens->player,
                                        .access_token = tokens->access_token,
                                        .refresh_token = tokens->refresh_token,
                                        .expires_at = tokens->expires_at};
    register_release_repeats(request, true);
    if (request->type == MESSAGE_PLAY_AS_GUEST)
        reply_payload(request, &type_reply_play_as_guest, &guest, NULL);
    else if (request->type == MESSAGE_CLAIM_ACCOUNT)
        reply_payload(request, &type_reply_claim_account, &claim, NULL);
    else
        reply_payload(request, &type_reply_register, tokens, NULL);
}
