/* ws_client: one WebSocket to a server, for tools. libwebsockets' client on the loop. */
#ifndef TOOLS_WS_CLIENT_H
#define TOOLS_WS_CLIENT_H

#include "base/err.h"
#include "base/slice.h"
#include "loop/loop.h"

struct ws_client;

struct ws_client_callbacks {
    void (*on_open)(void *ctx);
    /* One whole message, borrowed for the call. */
    void (*on_message)(void *ctx, struct slice message);
    /* Runs once at the end: never opened (code 0, `reason` says why), or closed. 1006: the connection was
     * lost. */
    void (*on_close)(void *ctx, int code, const char *reason);
};

/* Starts to connect to ws://host[:port]/path or wss://... `ca_file` (PEM) replaces the system's authorities;
 * NULL: those. NULL is returned for a URL that is none, or when out of memory: `ret_failure` says so. */
struct ws_client *ws_client_open(struct loop *loop, const char *url, const char *ca_file,
                                 const struct ws_client_callbacks *callbacks, void *ctx,
                                 char ret_failure[200]);
void ws_client_free(struct ws_client *client); /* accepts NULL; drops what was not sent */

/* Queues one binary message; copied. */
MUST_CHECK enum err ws_client_send(struct ws_client *client, struct slice message);
/* Sends what is queued, then closes with 1000; on_close follows. */
void ws_client_close(struct ws_client *client);

#endif
