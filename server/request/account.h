/* account: the messages that are about the socket itself - sign_in, refresh, register and its like, follow,
 * ping. */
#ifndef REQUEST_ACCOUNT_H
#define REQUEST_ACCOUNT_H

#include "domain/registration.h"
#include "request/internal.h"

/* Signs a session in with the token of its Authorization header; success and failure are pushes (id 0). */
void account_sign_in_by_header(struct requests *requests, struct session *session, struct slice token);

/* What sign_in and register keep while they wait; in the request's arena, wiped with it. */
struct account {
    struct token_claims claims;
    struct message_sign_in sign_in;
    struct message_follow follow;
    struct message_register form;      /* of register, play_as_guest, claim_account */
    struct registration_state history; /* how far this registration came before this message */
    struct list_node repeats; /* registrations under the same command id that begin when this one is over */
    bool password_good;       /* Keycloak took this very password, under this command id, a moment ago */
    bool by_header;
    bool enrolled;
    bool let_off; /* a guest, of what the realm wants of everybody: tried once */
    struct reply_register tokens;
};

/* account.c: makes the session the principal's. ERROR_SIGNED_OUT: the session is gone; ERROR_TOKEN_REVOKED:
 * revoked since it was verified; ERROR_TOKEN_OTHER_SUBJECT: someone else sits on it. */
enum error_code account_adopt(struct request *request, const struct token_claims *claims);
enum error_code account_error_of_rule(enum token_rule rule);

/* register.c: register, play_as_guest and claim_account, and whether a message is one of them. */
bool account_is_registration(uint32_t type);
enum step_result account_register(struct request *request);

/* register_repeats.c: whether its socket has another registration under way. */
bool register_is_second(const struct request *request);
/* Whether one with this command id is under way: then the request begins anew when that is over. */
bool register_waits(struct request *request);
/* It is over: those who waited for it go on. `granted`: Keycloak took its password. */
void register_release_repeats(struct request *request, bool granted);

#endif
