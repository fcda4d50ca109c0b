/* upgrade: the door. A request becomes a WebSocket only if every rule below holds, and each broken rule has a
 * name, a status and a sentence (REFUSAL_TABLE).
 *
 * libwebsockets upgrades what it should refuse (a wrong or missing Sec-WebSocket-Version, POST, HTTP/1.0), so
 * nothing reaches it that was not judged here; what it then gets is a request that guest.c writes itself.
 *
 * Order matters: path and method first, so that a stranger learns what is here; then the transport's rules
 * (RFC 6455 4.2.1); Origin and Authorization last. A query is refused on both paths, because the only thing
 * people put there is a token, which would end up in every log on the way. Origin: absent is a native client;
 * one whose host and port are the Host header is our own page; others must be in the list. A browser cannot
 * forge it, others need not.
 *
 * When you add a rule: its line in REFUSAL_TABLE, its check in one of the three functions at the end, its
 * case in tests/unit/test_socket_upgrade.c. */
#include "socket/upgrade.h"
#include "base/check.h"
#include <strings.h>

static const struct refusal_desc refusals[] = {
#define X(name, text_name, status, header, text) [REFUSAL_##name] = {text_name, status, header, text},
    REFUSAL_TABLE(X)
#undef X
};

const struct refusal_desc *refusal_desc(enum refusal refusal)
{
    check(refusal > REFUSAL_NONE && (size_t)refusal < sizeof refusals / sizeof refusals[0]);
    return &refusals[refusal];
}

/* ---- who asks ---- */

/* The last entry of the last such header is what our proxy wrote. */
static bool says_https(const struct http_head *head)
{
    for (unsigned i = head->count; i-- > 0;) {
        struct slice name = head->lines[i].name, value = head->lines[i].value;
        if (name.size != 17 || strncasecmp((const char *)name.data, "x-forwarded-proto", 17) != 0)
            continue;
        struct slice last = address_last_entry(&value);
        return last.size == 5 && strncasecmp((const char *)last.data, "https", 5) == 0;
    }
    return false;
}

struct asker upgrade_asker(const struct upgrade_rules *rules, const struct http_head *head,
                           const struct address *tcp_peer, bool tls)
{
    struct asker asker = {.address = *tcp_peer, .secure = tls || address_is_loopback(tcp_peer)};
    if (head == NULL || !networks_contain(&rules->trusted, tcp_peer))
        return asker;
    bool forwarded = http_head_find(head, "x-forwarded-proto", NULL) > 0;
    for (unsigned i = head->count; i-- > 0;) {
        struct slice name = head->lines[i].name;
        if (name.size != 15 || strncasecmp((const char *)name.data, "x-forwarded-for", 15) != 0)
            continue;
        forwarded = true;
        if (!address_forwarded(&rules->trusted, head->lines[i].value, &asker.address))
            break;
    }
    if (forwarded) /* a proxy stands between: what counts is how the client reached that */
        asker.secure = says_https(head);
    return asker;
}

/* ---- the rules ---- */

static struct slice without_query(struct slice target)
{
    const uint8_t *query = memchr(target.data, '?', target.size);
    return query == NULL ? target : slice_of(target.data, (size_t)(query - target.data));
}

bool upgrade_is_path(struct slice target)
{
    struct slice path = without_query(target);
    return slice_equal_text(path, "/play") || slice_equal_text(path, "/join");
}

static bool is_key(struct slice key)
{
    if (key.size != 24 || memcmp(key.data + 22, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < 22; i++) {
        uint8_t byte = key.data[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              byte == '+' || byte == '/'))
            return false;
    }
    return true;
}

/* "https://host:port" without its scheme, and without the port that the scheme implies. */
static struct slice origin_host(struct slice origin)
{
    const char *schemes[] = {"https://", "http://"}, *ports[] = {":443", ":80"};
    for (int i = 0; i < 2; i++) {
        size_t size = strlen(schemes[i]), port = strlen(ports[i]);
        if (origin.size <= size || strncasecmp((const char *)origin.data, schemes[i], size) != 0)
            continue;
        struct slice host = slice_of(origin.data + size, origin.size - size);
        if (host.size > port && memcmp(host.data + host.size - port, ports[i], port) == 0)
            host.size -= port;
        return host;
    }
    return (struct slice){0};
}

static bool same_text(struct slice a, struct slice b)
{
    return a.size == b.size && strncasecmp((const char *)a.data, (const char *)b.data, a.size) == 0;
}

static bool origin_is_listed(const char *list, struct slice origin)
{
    while (list != NULL && *list != '\0') {
        const char *comma = strchr(list, ',');
        size_t size = comma != NULL ? (size_t)(comma - list) : strlen(list);
        struct slice entry = slice_of(list, size);
        while (entry.size > 0 && entry.data[0] == ' ')
            entry = slice_of(entry.data + 1, entry.size - 1);
        while (entry.size > 0 && entry.data[entry.size - 1] == ' ')
            entry.size--;
        if (same_text(entry, origin))
            return true;
        list = comma != NULL ? comma + 1 : NULL;
    }
    return false;
}

static bool origin_is_allowed(const struct upgrade_rules *rules, const struct http_head *head)
{
    struct slice origin, host;
    unsigned found = http_head_find(head, "origin", &origin);
    if (found == 0)
        return true;
    if (found > 1)
        return false;
    if (origin_is_listed(rules->origins, origin))
        return true;
    http_head_find(head, "host", &host);
    struct slice named = origin_host(origin);
    if (named.size == 0)
        return false;
    const char *port = origin.data[4] == 's' || origin.data[4] == 'S' ? ":443" : ":80";
    if (host.size > strlen(port) && memcmp(host.data + host.size - strlen(port), port, strlen(port)) == 0)
        host.size -= strlen(port);
    return same_text(named, host);
}

/* The subprotocol to name in the answer; false when the client offers only others. */
static bool choose_protocol(const struct upgrade_rules *rules, const struct http_head *head,
                            const char **ret_name)
{
    *ret_name = NULL;
    if (http_head_find(head, "sec-websocket-protocol", NULL) == 0)
        return true;
    if (http_head_has(head, "sec-websocket-protocol", "gachapon"))
        *ret_name = "gachapon";
    else if (rules->test_echo && http_head_has(head, "sec-websocket-protocol", "echo"))
        *ret_name = "echo";
    return *ret_name != NULL;
}

static enum refusal judge_bearer(const struct http_head *head, struct slice *ret_bearer)
{
    struct slice value;
    *ret_bearer = (struct slice){0};
    unsigned found = http_head_find(head, "authorization", &value);
    if (found == 0)
        return REFUSAL_NONE;
    if (found > 1 || value.size < 8 || strncasecmp((const char *)value.data, "Bearer ", 7) != 0)
        return REFUSAL_AUTHORIZATION;
    struct slice token = slice_of(value.data + 7, value.size - 7);
    if (token.size > BEARER_MAX_BYTES)
        return REFUSAL_BEARER_TOO_LONG;
    for (size_t i = 0; i < token.size; i++)
        if (token.data[i] <= ' ' || token.data[i] >= 0x7f)
            return REFUSAL_AUTHORIZATION;
    *ret_bearer = token;
    return REFUSAL_NONE;
}

static enum refusal judge_request(const struct http_head *head, struct upgrade *upgrade)
{
    if (!upgrade_is_path(head->target))
        return REFUSAL_NOT_FOUND;
    if (!slice_equal_text(head->method, "GET"))
        return REFUSAL_METHOD;
    if (head->minor != 1)
        return REFUSAL_HTTP_VERSION;
    if (http_head_find(head, "host", NULL) != 1)
        return REFUSAL_HOST;
    if (memchr(head->target.data, '?', head->target.size) != NULL)
        return REFUSAL_QUERY;
    upgrade->path = slice_equal_text(head->target, "/play") ? SESSION_PLAY : SESSION_JOIN;
    return REFUSAL_NONE;
}

static enum refusal judge_websocket(const struct http_head *head, struct upgrade *upgrade)
{
    struct slice version, length;
    if (!http_head_has(head, "upgrade", "websocket") || !http_head_has(head, "connection", "upgrade"))
        return REFUSAL_NOT_WEBSOCKET;
    if (http_head_find(head, "sec-websocket-version", &version) != 1 || !slice_equal_text(version, "13"))
        return REFUSAL_WEBSOCKET_VERSION;
    if (http_head_find(head, "sec-websocket-key", &upgrade->key) != 1 || !is_key(upgrade->key))
        return REFUSAL_WEBSOCKET_KEY;
    if (http_head_find(head, "transfer-encoding", NULL) > 0)
        return REFUSAL_BODY;
    unsigned lengths = http_head_find(head, "content-length", &length);
    return lengths == 0 || (lengths == 1 && slice_equal_text(length, "0")) ? REFUSAL_NONE : REFUSAL_BODY;
}

enum refusal upgrade_judge(const struct upgrade_rules *rules, const struct http_head *head,
                           struct upgrade *ret_upgrade)
{
    struct upgrade upgrade = {.path = SESSION_PLAY};
    enum refusal refusal = judge_request(head, &upgrade);
    if (refusal == REFUSAL_NONE)
        refusal = judge_websocket(head, &upgrade);
    if (refusal == REFUSAL_NONE && !origin_is_allowed(rules, head))
        refusal = REFUSAL_ORIGIN;
    if (refusal == REFUSAL_NONE && !choose_protocol(rules, head, &upgrade.protocol))
        refusal = REFUSAL_SUBPROTOCOL;
    if (refusal == REFUSAL_NONE)
        refusal = judge_bearer(head, &upgrade.bearer);
    if (refusal == REFUSAL_NONE)
        *ret_upgrade = upgrade;
    return refusal;
}
