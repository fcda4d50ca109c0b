/* config: reads the option tables of config.h.
 *
 * When you add an option: one line in a table there; it is then read, checked, listed by --help and in the
 * README. */
#include "config.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_SWITCH };

static const struct option {
    enum option_kind kind;
    const char *flag, *environment, *value, *unit, *sentence;
    uint32_t number, least, most;
    size_t offset;
} options[] = {
#define X(member, flag, environment, value, unit, sentence)                                                  \
    {OPTION_TEXT, flag, environment, value, unit, sentence, 0, 0, 0, offsetof(struct config, member)},
    CONFIG_TEXTS(X)
#undef X
#define X(member, flag, environment, value, least, most, unit, sentence)                                     \
    {OPTION_NUMBER, flag,  environment, "",   unit,                                                          \
     sentence,      value, least,       most, offsetof(struct config, member)},
        CONFIG_NUMBERS(X)
#undef X
#define X(member, flag, environment, sentence)                                                               \
    {OPTION_SWITCH, flag, environment, "", "", sentence, 0, 0, 1, offsetof(struct config, member)},
            CONFIG_SWITCHES(X)
#undef X
};
#define OPTION_COUNT (sizeof options / sizeof options[0])

static enum err refuse(const struct option *option, const char *value, char failure[200])
{
    if (option->kind == OPTION_NUMBER)
        snprintf(failure, 200, "--%s (%s): \"%.40s\" is not a number from %u to %u", option->flag,
                 option->environment, value, option->least, option->most);
    else
        snprintf(failure, 200, "--%s (%s): \"%.40s\" is not 0 or 1", option->flag, option->environment,
                 value);
    return ERR_CONFIG;
}

static enum err assign(struct config *config, const struct option *option, const char *value,
                       char failure[200])
{
    char *target = (char *)config + option->offset;
    if (option->kind == OPTION_TEXT) {
        const char *text = value[0] == '\0' ? NULL : value;
        memcpy(target, &text, sizeof text);
        return ERR_OK;
    }
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || number < option->least || number > option->most)
        return refuse(option, value, failure);
    if (option->kind == OPTION_SWITCH) {
        bool on = number == 1;
        memcpy(target, &on, sizeof on);
    } else {
        uint32_t small = (uint32_t)number;
        memcpy(target, &small, sizeof small);
    }
    return ERR_OK;
}

static void assign_default(struct config *config, const struct option *option)
{
    char *target = (char *)config + option->offset;
    const char *text = option->value[0] == '\0' ? NULL : option->value;
    if (option->kind == OPTION_TEXT)
        memcpy(target, &text, sizeof text);
    else if (option->kind == OPTION_NUMBER)
        memcpy(target, &option->number, sizeof option->number);
}

/* The option of "--flag" or "--flag=value"; *ret_value is what follows '=' or NULL. */
static const struct option *find(const char *argument, const char **ret_value)
{
    size_t size = strcspn(argument, "=");
    *ret_value = argument[size] == '=' ? argument + size + 1 : NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(options[i].flag) == size && strncmp(options[i].flag, argument, size) == 0)
            return &options[i];
    return NULL;
}

/* Reads the option at argv[*at]; *at moves to its last word. */
static enum err read_flag(struct config *config, const struct option *option, const char *value, int argc,
                          char **argv, int *at, char failure[200])
{
    if (value == NULL && option->kind == OPTION_SWITCH)
        value = "1";
    if (value == NULL && ++*at < argc)
        value = argv[*at];
    if (value == NULL) {
        snprintf(failure, 200, "--%s needs a value (%s)", option->flag, option->unit);
        return ERR_CONFIG;
    }
    return assign(config, option, value, failure);
}

enum err config_read(struct config *config, int argc, char **argv, int first, int *ret_rest,
                     char ret_failure[200])
{
    memset(config, 0, sizeof *config);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        assign_default(config, &options[i]);
        const char *value = getenv(options[i].environment);
        enum err err =
            value == NULL || value[0] == '\0' ? ERR_OK : assign(config, &options[i], value, ret_failure);
        if (err != ERR_OK)
            return err;
    }
    int rest = first;
    for (int at = first; at < argc; at++) {
        const char *value = NULL;
        const struct option *option = strncmp(argv[at], "--", 2) == 0 ? find(argv[at] + 2, &value) : NULL;
        if (option == NULL) {
            argv[rest++] = argv[at];
            continue;
        }
        enum err err = read_flag(config, option, value, argc, argv, &at, ret_failure);
        if (err != ERR_OK)
            return err;
    }
    *ret_rest = rest - first;
    return ERR_OK;
}

static void default_text(const struct option *option, char text[128])
{
    if (option->kind == OPTION_NUMBER)
        snprintf(text, 128, "%u", option->number);
    else
        snprintf(text, 128, "%s", option->kind == OPTION_SWITCH ? "off" : option->value);
}

void config_print_help(FILE *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char value[128];
        default_text(&options[i], value);
        fprintf(out, "  --%s%s%s\n      %s", options[i].flag, options[i].unit[0] != '\0' ? " " : "",
                options[i].unit, options[i].sentence);
        fprintf(out, value[0] != '\0' ? " [%s; %s]\n" : " [%s%s]\n", options[i].environment, value);
    }
}

void config_print_markdown(FILE *out)
{
    fprintf(out, "| flag | environment | default | unit | what it is |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char value[128];
        default_text(&options[i], value);
        fprintf(out, "| `--%s` | `%s` | %s | %s | %s |\n", options[i].flag, options[i].environment, value,
                options[i].unit, options[i].sentence);
    }
}

enum err config_read_secret(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ERR_IO;
    char *line = fgets(out, (int)size, file);
    fclose(file);
    if (line == NULL)
        return ERR_IO;
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] == '\0' ? ERR_CONFIG : ERR_OK;
}
