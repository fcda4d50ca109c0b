/* serve: the server as a whole - makes the parts in order, installs the calls upwards, runs the loop, drains.
 */
#ifndef SERVE_H
#define SERVE_H

#include "config.h"

/* Runs until SIGTERM or SIGINT has drained it. Returns the exit status: 0, or 1 when it could not start (said
 * on stderr). */
int serve(const struct config *config);

#endif
