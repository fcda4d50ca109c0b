/* account: who sits on this socket. Each message has one function in the table below.
 *
 * sign_in: the token is verified (auth), a player of whom the game knows nothing is enrolled by a command of
 * the server's own, and the session takes its principal. Two sockets that sign in at once send a command each
 * (their display names may differ): the player's stream takes one, the other finds that the player exists.
 * Services, and operators' accounts of their own, are not enrolled; a person with the role `player` who signs
 * in through the players' client is, whatever other roles there are. A player who was deactivated because the
 * user was gone comes back, when Keycloak says that the user is there; one who was erased does not. refresh:
 * the same subject only. follow: compares the client's marks with the log's epoch and the views' generation,
 * answers, then lets notify catch the client up. register is in register.c.
 *
 * Every wait looks the session up again by id: it may be gone. Tokens live in the request's arena, which is
 * wiped. */
#include "request/account.h"
#include "domain/text.h"
#include <sodium.h>

#define FOLLOW_WAIT_MS 2000 /* for the projections of a server that has just started */

static enum step_result on_sign_in(struct request *request);
static enum step_result on_refresh(struct request *request);
static enum step_result on_ping(struct request *request);
static enum step_result on_follow(struct request *request);

static enum step_result dispatch(struct request *request)
{
    switch ((enum message_type)request->type) {
    case MESSAGE_SIGN_IN:
        return on_sign_in(request);
    case MESSAGE_REFRESH:
        return on_refresh(request);
    case MESSAGE_PING:
        return on_ping(request);
    case MESSAGE_FOLLOW:
        return on_follow(request);
    case MESSAGE_REGISTER:
    case MESSAGE_PLAY_AS_GUEST:
    case MESSAGE_CLAIM_ACCOUNT:
        return account_register(request);
    case MESSAGE_HELLO:
    case MESSAGE_TICK:
    case MESSAGE_ERROR:
    case MESSAGE_CHANGED:
    case MESSAGE_EXPIRING:
    case MESSAGE_CLOSING:
    case MESSAGE_SIGNED_IN:
        break;
    }
    return reply_error(request, ERROR_TYPE_UNKNOWN, NULL);
}

enum step_result step_account(struct request *request)
{
    const struct message_desc *desc = schema_message((int)request->type);
    if (!desc->signed_out && uuid_is_nil(request->actor))
        return reply_error(request, ERROR_SIGNED_OUT, NULL);
    const struct account *before = request->account; /* of a registration that waited for another */
    request->account = arena_alloc(&request->arena, sizeof *request->account);
    if (request->account == NULL)
        return reply_error(request, ERROR_OVERLOADED, NULL);
    request->account->password_good = before != NULL && before->password_good;
    return dispatch(request);
}

/* Decodes the payload; false: answered already. */
static bool decode(struct request *request, const struct type_desc *type, void *ret_struct,
                   enum step_result *ret_result)
{
    struct wire_fault fault;
    if (codec_decode(type, request->payload, &request->arena, ret_struct, &fault))
        return true;
    *ret_result = reply_error(request, fault.code, arena_printf(&request->arena, "%s", fault.where));
    return false;
}

/* ---- ping ---- */

static enum step_result on_ping(struct request *request)
{
    struct reply_ping reply = {.time = loop_now_ms(request->requests->loop)};
    struct message_ping ping;
    enum step_result result;
    if (!decode(request, &type_message_ping, &ping, &result))
        return result;
    return reply_payload(request, &type_reply_ping, &reply, NULL);
}

/* ---- tokens ---- */

enum error_code account_error_of_rule(enum token_rule rule)
{
    switch (rule) {
    case TOKEN_EXPIRED:
        return ERROR_TOKEN_EXPIRED;
    case TOKEN_REVOKED:
        return ERROR_TOKEN_REVOKED;
    case TOKEN_KEYS_UNAVAILABLE:
        return ERROR_IDENTITY_UNAVAILABLE;
    default:
        return ERROR_TOKEN_INVALID;
    }
}

/* Whether it helps to come back at once, with another token, or not at all. */
static enum close_code close_of_rule(enum token_rule rule)
{
    switch (rule) {
    case TOKEN_KEYS_UNAVAILABLE:
        return CLOSE_GOING_AWAY;
    case TOKEN_ISSUER:
    case TOKEN_AUDIENCE:
    case TOKEN_AZP:
    case TOKEN_TYPE:
        return CLOSE_FORBIDDEN;
    default:
        return CLOSE_TOKEN_EXPIRED;
    }
}

/* A refused token: the rule's name is told, a socket that came with it in its header is closed. */
static void refuse(struct request *request, enum token_rule rule)
{
    struct session *session = request_session(request);
    bool close = request->account->by_header && session != NULL;
    reply_error(request, account_error_of_rule(rule), token_rule_name(rule));
    if (close)
        session_close(session, close_of_rule(rule));
}

enum error_code account_adopt(struct request *request, const struct token_claims *claims)
{
    struct session *session = request_session(request);
    if (session == NULL || session_closing(session))
        return ERROR_SIGNED_OUT;
    /* while the player was enrolled or Keycloak was asked */
    if (auth_revoked(request->requests->auth, claims))
        return ERROR_TOKEN_REVOKED;
    struct principal *principal = session_principal(session);
    if (!uuid_is_nil(principal->subject) && !uuid_equal(principal->subject, claims->subject))
        return ERROR_TOKEN_OTHER_SUBJECT;
    bool first = uuid_is_nil(principal->subject);
    principal->subject = claims->subject;
    principal->roles = claims->roles;
    principal->expires_at_ms = claims->expires_at_ms;
    principal->issued_at_ms = claims->issued_at_ms;
    memcpy(principal->sid, claims->sid, sizeof principal->sid);
    memcpy(principal->azp, claims->azp, sizeof principal->azp);
    client_of(session)->warned = false;
    session_set_signed_in(session, true);
    if (first)
        client_adopted(request->requests, session);
    return ERROR_NONE;
}

/* ---- enrolment ---- */

static struct uuid fresh_id(struct requests *requests)
{
    uint8_t random[10];
    randombytes_buf(random, sizeof random);
    return uuid_v7((uint64_t)loop_now_ms(requests->loop), random);
}

/* Enrols the player when the game knows nothing of it, then `next`. ERR_FULL: the process has as much work as
 * it takes; `next` does not run. */
static enum err enrol(struct request *request, struct uuid player, struct slice display_name,
                      request_done next)
{
    struct command command = {.type = COMMAND_ENROL_PLAYER};
    command.enrol_player =
        (struct command_enrol_player){.player = player, .display_name = display_name, .door = DOOR_ENROLLED};
    return requests_run(request->requests, &command, fresh_id(request->requests), player, (struct uuid){{0}},
                        next, request);
}

/* ---- sign_in ---- */

static const struct {
    uint8_t role;
    const char *name;
} role_names[] = {
    {ROLE_PLAYER, "player"}, {ROLE_GAME_SERVICE, "game-service"}, {ROLE_GAME_ADMIN, "game-admin"}};

static void finish_sign_in(struct request *request)
{
    const struct token_claims *claims = &request->account->claims;
    enum error_code refused = account_adopt(request, claims);
    if (refused != ERROR_NONE) {
        reply_error(request, refused, NULL);
        return;
    }
    struct slug roles[3];
    struct reply_sign_in reply = {.player = claims->subject,
                                  .expires_at = claims->expires_at_ms,
                                  .enrolled = request->account->enrolled,
                                  .roles = {.items = roles}};
    for (size_t i = 0; i < sizeof role_names / sizeof role_names[0]; i++)
        if (claims->roles & role_names[i].role)
            roles[reply.roles.count++] = slug_of(role_names[i].name);
    if (request->account->by_header) {
        struct message_signed_in push = {.player = reply.player,
                                         .expires_at = reply.expires_at,
                                         .enrolled = reply.enrolled,
                                         .roles = reply.roles};
        client_push(request->requests, request_session(request), MESSAGE_SIGNED_IN, &push);
        request_finish(request);
        return;
    }
    reply_payload(request, &type_reply_sign_in, &reply, NULL);
}

/* The player was deactivated: its user was gone. It is back, or the token is older than that. */
static void on_reactivated(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    (void)position;
    check_magic(request, REQUEST_MAGIC);
    if (error == ERROR_NONE || error == ERROR_PLAYER_ACTIVE)
        finish_sign_in(request);
    else
        reply_error(request, error, detail);
}

static void on_user_looked_for(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct request *request = ctx;
    struct command command = {.type = COMMAND_REACTIVATE_PLAYER, .reactivate_player = {.player = user}};
    check_magic(request, REQUEST_MAGIC);
    if (outcome == KEYCLOAK_MISCONFIGURED)
        log_error("sign-in", "keycloak=misconfigured reason=\"%s\"", detail);
    if (outcome != KEYCLOAK_OK)
        reply_error(request, ERROR_IDENTITY_UNAVAILABLE, NULL);
    else if (uuid_is_nil(user))
        refuse(request, TOKEN_REVOKED);
    else if (requests_run(request->requests, &command, fresh_id(request->requests), user, (struct uuid){{0}},
                          on_reactivated, request) != ERR_OK)
        reply_error(request, ERROR_OVERLOADED, NULL);
}

static void on_enrolled(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct request *request = ctx;
    (void)position;
    check_magic(request, REQUEST_MAGIC);
    if (error == ERROR_PLAYER_INACTIVE && request->requests->keycloak != NULL) {
        keycloak_find_user(request->requests->keycloak, request->account->claims.subject, on_user_looked_for,
                           request);
        return;
    }
    if (error != ERROR_NONE && error != ERROR_PLAYER_EXISTS) {
        reply_error(request, error, detail);
        return;
    }
    request->account->enrolled = error == ERROR_NONE;
    finish_sign_in(request);
}

/* A name that the domain takes: what the client asked for, else what the token says, cleaned. */
static struct slice enrolment_name(struct request *request)
{
    struct slice asked = request->account->sign_in.display_name;
    if (asked.size > 0)
        return asked;
    return text_display_name_from(&request->arena, slice_text(request->account->claims.name),
                                  request->account->claims.subject);
}

/* Keycloak gives the default roles, `player` among them, to service accounts too, but no token of theirs can
 * be of the players' client. */
static bool is_player(const struct requests *requests, const struct token_claims *claims)
{
    bool serves = (claims->roles & (ROLE_GAME_ADMIN | ROLE_GAME_SERVICE)) != 0;
    bool of_players_client =
        claims->azp[0] != '\0' && strcmp(claims->azp, requests->config.players_client_id) == 0;
    return (claims->roles & ROLE_PLAYER) != 0 && (!serves || of_players_client);
}

static void on_verified(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (rule != TOKEN_GOOD) {
        refuse(request, rule);
        return;
    }
    request->account->claims = *claims;
    if (!is_player(request->requests, claims) || request->requests->draining) {
        finish_sign_in(request);
        return;
    }
    if (enrol(request, claims->subject, enrolment_name(request), on_enrolled) != ERR_OK)
        reply_error(request, ERROR_OVERLOADED, NULL);
}

static void begin_sign_in(struct request *request, struct slice token)
{
    newcomer_begins(request);
    auth_verify(request->requests->auth, token, on_verified, request);
}

static enum step_result on_sign_in(struct request *request)
{
    struct message_sign_in *sign_in = &request->account->sign_in;
    enum step_result result;
    if (!decode(request, &type_message_sign_in, sign_in, &result))
        return result;
    if (!uuid_is_nil(request->actor))
        return reply_error(request, ERROR_SIGNED_IN_ALREADY, NULL);
    begin_sign_in(request, sign_in->token);
    return STEP_WAIT;
}

void account_sign_in_by_header(struct requests *requests, struct session *session, struct slice token)
{
    bool room =
        requests->in_flight < requests->config.requests_max && session_charge(session, CHARGE_SIGN_IN) == 0;
    struct request *request = room ? request_new(requests) : NULL;
    struct client *client = client_of(session);
    if (request == NULL) {
        session_close(session, CLOSE_TOO_MANY_MESSAGES);
        return;
    }
    request->kind = REQUEST_MESSAGE;
    request->account = arena_alloc(&request->arena, sizeof *request->account);
    if (request->account == NULL) {
        request_finish(request);
        session_close(session, CLOSE_TOO_MANY_CONNECTIONS);
        return;
    }
    request->type = MESSAGE_SIGN_IN;
    request->session_id = session_id(session);
    request->account->by_header = true;
    list_append(&client->requests, &request->session_node);
    client->in_flight++;
    begin_sign_in(request, token);
}

/* ---- refresh ---- */

static void on_refreshed(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    if (rule != TOKEN_GOOD) {
        refuse(request, rule);
        return;
    }
    enum error_code refused = uuid_equal(claims->subject, request->actor) ? account_adopt(request, claims)
                                                                          : ERROR_TOKEN_OTHER_SUBJECT;
    if (refused != ERROR_NONE) {
        reply_error(request, refused, NULL);
        return;
    }
    struct reply_refresh reply = {.expires_at = claims->expires_at_ms};
    reply_payload(request, &type_reply_refresh, &reply, NULL);
}

static enum step_result on_refresh(struct request *request)
{
    struct message_refresh refresh;
    enum step_result result;
    if (!decode(request, &type_message_refresh, &refresh, &result))
        return result;
    auth_verify(request->requests->auth, refresh.token, on_refreshed, request);
    return STEP_WAIT;
}

/* ---- follow ---- */

/* Registers the follower: from here on it is told what the projections announce. */
static enum step_result follow(struct request *request)
{
    struct requests *requests = request->requests;
    struct message_follow follow = request->account->follow;
    struct reply_follow reply = {.epoch = eventstore_epoch(requests->store),
                                 .generation = projector_generation(requests->projector)};
    uint64_t position = projector_position(requests->projector);
    bool other = !uuid_equal(follow.epoch, reply.epoch) || follow.generation != reply.generation;
    uint64_t horizon = projector_horizon(requests->projector); /* tombstones below it may be gone */
    reply.own_whole = other || follow.own == 0 || follow.own > position || follow.own < horizon;
    reply.public_whole = other || follow.public == 0 || follow.public > position || follow.public < horizon;
    struct follow_from from = {.own_whole = reply.own_whole,
                               .public_whole = reply.public_whole,
                               .own = reply.own_whole ? 0 : follow.own,
                               .public = reply.public_whole ? 0 : follow.public};
    struct session *session = request_session(request);
    reply_payload(request, &type_reply_follow, &reply, NULL);
    if (session != NULL && !session_closing(session))
        notify_follow(requests->notify, session, &from);
    return STEP_DONE;
}

/* The projections are away for long: the client gets everything anew when they are back. */
static void on_known(void *ctx, enum err err)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    (void)err;
    follow(request);
}

/* A server that has just started does not know yet where its projections stand: a client's marks cannot be
 * compared with that, and what others write up to there would be announced to nobody. */
static enum step_result on_follow(struct request *request)
{
    struct projector *projector = request->requests->projector;
    enum step_result result;
    if (!decode(request, &type_message_follow, &request->account->follow, &result))
        return result;
    if (projector_known(projector))
        return follow(request);
    projector_wait_known(projector, FOLLOW_WAIT_MS, on_known, request);
    return STEP_WAIT;
}
