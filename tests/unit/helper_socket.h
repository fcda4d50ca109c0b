/* helper_socket: a socket server and raw clients on one loop, for tests that say bytes and expect bytes.
 * Nothing sleeps: every wait turns the loop until its condition holds, and fails the test after WAIT_MAX_MS.
 */
#ifndef HELPER_SOCKET_H
#define HELPER_SOCKET_H

#include <stdbool.h>
#include "socket/internal.h"

#define WAIT_MAX_MS 60000

/* The server with what its callbacks saw. Messages are sent back unless `mute`. */
struct socket_world {
    struct loop *loop;
    struct socket_server *server;
    bool mute;
    bool full;                                                            /* nobody else may be let in */
    void (*on_open)(struct socket_world *world, struct session *session); /* may be NULL */
    unsigned opened, closed, messages, drained;
    uint64_t last_id; /* of the session opened last */
    char bearer[BEARER_MAX_BYTES + 1];
    char peer[ADDRESS_TEXT_SIZE];
    bool secure;
    enum session_path path;
    size_t message_size; /* of the last message */
    char http[256];      /* "METHOD path body[ as TYPE]" of the last HTTP request */
};

/* `change` may be NULL; it edits the configuration (port 0, generous limits, deadlines of a day). */
void world_open(struct socket_world *world, void (*change)(struct socket_config *config));
void world_close(struct socket_world *world);
/* One turn of the loop. */
void world_turn(struct socket_world *world);
/* Turns until `condition(ctx)`; fails the test when it takes too long. */
void world_wait(struct socket_world *world, bool (*condition)(void *ctx), void *ctx);
/* Turns until `*counter` is `value`. */
void world_wait_count(struct socket_world *world, const unsigned *counter, unsigned value);
struct session *world_session(struct socket_world *world); /* the one opened last; NULL when gone */

struct ssl_st;

struct client {
    struct socket_world *world;
    int fd;
    struct ssl_st *tls;
    uint8_t *data; /* what came and was not taken */
    size_t size, capacity;
    bool ended;
};

void client_connect(struct client *client, struct socket_world *world, int port);
void client_connect_tls(struct client *client, struct socket_world *world);
void client_close(struct client *client);
void client_send(struct client *client, const void *data, size_t size);
void client_say(struct client *client, const char *text);
/* Reads until an answer's head is there; returns its status. The whole answer so far is in client->data. */
int client_status(struct client *client);
bool client_answer_holds(const struct client *client, const char *text);
/* Sends an upgrade with these further lines ("Name: value\r\n..."), returns the status; takes the head of a
 * 101. */
int client_upgrade(struct client *client, const char *path, const char *lines);
/* Connects and upgrades on /play; asserts the 101. */
void client_open(struct client *client, struct socket_world *world);

enum { OP_CONTINUATION = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, FIN = 0x80 };

/* A frame with a mask; `first` is opcode, FIN and reserved bits. */
void client_frame(struct client *client, int first, const void *data, size_t size);
void client_frame_unmasked(struct client *client, int first, const void *data, size_t size);

struct frame {
    int opcode;
    uint8_t *data; /* valid until the next client_next */
    size_t size;
};
/* Waits for a whole frame. False when the connection ended instead. */
bool client_next(struct client *client, struct frame *ret_frame);
/* Waits for a close frame, skipping others; returns its code, 0 when the connection ended without one.
 * *ret_pushed (may be NULL): the code of the `closing` push before it, 0 for none. */
int client_close_code(struct client *client, int *ret_pushed);
/* Waits for a close with this code and a `closing` push that says so, agrees to it, and closes. */
void client_assert_closed(struct client *client, int code);
void client_wait_end(struct client *client);
/* Takes what is there without waiting. */
void client_read(struct client *client);

/* Writes a self-signed certificate and its key for `name` into two new files; paths of 64 bytes. */
void make_certificate(const char *name, char cert_file[64], char key_file[64]);

#endif
