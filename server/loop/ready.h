/* ready: what one turn takes of that is ready. libev is not told: its calls of epoll_wait and epoll_ctl come
 * to ready.c first.
 */
#ifndef LOOP_READY_H
#define LOOP_READY_H

#include <stdbool.h>

/* Descriptors that one turn takes; the rest comes first in the next. */
#define READY_MAX 256
/* Of these, those whose peer has hung up; and no more than so many a second, which is a fifth of the loop:
 * turns that have nothing else to do would follow one another until all are closed. */
#define HANG_UPS_PER_TURN 4
#define HANG_UPS_PER_SECOND 4000

/* Before the first loop is made; again for each further one. False: out of memory. */
bool ready_init(void);

#endif
