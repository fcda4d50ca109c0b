/* oauth: forms to Keycloak and what it answers. The server signs players in with tokens alone; this is what a
 * game does to get them, written once for `sign-in` and `connect`.
 *
 * Forms and answers hold passwords, codes and tokens: they live in `struct secret`, and jansson is told to
 * wipe. TLS, or loopback, as the issuer's address says; no redirects, no proxy from the environment.
 *
 * Keycloak's refusals are {"error": ..., "error_description": ...}. The two that a player can do something
 * about get words of ours; a lock by brute-force protection reads as a wrong password, because Keycloak does
 * not tell one from the other to whoever guesses. */
#include "tools/oauth.h"
#include "auth/base64url.h"
#include "tools/fetch.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX_BYTES = 1 << 20, CLAIMS_MAX_BYTES = 16384 };

static const struct {
    const char *description, *words;
} refusals[] = {
    {"Account is not fully set up",
     "the account needs something first (e-mail to verify, terms, a new password): sign in by the browser"},
    {"Account disabled", "the account is disabled"},
    {"Invalid user credentials",
     "wrong e-mail or password, or too many wrong ones: then wait a minute, and longer each time"},
};

static enum err perform(const struct oauth *oauth, const char *url, const struct secret *form,
                        struct secret *body, long *ret_status);
static void explain(struct oauth *oauth, long status, const json_t *answer);

enum err oauth_open(struct oauth *oauth, const struct config *config)
{
    secret_wipe_json();
    *oauth = (struct oauth){.client_id = config->players_client_id, .ca_file = config->keycloak_ca_file};
    if (config->issuer != NULL)
        snprintf(oauth->issuer, sizeof oauth->issuer, "%s", config->issuer);
    else if (config->keycloak_url != NULL)
        snprintf(oauth->issuer, sizeof oauth->issuer, "%s/realms/%s", config->keycloak_url,
                 config->keycloak_realm);
    snprintf(oauth->fetch, sizeof oauth->fetch, "%s",
             config->issuer_fetch_url != NULL ? config->issuer_fetch_url : oauth->issuer);
    if (oauth->issuer[0] != '\0')
        return ERR_OK;
    snprintf(oauth->wrong, sizeof oauth->wrong, "set KEYCLOAK_URL (and KEYCLOAK_REALM), or GACHAPON_ISSUER");
    return ERR_CONFIG;
}

enum err oauth_post(struct oauth *oauth, const char *endpoint, struct secret *form, json_t **ret_answer)
{
    char url[700];
    struct secret body;
    long status = 0;
    snprintf(url, sizeof url, "%s/protocol/openid-connect/%s", oauth->fetch, endpoint);
    secret_init(&body, ANSWER_MAX_BYTES);
    oauth->error[0] = '\0';
    snprintf(oauth->wrong, sizeof oauth->wrong, "Keycloak does not answer at %.120s", oauth->fetch);
    enum err err = secret_form(form, "client_id", slice_text(oauth->client_id));
    if (err == ERR_OK)
        err = perform(oauth, url, form, &body, &status);
    json_t *answer = NULL;
    if (err == ERR_OK)
        answer = body.size == 0
                     ? json_object()
                     : json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    if (err == ERR_OK && status / 100 == 2 && json_is_object(answer)) {
        *ret_answer = answer;
        answer = NULL;
    } else if (err == ERR_OK) {
        explain(oauth, status, answer);
        err = status / 100 == 4 ? ERR_REFUSED : ERR_AWAY;
    }
    json_decref(answer);
    secret_release(&body);
    return err;
}

enum err oauth_password(struct oauth *oauth, const char *email, const char *password, json_t **ret_tokens)
{
    struct secret form;
    secret_init(&form, 65536);
    enum err err = secret_text(&form, "grant_type=password&scope=openid");
    if (err == ERR_OK)
        err = secret_form(&form, "username", slice_text(email));
    if (err == ERR_OK)
        err = secret_form(&form, "password", slice_text(password));
    if (err == ERR_OK)
        err = oauth_post(oauth, "token", &form, ret_tokens);
    secret_release(&form);
    return err;
}

json_t *oauth_claims(const char *token)
{
    uint8_t bytes[CLAIMS_MAX_BYTES];
    size_t size;
    const char *payload = strchr(token, '.');
    const char *end = payload != NULL ? strchr(payload + 1, '.') : NULL;
    if (end == NULL ||
        !base64url_decode(slice_of(payload + 1, (size_t)(end - payload - 1)), bytes, sizeof bytes, &size))
        return NULL;
    json_t *claims = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    explicit_bzero(bytes, sizeof bytes);
    return claims;
}

static size_t on_body(char *data, size_t size, size_t count, void *body)
{
    (void)size; /* always 1 */
    return secret_append(body, slice_of(data, count)) == ERR_OK ? count : 0;
}

static enum err perform(const struct oauth *oauth, const char *url, const struct secret *form,
                        struct secret *body, long *ret_status)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return ERR_NOMEM;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)form->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form->size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    fetch_trust(curl, oauth->ca_file);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? ERR_OK : ERR_AWAY;
}

static void explain(struct oauth *oauth, long status, const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *description = json_string_value(json_object_get(answer, "error_description"));
    snprintf(oauth->error, sizeof oauth->error, "%.60s", error != NULL ? error : "");
    snprintf(oauth->wrong, sizeof oauth->wrong, "%.60s (%ld): %.120s", error != NULL ? error : "no reason",
             status, description != NULL ? description : "");
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (description != NULL && strcmp(description, refusals[i].description) == 0)
            snprintf(oauth->wrong, sizeof oauth->wrong, "%s", refusals[i].words);
}
