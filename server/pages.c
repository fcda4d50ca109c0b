/* pages: three files, built into the binary, under a content security policy that lets them do what they do
 * and nothing else.
 *
 * The page and its style are web/src as they are; the script is web/dist, made from it and committed, so
 * that building the server needs no node. The policy allows scripts and styles of this address only, none
 * that stand in the page; connections to this address (the socket) and to the issuer (tokens); no frame
 * around it, no form sent, no other base. What an injected text could do is then to be a text.
 *
 * The table says what there is: a file that is added needs a line in it, and one in CMakeLists.txt. */
#include "pages.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *path, *name, *content_type;
} table[] = {
    {"/", "index", "text/html; charset=utf-8"},
    {"/page.css", "page", "text/css; charset=utf-8"},
    {"/app.js", "app", "text/javascript; charset=utf-8"},
};

void pages_init(struct pages *pages, const char *issuer)
{
    const char *host = strstr(issuer, "://");
    size_t origin = host == NULL ? 0 : (size_t)(host + 3 - issuer) + strcspn(host + 3, "/;, ");
    snprintf(pages->headers, sizeof pages->headers,
             "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
             "'self' data:; "
             "connect-src 'self' %.*s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
             "Referrer-Policy: no-referrer\r\n",
             origin > 200 ? 0 : (int)origin, issuer);
}

static const char *text_of(const char *name)
{
    for (size_t i = 0; i < page_files_count; i++)
        if (strcmp(page_files[i].name, name) == 0)
            return page_files[i].text;
    return "";
}

void pages_answer(void *ctx, const struct http_request *request, struct http_answer *answer)
{
    const struct pages *pages = ctx;
    answer->status = 404;
    answer->headers = pages->headers;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].path, request->path) != 0)
            continue;
        const char *text = text_of(table[i].name);
        answer->status = buf_append(answer->body, text, strlen(text)) == ERR_OK ? 200 : 500;
        answer->content_type = table[i].content_type;
        return;
    }
    answer->status = buf_append(answer->body, "Not here.\n", 10) == ERR_OK ? 404 : 500;
}
