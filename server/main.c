/* main: `gachapon COMMAND [--options]`. One binary for the server and its tools, so that what a tool judges
 * is judged by the server's own code. Each command is a row in the table; its function returns the exit
 * status.
 *
 * When you add a command: its row, its function in server/tools, its text in tools/usage.h. */
#include "base/log.h"
#include "config.h"
#include "serve.h"
#include "tools/tools.h"
#include "tools/usage.h"
#include <string.h>

static int run_help(const struct config *config, int argc, char **argv);
static int run_serve(const struct config *config, int argc, char **argv);
static int run_options(const struct config *config, int argc, char **argv);

static const struct {
    const char *name;
    int (*run)(const struct config *config, int argc, char **argv);
    const char *sentence, *usage;
} commands[] = {
    {"serve", run_serve, "run the server until SIGTERM", USAGE_SERVE},
    {"migrate", tool_migrate, "bring both databases to this version's schema (owner DSNs)", USAGE_MIGRATE},
    {"check-config", tool_check_config, "read every setting, try what can be tried, say what is wrong",
     USAGE_CHECK_CONFIG},
    {"check-token", tool_check_token,
     "judge the token on stdin as the server would: 0 and its claims, or 1 and the rule", USAGE_CHECK_TOKEN},
    {"decode-frame", tool_decode_frame, "judge a frame on stdin (hex or bytes) as the socket would; --names",
     USAGE_DECODE_FRAME},
    {"sign-in", tool_sign_in,
     "tokens from Keycloak by the browser, another device or a password; --refresh, --end", USAGE_SIGN_IN},
    {"connect", tool_connect, "type commands at a server, see named replies and pushes", USAGE_CONNECT},
    {"replay", tool_replay, "--compare: fold the log, compare with the projections row by row", USAGE_REPLAY},
    {"projections", tool_projections,
     "status: where each stands; rebuild NAME | --all: anew, on a live server", USAGE_PROJECTIONS},
    {"players", tool_players, "check: active players whose user is gone in Keycloak, as lines for connect",
     USAGE_PLAYERS},
    {"processes", tool_processes, "status: how far each process manager is, and what it still has to do",
     USAGE_PROCESSES},
    {"verify", tool_verify,
     "make the log's hash chain again, say where it breaks first; --expect POSITION:CHAIN", USAGE_VERIFY},
    {"new-epoch", tool_new_epoch,
     "after a restore of the event store: who knows the log as it was starts over", USAGE_NEW_EPOCH},
    {"healthcheck", tool_healthcheck, "0 when the server on --internal-listen is ready (for containers)",
     USAGE_HEALTHCHECK},
    {"options", run_options, "the settings as a Markdown table", USAGE_OPTIONS},
    {"help", run_help, "this; COMMAND --help says more of one", NULL},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static int run_serve(const struct config *config, int argc, char **argv)
{
    if (argc > 0) {
        fprintf(stderr, "gachapon serve: %s is not an option; gachapon help lists them\n", argv[0]);
        return 2;
    }
    return serve(config);
}

static int run_options(const struct config *config, int argc, char **argv)
{
    (void)config, (void)argc, (void)argv;
    config_print_markdown(stdout);
    return 0;
}

static int run_help(const struct config *config, int argc, char **argv)
{
    (void)config, (void)argc, (void)argv;
    printf("gachapon %s - the backend of a gacha game\n\nusage: gachapon COMMAND [--option value "
           "...]\n\ncommands:\n",
           GACHAPON_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-13s %s\n", commands[i].name, commands[i].sentence);
    printf("\noptions (each also from the environment):\n");
    config_print_help(stdout);
    return 0;
}

static bool asks_for_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int main(int argc, char **argv)
{
    bool asks = argc > 1 && asks_for_help(argv[1]);
    const char *name = argc < 2 || asks ? "help" : argv[1];
    for (int i = 2; i < argc; i++)
        asks |= asks_for_help(argv[i]);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (asks && commands[i].usage != NULL)
            return fputs(commands[i].usage, stdout), 0;
        struct config config;
        char why[200];
        int rest = 0;
        enum log_level level;
        if (config_read(&config, argc, argv, 2, &rest, why) != ERR_OK && strcmp(name, "help") != 0) {
            fprintf(stderr, "gachapon: %s\n", why);
            return 2;
        }
        if (config.log_level == NULL || !log_level_parse(config.log_level, &level)) {
            fprintf(stderr, "gachapon: --log-level is one of debug, info, warn, error\n");
            return 2;
        }
        log_set_level(level);
        return commands[i].run(&config, rest, argv + 2);
    }
    fprintf(stderr, "gachapon: no command \"%.40s\"; gachapon help lists them\n", name);
    return 2;
}
