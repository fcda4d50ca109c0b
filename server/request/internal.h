/* internal: what the files of server/request share. Nobody outside includes it. */
#ifndef REQUEST_INTERNAL_H
#define REQUEST_INTERNAL_H

#include "base/buf.h"
#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "gen/c/schema.h"
#include "request/admission.h"
#include "request/request.h"
#include "request/states.h"
#include "wire/frame.h"

#define REQUEST_MAGIC 0x52455155u
#define CLIENT_MAGIC 0x434c4954u

enum request_kind { REQUEST_COMMAND, REQUEST_QUERY, REQUEST_MESSAGE };

enum step_result {
    STEP_NEXT, /* request->step names the step to run now */
    STEP_WAIT, /* something will resume it */
    STEP_DONE, /* answered and gone: do not touch it */
};

enum request_step {
    STEP_DECODE,
    STEP_AUTHENTICATE,
    STEP_LOAD,
    STEP_DECIDE,
    STEP_APPEND,
    STEP_REPLY,
    STEP_CONFIRM, /* apart: does the log agree with a rejection? */
    STEP_KNOWN,   /* apart: is this command id in the log already? */
    STEP_QUERY,   /* apart: rows of a view */
    STEP_ACCOUNT, /* apart: sign_in, refresh, register, follow, ping */
    STEP_COUNT,
};

struct batch;

struct request {
    uint32_t magic;
    struct requests *requests;
    struct list_node node;         /* in free, active or resumed */
    struct list_node session_node; /* in the client's list, while its session lives */
    enum request_kind kind;
    enum request_step step;
    /* who and what */
    uint64_t session_id; /* 0: the server's own */
    uint32_t id, type;
    struct arena arena;
    struct slice payload;
    struct meta meta;
    struct uuid actor;
    uint8_t roles;
    bool revoked; /* its session's token, since it came: what is not decided yet is not decided */
    uint64_t started_us;
    struct admission *admission; /* let it in and counts it until it is answered; NULL: none */
    /* a command */
    const struct command_desc *desc;
    struct command command;
    struct uuid command_id;
    struct uuid cause; /* the command it follows from; nil: nothing but itself */
    uint8_t digest[16];
    bool tracked;            /* in requests->by_command_id */
    struct list_node copies; /* requests with the same command id that wait for this one's answer */
    bool copies_since_asked; /* a copy joined while the log was asked for the id: its answer may be too old */
    struct list_node rivals; /* with the same id and other content: they begin anew when this one is over */
    /* load */
    struct state_entry *entries[COMMAND_STREAMS_MAX];
    struct state_waiter waiters[COMMAND_STREAMS_MAX];
    uint32_t waiting; /* entries still loading */
    enum err load_failure;
    uint32_t attempts;
    /* decide */
    enum error_code rejection;
    const char *detail;
    uint32_t seen[COMMAND_STREAMS_MAX]; /* the versions of its states that it was decided on */
    struct decided_event *events;       /* in the arena */
    uint32_t event_count;               /* 0 with a rejection */
    /* append */
    struct batch *batch;                         /* that it writes with, or rides on */
    struct list_node batch_node;                 /* in that batch, or in requests->withdrawn */
    uint32_t first_event;                        /* place of its events in the batch */
    struct kept_state kept[COMMAND_STREAMS_MAX]; /* snapshots of its entries that wait for its commit */
    /* reply */
    uint64_t position; /* of the last event */
    struct list_node reply_node;
    uint64_t reply_by_ms;
    const struct event *answer; /* the event whose payload answers */
    /* the server's own */
    request_done done;
    void *done_ctx;
    struct list_node signing_node; /* in requests->signing while it counts there */
    uint64_t signing_since_ms;
    /* account: what register and sign_in keep across waits */
    struct account *account;
};

/* What the request layer knows of a session; in SESSION_SLOT_REQUEST. */
struct client {
    uint32_t magic;
    uint64_t session_id;
    struct list_node requests;
    uint32_t in_flight;
    uint32_t faults;           /* malformed messages */
    bool warned;               /* of the token's expiry */
    int64_t signed_in_at_ms;   /* when it was signed in first */
    struct list_node expected; /* in requests->expected: it has said nothing yet */
    uint64_t opened_ms;
};

/* The last ids that are known to be in the log; see known.c. */
#ifndef RECENT_IDS /* smaller in the simulation */
#define RECENT_IDS 16384
#endif
#define RECENT_WAYS 4 /* a set of ids is one line of the processor's cache */
struct recent_ids {
    struct uuid (*sets)[RECENT_WAYS]; /* by hash; the newest first; nil: empty */
};

struct requests {
    struct loop *loop;
    struct requests_config config;
    struct eventstore *store;
    struct projector *projector;
    struct auth *auth;
    struct keycloak *keycloak;
    const struct secrets *secrets;
    struct socket_server *server;
    struct notify *notify;
    struct states *states;
    struct list_node free, active, resumed;
    struct request *pool;
    uint32_t in_flight;
    struct list_node signing; /* sign-ins under way, oldest first */
    uint32_t signing_count;
    struct list_node expected; /* clients that have said nothing yet, oldest first */
    uint32_t expected_count;
    size_t payload_bytes;               /* of all requests that are not answered */
    struct admission commands, queries; /* those that sessions sent */
    struct map by_command_id;
    struct recent_ids recent;
    /* append */
    struct list_node batches;   /* not committed, in order; the open one is the last */
    struct batch *open;         /* NULL: no memory for one */
    struct list_node spare;     /* batches to reuse */
    struct list_node stalled;   /* requests that wait for room in a batch */
    struct list_node withdrawn; /* requests taken out of batches, by batch_node, until batches_mend */
    bool to_mend;               /* some were, or states of some are in doubt */
    struct list_node rejected;  /* requests whose rejection is to be confirmed */
    struct list_node confirms;  /* questions about such under way */
    struct list_node repeated;  /* requests whose id is in the log */
    struct list_node lookups;   /* questions about such under way */
    uint64_t next_batch, committed_batches;
    /* reply */
    struct list_node awaiting_projection; /* by position */
    struct loop_timer janitor;
    uint32_t janitor_runs;
    struct buf out;
    struct decision decision; /* scratch of step_decide */
    bool draining;
    struct requests_counters counters;
};

/* request.c */
void request_advance(struct request *request);
/* Advances it at the next REQUESTS stage. */
void request_resume(struct request *request);
/* Ends it: lets go of everything. Only after it was answered. */
void request_finish(struct request *request);
struct request *request_new(struct requests *requests); /* NULL: pool exhausted */
/* It is not counted any more among those that keep others from being let in. */
void request_leave_admission(struct request *request);
/* Where its answer goes; NULL for the server's own, and when the session or all sockets are gone. */
struct session *request_session(const struct request *request);

/* load.c */
enum step_result step_load(struct request *request);
enum step_result step_decide(struct request *request);
void release_entries(struct request *request);

/* batch.c */
enum step_result step_append(struct request *request);
enum err batches_init(struct requests *requests);
void batches_release(struct requests *requests);
/* Whether another command may join the open batch now. */
bool batch_has_room(const struct requests *requests);
/* Waits with a rejection until the batch it depends on has committed; false: it depends on none. */
bool batch_ride(struct request *request);

/* withdraw.c */
/* Takes out of all batches that the store does not have what was decided on what is not so. */
void batches_mend(struct requests *requests);

/* confirm.c */
enum step_result step_confirm(struct request *request);
/* Asks for the rejections of the turn. */
void confirms_send(struct requests *requests);
void confirms_release(struct requests *requests);

/* known.c */
enum step_result step_known(struct request *request);
/* Asks for what the repeats of the turn were answered the first time. */
void lookups_send(struct requests *requests);
void lookups_release(struct requests *requests);
enum err recent_init(struct recent_ids *recent);
void recent_release(struct recent_ids *recent); /* accepts a zeroed one */
/* This id is in the log. */
void recent_add(struct recent_ids *recent, struct uuid command_id);
/* False: maybe all the same. */
bool recent_holds(const struct recent_ids *recent, struct uuid command_id);

/* query.c, account.c */
enum step_result step_query(struct request *request);
enum step_result step_account(struct request *request);

/* reply.c: the only place where an outcome becomes a message. Both finish the request. */
enum step_result step_reply(struct request *request);
enum step_result reply_error(struct request *request, enum error_code code, const char *detail);
/* Answers with a payload struct; `meta` may be NULL. */
enum step_result reply_payload(struct request *request, const struct type_desc *type, const void *payload,
                               const struct reply_meta *meta);
/* An error that belongs to no request (the message could not be taken). `retry_after_ms` 0: as the table of
 * errors says; of `overloaded`, as long as the queue of now takes. */
void reply_fault(struct requests *requests, struct session *session, uint32_t id, enum error_code code,
                 uint32_t retry_after_ms, const char *detail);
void replies_overdue(struct requests *requests);
enum error_code error_of_err(enum err err);

/* client.c */
/* A sign-in is under way, or over: see may_open. */
void newcomer_begins(struct request *request);
void newcomer_ends(struct request *request);
struct client *client_of(struct session *session);
void clients_housekeeping(struct requests *requests);
/* A session has become its principal's. */
void client_adopted(struct requests *requests, struct session *session);
/* Pushes a message to a session. */
void client_push(struct requests *requests, struct session *session, enum message_type type,
                 const void *payload);

#endif
