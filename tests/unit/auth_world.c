/* auth_world: auth on a loop with an issuer on the same one, which answers what the test says. */
#include "auth_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"

#define SUBJECT "5f0c7a3e-9a1f-4a7b-8b45-0123456789ab"

EVP_PKEY *old_key, *new_key;
struct loop *loop;
struct issuer_server *server;
struct issuer issuer;
struct auth *auth;
struct uuid subject;

static char *answer(void *ctx, const char *request)
{
    struct issuer *at = ctx;
    if (strncmp(request, "GET /realms/g/.well-known/openid-configuration ", 47) == 0) {
        at->discoveries++;
        return at->discovery != NULL ? strdup(at->discovery) : NULL;
    }
    if (strncmp(request, "GET /realms/g/certs ", 20) == 0) {
        at->key_sets++;
        return at->key_set != NULL ? strdup(at->key_set) : NULL;
    }
    return issuer_http(404, "", "{}");
}

void set_answer(char **slot, char *fresh)
{
    free(*slot);
    *slot = fresh;
}

char *discovery_of(const char *issuer_name, const char *jwks_uri)
{
    char body[512];
    snprintf(body, sizeof body, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", issuer_name, jwks_uri);
    return issuer_http(200, "Content-Type: application/json\r\n", body);
}

char *key_set_of(EVP_PKEY *one, const char *kid_one, EVP_PKEY *two, const char *kid_two)
{
    char *body = NULL, *first = issuer_jwk(one, kid_one, "RS256", "sig", "");
    char *second = two != NULL ? issuer_jwk(two, kid_two, "RS256", "sig", "") : strdup("0");
    check(asprintf(&body, "{\"keys\":[%s,%s]}", first, second) > 0);
    char *http = issuer_http(200, "", body);
    free(body);
    free(first);
    free(second);
    return http;
}

char *token_of(EVP_PKEY *key, const char *kid)
{
    char header[256], payload[1024];
    long long now = (long long)time(NULL);
    snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
    snprintf(payload, sizeof payload,
             "{\"exp\":%lld,\"iat\":%lld,\"iss\":\"%s\",\"aud\":\"gachapon\",\"sub\":\"" SUBJECT
             "\",\"typ\":\"Bearer\","
             "\"azp\":\"players\",\"realm_access\":{\"roles\":[\"player\"]}}",
             now + 300, now, issuer.issuer);
    return issuer_sign(header, payload, "RS256", key, (struct slice){0});
}

bool run_until(bool (*holds)(void))
{
    return issuer_run_until(loop, holds, 60000);
}

bool ready(void)
{
    return auth_ready(auth);
}

static uint64_t failed_fetches(void)
{
    uint64_t failed = 0;
    for (int kind = 0; kind < KEY_FAILURE_KINDS; kind++)
        failed += auth_counters(auth)->key_fetch_failures[kind];
    return failed;
}

bool failed_once(void)
{
    return failed_fetches() >= 1;
}
bool failed_three_times(void)
{
    return failed_fetches() >= 3;
}
static bool never(void)
{
    return false;
}

void run_for(uint64_t ms)
{
    issuer_run_until(loop, never, ms);
}

/* ---- verifies under way */

int answered, good, expected;
enum token_rule last_rule;
static bool inside_verify;

static void verified(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    (void)ctx;
    check(!inside_verify);
    check((rule == TOKEN_GOOD) == (claims != NULL));
    answered++;
    good += rule == TOKEN_GOOD;
    last_rule = rule;
}

void verify(const char *token)
{
    inside_verify = true;
    auth_verify(auth, slice_text(token), verified, NULL);
    inside_verify = false;
}

bool all_answered(void)
{
    return answered >= expected;
}

enum token_rule verify_one(const char *token)
{
    answered = 0;
    expected = 1;
    verify(token);
    assert_int_equal(answered, 0);
    assert_true(run_until(all_answered));
    return last_rule;
}

/* ---- setting up */

int setup_keys(void **state)
{
    (void)state;
    old_key = issuer_rsa(2048);
    new_key = issuer_rsa(2048);
    check(uuid_parse(slice_text(SUBJECT), &subject));
    return 0;
}

int teardown_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(old_key);
    EVP_PKEY_free(new_key);
    return 0;
}

int setup(void **state)
{
    (void)state;
    loop = loop_new();
    memset(&issuer, 0, sizeof issuer);
    server = issuer_server_new(loop, answer, &issuer);
    snprintf(issuer.url, sizeof issuer.url, "http://127.0.0.1:%d/realms/g", issuer_server_port(server));
    strcpy(issuer.issuer, issuer.url);
    char uri[160];
    snprintf(uri, sizeof uri, "%s/certs", issuer.url);
    set_answer(&issuer.discovery, discovery_of(issuer.url, uri));
    set_answer(&issuer.key_set, key_set_of(old_key, "old", NULL, NULL));
    answered = good = 0;
    return 0;
}

void open_auth(const char *fetch_url)
{
    char failure[200] = "";
    struct auth_config config = {.issuer = issuer.issuer,
                                 .issuer_fetch_url = fetch_url,
                                 .audience = "gachapon",
                                 .clients = "players, operator",
                                 .skew_s = 5};
    auth = auth_open(loop, &config, failure);
    if (auth == NULL)
        print_error("%s\n", failure);
    assert_non_null(auth);
}

int teardown(void **state)
{
    (void)state;
    auth_close(auth);
    auth = NULL;
    issuer_server_free(server);
    loop_free(loop);
    set_answer(&issuer.discovery, NULL);
    set_answer(&issuer.key_set, NULL);
    return 0;
}
