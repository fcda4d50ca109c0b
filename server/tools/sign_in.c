/* sign-in: a native app's ways to Keycloak's tokens, at a terminal.
 *
 *   browser    code flow with PKCE in the system's browser, which comes back to 127.0.0.1 (RFC 8252, 7636):
 *              the default, and what a game should do: no password passes through it
 *   device     a code to type on another device (RFC 8628), for consoles and televisions
 *   password   direct grant, as the in-game form does; second best, as the game sees the password
 *   refresh    fresh tokens for the file's, which are used up by it (the realm rotates refresh tokens, and
 *              takes a second use for theft: it ends the session)
 *   end        signs out at Keycloak and removes the file
 *
 * The file is one line of JSON, mode 0600, replaced whole; `connect --token-file` takes it. Its lock file
 * keeps two refreshes apart, since the second would be that second use.
 *
 * What is checked: `state` and `iss` of the redirect (RFC 9207), `iss`, `aud`, `nonce` and `exp` of the ID
 * token, and that a refresh is for the same player. Its signature is not: it came from the token endpoint
 * itself (OpenID Connect Core 3.1.3.7). The server verifies the access token as it does anyone's.
 *
 * Exit status: 0 signed in, 1 refused, 2 wrong usage or Keycloak away. */
#include "tools/loopback.h"
#include "tools/oauth.h"
#include "tools/tools.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { BROWSER_WITHIN_MS = 300000, FILE_MAX_BYTES = 65536, RANDOM_TEXT_SIZE = 44 };

enum way { WAY_BROWSER, WAY_DEVICE, WAY_PASSWORD, WAY_REFRESH, WAY_END };

struct sign_in {
    enum way way;
    const char *file, *email, *password_file;
    bool no_browser;
    struct oauth oauth;
    char verifier[RANDOM_TEXT_SIZE], challenge[RANDOM_TEXT_SIZE]; /* PKCE */
    char state[RANDOM_TEXT_SIZE], nonce[RANDOM_TEXT_SIZE];
    char redirect[64];
    json_t *kept;   /* what the file holds */
    json_t *tokens; /* what the token endpoint said */
    enum err redeemed;
};

const char tool_sign_in_help[] =
    "usage: gachapon sign-in --tokens FILE [--no-browser | --device | --email E --password-file FILE |\n"
    "                        --refresh | --end] [settings]\n"
    "Signs in at Keycloak, in the browser unless told otherwise, and keeps the tokens in FILE:\n"
    "gachapon connect --token-file FILE takes them. --no-browser only prints the address.\n"
    "--refresh: fresh tokens for FILE. --end: signs out.\n";

static enum err run(struct sign_in *sign_in);
static enum err by_browser(struct sign_in *sign_in);
static enum err by_device(struct sign_in *sign_in);
static enum err by_password(struct sign_in *sign_in);
static enum err by_refresh(struct sign_in *sign_in);
static enum err end_session(struct sign_in *sign_in);
static enum err check_tokens(struct sign_in *sign_in);
static enum err read_kept(struct sign_in *sign_in);
static enum err keep(struct sign_in *sign_in);

static bool parse_options(int argc, char **argv, struct sign_in *ret_sign_in)
{
    static const struct option table[] = {{"tokens", required_argument, NULL, 't'},
                                          {"email", required_argument, NULL, 'e'},
                                          {"password-file", required_argument, NULL, 'p'},
                                          {"no-browser", no_argument, NULL, 'n'},
                                          {"device", no_argument, NULL, WAY_DEVICE},
                                          {"refresh", no_argument, NULL, WAY_REFRESH},
                                          {"end", no_argument, NULL, WAY_END},
                                          {0}};
    int ways = 0;
    optind = 1; /* the command's name stands before the arguments, see main.c */
    for (int option; (option = getopt_long(argc + 1, argv - 1, "", table, NULL)) != -1;) {
        if (option == 't')
            ret_sign_in->file = optarg;
        else if (option == 'e')
            ret_sign_in->email = optarg;
        else if (option == 'p')
            ret_sign_in->password_file = optarg;
        else if (option == 'n')
            ret_sign_in->no_browser = true;
        else if (option == WAY_DEVICE || option == WAY_REFRESH || option == WAY_END)
            ret_sign_in->way = (enum way)option;
        else
            return false;
        ways += option != 't' && option != 'p';
    }
    if (ret_sign_in->email != NULL)
        ret_sign_in->way = WAY_PASSWORD;
    return optind == argc + 1 && ret_sign_in->file != NULL && ways <= 1 &&
           (ret_sign_in->email != NULL) == (ret_sign_in->password_file != NULL);
}

int tool_sign_in(const struct config *config, int argc, char **argv)
{
    struct sign_in sign_in = {.way = WAY_BROWSER};
    char lock_name[1024];
    if (!parse_options(argc, argv, &sign_in)) {
        fputs(tool_sign_in_help, stderr);
        return 2;
    }
    if (sodium_init() < 0 || oauth_open(&sign_in.oauth, config) != ERR_OK) {
        fprintf(stderr, "%s\n", sign_in.oauth.wrong);
        return 2;
    }
    snprintf(lock_name, sizeof lock_name, "%.1000s.lock", sign_in.file);
    int lock = open(lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        fprintf(stderr, "%s: %s\n", lock_name, strerror(errno));
        return 2;
    }
    enum err err = run(&sign_in);
    if (err != ERR_OK)
        fprintf(stderr, "%s: %s\n", sign_in.way == WAY_END ? "not signed out" : "not signed in",
                sign_in.oauth.wrong[0] != '\0' ? sign_in.oauth.wrong : err_text(err));
    json_decref(sign_in.kept);
    json_decref(sign_in.tokens);
    explicit_bzero(&sign_in, sizeof sign_in);
    close(lock);
    return err == ERR_OK ? 0 : err == ERR_REFUSED || err == ERR_TIMEOUT ? 1 : 2;
}

static enum err run(struct sign_in *sign_in)
{
    static enum err (*const ways[])(struct sign_in *) = {[WAY_BROWSER] = by_browser,
                                                         [WAY_DEVICE] = by_device,
                                                         [WAY_PASSWORD] = by_password,
                                                         [WAY_REFRESH] = by_refresh,
                                                         [WAY_END] = end_session};
    enum err err = ERR_OK;
    if (sign_in->way == WAY_REFRESH || sign_in->way == WAY_END)
        err = read_kept(sign_in);
    if (err == ERR_OK)
        err = ways[sign_in->way](sign_in);
    if (err != ERR_OK || sign_in->way == WAY_END)
        return err;
    err = check_tokens(sign_in);
    return err == ERR_OK ? keep(sign_in) : err;
}

static enum err wrong(struct sign_in *sign_in, const char *words)
{
    snprintf(sign_in->oauth.wrong, sizeof sign_in->oauth.wrong, "%.190s", words);
    return ERR_REFUSED;
}

/* 32 random bytes as text: what cannot be guessed, and long enough for a PKCE verifier. */
static void random_text(char ret_text[RANDOM_TEXT_SIZE])
{
    uint8_t bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(ret_text, RANDOM_TEXT_SIZE, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A verifier that only we know, and its challenge: who steals the code cannot redeem it. */
static void make_pkce(struct sign_in *sign_in)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    random_text(sign_in->verifier);
    crypto_hash_sha256(digest, (const uint8_t *)sign_in->verifier, strlen(sign_in->verifier));
    sodium_bin2base64(sign_in->challenge, RANDOM_TEXT_SIZE, digest, sizeof digest,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A form of names and values, ended by NULL. */
static enum err make_form(struct secret *form, const char *const *pairs)
{
    enum err err = ERR_OK;
    secret_init(form, FILE_MAX_BYTES);
    for (; err == ERR_OK && pairs[0] != NULL; pairs += 2)
        err = secret_form(form, pairs[0], slice_text(pairs[1]));
    return err;
}

static enum err post(struct sign_in *sign_in, const char *endpoint, const char *const *pairs,
                     json_t **ret_answer)
{
    struct secret form;
    enum err err = make_form(&form, pairs);
    if (err == ERR_OK)
        err = oauth_post(&sign_in->oauth, endpoint, &form, ret_answer);
    secret_release(&form);
    return err;
}

/* ---- by the browser ---- */

static enum loopback_verdict on_redirect(void *ctx, const char *query)
{
    struct sign_in *sign_in = ctx;
    char state[RANDOM_TEXT_SIZE], issuer[600], code[2048], error[100];
    if (!loopback_query(query, "state", state, sizeof state) || strcmp(state, sign_in->state) != 0)
        return LOOPBACK_STRANGER;
    sign_in->redeemed = ERR_REFUSED;
    if (!loopback_query(query, "iss", issuer, sizeof issuer) || strcmp(issuer, sign_in->oauth.issuer) != 0) {
        wrong(sign_in, "the answer does not come from this issuer (iss)");
    } else if (loopback_query(query, "code", code, sizeof code)) {
        const char *const pairs[] = {
            "grant_type",    "authorization_code", "code", code, "redirect_uri", sign_in->redirect,
            "code_verifier", sign_in->verifier,    NULL};
        sign_in->redeemed = post(sign_in, "token", pairs, &sign_in->tokens);
        explicit_bzero(code, sizeof code);
    } else {
        bool named = loopback_query(query, "error", error, sizeof error);
        wrong(sign_in, !named ? "the answer holds no code"
                       : strcmp(error, "access_denied") == 0
                           ? "it was cancelled in the browser (access_denied)"
                           : error);
    }
    return sign_in->redeemed == ERR_OK ? LOOPBACK_GOOD : LOOPBACK_BAD;
}

/* Shows the address, and opens it if the system knows how to. */
static void show_address(const struct sign_in *sign_in, const char *address)
{
    extern char **environ;
    pid_t pid;
    char *const argv[] = {"xdg-open", (char *)address, NULL};
    fprintf(stderr, "Sign in with the browser at this address:\n%s\n", address);
    if (!sign_in->no_browser)
        (void)!posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
}

static enum err by_browser(struct sign_in *sign_in)
{
    struct loopback *loopback = calloc(1, sizeof *loopback);
    struct secret address;
    make_pkce(sign_in);
    random_text(sign_in->state);
    random_text(sign_in->nonce);
    enum err err = loopback == NULL ? ERR_NOMEM : loopback_open(loopback);
    if (err != ERR_OK) {
        free(loopback);
        return err;
    }
    snprintf(sign_in->redirect, sizeof sign_in->redirect, "http://127.0.0.1:%u/callback",
             (unsigned)loopback->port);
    const char *const pairs[] = {"response_type",
                                 "code",
                                 "client_id",
                                 sign_in->oauth.client_id,
                                 "redirect_uri",
                                 sign_in->redirect,
                                 "scope",
                                 "openid",
                                 "state",
                                 sign_in->state,
                                 "nonce",
                                 sign_in->nonce,
                                 "code_challenge",
                                 sign_in->challenge,
                                 "code_challenge_method",
                                 "S256",
                                 NULL};
    secret_init(&address, FILE_MAX_BYTES);
    struct secret query;
    err = make_form(&query, pairs);
    if (err == ERR_OK)
        err = secret_text(&address, sign_in->oauth.issuer);
    if (err == ERR_OK)
        err = secret_text(&address, "/protocol/openid-connect/auth?");
    if (err == ERR_OK)
        err = secret_append(&address, secret_slice(&query));
    if (err == ERR_OK) {
        show_address(sign_in, (const char *)address.data);
        err = loopback_wait(loopback, BROWSER_WITHIN_MS, on_redirect, sign_in);
        if (err == ERR_TIMEOUT)
            wrong(sign_in, "the browser did not come back within five minutes");
    }
    secret_release(&address);
    secret_release(&query);
    loopback_close(loopback);
    free(loopback);
    return err == ERR_OK ? sign_in->redeemed : err;
}

/* ---- by another device ---- */

static void pause_s(json_int_t seconds)
{
    struct timespec pause = {.tv_sec = (time_t)seconds};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
        ;
}

/* Asks until the player has answered on the other device. "slow_down" and an endpoint that is away cost five
 * seconds more a round (RFC 8628, 3.5). */
static enum err poll_device(struct sign_in *sign_in, const char *code, json_int_t interval_s,
                            json_int_t life_s)
{
    const char *const pairs[] = {"grant_type",
                                 "urn:ietf:params:oauth:grant-type:device_code",
                                 "device_code",
                                 code,
                                 "code_verifier",
                                 sign_in->verifier,
                                 NULL};
    for (json_int_t waited_s = 0; waited_s <= life_s; waited_s += interval_s) {
        pause_s(interval_s);
        enum err err = post(sign_in, "token", pairs, &sign_in->tokens);
        if (err == ERR_REFUSED && strcmp(sign_in->oauth.error, "authorization_pending") == 0)
            continue;
        if (err != ERR_AWAY && !(err == ERR_REFUSED && strcmp(sign_in->oauth.error, "slow_down") == 0))
            return err;
        interval_s += 5;
    }
    return wrong(sign_in, "the code was not used in time (expired_token)");
}

static enum err by_device(struct sign_in *sign_in)
{
    json_t *answer = NULL;
    make_pkce(sign_in);
    const char *const pairs[] = {
        "scope", "openid", "code_challenge", sign_in->challenge, "code_challenge_method", "S256", NULL};
    enum err err = post(sign_in, "auth/device", pairs, &answer);
    if (err != ERR_OK)
        return err;
    const char *device = json_string_value(json_object_get(answer, "device_code"));
    const char *code = json_string_value(json_object_get(answer, "user_code"));
    const char *address = json_string_value(json_object_get(answer, "verification_uri"));
    const json_t *interval = json_object_get(answer, "interval");
    if (device != NULL && code != NULL && address != NULL) {
        fprintf(stderr, "On any device, open %s\nand enter the code %s\n", address, code);
        err = poll_device(sign_in, device, interval != NULL ? json_integer_value(interval) : 5,
                          json_integer_value(json_object_get(answer, "expires_in")));
    } else {
        err = wrong(sign_in, "Keycloak's answer holds no device code");
    }
    json_decref(answer);
    return err;
}

/* ---- by password, refresh, end ---- */

static enum err by_password(struct sign_in *sign_in)
{
    char password[1024];
    if (config_read_secret(sign_in->password_file, password, sizeof password) != ERR_OK) {
        wrong(sign_in, "the password's file cannot be read or is empty");
        return ERR_CONFIG;
    }
    enum err err = oauth_password(&sign_in->oauth, sign_in->email, password, &sign_in->tokens);
    explicit_bzero(password, sizeof password);
    return err;
}

static const char *kept_text(const struct sign_in *sign_in, const char *name)
{
    const char *text = json_string_value(json_object_get(sign_in->kept, name));
    return text != NULL ? text : "";
}

static enum err by_refresh(struct sign_in *sign_in)
{
    const char *const pairs[] = {"grant_type", "refresh_token", "refresh_token",
                                 kept_text(sign_in, "refresh_token"), NULL};
    return post(sign_in, "token", pairs, &sign_in->tokens);
}

static enum err end_session(struct sign_in *sign_in)
{
    const char *const pairs[] = {"refresh_token", kept_text(sign_in, "refresh_token"), NULL};
    json_t *answer = NULL;
    enum err err = post(sign_in, "logout", pairs, &answer);
    json_decref(answer);
    if (err != ERR_OK && strcmp(sign_in->oauth.error, "invalid_grant") != 0) /* that one has ended already */
        return err;
    return unlink(sign_in->file) == 0 ? ERR_OK : ERR_IO;
}

/* ---- the tokens ---- */

static bool is_for_us(const json_t *audience, const char *client)
{
    if (json_is_string(audience))
        return strcmp(json_string_value(audience), client) == 0;
    for (size_t i = 0; i < json_array_size(audience); i++) {
        const char *one = json_string_value(json_array_get(audience, i));
        if (one != NULL && strcmp(one, client) == 0)
            return true;
    }
    return false;
}

static bool text_is(const json_t *json, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL && strcmp(text, wanted) == 0;
}

/* The ID token says for whom this sign-in was, and that it is the one that we began. */
static enum err check_tokens(struct sign_in *sign_in)
{
    const char *id_token = json_string_value(json_object_get(sign_in->tokens, "id_token"));
    json_t *claims = id_token != NULL ? oauth_claims(id_token) : NULL;
    enum err err = ERR_OK;
    if (json_string_value(json_object_get(sign_in->tokens, "access_token")) == NULL ||
        json_string_value(json_object_get(sign_in->tokens, "refresh_token")) == NULL ||
        json_string_value(json_object_get(claims, "sub")) == NULL)
        err = wrong(sign_in, "Keycloak's answer lacks a token");
    else if (!text_is(claims, "iss", sign_in->oauth.issuer))
        err = wrong(sign_in, "the ID token is of another issuer (iss)");
    else if (!is_for_us(json_object_get(claims, "aud"), sign_in->oauth.client_id))
        err = wrong(sign_in, "the ID token is for another client (aud)");
    else if (sign_in->way == WAY_BROWSER && !text_is(claims, "nonce", sign_in->nonce))
        err = wrong(sign_in, "the ID token is of another sign-in (nonce)");
    else if (json_integer_value(json_object_get(claims, "exp")) + 30 < (json_int_t)time(NULL))
        err = wrong(sign_in, "the ID token has expired: is this clock right?");
    else if (sign_in->way == WAY_REFRESH && !text_is(claims, "sub", kept_text(sign_in, "player")))
        err = wrong(sign_in, "the fresh tokens are another player's (sub)");
    else
        json_object_set(sign_in->tokens, "player", json_object_get(claims, "sub"));
    json_decref(claims);
    return err;
}

/* ---- the file ---- */

static enum err read_kept(struct sign_in *sign_in)
{
    struct secret text;
    char part[4096];
    FILE *file = fopen(sign_in->file, "re");
    enum err err = file != NULL ? ERR_OK : ERR_IO;
    secret_init(&text, FILE_MAX_BYTES);
    for (size_t size; err == ERR_OK && (size = fread(part, 1, sizeof part, file)) > 0;)
        err = secret_append(&text, slice_of(part, size));
    if (file != NULL)
        fclose(file);
    explicit_bzero(part, sizeof part);
    if (err == ERR_OK)
        sign_in->kept = json_loadb((const char *)text.data, text.size, 0, NULL);
    secret_release(&text);
    if (json_string_value(json_object_get(sign_in->kept, "refresh_token")) != NULL)
        return ERR_OK;
    wrong(sign_in, "the file holds no tokens of an earlier sign-in");
    return ERR_CONFIG;
}

static enum err write_whole(const char *name, struct slice text)
{
    char fresh[1024];
    snprintf(fresh, sizeof fresh, "%.1000s.new", name);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    bool written = write(fd, text.data, text.size) == (ssize_t)text.size && fsync(fd) == 0;
    return close(fd) == 0 && written && rename(fresh, name) == 0 ? ERR_OK : ERR_IO;
}

static enum err keep(struct sign_in *sign_in)
{
    struct secret text;
    json_int_t expires_at =
        ((json_int_t)time(NULL) + json_integer_value(json_object_get(sign_in->tokens, "expires_in"))) * 1000;
    json_t *kept =
        json_pack("{s:O, s:O, s:O, s:I}", "access_token", json_object_get(sign_in->tokens, "access_token"),
                  "refresh_token", json_object_get(sign_in->tokens, "refresh_token"), "player",
                  json_object_get(sign_in->tokens, "player"), "expires_at", expires_at);
    secret_init(&text, FILE_MAX_BYTES);
    enum err err = kept != NULL ? secret_json(&text, kept) : ERR_NOMEM;
    if (err == ERR_OK)
        err = secret_text(&text, "\n");
    if (err == ERR_OK)
        err = write_whole(sign_in->file, secret_slice(&text));
    if (err == ERR_OK)
        printf("{\"player\":\"%s\",\"expires_at\":%lld}\n",
               json_string_value(json_object_get(sign_in->tokens, "player")), (long long)expires_at);
    else
        snprintf(sign_in->oauth.wrong, sizeof sign_in->oauth.wrong, "%.150s cannot be written",
                 sign_in->file);
    secret_release(&text);
    json_decref(kept);
    return err;
}
