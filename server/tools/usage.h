/* usage: what `gachapon COMMAND --help` says, and what a command says when it is used wrongly. Every command
 * takes the settings too, as flags or from the environment; `gachapon help` lists them. */
#ifndef TOOLS_USAGE_H
#define TOOLS_USAGE_H

#define USAGE_SERVE                                                                                          \
    "usage: gachapon serve [settings]\n"                                                                     \
    "Runs the server in the foreground. SIGTERM drains it: it finishes what it took and tells clients to\n"  \
    "come back; SIGHUP reads the TLS certificate again. Ready when /readyz on --internal-listen says so.\n"  \
    "Needs EVENT_STORE_DSN, PROJECTIONS_DSN, KEYCLOAK_URL, the master key and Keycloak's client secret;\n"   \
    "`gachapon migrate` comes first. ./dev run does all of it.\n"

#define USAGE_MIGRATE                                                                                        \
    "usage: gachapon migrate [settings]\n"                                                                   \
    "Applies the migrations that are missing, as the databases' owner: EVENT_STORE_OWNER_DSN and\n"          \
    "PROJECTIONS_OWNER_DSN. Safe to run twice. Read models whose shape changed are made anew, empty, and\n"  \
    "the server fills them from the log.\n"

#define USAGE_CHECK_CONFIG                                                                                   \
    "usage: gachapon check-config [settings]\n"                                                              \
    "Tries every setting that can be tried, as the server would use it: files, databases, issuer, secret.\n" \
    "Changes nothing. Exit status: 0 all good, 1 something is wrong.\n"

#define USAGE_CHECK_TOKEN                                                                                    \
    "usage: gachapon check-token [settings] < token\n"                                                       \
    "Judges an access token as the server would: its claims, or the first rule it breaks\n"                  \
    "(server/auth/README.md has them). Needs KEYCLOAK_URL or --issuer.\n"                                    \
    "Exit status: 0 good, 1 refused, 2 nothing could be judged.\n"

#define USAGE_DECODE_FRAME                                                                                   \
    "usage: gachapon decode-frame [--names] [--from client|server] [--hex|--raw] < frame\n"                  \
    "    printf '93 07 06 90' | gachapon decode-frame --names\n"                                             \
    "Exit status: 0 every message is good, 1 one would be refused, 2 usage.\n"

#define USAGE_SIGN_IN                                                                                        \
    "usage: gachapon sign-in --tokens FILE [--no-browser | --device | --email E --password-file FILE |\n"    \
    "                        --refresh | --end] [settings]\n"                                                \
    "Signs in at Keycloak, in the browser unless told otherwise, and keeps the tokens in FILE:\n"            \
    "gachapon connect --token-file FILE takes them. --no-browser only prints the address.\n"                 \
    "--refresh: fresh tokens for FILE. --end: signs out.\n"

#define USAGE_CONNECT                                                                                        \
    "usage: gachapon connect [URL] [--token-file FILE | --email E --password-file FILE |\n"                  \
    "                        --register E --password-file FILE --name NAME] [--follow] [--ca-file FILE] "    \
    "[settings]\n"                                                                                           \
    "URL: ws://host:port/play or /join (registering: /join); GACHAPON_URL when left out, with /join added "  \
    "to a bare one.\n"                                                                                       \
    "Then lines on stdin:  open_pack pack=standard count=10    help [NAME]    quit\n"

#define USAGE_REPLAY                                                                                         \
    "usage: gachapon replay --compare [settings]\n"                                                          \
    "Folds the log in memory and compares it with the projections row by row, as of one moment; the\n"       \
    "server may go on. Exit status: 0 equal, 1 not, 2 nothing could be compared.\n"

#define USAGE_PROJECTIONS                                                                                    \
    "usage: gachapon projections status\n"                                                                   \
    "       gachapon projections rebuild NAME | --all\n"                                                     \
    "status: where each read model stands and what it cannot take; 1 if one stopped.\n"                      \
    "rebuild: makes one, or all, anew from the log beside the live tables and switches in one "              \
    "transaction;\n"                                                                                         \
    "the server goes on meanwhile. Needs PROJECTIONS_OWNER_DSN.\n"

#define USAGE_PLAYERS                                                                                        \
    "usage: gachapon players check [settings]\n"                                                             \
    "Asks Keycloak for the user of every active player and prints a line for `gachapon connect` for each\n"  \
    "whose user is gone. Changes nothing. Exit status: 0 none is gone, 1 some are.\n"

#define USAGE_PROCESSES                                                                                      \
    "usage: gachapon processes status [settings]\n"                                                          \
    "A line for each process manager. `behind` counts events of all kinds: a cursor is stored when the\n"    \
    "process met something that concerns it, or every 20,000 events. A timer that is overdue for more "      \
    "than\n"                                                                                                 \
    "seconds means that no server runs, or that what it needs is away.\n"

#define USAGE_VERIFY                                                                                         \
    "usage: gachapon verify [--expect POSITION:CHAIN]... [settings]\n"                                       \
    "Makes the log's hash chain again from its rows and says where it breaks first. Reads only, beside a\n"  \
    "running server if there is one. --expect: what a server logged (tag=chain), at most 64 of them; a "     \
    "log\n"                                                                                                  \
    "that was rewritten as a whole cannot meet them. Exit status: 0 whole, 1 broken, 2 nothing was "         \
    "judged.\n"

#define USAGE_NEW_EPOCH                                                                                      \
    "usage: gachapon new-epoch [settings]\n"                                                                 \
    "Once, after a restore of the event store that lost events, before servers start: read models, "         \
    "clients'\n"                                                                                             \
    "marks and caches start over. As the owner (EVENT_STORE_OWNER_DSN). migrations/README.md has the "       \
    "order.\n"

#define USAGE_HEALTHCHECK                                                                                    \
    "usage: gachapon healthcheck [settings]\n"                                                               \
    "Asks /readyz on --internal-listen. Exit status: 0 ready, 1 not. For containers, which have no curl.\n"

#define USAGE_OPTIONS                                                                                        \
    "usage: gachapon options\n"                                                                              \
    "The settings as the Markdown table of the README.\n"

#endif
