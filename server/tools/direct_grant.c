/* direct_grant: one POST to Keycloak. The server signs players in with tokens alone; this is what a game's
 * form does to get one. The password goes over TLS or to loopback only, as the issuer's address says. */
#include "tools/direct_grant.h"
#include "base/buf.h"
#include "tools/fetch.h"
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    (void)size; /* always 1 */
    return buf_append(ctx, data, count) == ERR_OK ? count : 0;
}

/* Appends name=value, escaped, to the form. */
static bool add_field(CURL *curl, struct buf *form, const char *name, const char *value)
{
    char *escaped = curl_easy_escape(curl, value, 0);
    bool good = escaped != NULL && buf_append(form, name, strlen(name)) == ERR_OK &&
                buf_append(form, escaped, strlen(escaped)) == ERR_OK;
    if (escaped != NULL)
        explicit_bzero(escaped, strlen(escaped));
    curl_free(escaped);
    return good;
}

static void wipe(struct buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->capacity);
    buf_release(buf);
}

static enum err post(CURL *curl, const char *url, const char *ca_file, struct buf *form, struct buf *body)
{
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)form->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form->size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    fetch_trust(curl, ca_file);
    if (curl_easy_perform(curl) != CURLE_OK)
        return ERR_AWAY;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? ERR_OK : status >= 500 ? ERR_AWAY : ERR_REFUSED;
}

static enum err read_token(const struct buf *body, char **ret_token)
{
    json_t *json = json_loadb((const char *)body->data, body->size, 0, NULL);
    const char *token = json_string_value(json_object_get(json, "access_token"));
    char *copy = token == NULL ? NULL : strdup(token);
    if (copy != NULL)
        *ret_token = copy;
    json_decref(json);
    return copy != NULL ? ERR_OK : ERR_REFUSED;
}

enum err direct_grant(const struct config *config, const char *email, const char *password, char **ret_token)
{
    char url[700], realm[600];
    struct buf form, body;
    if (config->issuer_fetch_url != NULL || config->issuer != NULL)
        snprintf(realm, sizeof realm, "%s",
                 config->issuer_fetch_url != NULL ? config->issuer_fetch_url : config->issuer);
    else if (config->keycloak_url != NULL)
        snprintf(realm, sizeof realm, "%s/realms/%s", config->keycloak_url, config->keycloak_realm);
    else
        return ERR_CONFIG;
    snprintf(url, sizeof url, "%s/protocol/openid-connect/token", realm);
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return ERR_NOMEM;
    buf_init(&form, 65536);
    buf_init(&body, 1 << 20);
    enum err err = ERR_NOMEM;
    if (add_field(curl, &form, "grant_type=password&scope=openid&client_id=", config->players_client_id) &&
        add_field(curl, &form, "&username=", email) && add_field(curl, &form, "&password=", password))
        err = post(curl, url, config->keycloak_ca_file, &form, &body);
    if (err == ERR_OK)
        err = read_token(&body, ret_token);
    curl_easy_cleanup(curl);
    wipe(&form);
    wipe(&body);
    return err;
}
