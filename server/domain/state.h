/* state: what the events of one stream add up to. Situations are enums; collections are sorted arrays in the
 * state's own arena. A stream with no events has a state too: situation NONE, version 0. */
#ifndef DOMAIN_STATE_H
#define DOMAIN_STATE_H

#include "domain/domain.h"
#include "domain/player.h"
#include "domain/pack.h"
#include "domain/stock.h"
#include "domain/catalogue.h"
#include "domain/registration.h"

struct state {
    enum stream_kind kind;
    uint32_t version; /* of the last event evolved; 0 before the first. Kept by the caller of state_evolve */
    struct arena *arena;
    union {
        struct player_state player;
        struct pack_state pack;
        struct stock_state stock;
        struct catalogue_state catalogue;
        struct registration_state registration;
    };
};

/* The state before any event; `arena` is borrowed and must outlive it. */
void state_init(struct state *state, enum stream_kind kind, struct arena *arena);

/* Applies an event of this stream. Never fails on events that were ever stored, but for memory: ERR_NOMEM
 * leaves a state that must be thrown away. Everything it keeps is copied into the state's arena. */
MUST_CHECK enum err state_evolve(struct state *state, const struct event *event);

#endif
