/* tools: the commands of the binary besides `serve`. Each takes the settings and the arguments behind them
 * (options of its own first), prints for people on stdout, says what is wrong on stderr, and returns the exit
 * status: 0 good, 1 judged bad, 2 wrong usage or nothing could be judged. */
#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

#include "config.h"

int tool_migrate(const struct config *config, int argc, char **argv);
int tool_check_config(const struct config *config, int argc, char **argv);
int tool_check_token(const struct config *config, int argc, char **argv);
int tool_decode_frame(const struct config *config, int argc, char **argv);
int tool_sign_in(const struct config *config, int argc, char **argv);
int tool_connect(const struct config *config, int argc, char **argv);
int tool_replay(const struct config *config, int argc, char **argv);
int tool_projections(const struct config *config, int argc, char **argv);
int tool_events(const struct config *config, int argc, char **argv);
int tool_player(const struct config *config, int argc, char **argv);
int tool_players(const struct config *config, int argc, char **argv);
int tool_processes(const struct config *config, int argc, char **argv);
int tool_verify(const struct config *config, int argc, char **argv);
int tool_new_epoch(const struct config *config, int argc, char **argv);
int tool_healthcheck(const struct config *config, int argc, char **argv);

/* What --help says of those whose command lines are longer. */
extern const char tool_decode_frame_help[], tool_sign_in_help[], tool_connect_help[];

#endif
