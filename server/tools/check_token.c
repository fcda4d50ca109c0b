/* check-token: the token on stdin, judged by the server's own code (auth_verify) with the server's own
 * settings.
 *
 *     gachapon check-token < token
 *
 * Starts what the server starts for identity and nothing else: a loop and auth, which reads the issuer's
 * keys. Prints one line of JSON: the claims the server would go by, or {"refused":"<rule>"} with the name of
 * the first rule that failed (server/auth/README.md lists them). What only a running server knows is
 * not judged: whether the user was disabled since, or signed out of this session. When the keys cannot be
 * read nothing was judged: status 2. */
#include "auth/auth.h"
#include "tools/tools.h"
#include "wire/json.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INPUT_MAX_BYTES 65536 /* more than any rule takes, so that the size rule is auth's to judge */

struct verdict {
    struct loop *loop;
    enum token_rule rule;
    struct token_claims claims;
};

static void on_verdict(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    struct verdict *verdict = ctx;
    verdict->rule = rule;
    if (rule == TOKEN_GOOD)
        verdict->claims = *claims;
    loop_stop(verdict->loop);
}

static void print_text(const char *name, const char *text)
{
    struct buf buf;
    buf_init(&buf, 4096);
    if (json_text(&buf, slice_text(text)) == ERR_OK)
        printf(",\"%s\":%.*s", name, SLICE_ARGS(buf_slice(&buf)));
    buf_release(&buf);
}

static void print_claims(const struct token_claims *claims)
{
    static const struct {
        enum role role;
        const char *name;
    } roles[] = {
        {ROLE_PLAYER, "player"}, {ROLE_GAME_SERVICE, "game-service"}, {ROLE_GAME_ADMIN, "game-admin"}};
    char subject[UUID_TEXT_SIZE];
    const char *comma = "";
    printf("{\"subject\":\"%s\",\"roles\":[", uuid_format(claims->subject, subject));
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (!(claims->roles & roles[i].role))
            continue;
        printf("%s\"%s\"", comma, roles[i].name);
        comma = ",";
    }
    printf("],\"expires_at_ms\":%" PRId64 ",\"issued_at_ms\":%" PRId64, claims->expires_at_ms,
           claims->issued_at_ms);
    print_text("azp", claims->azp);
    print_text("sid", claims->sid);
    print_text("name", claims->name);
    printf("}\n");
}

/* The token on stdin without the blanks around it; false when stdin cannot be read. */
static bool read_token(char *room, size_t size, struct slice *ret_token)
{
    size_t length = fread(room, 1, size, stdin);
    if (ferror(stdin))
        return false;
    while (length > 0 && strchr(" \t\r\n", room[length - 1]) != NULL)
        length--;
    *ret_token = slice_of(room, length);
    return true;
}

static int judge(const struct auth_config *auth_config, struct slice token)
{
    char why[200] = "";
    struct verdict verdict = {.loop = loop_new(), .rule = TOKEN_KEYS_UNAVAILABLE};
    struct auth *auth = verdict.loop == NULL ? NULL : auth_open(verdict.loop, auth_config, why);
    if (auth == NULL) {
        fprintf(stderr, "gachapon check-token: %s\n", verdict.loop == NULL ? "no event loop" : why);
        loop_free(verdict.loop);
        return 2;
    }
    auth_verify(auth, token, on_verdict, &verdict);
    loop_run(verdict.loop);
    auth_close(auth);
    loop_free(verdict.loop);
    if (verdict.rule == TOKEN_GOOD)
        print_claims(&verdict.claims);
    else
        printf("{\"refused\":\"%s\"}\n", token_rule_name(verdict.rule));
    return verdict.rule == TOKEN_GOOD ? 0 : verdict.rule == TOKEN_KEYS_UNAVAILABLE ? 2 : 1;
}

int tool_check_token(const struct config *config, int argc, char **argv)
{
    char issuer[600], room[INPUT_MAX_BYTES];
    struct slice token;
    if (argc > 0 || (config->issuer == NULL && config->keycloak_url == NULL)) {
        fprintf(stderr, "usage: gachapon check-token [settings] < token\n%s\n",
                argc > 0 ? argv[0] : "KEYCLOAK_URL (or --issuer) must be set");
        return 2;
    }
    if (!read_token(room, sizeof room, &token)) {
        fprintf(stderr, "gachapon check-token: stdin cannot be read\n");
        return 2;
    }
    if (config->issuer != NULL)
        snprintf(issuer, sizeof issuer, "%s", config->issuer);
    else
        snprintf(issuer, sizeof issuer, "%s/realms/%s", config->keycloak_url, config->keycloak_realm);
    const struct auth_config auth_config = {
        .issuer = issuer,
        .issuer_fetch_url = config->issuer_fetch_url != NULL ? config->issuer_fetch_url : issuer,
        .audience = config->audience,
        .clients = config->clients,
        .allow_plain_http = config->allow_plain_http,
        .ca_file = config->keycloak_ca_file,
        .skew_s = 5};
    int status = judge(&auth_config, token);
    explicit_bzero(room, sizeof room);
    return status;
}
