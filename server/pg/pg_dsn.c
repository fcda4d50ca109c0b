/* pg_dsn: from a DSN to the settings every connection of this server is made with.
 *
 * The problem: libpq's asynchronous connect is only asynchronous when it need not resolve a name; and its
 * defaults (two hours until a dead peer is noticed, no timeouts at all) are not for a server. So the DSN is
 * parsed by libpq itself, host names are resolved here, once, and handed over as `hostaddr`, and whatever the
 * DSN leaves open is set: TCP keepalive and user timeout, encoding, the server-side timeouts (as `options`,
 * so no statement is needed).
 *
 * A list of hosts stays a list (with target_session_attrs it follows a failover), and a name with several
 * addresses becomes several entries, which libpq tries in order: `localhost` may be ::1 first while the
 * server listens on 127.0.0.1 only. A host that begins with a slash is a socket's folder and is left alone.
 * Addresses that change later need a restart, or numbers in the DSN. */
#include "pg/pg_internal.h"
#include "base/check.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LIST_MAX_BYTES 2048
#define ADDRESSES_MAX 16

/* host, hostaddr and port as libpq's comma-separated lists, entry by entry. */
struct endpoints {
    char host[LIST_MAX_BYTES], address[LIST_MAX_BYTES], port[LIST_MAX_BYTES];
    uint32_t count;
};

static bool from_dsn(struct pg_settings *settings, const char *dsn, char ret_failure[200]);
static bool resolve(struct pg_settings *settings, char ret_failure[200]);
static bool complete(struct pg_settings *settings, const struct pg_config *config, char ret_failure[200]);

bool pg_settings_init(struct pg_settings *settings, const struct pg_config *config, char ret_failure[200])
{
    memset(settings, 0, sizeof *settings);
    if (!from_dsn(settings, config->dsn, ret_failure) || !resolve(settings, ret_failure) ||
        !complete(settings, config, ret_failure)) {
        pg_settings_release(settings);
        return false;
    }
    return true;
}

void pg_settings_release(struct pg_settings *settings)
{
    for (uint32_t i = 0; i < settings->count; i++) {
        if (settings->values[i] != NULL && strcmp(settings->keywords[i], "password") == 0)
            explicit_bzero(settings->values[i], strlen(settings->values[i]));
        free(settings->keywords[i]);
        free(settings->values[i]);
    }
    memset(settings, 0, sizeof *settings);
}

static char **find(struct pg_settings *settings, const char *keyword)
{
    for (uint32_t i = 0; i < settings->count; i++)
        if (strcmp(settings->keywords[i], keyword) == 0)
            return &settings->values[i];
    return NULL;
}

static void set(struct pg_settings *settings, const char *keyword, const char *value)
{
    char *copy = strdup(value);
    check(copy != NULL);
    char **known = find(settings, keyword);
    if (known != NULL) {
        free(*known);
        *known = copy;
        return;
    }
    check(settings->count < PG_SETTINGS_MAX);
    settings->keywords[settings->count] = strdup(keyword);
    check(settings->keywords[settings->count] != NULL);
    settings->values[settings->count++] = copy;
}

static void set_default(struct pg_settings *settings, const char *keyword, const char *value)
{
    if (find(settings, keyword) == NULL)
        set(settings, keyword, value);
}

static bool from_dsn(struct pg_settings *settings, const char *dsn, char ret_failure[200])
{
    if (dsn == NULL || dsn[0] == '\0') {
        snprintf(ret_failure, 200, "the database's connection string is empty");
        return false;
    }
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &words);
    if (options == NULL) { /* libpq's words may quote the string, password and all */
        snprintf(ret_failure, 200,
                 "not a PostgreSQL connection string (postgresql://user:password@host:port/database)");
        PQfreemem(words);
        return false;
    }
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL)
            set(settings, option->keyword, option->val);
    PQconninfoFree(options);
    const char *host = getenv("PGHOST"); /* libpq would take it too, and resolve it in the loop */
    if (host != NULL && host[0] != '\0' && find(settings, "hostaddr") == NULL)
        set_default(settings, "host", host);
    return true;
}

/* ---- host names to addresses ---- */

/* Entry `index` of a comma list; the last one again when the list is shorter (libpq allows one port for all).
 */
static void list_entry_at(const char *list, uint32_t index, char *ret_entry, size_t size)
{
    const char *start = list;
    for (uint32_t i = 0; i < index; i++) {
        const char *comma = strchr(start, ',');
        if (comma == NULL)
            break;
        start = comma + 1;
    }
    snprintf(ret_entry, size, "%.*s", (int)strcspn(start, ","), start);
}

static bool append(char *list, const char *entry, bool first)
{
    size_t used = strlen(list);
    int written = snprintf(list + used, LIST_MAX_BYTES - used, "%s%s", first ? "" : ",", entry);
    return written >= 0 && (size_t)written < LIST_MAX_BYTES - used;
}

static bool add_endpoint(struct endpoints *endpoints, const char *host, const char *address, const char *port)
{
    bool first = endpoints->count++ == 0;
    return endpoints->count <= ADDRESSES_MAX && append(endpoints->host, host, first) &&
           append(endpoints->address, address, first) && append(endpoints->port, port, first);
}

static bool add_host(struct endpoints *endpoints, const char *host, const char *port, char ret_failure[200])
{
    if (host[0] == '/' || host[0] == '@' || host[0] == '\0')
        return add_endpoint(endpoints, host, "", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, NULL, &hints, &found);
    if (failed != 0) {
        snprintf(ret_failure, 200, "database host %.80s: %s", host, gai_strerror(failed));
        return false;
    }
    bool ok = true;
    for (struct addrinfo *each = found; each != NULL && ok; each = each->ai_next) {
        char address[NI_MAXHOST];
        ok = getnameinfo(each->ai_addr, each->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) ==
                 0 &&
             add_endpoint(endpoints, host, address, port);
    }
    freeaddrinfo(found);
    return ok;
}

static bool resolve(struct pg_settings *settings, char ret_failure[200])
{
    char **hosts = find(settings, "host");
    if (find(settings, "hostaddr") != NULL || hosts == NULL)
        return true; /* numbers already, or the socket of this machine */
    char **ports = find(settings, "port");
    struct endpoints endpoints = {.count = 0};
    uint32_t entries = 1;
    for (const char *at = *hosts; *at != '\0'; at++)
        entries += *at == ',';
    ret_failure[0] = '\0';
    for (uint32_t i = 0; i < entries; i++) {
        char host[256], port[32];
        list_entry_at(*hosts, i, host, sizeof host);
        list_entry_at(ports == NULL ? "5432" : *ports, i, port, sizeof port);
        if (!add_host(&endpoints, host, port, ret_failure)) {
            if (ret_failure[0] == '\0')
                snprintf(ret_failure, 200, "the database's host names have too many addresses");
            return false;
        }
    }
    set(settings, "host", endpoints.host);
    set(settings, "hostaddr", endpoints.address);
    set(settings, "port", endpoints.port);
    return true;
}

/* ---- what the DSN left open ---- */

uint32_t pg_statement_timeout_ms(const struct pg_config *config)
{
    return config->statement_timeout_ms == 0 ? 5000 : config->statement_timeout_ms;
}

/* That a commit is on the disk does not depend on how the database or the role is set: an administrator who
 * switched synchronous_commit off there, for something else, would make of every acknowledgement a guess. */
static bool complete(struct pg_settings *settings, const struct pg_config *config, char ret_failure[200])
{
    uint32_t statement_ms = pg_statement_timeout_ms(config);
    char **given = find(settings, "options");
    char options[2048];
    int size = snprintf(options, sizeof options,
                        "-c synchronous_commit=on %s -c statement_timeout=%u -c lock_timeout=%u"
                        " -c idle_in_transaction_session_timeout=%u"
                        " -c default_transaction_isolation=read\\ committed -c jit=off%s %s",
                        given == NULL ? "" : *given, statement_ms, statement_ms, statement_ms,
                        config->synchronous_commit_off ? " -c synchronous_commit=off" : "",
                        config->options == NULL ? "" : config->options);
    if (size < 0 || (size_t)size >= sizeof options) {
        snprintf(ret_failure, 200, "the options in the database's connection string are too long");
        return false;
    }
    set(settings, "options", options);
    set(settings, "client_encoding", "UTF8");
    set_default(settings, "application_name",
                config->application_name == NULL ? "gachapon" : config->application_name);
    set_default(settings, "gssencmode", "disable"); /* its library resolves names */
    set_default(settings, "keepalives_idle", "10");
    set_default(settings, "keepalives_interval", "5");
    set_default(settings, "keepalives_count", "3");
    set_default(settings, "tcp_user_timeout", "20000");
    return true;
}
