/* process_asked: what a process has to do although no event says so.
 *
 * The problem: a user deleted in Keycloak has to be deactivated in the game, whatever is killed just then.
 * The log does not know of it yet, and whether it is to know depends on Keycloak's word, which may be away.
 * That is a timer - due now, tried again with a back-off, on the node that leads - and only that it is set by
 * somebody who saw something instead of by the log makes it different: it does not come back from the log, so
 * it is written with the disk waited for, and whoever asked must see it stored before it forgets what it saw
 * (process_asked_count is 0).
 *
 * Any node may ask, the one that leads will act. Several that saw the same ask for the same timer. What the
 * store does not take now is sent again after a second. At the bound the oldest stay and newer ones are
 * refused, in the log: `gachapon players check` finds what was missed. */
#include "process/process_asked.h"
#include "base/check.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>

#define ASKED_MAX 65536
#define AT_ONCE 500
#define AGAIN_MS 1000

struct process_asked {
    struct process_store *store;
    struct loop_timer again;
    struct asked_timer {
        const char *process;
        struct uuid instance;
        int16_t step;
    } * timers;
    uint32_t count, capacity;
    uint32_t sent; /* of them, from the front; 0: none is under way */
};

static void send(void *asked);
static void on_stored(void *asked, enum err err);

struct process_asked *process_asked_new(struct loop *loop, struct process_store *store)
{
    struct process_asked *asked = calloc(1, sizeof *asked);
    check(asked != NULL);
    asked->store = store;
    loop_timer_init(&asked->again, loop, send, asked);
    return asked;
}

void process_asked_free(struct process_asked *asked)
{
    if (asked == NULL)
        return;
    loop_timer_stop(&asked->again);
    free(asked->timers);
    free(asked);
}

uint32_t process_asked_count(const struct process_asked *asked)
{
    return asked->count;
}

void process_asked_add(struct process_asked *asked, const char *process, struct uuid instance, int16_t step)
{
    if (asked->count == ASKED_MAX) {
        log_warn("process", "name=%s step=%d result=refused reason=full", process, step);
        return;
    }
    if (asked->count == asked->capacity) {
        uint32_t capacity = asked->capacity == 0 ? 16 : asked->capacity * 2;
        struct asked_timer *timers = realloc(asked->timers, capacity * sizeof *timers);
        check(timers != NULL);
        asked->timers = timers;
        asked->capacity = capacity;
    }
    asked->timers[asked->count++] = (struct asked_timer){process, instance, step};
    if (asked->sent == 0 && !loop_timer_running(&asked->again))
        loop_timer_start(&asked->again, 0);
}

/* The first ones that are about one process and step. */
static void send(void *ctx)
{
    struct process_asked *asked = ctx;
    struct uuid instances[AT_ONCE];
    const struct asked_timer *first = asked->timers;
    check(asked->sent == 0 && asked->count > 0);
    while (asked->sent < asked->count && asked->sent < AT_ONCE &&
           strcmp(asked->timers[asked->sent].process, first->process) == 0 &&
           asked->timers[asked->sent].step == first->step) {
        instances[asked->sent] = asked->timers[asked->sent].instance;
        asked->sent++;
    }
    process_store_ask(asked->store, first->process, first->step, instances, asked->sent, on_stored, asked);
}

static void on_stored(void *ctx, enum err err)
{
    struct process_asked *asked = ctx;
    uint32_t stored = err == ERR_OK ? asked->sent : 0;
    asked->sent = 0;
    asked->count -= stored;
    memmove(asked->timers, asked->timers + stored, asked->count * sizeof *asked->timers);
    if (asked->count > 0)
        loop_timer_start(&asked->again, err == ERR_OK ? 0 : AGAIN_MS);
}
