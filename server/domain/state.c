/* state: from a stream's kind to the file that knows it.
 *
 * Every stream kind has one file with its state, its initial value, its evolve and its decisions; this one
 * only dispatches, so that eventstore, request and the tools can fold any stream without knowing which it is.
 *
 * Initial states are all zero: every situation enum starts with NONE = 0, and every collection is empty at
 * zero. The first event of a stream makes it something.
 *
 * When you add a stream kind: its schema entry, its header in state.h, a line in the union and a case here.
 * The compiler names the case that is missing, as no switch over a schema's enum has a default. */
#include "domain/state.h"
#include "base/check.h"
#include <string.h>

void state_init(struct state *state, enum stream_kind kind, struct arena *arena)
{
    memset(state, 0, sizeof *state);
    state->kind = kind;
    state->arena = arena;
}

enum err state_evolve(struct state *state, const struct event *event)
{
    switch (state->kind) {
    case STREAM_PLAYER:
        return player_evolve(&state->player, state->arena, event);
    case STREAM_PACK:
        return pack_evolve(&state->pack, state->arena, event);
    case STREAM_STOCK:
        return stock_evolve(&state->stock, event);
    case STREAM_CATALOGUE:
        return catalogue_evolve(&state->catalogue, state->arena, event);
    case STREAM_REGISTRATION:
        return registration_evolve(&state->registration, event);
    }
    check(!"a stream kind outside the schema");
}
