/* options: one table a tool, from which it is read and explained, so that the page of --help cannot say what
 * the tool does not do. The settings (addresses of databases and the like) are the server's, config.h: main.c
 * took them off the command line before. */
#include "tools/options.h"
#include <string.h>
#include "base/check.h"

static void print_help(const struct tool_usage *usage)
{
    printf("usage: gachapon %s", usage->command);
    for (unsigned i = 0; i < usage->count; i++) {
        const struct tool_option *option = &usage->options[i];
        if (option->name == NULL)
            printf(" %s", option->value);
        else
            printf(" [%s%s%s]", option->name, option->value == NULL ? "" : " ",
                   option->value == NULL ? "" : option->value);
    }
    printf("\n\n%s\n\n", usage->purpose);
    for (unsigned i = 0; i < usage->count; i++) {
        const struct tool_option *option = &usage->options[i];
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", option->name == NULL ? "" : option->name,
                 option->name == NULL || option->value == NULL ? "" : " ",
                 option->value == NULL ? "" : option->value);
        printf("  %-24s %s\n", left, option->sentence);
    }
    printf("\nSettings: %s, also from the environment (gachapon help lists them).\n\n%s\n%s", usage->settings,
           usage->examples, usage->status);
}

static bool refuse(const struct tool_usage *usage, int *ret_status, const char *text, const char *what)
{
    fprintf(stderr, "gachapon %s: %s%s; gachapon %s --help shows how\n", usage->command, text, what,
            usage->command);
    *ret_status = 2;
    return false;
}

/* The row of a word; that of the word that stands by itself for one without dashes. */
static const struct tool_option *find(const struct tool_usage *usage, const char *word, size_t size)
{
    bool named = strncmp(word, "--", 2) == 0;
    for (unsigned i = 0; i < usage->count; i++) {
        const char *name = usage->options[i].name;
        if (named ? name != NULL && strlen(name) == size && strncmp(name, word, size) == 0 : name == NULL)
            return &usage->options[i];
    }
    return NULL;
}

bool tool_options_read(const struct tool_usage *usage, int argc, char **argv,
                       const char *ret_values[TOOL_OPTIONS_MAX], int *ret_status)
{
    check(usage->count <= TOOL_OPTIONS_MAX);
    memset(ret_values, 0, TOOL_OPTIONS_MAX * sizeof *ret_values);
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(usage);
            *ret_status = 0;
            return false;
        }
    for (int i = 0; i < argc; i++) {
        size_t size = strncmp(argv[i], "--", 2) == 0 ? strcspn(argv[i], "=") : strlen(argv[i]);
        const char *value = argv[i][size] == '=' ? argv[i] + size + 1 : NULL;
        const struct tool_option *option = find(usage, argv[i], size);
        if (option == NULL)
            return refuse(usage, ret_status, "it does not take ", argv[i]);
        if (option->value == NULL && value != NULL)
            return refuse(usage, ret_status, "there is nothing to say behind ", option->name);
        if (option->name == NULL)
            value = argv[i];
        else if (option->value == NULL)
            value = "";
        else if (value == NULL && ++i < argc)
            value = argv[i];
        if (value == NULL)
            return refuse(usage, ret_status, "there must be a value behind ", option->name);
        if (ret_values[option - usage->options] != NULL)
            return refuse(usage, ret_status, "given twice: ", option->name == NULL ? value : option->name);
        ret_values[option - usage->options] = value;
    }
    return true;
}
