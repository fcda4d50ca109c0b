/* stock: how many draws of a limited pack are left. A stream of its own, so that a run on a limited pack does
 * not contend with publishing it, and the pack's table need not be read to know what is left. */
#ifndef DOMAIN_STOCK_H
#define DOMAIN_STOCK_H

#include "base/err.h"
#include "gen/c/types.h"

enum stock_situation {
    STOCK_NONE,      /* never set: the pack is not limited */
    STOCK_UNLIMITED, /* was limited once, is not now */
    STOCK_LIMITED,
};

struct stock_state {
    enum stock_situation situation;
    uint64_t remaining; /* draws, in LIMITED */
};

MUST_CHECK enum err stock_evolve(struct stock_state *stock, const struct event *event);

/* Draws left; UINT64_MAX when nothing limits them. */
uint64_t stock_remaining(const struct stock_state *stock);

#endif
