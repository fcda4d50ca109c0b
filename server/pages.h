/* pages: the page that a newcomer sees, served on the public ports beside /play and /join. */
#ifndef PAGES_H
#define PAGES_H

#include "socket/socket.h"

/* A file of web/, built into the binary. */
struct page_file {
    const char *name; /* without its extension */
    const char *text;
};
extern const struct page_file page_files[]; /* the last has no name */
extern const size_t page_files_count;

struct pages {
    char headers[512]; /* of every answer: the content security policy and its like */
};

/* `issuer` is where the page may fetch tokens from. */
void pages_init(struct pages *pages, const char *issuer);
/* An http_handler for socket_on_public_http; ctx is a struct pages. */
void pages_answer(void *ctx, const struct http_request *request, struct http_answer *answer);

#endif
