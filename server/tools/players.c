/* players: `gachapon players check`, which players have no user in Keycloak any more.
 *
 * The server hears of a deletion from Keycloak's admin events, once. Where they were cleared, expired before
 * a server ran again, or the event store was restored to a moment before, a player stays active whose user is
 * gone. This asks Keycloak for the user of each active player, by the server's own means and account, and
 * prints what an operator's socket can be told about those that it does not know:
 *
 *     gachapon players check | gachapon connect URL --token-file operator.token
 *
 * It changes nothing itself: a wrong realm or a Keycloak restored to last year would know nobody, and a
 * person should see that before a thousand players are deactivated. An answer that is not clear ends it.
 *
 * Players are read by pages from the projections, AT_ONCE are asked for at a time. */
#include "auth/keycloak.h"
#include "base/check.h"
#include "pg/pg_result.h"
#include "pg/blocking.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 1000
#define AT_ONCE 16

struct sweep {
    struct loop *loop;
    struct keycloak *keycloak;
    PGconn *connection;
    PGresult *page;
    uint32_t next, asked; /* in the page; under way */
    struct uuid last;
    uint64_t checked, missing;
    bool failed;
    char why[BLOCKING_FAILURE_SIZE];
};

/* One being asked for. */
struct question {
    struct sweep *sweep;
    struct uuid player;
};

static int fail(const char *why)
{
    fprintf(stderr, "gachapon players: %s\n", why);
    return 2;
}

static bool next_page(struct sweep *sweep)
{
    struct arena arena;
    struct pg_params params;
    arena_init(&arena, 1024, 65536);
    pg_params_init(&params, &arena);
    pg_param_uuid(&params, sweep->last);
    pg_param_i64(&params, PAGE);
    PQclear(sweep->page);
    sweep->page = NULL;
    sweep->next = 0;
    sweep->failed =
        blocking_run(sweep->connection, "players_active", &params, &sweep->page, sweep->why) != ERR_OK;
    arena_release(&arena);
    return !sweep->failed && pg_rows(sweep->page) > 0;
}

static void go_on(struct sweep *sweep);

static void on_found(void *ctx, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    struct question question = *(struct question *)ctx;
    struct sweep *sweep = question.sweep;
    char text[UUID_TEXT_SIZE];
    (void)detail;
    free(ctx);
    sweep->asked--;
    sweep->checked++;
    if (outcome != KEYCLOAK_OK) {
        sweep->failed = true;
        snprintf(sweep->why, sizeof sweep->why,
                 "Keycloak gives no clear answer: is it there, are URL, realm and secret right?");
    } else if (uuid_is_nil(user)) {
        sweep->missing++;
        printf("deactivate_player player=%s reason=\"not in Keycloak\"\n",
               uuid_format(question.player, text));
    }
    go_on(sweep);
}

static void go_on(struct sweep *sweep)
{
    while (!sweep->failed && sweep->asked < AT_ONCE) {
        if ((sweep->page == NULL || sweep->next == pg_rows(sweep->page)) && !next_page(sweep))
            break;
        struct question *question = malloc(sizeof *question);
        check(question != NULL);
        sweep->last = pg_get_uuid(sweep->page, sweep->next++, 0);
        *question = (struct question){sweep, sweep->last};
        sweep->asked++;
        keycloak_find_user(sweep->keycloak, sweep->last, on_found, question);
    }
    if (sweep->asked == 0)
        loop_stop(sweep->loop);
}

static struct keycloak *open_keycloak(const struct config *config, struct loop *loop, char why[200])
{
    char secret[256], url[700];
    if (config->issuer_fetch_url != NULL || config->issuer != NULL)
        snprintf(url, sizeof url, "%s",
                 config->issuer_fetch_url != NULL ? config->issuer_fetch_url : config->issuer);
    else
        snprintf(url, sizeof url, "%s/realms/%s", config->keycloak_url, config->keycloak_realm);
    if (config_read_secret(config->keycloak_client_secret_file, secret, sizeof secret) != ERR_OK) {
        snprintf(why, 200, "the client's secret cannot be read");
        return NULL;
    }
    struct keycloak_config keycloak = {.issuer_fetch_url = url,
                                       .client_id = config->keycloak_client_id,
                                       .client_secret = secret,
                                       .players_client_id = config->players_client_id,
                                       .allow_plain_http = config->allow_plain_http,
                                       .timeout_ms = 10000};
    struct keycloak *opened = keycloak_open(loop, &keycloak, why);
    explicit_bzero(secret, sizeof secret);
    return opened;
}

int tool_players(const struct config *config, int argc, char **argv)
{
    struct sweep sweep = {0};
    char why[200] = "";
    if (argc != 1 || strcmp(argv[0], "check") != 0)
        return fail("usage: gachapon players check");
    if (config->projections_dsn == NULL || config->keycloak_client_secret_file == NULL ||
        (config->issuer == NULL && config->issuer_fetch_url == NULL && config->keycloak_url == NULL))
        return fail("set PROJECTIONS_DSN, KEYCLOAK_URL and GACHAPON_KEYCLOAK_CLIENT_SECRET_FILE");
    if (blocking_connect(config->projections_dsn, &sweep.connection, sweep.why) != ERR_OK) {
        PQfinish(sweep.connection);
        return fail(sweep.why);
    }
    sweep.loop = loop_new();
    check(sweep.loop != NULL);
    sweep.keycloak = open_keycloak(config, sweep.loop, why);
    if (sweep.keycloak != NULL) {
        go_on(&sweep);
        if (sweep.asked > 0)
            loop_run(sweep.loop);
    }
    keycloak_close(sweep.keycloak);
    loop_free(sweep.loop);
    PQclear(sweep.page);
    PQfinish(sweep.connection);
    if (sweep.keycloak == NULL || sweep.failed)
        return fail(sweep.keycloak == NULL ? why : sweep.why);
    fprintf(stderr, "%" PRIu64 " active players, %" PRIu64 " without a user in Keycloak\n", sweep.checked,
            sweep.missing);
    return sweep.missing > 0;
}
