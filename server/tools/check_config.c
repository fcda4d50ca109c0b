/* check-config: every setting that can be tried is tried, before the server is started with it: files are
 * read, both databases are signed in to, the issuer's discovery document is fetched and its name compared.
 * All findings are printed, not the first only. Nothing secret is. */
#include "request/secrets.h"
#include "tools/fetch.h"
#include "tools/tools.h"
#include <jansson.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

static int found; /* a tool's own process: nobody else counts here */

static void good(const char *what, const char *detail)
{
    printf("ok    %-22s %s\n", what, detail);
}

static void bad(const char *what, const char *advice)
{
    printf("WRONG %-22s %s\n", what, advice);
    found++;
}

static void check_dsn(const char *what, const char *dsn, const char *advice)
{
    if (dsn == NULL) {
        bad(what, advice);
        return;
    }
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    bool parses = options != NULL;
    PQconninfoFree(options);
    PQfreemem(why);
    if (!parses) {
        bad(what, "is not a connection string (host=... dbname=... or postgresql://...)");
        return;
    }
    PGconn *connection = PQconnectdb(dsn);
    if (PQstatus(connection) == CONNECTION_OK)
        good(what, "signed in");
    else
        bad(what, "cannot sign in: is the database up, are role and password right?");
    PQfinish(connection);
}

static void check_readable(const char *what, const char *path, const char *advice)
{
    if (path == NULL)
        bad(what, advice);
    else if (access(path, R_OK) != 0)
        bad(what, "the file cannot be read");
    else
        good(what, path);
}

static void check_master_key(const struct config *config)
{
    struct secrets secrets;
    if (config->master_key_file == NULL || secrets_read(&secrets, config->master_key_file) != ERR_OK) {
        bad("master-key-file", "must hold 64 hex digits: openssl rand -hex 32 > FILE makes one");
        return;
    }
    secrets_release(&secrets);
    good("master-key-file", config->master_key_file);
}

static void check_issuer(const struct config *config)
{
    char issuer[300], url[400];
    if (config->issuer == NULL && config->keycloak_url == NULL) {
        bad("issuer", "set KEYCLOAK_URL (and KEYCLOAK_REALM), or GACHAPON_ISSUER");
        return;
    }
    if (config->issuer != NULL)
        snprintf(issuer, sizeof issuer, "%s", config->issuer);
    else
        snprintf(issuer, sizeof issuer, "%s/realms/%s", config->keycloak_url, config->keycloak_realm);
    const char *from = config->issuer_fetch_url != NULL ? config->issuer_fetch_url : issuer;
    snprintf(url, sizeof url, "%s/.well-known/openid-configuration", from);
    struct buf body;
    long status = 0;
    buf_init(&body, 1 << 20);
    enum err err = fetch(url, &body, &status);
    json_t *document = err == ERR_OK && status == 200
                           ? json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL)
                           : NULL;
    const char *says = json_string_value(json_object_get(document, "issuer"));
    if (err != ERR_OK)
        bad("issuer", "does not answer; is Keycloak up, is the address right?");
    else if (says == NULL)
        bad("issuer", "answers, but not with a discovery document: is the realm's name right?");
    else if (strcmp(says, issuer) != 0)
        bad("issuer",
            "calls itself otherwise: every token would be refused (rule iss); see keycloak/README.md");
    else
        good("issuer", issuer);
    json_decref(document);
    buf_release(&body);
}

int tool_check_config(const struct config *config, int argc, char **argv)
{
    (void)argv;
    if (argc > 0 || sodium_init() < 0) {
        fprintf(stderr, "gachapon check-config: takes settings only\n");
        return 2;
    }
    check_dsn("event-store-dsn", config->event_store_dsn, "set EVENT_STORE_DSN");
    check_dsn("projections-dsn", config->projections_dsn, "set PROJECTIONS_DSN");
    check_master_key(config);
    check_issuer(config);
    check_readable("keycloak-client-secret", config->keycloak_client_secret_file,
                   "without it players cannot register in the game, and disabled users keep their sockets");
    if (config->tls_listen != NULL) {
        check_readable("tls-cert-file", config->tls_cert_file, "--tls-listen needs a certificate");
        check_readable("tls-key-file", config->tls_key_file, "--tls-listen needs its key");
    }
    if (found == 0)
        printf("all good\n");
    else
        printf("%d to mend\n", found);
    return found == 0 ? 0 : 1;
}
