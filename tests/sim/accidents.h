/* accidents: what goes wrong in a run, and what operators do to it. */
#ifndef SIM_ACCIDENTS_H
#define SIM_ACCIDENTS_H

#include "world.h"

/* How hostile this run is. */
void accidents_choose(void);
/* True when this step was one. */
bool accident(void);

/* Each by name, for scripts. */
void accident_cut(bool store); /* some connection */
void accident_views_go_back(void);
void accident_views_dropped(void);
void accident_restart(struct node *node); /* kill -9, and again */
void accident_restore(uint64_t position); /* of the log; every node starts anew */

#endif
