/* main: `gachapon COMMAND [--options]`. One binary for the server and its tools, so that what a tool judges
 * is judged by the server's own code. Each command is a row in the table; its function returns the exit
 * status.
 *
 * When you add a command: its row, its function in server/tools. */
#include "base/log.h"
#include "config.h"
#include "serve.h"
#include "tools/tools.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int run_help(const struct config *config, int argc, char **argv);
static int run_serve(const struct config *config, int argc, char **argv);
static int run_options(const struct config *config, int argc, char **argv);

static const struct {
    const char *name;
    int (*run)(const struct config *config, int argc, char **argv);
    const char *sentence;
    const char *help; /* of --help: "" when the sentence says it all; NULL: the command prints its own page */
} commands[] = {
    {"serve", run_serve, "run the server until SIGTERM", ""},
    {"migrate", tool_migrate, "bring both databases to this version's schema (owner DSNs)",
     "Applies what is missing, each step in a transaction; run again it does nothing. Servers may run\n"
     "meanwhile. Needs EVENT_STORE_OWNER_DSN and PROJECTIONS_OWNER_DSN, and the server's two DSNs, whose\n"
     "users are granted what the server needs.\n"},
    {"check-config", tool_check_config, "read every setting, try what can be tried, say what is wrong",
     "Changes nothing. Exit status: 0 all good, 1 something is to be mended (each with a line WRONG).\n"},
    {"check-token", tool_check_token,
     "judge the token on stdin as the server would: 0 and its claims, or 1 and the rule",
     "usage: gachapon check-token [settings] < token\nNeeds KEYCLOAK_URL or --issuer.\n"},
    {"decode-frame", tool_decode_frame, "judge a frame on stdin (hex or bytes) as the socket would; --names",
     tool_decode_frame_help},
    {"sign-in", tool_sign_in,
     "tokens from Keycloak by the browser, another device or a password; --refresh, --end",
     tool_sign_in_help},
    {"connect", tool_connect, "type commands at a server, see named replies and pushes", tool_connect_help},
    {"events", tool_events, "the log by position, time, stream, player, type or command; --follow, --json",
     NULL},
    {"player", tool_player, "ID [--at POSITION|TIME]: one player as of any moment, and what happened last",
     NULL},
    {"replay", tool_replay, "--compare: fold the log, compare with the projections row by row",
     "usage: gachapon replay --compare\n"
     "Servers may run meanwhile. Needs EVENT_STORE_DSN and PROJECTIONS_DSN. Exit status: 0 no difference, 1\n"
     "differences (the first of them printed): gachapon projections rebuild mends them.\n"},
    {"projections", tool_projections,
     "status: where each stands; rebuild NAME | --all: anew, on a live server",
     "usage: gachapon projections status\n       gachapon projections rebuild NAME | --all\n"
     "status: 0, or 1 when one has stopped at an event that it cannot take. rebuild needs\n"
     "PROJECTIONS_OWNER_DSN besides; players go on meanwhile, and a rebuild cut off leaves nothing.\n"},
    {"players", tool_players, "check: active players whose user is gone in Keycloak, as lines for connect",
     "usage: gachapon players check\n"
     "Changes nothing. What it prints, an operator's socket can be told:\n"
     "  gachapon players check | gachapon connect --token-file operator.json\n"},
    {"processes", tool_processes, "status: how far each process manager is, and what it still has to do",
     "usage: gachapon processes status\n"
     "Exit status: 0; 1 when a timer has been due for over a minute, as nobody works on it; 2 nothing could "
     "be read.\n"},
    {"verify", tool_verify,
     "make the log's hash chain again, say where it breaks first; --expect POSITION:CHAIN",
     "usage: gachapon verify [--expect POSITION:CHAIN]...\n"
     "POSITION:CHAIN from lines that servers logged (tag=chain). Servers may run meanwhile.\n"
     "Exit status: 0 whole, 1 broken (where, and what), 2 nothing could be judged.\n"},
    {"new-epoch", tool_new_epoch,
     "after a restore of the event store: who knows the log as it was starts over",
     "Once, with the servers stopped, as the owner (EVENT_STORE_OWNER_DSN); migrations/README.md, "
     "Restoring.\n"},
    {"healthcheck", tool_healthcheck, "0 when the server on --internal-listen is ready (for containers)",
     "Prints what /readyz says: a line for each part.\n"},
    {"options", run_options, "the settings as a Markdown table", ""},
    {"help", run_help, "this", ""},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static int run_serve(const struct config *config, int argc, char **argv)
{
    if (argc > 0) {
        fprintf(stderr, "gachapon serve: %s is not an option; --help lists them\n", argv[0]);
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

/* The page of one command, whatever the settings are. */
static int explain(size_t command)
{
    struct config none = {0};
    char *asks[] = {"--help", NULL};
    const char *help = commands[command].help;
    if (help == NULL)
        return commands[command].run(&none, 1, asks);
    if (strncmp(help, "usage:", 6) != 0)
        printf("usage: gachapon %s [settings]\n", commands[command].name);
    printf("%s%s%s\n\nSettings: gachapon help lists them.\n", help, help[0] == '\0' ? "" : "\n",
           commands[command].sentence);
    return 0;
}

/* Whoever starts this without one of the three would have the first connection take its number, and the log
 * be written into it. */
static void hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    const char *name =
        argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ? "help" : argv[1];
    bool asks = false;
    for (int i = 2; i < argc; i++)
        asks = asks || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (asks)
            return explain(i);
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
