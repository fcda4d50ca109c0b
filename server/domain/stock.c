/* stock: a counter that goes down to zero and never below.
 *
 * It has no command of its own. publish_pack sets it (pack.c), open_pack takes from it (player_open.c); both
 * read and write this stream in the same command and commit, so two openings of the last draw conflict and
 * one is decided anew. Events carry what remains after them: a row, and this state, need only the last one.
 */
#include "domain/stock.h"
#include "base/check.h"

enum err stock_evolve(struct stock_state *stock, const struct event *event)
{
    switch ((enum stock_event)event->type) {
    case STOCK_EVENT_STOCK_SET:
        stock->situation = event->stock_set.limited ? STOCK_LIMITED : STOCK_UNLIMITED;
        stock->remaining = event->stock_set.remaining;
        return ERR_OK;
    case STOCK_EVENT_STOCK_TAKEN:
        stock->remaining = event->stock_taken.remaining;
        return ERR_OK;
    }
    check(!"not an event of a stock stream");
}

uint64_t stock_remaining(const struct stock_state *stock)
{
    switch (stock->situation) {
    case STOCK_NONE:
    case STOCK_UNLIMITED:
        return UINT64_MAX;
    case STOCK_LIMITED:
        return stock->remaining;
    }
    check(!"a stock in no situation");
}
