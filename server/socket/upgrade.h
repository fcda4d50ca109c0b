/* upgrade: which requests may become WebSockets, and the answer to those that may not. Pure. */
#ifndef SOCKET_UPGRADE_H
#define SOCKET_UPGRADE_H

#include "socket/address.h"
#include "socket/http_head.h"
#include "socket/session.h"

/* Every reason to refuse: name (log), status, header to add, text for the person who tries. */
#define REFUSAL_TABLE(X)                                                                                     \
    X(NOT_FOUND, "not_found", 404, "", "WebSockets are at /play and /join")                                  \
    X(METHOD, "method", 405, "Allow: GET\r\n", "a WebSocket begins with GET")                                \
    X(HTTP_VERSION, "http_version", 505, "", "a WebSocket begins with HTTP/1.1")                             \
    X(HOST, "host", 400, "", "exactly one Host header, please")                                              \
    X(QUERY, "query", 400, "",                                                                               \
      "no query here: a token goes into the Authorization header or a sign_in message")                      \
    X(NOT_WEBSOCKET, "not_websocket", 426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",            \
      "this is a WebSocket: Upgrade and Connection headers are missing")                                     \
    X(WEBSOCKET_VERSION, "websocket_version", 426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",    \
      "Sec-WebSocket-Version must be 13")                                                                    \
    X(WEBSOCKET_KEY, "websocket_key", 400, "", "Sec-WebSocket-Key must be 16 bytes in base64, once")         \
    X(BODY, "body", 400, "", "a WebSocket begins without a body")                                            \
    X(SUBPROTOCOL, "subprotocol", 400, "", "the subprotocol is gachapon, or none")                           \
    X(ORIGIN, "origin", 403, "", "this origin is not allowed here")                                          \
    X(AUTHORIZATION, "authorization", 401, "WWW-Authenticate: Bearer\r\n",                                   \
      "Authorization must be one Bearer token")                                                              \
    X(BEARER_TOO_LONG, "bearer_too_long", 431, "", "the token is over 16384 bytes")                          \
    X(PER_ADDRESS, "per_address", 429, "Retry-After: 5\r\n", "too many connections from this address")       \
    X(TOO_OFTEN, "too_often", 429, "Retry-After: 5\r\n", "too many new connections from this address")       \
    X(FULL, "full", 503, "Retry-After: 1\r\n", "as many sockets are open as may be")                         \
    X(DRAINING, "draining", 503, "Retry-After: 1\r\n", "the server is going down; come back")                \
    X(DESCRIPTORS, "descriptors", 503, "Retry-After: 1\r\n", "out of descriptors")                           \
    X(MALFORMED, "malformed", 400, "", "this is not HTTP/1.1")                                               \
    X(HEAD_TOO_LONG, "head_too_long", 431, "", "the request's headers are too long")                         \
    X(TOO_EARLY, "too_early", 400, "", "a client waits for the answer before it sends messages")             \
    X(TARGET_TOO_LONG, "target_too_long", 414, "", "the request's target is too long")                       \
    X(NOT_HTTP_1, "not_http_1", 505, "", "HTTP/1.1 is spoken here")                                          \
    X(BODY_TOO_LONG, "body_too_long", 413, "", "the body is too long")                                       \
    X(BODY_LENGTH, "body_length", 411, "", "one Content-Length, please, and no Transfer-Encoding")           \
    X(METHOD_UNKNOWN, "method_unknown", 405, "Allow: GET, HEAD, POST\r\n",                                   \
      "GET, HEAD and POST are spoken here")                                                                  \
    X(TIMEOUT, "timeout", 408, "", "the request did not come in time")

enum refusal {
    REFUSAL_NONE,
#define X(name, text_name, status, header, text) REFUSAL_##name,
    REFUSAL_TABLE(X)
#undef X
};

struct refusal_desc {
    const char *name;
    int status;
    const char *header; /* lines to add, each with CR LF */
    const char *text;
};
const struct refusal_desc *refusal_desc(enum refusal refusal); /* not for REFUSAL_NONE */

struct upgrade_rules {
    struct networks trusted; /* proxies whose X-Forwarded-* count */
    const char *origins;     /* comma separated, NULL: none but the own host */
    bool test_echo;
};

/* Who is asking, as far as it can be believed. */
struct asker {
    struct address address;
    bool secure; /* see session_secure */
};

/* From the TCP peer and, where that is a trusted proxy, its headers. `head` NULL: none came. */
struct asker upgrade_asker(const struct upgrade_rules *rules, const struct http_head *head,
                           const struct address *tcp_peer, bool tls);

/* What an accepted upgrade asked for; slices borrow from the head. */
struct upgrade {
    enum session_path path;
    const char *protocol; /* "gachapon", "echo" or NULL for none */
    struct slice key;
    struct slice bearer; /* absent: no Authorization header */
};

/* True when a target is one of the two paths, whatever its query. */
bool upgrade_is_path(struct slice target);
/* REFUSAL_NONE and *ret_upgrade, or the first rule that is broken. */
enum refusal upgrade_judge(const struct upgrade_rules *rules, const struct http_head *head,
                           struct upgrade *ret_upgrade);

#endif
