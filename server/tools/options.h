/* options: what one of the binary's tools takes, as a table: it is read, checked and explained from there. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define TOOL_OPTIONS_MAX 16

struct tool_option {
    const char *name;  /* "--at"; a word that stands by itself has none: NULL, at most one */
    const char *value; /* what it takes ("POSITION|TIME"); NULL: a switch */
    const char *sentence;
};

struct tool_usage {
    const char *command;  /* "events" */
    const char *purpose;  /* a sentence or two */
    const char *settings; /* of the settings, those that it reads: "EVENT_STORE_DSN" */
    const struct tool_option *options;
    unsigned count;
    const char *examples, *status; /* lines, each with its newline */
};

/* Puts what was given into ret_values, in the order of the table: the value, "" for a switch, NULL where it
 * was not given. Borrowed from argv. --help prints the page; then, and when something is wrong (said on
 * stderr), *ret_status is what the tool is to return and the answer is false. */
bool tool_options_read(const struct tool_usage *usage, int argc, char **argv,
                       const char *ret_values[TOOL_OPTIONS_MAX], int *ret_status);

#endif
