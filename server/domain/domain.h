/* domain: the game's rules, pure. decide(states, command, context) -> events | rejection, and
 * evolve(state, event) -> state. No clock, no randomness, no log, no malloc, no library: time and seeds come
 * with the context, memory with an arena. Links nothing but base and protocol/gen/c types. */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"
#include "gen/c/types.h"

/* Which stream: a kind and its key (uuid, slug, or neither, as the schema says). */
struct stream_ref {
    enum stream_kind kind;
    struct uuid uuid;
    struct slug slug;
};

static inline bool stream_ref_equal(const struct stream_ref *a, const struct stream_ref *b)
{
    return a->kind == b->kind && uuid_equal(a->uuid, b->uuid) && slug_equal(a->slug, b->slug);
}

struct state; /* one stream's state: server/domain/state.h */

/* What a decision may know besides states and command. */
struct decide_context {
    int64_t now_ms;       /* unix milliseconds; recorded in the events, never compared with another clock */
    struct uuid actor;    /* the signed-in player; nil for none */
    uint8_t roles;        /* enum role bits of the actor */
    struct hash seeds[3]; /* for NEEDS_SEEDS: the player's server seeds number n, n+1, n+2, where n is the
                             state's seed_number (1 for a player who does not exist yet); for NEEDS_SEED: n */
};

struct decide_input {
    const struct decide_context *context;
    struct state *const *states; /* in the order of the command's streams in the schema; read only */
    struct arena *arena;         /* for what the events refer to */
};

struct decided_event {
    int stream; /* index into the command's streams */
    struct event event;
};

/* Either a rejection, or 1 to LIMIT_EVENTS_PER_COMMAND_MAX events. Handed in with rejection, failure and
 * count zero (the events need not be). What the events refer to is the command's memory or the input's arena,
 * never a state's. Exhausted arena, or seeds that are not those the stream committed to: failure is set. */
struct decision {
    enum error_code rejection; /* ERROR_NONE for success */
    const char *detail;        /* for people, static text or in the arena; may be NULL */
    enum err failure; /* ERR_OK, ERR_NOMEM, or ERR_INTEGRITY for foreign seeds (another master key) */
    uint32_t count;
    struct decided_event events[LIMIT_EVENTS_PER_COMMAND_MAX];
};

/* Adds an event of `type` for the command's stream number `stream`; the caller fills the payload. */
struct event *decision_add(struct decision *decision, int stream, enum event_type type);
/* Ends the decision with a rejection; drops events added before. */
void decision_reject(struct decision *decision, enum error_code rejection, const char *detail);
/* Ends the decision with a failure; drops events added before. */
void decision_fail(struct decision *decision, enum err failure);

/* Dispatches to decide_<command>() (protocol/gen/c/decide.c). */
void decide(const struct decide_input *input, const struct command *command, struct decision *decision);

#endif
