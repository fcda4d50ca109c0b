/* check-config: every setting that can be tried is tried, before the server is started with it: files are
 * read, both databases are signed in to, the issuer's discovery document is fetched and its name compared.
 * The log is asked whether it can be read, and whether its first player's seed comes from this master key:
 * with another one every draw would fail, at night, after a move. The views are asked too: two connection
 * strings that were taken for each other sign in as well as the right ones. All findings are printed, not the
 * first only. Nothing secret is. */
#include "eventstore/event_decode.h"
#include "pg/blocking.h"
#include "request/secrets.h"
#include "tools/fetch.h"
#include "tools/history.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define LOOK_EVENTS 1000000 /* for a player, from the log's beginning */

static int good(const char *what, const char *detail)
{
    printf("ok    %-22s %s\n", what, detail);
    return 0;
}

/* Returns 1: one thing to mend. */
static int bad(const char *what, const char *advice)
{
    printf("WRONG %-22s %s\n", what, advice);
    return 1;
}

static int sign_in(const char *what, const char *dsn)
{
    PGconn *connection;
    char why[BLOCKING_FAILURE_SIZE];
    enum err err = blocking_connect(dsn, &connection, why);
    PQfinish(connection);
    why[strcspn(why, "\n")] = '\0';
    return err == ERR_OK ? good(what, "signed in") : bad(what, why);
}

static int check_dsn(const char *what, const char *dsn, const char *advice)
{
    if (dsn == NULL)
        return bad(what, advice);
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    bool parses = options != NULL;
    PQconninfoFree(options);
    PQfreemem(why);
    return parses ? sign_in(what, dsn)
                  : bad(what, "is not a connection string (host=... dbname=... or postgresql://...)");
}

/* Whether the seed that this key gives a player is the one the log committed to: 0 it is not, 1 it is. */
static enum err seed_fits(const struct secrets *secrets, const struct stored_event *stored, int *ret_fits)
{
    struct arena arena;
    struct event event;
    struct wire_fault fault;
    arena_init(&arena, 4096, 1 << 20);
    bool decoded = event_decode(stored, &arena, &event, &fault);
    if (decoded) {
        const struct event_player_registered *player = &event.player_registered;
        struct hash seed = secrets_seed(secrets, player->player, player->seed_number);
        struct hash hash = sha256(slice_of(seed.bytes, sizeof seed.bytes));
        *ret_fits = memcmp(&hash, &player->seed_hash, sizeof hash) == 0;
    }
    arena_release(&arena);
    return decoded ? ERR_OK : ERR_INTEGRITY;
}

/* Asks the log's first player, if one of the first events is one. *ret_fits stays when there is none. */
static enum err ask_first_player(struct history *history, const struct history_head *head,
                                 const struct secrets *secrets, int *ret_fits)
{
    static const uint16_t types[] = {EVENT_PLAYER_REGISTERED};
    struct history_events page = {0};
    enum err err = ERR_OK;
    for (uint64_t after = 0;
         err == ERR_OK && page.count == 0 && after < head->position && after < LOOK_EVENTS;
         after += HISTORY_TYPED_PAGE) {
        uint64_t end =
            after + HISTORY_TYPED_PAGE < head->position ? after + HISTORY_TYPED_PAGE : head->position;
        err = history_page(history, after, end, types, 1, &page);
    }
    return err == ERR_OK && page.count > 0 ? seed_fits(secrets, &page.items[0], ret_fits) : err;
}

/* The log as the server's role sees it, and whether this master key is the one of its draws. */
static int check_log(const struct config *config)
{
    struct history history;
    struct history_head head;
    struct secrets secrets;
    char detail[64];
    int fits = -1, found = 0;
    enum err err = history_open(&history, config->event_store_dsn, "gachapon check-config", false);
    if (err == ERR_OK)
        err = history_head(&history, &head);
    if (err == ERR_OK) {
        snprintf(detail, sizeof detail, "ends at position %" PRIu64, head.position);
        found += good("log", detail);
    } else {
        found += bad("log", "cannot be read in this role: run gachapon migrate");
    }
    if (err == ERR_OK && config->master_key_file != NULL &&
        secrets_read(&secrets, config->master_key_file) == ERR_OK) {
        err = ask_first_player(&history, &head, &secrets, &fits);
        secrets_release(&secrets);
    }
    if (fits == 0)
        found += bad("master-key-file", "is another one than this log's draws were made with: every opening "
                                        "would fail, and no seed could be revealed");
    else if (fits == 1)
        found += good("master-key-file", "is the one of this log's draws");
    history_close(&history);
    return found;
}

/* The views as the server's role sees them. */
static int check_views(const struct config *config)
{
    PGconn *connection;
    char why[BLOCKING_FAILURE_SIZE];
    enum err err = blocking_connect(config->projections_dsn, &connection, why);
    if (err == ERR_OK)
        err = blocking_run(connection, "projections_status", NULL, NULL, why);
    PQfinish(connection);
    return err == ERR_OK ? good("views", "can be read")
                         : bad("views", "cannot be read in this role: run gachapon migrate");
}

static int check_readable(const char *what, const char *path, const char *advice)
{
    if (path == NULL)
        return bad(what, advice);
    return access(path, R_OK) == 0 ? good(what, path) : bad(what, "the file cannot be read");
}

static int check_master_key(const struct config *config)
{
    struct secrets secrets;
    if (config->master_key_file == NULL || secrets_read(&secrets, config->master_key_file) != ERR_OK)
        return bad("master-key-file", "must hold 64 hex digits: openssl rand -hex 32 > FILE makes one");
    secrets_release(&secrets);
    return good("master-key-file", config->master_key_file);
}

/* What the discovery document at `from` calls its issuer, compared with ours. */
static int judge_issuer(const char *issuer, const char *from, const char *ca_file)
{
    char url[400];
    struct buf body;
    long status = 0;
    snprintf(url, sizeof url, "%s/.well-known/openid-configuration", from);
    buf_init(&body, 1 << 20);
    enum err err = fetch(url, ca_file, &body, &status);
    json_t *document = err == ERR_OK && status == 200
                           ? json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL)
                           : NULL;
    const char *says = json_string_value(json_object_get(document, "issuer"));
    int found;
    if (err == ERR_REFUSED)
        found =
            bad("issuer", "has a certificate that is not trusted, or of another name: see keycloak-ca-file");
    else if (err != ERR_OK)
        found = bad("issuer", "does not answer; is Keycloak up, is the address right?");
    else if (says == NULL)
        found = bad("issuer", "answers, but not with a discovery document: is the realm's name right?");
    else if (strcmp(says, issuer) != 0)
        found = bad("issuer", "calls itself otherwise: every token would be refused (rule iss)");
    else
        found = good("issuer", issuer);
    json_decref(document);
    buf_release(&body);
    return found;
}

static int check_issuer(const struct config *config)
{
    char issuer[300];
    if (config->issuer == NULL && config->keycloak_url == NULL)
        return bad("issuer", "set KEYCLOAK_URL (and KEYCLOAK_REALM), or GACHAPON_ISSUER");
    if (config->issuer != NULL)
        snprintf(issuer, sizeof issuer, "%s", config->issuer);
    else
        snprintf(issuer, sizeof issuer, "%s/realms/%s", config->keycloak_url, config->keycloak_realm);
    return judge_issuer(issuer, config->issuer_fetch_url != NULL ? config->issuer_fetch_url : issuer,
                        config->keycloak_ca_file);
}

int tool_check_config(const struct config *config, int argc, char **argv)
{
    (void)argv;
    if (argc > 0 || sodium_init() < 0) {
        fprintf(stderr, "gachapon check-config: takes settings only\n");
        return 2;
    }
    int found = check_dsn("event-store-dsn", config->event_store_dsn, "set EVENT_STORE_DSN");
    if (found == 0)
        found += check_log(config);
    int views = check_dsn("projections-dsn", config->projections_dsn, "set PROJECTIONS_DSN");
    if (views == 0)
        views += check_views(config);
    found += views;
    found += check_master_key(config);
    found += check_issuer(config);
    found += check_readable("keycloak-client-secret", config->keycloak_client_secret_file,
                            "without it nobody registers in the game, and disabled users keep their sockets");
    if (config->tls_listen != NULL) {
        found += check_readable("tls-cert-file", config->tls_cert_file, "--tls-listen needs a certificate");
        found += check_readable("tls-key-file", config->tls_key_file, "--tls-listen needs its key");
    }
    if (found == 0)
        printf("all good\n");
    else
        printf("%d to mend\n", found);
    return found == 0 ? 0 : 1;
}
