/* url: addresses of the issuer, checked once when they are configured or discovered.
 *
 * Passwords and tokens go to these addresses, so plain http is for loopback, unless the operator allows it by
 * name (inside a private network of containers). libcurl's own parser does the parsing, so that what is
 * checked here is what will be connected to. No request of this folder follows a redirect, so nothing else is
 * ever reached. */
#include "auth/url.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum err check_parts(CURLU *parts, bool allow_plain_http, const char **ret_why);
static bool host_is_loopback(const char *host);

enum err url_check(const char *url, bool allow_plain_http, char ret_failure[200])
{
    const char *why = "not an address";
    CURLU *parts = curl_url();
    enum err err = parts == NULL ? ERR_NOMEM : ERR_CONFIG;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        err = check_parts(parts, allow_plain_http, &why);
    curl_url_cleanup(parts);
    if (err != ERR_OK)
        snprintf(ret_failure, 200, "%.120s: %s", url, why);
    return err;
}

static enum err check_parts(CURLU *parts, bool allow_plain_http, const char **ret_why)
{
    char *scheme = NULL, *host = NULL, *other = NULL;
    enum err err = ERR_CONFIG;
    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0')
        goto out;
    if (curl_url_get(parts, CURLUPART_USER, &other, 0) == CURLUE_OK ||
        curl_url_get(parts, CURLUPART_PASSWORD, &other, 0) == CURLUE_OK ||
        curl_url_get(parts, CURLUPART_FRAGMENT, &other, 0) == CURLUE_OK) {
        *ret_why = "user name, password and fragment do not belong there";
        goto out;
    }
    if (strcmp(scheme, "https") == 0) {
        err = ERR_OK;
    } else if (strcmp(scheme, "http") != 0) {
        *ret_why = "only https and http are spoken";
    } else if (!allow_plain_http && !host_is_loopback(host)) {
        *ret_why = "plain http off loopback must be allowed by name";
    } else {
        err = ERR_OK;
    }
out:
    curl_free(scheme);
    curl_free(host);
    curl_free(other);
    return err;
}

static bool host_is_loopback(const char *host)
{
    struct in_addr address;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

enum err url_split_realm(const char *url, char ret_base[512], char ret_realm[128])
{
    static const char middle[] = "/realms/";
    const char *at = NULL;
    for (const char *next = url; (next = strstr(next, middle)) != NULL; next++)
        at = next;
    if (at == NULL)
        return ERR_CONFIG;
    size_t base_size = (size_t)(at - url);
    const char *realm = at + strlen(middle);
    size_t realm_size = strlen(realm);
    if (base_size == 0 || base_size >= 512 || realm_size == 0 || realm_size >= 128)
        return ERR_CONFIG;
    if (strpbrk(realm, "/?#") != NULL)
        return ERR_CONFIG;
    memcpy(ret_base, url, base_size);
    ret_base[base_size] = '\0';
    memcpy(ret_realm, realm, realm_size + 1);
    return ERR_OK;
}

const char *url_below(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);
    check(size > 0);
    if (strncmp(text, prefix, size) != 0 || text[size] != '/')
        return NULL;
    return text + size;
}
