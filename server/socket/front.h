/* front: what front.c (its life) and front_request.c (what is asked and answered) share. */
#ifndef SOCKET_FRONT_H
#define SOCKET_FRONT_H

#include "socket/internal.h"

enum front_state {
    FRONT_HANDSHAKE,
    FRONT_HEAD,
    FRONT_QUEUED,
    FRONT_BODY,
    FRONT_OPEN,
    FRONT_ANSWER,
    FRONT_LINGER
};

/* What a step of a front says. */
enum front_step {
    FRONT_GO_ON, /* the next step at once */
    FRONT_WAIT,  /* for the descriptor */
    FRONT_OVER,  /* free it: it ended, broke, or became a session */
};

struct front {
    uint32_t magic;
    enum front_state state;
    enum listener_kind kind;
    struct socket_server *server;
    struct list_node node; /* in server->fronts or, if QUEUED, server->queued */
    struct channel channel;
    ev_io io;
    struct address tcp_peer;
    struct census_entry *census; /* NULL: not counted */
    uint8_t *data;               /* what came */
    size_t size, capacity;
    size_t whole_size; /* FRONT_BODY: head and body */
    uint64_t ticket;   /* FRONT_OPEN: whoever answers knows it */
    struct buf answer;
    size_t sent; /* of the answer */
    uint64_t deadline_ms;
};

void front_free(struct front *front);
/* Waits for its turn to become a WebSocket. Always FRONT_WAIT. */
enum front_step front_queue(struct front *front);
/* A whole head is there (it borrows from front->data). For one that is QUEUED: its turn has come. */
enum front_step front_request(struct front *front, const struct http_head *head);
/* Waits for an answer that comes later. Always FRONT_WAIT. */
enum front_step front_leave_open(struct front *front);
/* One that waits like that, or NULL; and it goes on, its answer is there. */
struct front *front_find_open(struct socket_server *server, uint64_t ticket);
void front_go_on(struct front *front);
/* Whether one more may become a WebSocket now; that one does. */
bool front_may_open(struct socket_server *server);
void front_opens(struct socket_server *server);
/* Head and body are there. */
enum front_step front_answer_internal(struct front *front, const struct http_head *head);
/* Logs, counts and answers; `head` may be NULL. */
enum front_step front_refuse(struct front *front, enum refusal refusal, const struct http_head *head);

#endif
