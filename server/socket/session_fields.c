/* session_fields: what others may know of a session and keep in it. No behaviour here. */
#include "base/check.h"
#include "socket/internal.h"

uint64_t session_id(const struct session *session)
{
    return session->id;
}

size_t session_queued_bytes(const struct session *session)
{
    return session->queue.bytes;
}

enum session_path session_path(const struct session *session)
{
    return (enum session_path)session->path;
}

bool session_secure(const struct session *session)
{
    return session->secure;
}

const char *session_peer(const struct session *session)
{
    return session->peer;
}

struct principal *session_principal(struct session *session)
{
    check_magic(session, SESSION_MAGIC);
    return &session->principal;
}

void session_set_signed_in(struct session *session, bool signed_in)
{
    check_magic(session, SESSION_MAGIC);
    struct socket_server *server = session->server;
    if (session->signed_in && !signed_in)
        session->sign_in_by_ms = loop_mono_ms(server->loop) + server->config.sign_in_within_ms;
    session->signed_in = signed_in;
}

void session_set(struct session *session, enum session_slot slot, void *value)
{
    check_magic(session, SESSION_MAGIC);
    check(slot < SESSION_SLOT_COUNT);
    session->slots[slot] = value;
}

void *session_get(const struct session *session, enum session_slot slot)
{
    check_magic(session, SESSION_MAGIC);
    check(slot < SESSION_SLOT_COUNT);
    return session->slots[slot];
}

uint64_t session_last_sent_ms(const struct session *session)
{
    return session->sent_ms;
}
