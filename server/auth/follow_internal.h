/* follow_internal: what follow.c and follow_told.c share. Nobody else includes it. */
#ifndef AUTH_FOLLOW_INTERNAL_H
#define AUTH_FOLLOW_INTERNAL_H

#include "auth/answers.h"
#include "auth/follow.h"
#include "auth/limits.h"
#include "auth/seen.h"

enum { FOLLOW_MAGIC = 0x464f4c4c, FOLLOW_READS = 16 };

enum follow_state { FOLLOW_PAUSED, FOLLOW_CONFIG, FOLLOW_PAGING, FOLLOW_READING };

/* A list of Keycloak's. */
struct follow_source {
    const char *list; /* where it is, and which of it */
    enum err (*read)(const json_t *json, struct admin_event *ret_event);
    bool (*is_on)(struct slice config, bool *ret_details);
    const char *off;   /* what it means when it is not */
    bool for_everyone; /* what is missing in it may concern anybody */
};

/* A user being read. */
struct user_read {
    struct follow *follow;
    uint64_t request; /* 0: free */
    struct admin_event event;
};

struct follow {
    uint32_t magic;
    enum follow_state state;
    const struct follow_source *source;
    struct loop *loop;
    struct admin *admin;
    struct keycloak_following to;
    enum keycloak_source name;
    struct loop_timer timer;
    uint64_t request;
    bool events_are_on, asked_config; /* as last heard; in this pass */
    int64_t start_ms;                 /* 0, or the newest event when following began without a cursor */
    int64_t cursor_ms; /* the newest event of the last good pass; 0: none yet, FOLLOW_ORIGIN: no event */
    uint64_t moved_at; /* loop_mono_ms when it did, or when following began */
    uint64_t began_at; /* this pass */
    int64_t floor_ms, newest_ms; /* of this pass */
    bool cursor_seen;            /* an event as old as the cursor, in this pass */
    bool cursor_gone;            /* in the last one */
    bool lost;                   /* events may be missing: to be told at the end of a good pass */
    int64_t not_before_ms;       /* of the realm, as last told */
    uint32_t offset, pages, page_size;
    json_t *page;
    size_t next;  /* in the page */
    bool reached; /* the floor, in this page */
    bool pass_failed;
    struct user_read reads[FOLLOW_READS];
    uint32_t reading; /* of them */
    struct seen seen;
    char told_failure[200];
    struct follow_status status;
};

/* follow.c: the page goes on, when a read has ended. */
void follow_go_on(struct follow *follow);
MUST_CHECK bool follow_ask(struct follow *follow, const char *path, size_t max_bytes, uint64_t *ret_id,
                           http_done done, void *ctx);
bool follow_answer_is_good(struct follow *follow, const struct http_answer *answer, const char *what);

/* follow_told.c. False when the event must wait for a read to become free. */
bool follow_handle(struct follow *follow, const struct admin_event *event);
/* What is in no event: its cause is made of what it is, whom it concerns and when. */
void follow_tell(struct follow *follow, const char *what, const char *client, int64_t at_ms,
                 enum user_change change);

#endif
