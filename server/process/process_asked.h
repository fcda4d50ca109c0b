/* process_asked: timers that no event leaves, because what they are about happened outside the log. */
#ifndef PROCESS_PROCESS_ASKED_H
#define PROCESS_PROCESS_ASKED_H

#include "process/process_store.h"

struct process_asked;

/* `store` is borrowed and closed before this is freed. */
struct process_asked *process_asked_new(struct loop *loop, struct process_store *store);
void process_asked_free(struct process_asked *asked); /* accepts NULL */
/* A timer of `process` (static text), due at once, set anew if it is there. Kept here until the store has it
 * on its disk. */
void process_asked_add(struct process_asked *asked, const char *process, struct uuid instance, int16_t step);
/* How many the store does not have yet. */
uint32_t process_asked_count(const struct process_asked *asked);

#endif
