/* fetch: libcurl's easy interface with the same caution as auth/http.c: protocols pinned, no redirects, a
 * deadline, and the body counted as it comes, since MAXFILESIZE does not hold for unknown lengths. */
#include "tools/fetch.h"
#include <curl/curl.h>

static size_t take(char *data, size_t size, size_t count, void *ctx)
{
    return buf_append(ctx, data, size * count) == ERR_OK ? size * count : 0;
}

void fetch_trust(void *curl, const char *ca_file)
{
    if (ca_file == NULL)
        return;
    curl_easy_setopt((CURL *)curl, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt((CURL *)curl, CURLOPT_CAPATH, NULL);
}

enum err fetch(const char *url, const char *ca_file, struct buf *body, long *ret_status)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return ERR_NOMEM;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5000L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    fetch_trust(curl, ca_file);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_easy_cleanup(curl);
    switch (code) {
    case CURLE_OK:
        return ERR_OK;
    case CURLE_WRITE_ERROR:
        return ERR_TOO_LARGE;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return ERR_REFUSED;
    default:
        return ERR_AWAY;
    }
}
