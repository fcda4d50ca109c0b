/* http: curl's multi interface as a guest on the loop.
 *
 * curl tells which sockets it waits on (on_socket) and when it wants to be called (on_timer); the loop tells
 * curl what happened (curl_multi_socket_action). Finished transfers are collected after such a call and only
 * there, so a callback never runs inside http_send, nor inside one of curl's own callbacks; it may send and
 * cancel freely.
 *
 * What curl does not do by itself and is done here:
 *   - an answer's size: CURLOPT_MAXFILESIZE does not hold for unknown lengths, so the write callback counts;
 * headers are counted too;
 *   - blocking: without NOSIGNAL and the asynchronous resolver, a name look-up stops the loop, so http_open
 * refuses such a curl; without QUICK_EXIT, ending a transfer whose name is still being resolved waits for
 * that thread;
 *   - trust: environment variables may not insert a proxy between the server and its identity provider,
 * redirects are answers like any other, .netrc is not read; a private authority's file is read once, at the
 * start, and replaces the system's authorities;
 *   - secrets: body, Authorization header and answer are wiped.
 *
 * A transfer is freed in one place, transfer_free, whichever way it ends. When you add a field to
 * http_request that may hold a secret, wipe it there. */
#include "auth/http.h"
#include "auth/limits.h"
#include "auth/secret.h"
#include "base/check.h"
#include "base/list.h"
#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TRANSFER_MAGIC = 0x48545450 };

struct http {
    struct loop *loop;
    CURLM *multi;
    BIO *authorities; /* PEM; NULL: the system's */
    struct loop_timer timer;
    struct list_node transfers;
    struct list_node sockets;
    uint32_t in_flight;
    uint64_t last_id;
    bool collecting; /* inside a callback of ours */
};

/* One of curl's sockets. */
struct http_socket {
    struct list_node node;
    struct http *http;
    ev_io watcher;
};

struct transfer {
    uint32_t magic;
    struct list_node node;
    struct http *http;
    uint64_t id;
    CURL *easy;
    struct curl_slist *headers;
    struct secret sent, received;
    size_t header_bytes;
    enum err write_failure; /* why the write callback refused */
    char location[512];
    char failure[CURL_ERROR_SIZE];
    http_done done;
    void *ctx;
};

static BIO *read_authorities(const char *path, char ret_failure[200]);
static bool transfer_prepare(struct transfer *transfer, const struct http_request *request);
static bool transfer_options(struct transfer *transfer, const struct http_request *request);
static bool transfer_header(struct transfer *transfer, const char *name, const char *value);
static void transfer_free(struct transfer *transfer);
static void http_collect(struct http *http);
static void transfer_finish(struct transfer *transfer, CURLcode code);
static enum err transfer_err(const struct transfer *transfer, CURLcode code);
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *http, void *http_socket);
static int on_timer(CURLM *multi, long timeout_ms, void *http);
static void timer_fired(void *http);
static void socket_ready(struct ev_loop *ev, ev_io *watcher, int events);
static void socket_free(struct http_socket *socket);
static size_t on_body(char *bytes, size_t size, size_t count, void *transfer);
static size_t on_header(char *bytes, size_t size, size_t count, void *transfer);

struct http *http_open(struct loop *loop, const char *ca_file, char ret_failure[200])
{
    secret_wipe_json();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        !(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS)) {
        snprintf(ret_failure, 200, "libcurl %s resolves names blocking",
                 curl_version_info(CURLVERSION_NOW)->version);
        return NULL;
    }
    BIO *authorities = NULL;
    if (ca_file != NULL && (authorities = read_authorities(ca_file, ret_failure)) == NULL)
        return NULL;
    struct http *http = calloc(1, sizeof *http);
    CURLM *multi = curl_multi_init();
    if (http == NULL || multi == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        BIO_free(authorities);
        curl_multi_cleanup(multi);
        free(http);
        return NULL;
    }
    http->loop = loop;
    http->multi = multi;
    http->authorities = authorities;
    list_init(&http->transfers);
    list_init(&http->sockets);
    loop_timer_init(&http->timer, loop, timer_fired, http);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNECTIONS_MAX);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return http;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    check(!http->collecting);
    list_each(node, &http->transfers) transfer_free(list_entry(node, struct transfer, node));
    check(http->in_flight == 0);
    curl_multi_cleanup(http->multi);
    list_each(node, &http->sockets) socket_free(list_entry(node, struct http_socket, node));
    loop_timer_stop(&http->timer);
    BIO_free(http->authorities);
    free(http);
}

/* The file's bytes, if all that is in it can be trusted; NULL: `ret_failure`. */
static BIO *read_authorities(const char *path, char ret_failure[200])
{
    char bytes[4096];
    size_t size, count = 0;
    X509 *certificate;
    BIO *kept = BIO_new(BIO_s_mem()), *file = BIO_new_file(path, "r");
    bool whole = kept != NULL && file != NULL;
    while (whole && BIO_read_ex(file, bytes, sizeof bytes, &size) == 1)
        whole = BIO_write(kept, bytes, (int)size) == (int)size;
    char *text = NULL;
    long length = whole ? BIO_get_mem_data(kept, &text) : 0;
    BIO *reading = length > 0 ? BIO_new_mem_buf(text, (int)length) : NULL;
    for (; reading != NULL && (certificate = PEM_read_bio_X509(reading, NULL, NULL, NULL)) != NULL; count++)
        X509_free(certificate);
    BIO_free(reading);
    BIO_free(file);
    ERR_clear_error();
    if (count > 0)
        return kept;
    snprintf(ret_failure, 200, "%.120s: %s", path,
             length > 0 ? "holds no certificate (PEM)" : "cannot be read");
    BIO_free(kept);
    return NULL;
}

enum err http_send(struct http *http, const struct http_request *request, uint64_t *ret_id, http_done done,
                   void *ctx)
{
    check(done != NULL && request->timeout_ms > 0 && request->answer_max_bytes > 0);
    if (http->in_flight >= HTTP_IN_FLIGHT_MAX)
        return ERR_FULL;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return ERR_NOMEM;
    transfer->magic = TRANSFER_MAGIC;
    transfer->http = http;
    transfer->id = ++http->last_id;
    transfer->done = done;
    transfer->ctx = ctx;
    list_append(&http->transfers, &transfer->node);
    http->in_flight++;
    if (!transfer_prepare(transfer, request) ||
        curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
        transfer_free(transfer);
        return ERR_NOMEM;
    }
    *ret_id = transfer->id;
    return ERR_OK;
}

void http_cancel(struct http *http, uint64_t id)
{
    list_each(node, &http->transfers)
    {
        struct transfer *transfer = list_entry(node, struct transfer, node);
        if (transfer->id == id) {
            transfer_free(transfer);
            return;
        }
    }
}

static bool transfer_prepare(struct transfer *transfer, const struct http_request *request)
{
    secret_init(&transfer->sent, request->body.size);
    secret_init(&transfer->received, request->answer_max_bytes);
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL || secret_append(&transfer->sent, request->body) != ERR_OK)
        return false;
    if (request->bearer != NULL && !transfer_header(transfer, "Authorization: Bearer ", request->bearer))
        return false;
    if (request->content_type != NULL && !transfer_header(transfer, "Content-Type: ", request->content_type))
        return false;
    if (!transfer_header(transfer, "Accept: ", "application/json") ||
        !transfer_header(transfer, "Expect:", ""))
        return false;
    return transfer_options(transfer, request);
}

/* Whatever says what may happen on the network stands here, once. */
static bool transfer_options(struct transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (transfer->http->authorities != NULL) {
        struct curl_blob pem = {.flags = CURL_BLOB_NOCOPY};
        pem.len = (size_t)BIO_get_mem_data(transfer->http->authorities, (char **)&pem.data);
        SET(CURLOPT_CAINFO_BLOB, &pem);
        SET(CURLOPT_CAPATH, NULL);
    }
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_TIMEOUT_MS);
    SET(CURLOPT_USERAGENT, "gachapon/" GACHAPON_VERSION);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_ERRORBUFFER, transfer->failure);
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    if (request->body.data != NULL) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->sent.size);
        SET(CURLOPT_POSTFIELDS, (char *)transfer->sent.data);
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
#undef SET
    return ok;
}

static bool transfer_header(struct transfer *transfer, const char *name, const char *value)
{
    struct secret line;
    secret_init(&line, 32 * 1024);
    struct curl_slist *headers = NULL;
    if (secret_text(&line, name) == ERR_OK && secret_text(&line, value) == ERR_OK)
        headers = curl_slist_append(transfer->headers, (char *)line.data);
    secret_release(&line);
    if (headers == NULL)
        return false;
    transfer->headers = headers;
    return true;
}

static void transfer_free(struct transfer *transfer)
{
    check_magic(transfer, TRANSFER_MAGIC);
    struct http *http = transfer->http;
    if (transfer->easy != NULL) {
        curl_multi_remove_handle(http->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
    }
    for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next)
        OPENSSL_cleanse(header->data, strlen(header->data));
    curl_slist_free_all(transfer->headers);
    secret_release(&transfer->sent);
    secret_release(&transfer->received);
    list_remove(&transfer->node);
    check(http->in_flight > 0);
    http->in_flight--;
    transfer->magic = 0;
    free(transfer);
}

static void socket_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev;
    struct http_socket *socket = watcher->data;
    struct http *http = socket->http;
    int running,
        what = ((events & EV_READ) ? CURL_CSELECT_IN : 0) | ((events & EV_WRITE) ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(http->multi, watcher->fd, what, &running); /* may free `socket` */
    http_collect(http);
}

static void timer_fired(void *ctx)
{
    struct http *http = ctx;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    http_collect(http);
}

static void http_collect(struct http *http)
{
    CURLMsg *message;
    int left;
    http->collecting = true;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;
        check(message->msg == CURLMSG_DONE);
        check(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
        check_magic(transfer, TRANSFER_MAGIC);
        transfer_finish(transfer, code);
    }
    http->collecting = false;
}

/* The callback may cancel other transfers but not this one: it leaves the list first. */
static void transfer_finish(struct transfer *transfer, CURLcode code)
{
    struct http_answer answer = {
        .err = transfer_err(transfer, code), .location = transfer->location, .failure = ""};
    if (answer.err == ERR_OK) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &answer.status);
        answer.body = secret_slice(&transfer->received);
    } else {
        answer.failure = transfer->failure[0] != '\0' ? transfer->failure : curl_easy_strerror(code);
    }
    list_remove(&transfer->node);
    transfer->done(transfer->ctx, &answer);
    transfer_free(transfer);
}

static enum err transfer_err(const struct transfer *transfer, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return ERR_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return ERR_AWAY;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return ERR_REFUSED;
    case CURLE_WRITE_ERROR:
        return transfer->write_failure != ERR_OK ? transfer->write_failure : ERR_LOST;
    case CURLE_OUT_OF_MEMORY:
        return ERR_NOMEM;
    default:
        return ERR_LOST;
    }
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    check_magic(transfer, TRANSFER_MAGIC);
    transfer->write_failure = secret_append(&transfer->received, slice_of(bytes, size * count));
    return transfer->write_failure == ERR_OK ? size * count : 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *ctx)
{
    static const char name[] = "location:";
    struct transfer *transfer = ctx;
    check_magic(transfer, TRANSFER_MAGIC);
    size *= count;
    transfer->header_bytes += size;
    if (transfer->header_bytes > HTTP_HEADERS_MAX_BYTES) {
        transfer->write_failure = ERR_TOO_LARGE;
        return 0;
    }
    if (size > strlen(name) && strncasecmp(bytes, name, strlen(name)) == 0) {
        const char *value = bytes + strlen(name), *end = bytes + size;
        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
            end--;
        if ((size_t)(end - value) < sizeof transfer->location)
            snprintf(transfer->location, sizeof transfer->location, "%.*s", (int)(end - value), value);
    }
    return size;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *http_ctx, void *socket_ctx)
{
    (void)easy;
    struct http *http = http_ctx;
    struct http_socket *socket = socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            socket_free(socket);
        curl_multi_assign(http->multi, fd, NULL);
        return 0;
    }
    if (socket == NULL) {
        socket = calloc(1, sizeof *socket);
        if (socket == NULL)
            return -1;
        socket->http = http;
        list_append(&http->sockets, &socket->node);
        ev_io_init(&socket->watcher, socket_ready, fd, 0);
        socket->watcher.data = socket;
        curl_multi_assign(http->multi, fd, socket);
    }
    ev_io_stop(loop_ev(http->loop), &socket->watcher);
    ev_io_set(&socket->watcher, fd,
              ((what & CURL_POLL_IN) ? EV_READ : 0) | ((what & CURL_POLL_OUT) ? EV_WRITE : 0));
    ev_io_start(loop_ev(http->loop), &socket->watcher);
    return 0;
}

static void socket_free(struct http_socket *socket)
{
    ev_io_stop(loop_ev(socket->http->loop), &socket->watcher);
    list_remove(&socket->node);
    free(socket);
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    (void)multi;
    struct http *http = ctx;
    if (timeout_ms < 0)
        loop_timer_stop(&http->timer);
    else
        loop_timer_start(&http->timer, (uint64_t)timeout_ms);
    return 0;
}
