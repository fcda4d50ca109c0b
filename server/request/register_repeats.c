/* register_repeats: registrations that are under way, one a socket and one a command id at a time.
 *
 * The problem: Keycloak refuses two grants of one user at the same moment as if the password were wrong, so a
 * repeat that came while the first is still asking would tell a player that its own password is not its own.
 * It waits, out of the list of those that run, in the first one's `repeats`, and begins anew when that is
 * over: whatever was done is found then in the log or in Keycloak.
 *
 * Keycloak refuses so also for a moment after it has answered the first. Of a repeat with the password that
 * was just taken (`password_good`) that is `identity_unavailable`, to be tried again. */
#include "request/account.h"

/* A socket makes one user at a time: the second one's tokens would have no socket to sit on. */
bool register_is_second(const struct request *request)
{
    list_each(node, &request->requests->active)
    {
        const struct request *other = list_entry(node, struct request, node);
        if (other != request && other->kind == REQUEST_MESSAGE && account_is_registration(other->type) &&
            other->session_id == request->session_id &&
            !uuid_equal(other->meta.command_id, request->meta.command_id))
            return true;
    }
    return false;
}

/* A registration under way with this command id: the request begins anew when that is over. */
bool register_waits(struct request *request)
{
    list_init(&request->account->repeats);
    list_each(node, &request->requests->active)
    {
        struct request *other = list_entry(node, struct request, node);
        if (other == request || other->kind != REQUEST_MESSAGE || !account_is_registration(other->type) ||
            other->account == NULL || !uuid_equal(other->meta.command_id, request->meta.command_id))
            continue;
        list_remove(&request->node);
        list_append(&other->account->repeats, &request->node);
        return true;
    }
    return false;
}

/* The end of one that had begun: those who waited for it go on, then it is answered. */
void register_release_repeats(struct request *request, bool granted)
{
    struct list_node *node;
    while ((node = list_pop(&request->account->repeats)) != NULL) {
        struct request *repeat = list_entry(node, struct request, node);
        if (granted && slice_equal(repeat->account->form.password, request->account->form.password))
            repeat->account->password_good = true;
        request_resume(repeat);
    }
}
