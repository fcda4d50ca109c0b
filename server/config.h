/* config: the server's settings, one table: flag, environment variable, default, unit, one sentence. A flag
 * wins over the environment. The README's table and --help are printed from it. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

/* X(member, flag, environment, default, unit, sentence); text options default to NULL with "" */
#define CONFIG_TEXTS(X)                                                                                      \
    X(listen, "listen", "GACHAPON_LISTEN", "127.0.0.1:8480", "host:port", "WebSockets: /play and /join")     \
    X(tls_listen, "tls-listen", "GACHAPON_TLS_LISTEN", "", "host:port", "the same over TLS")                 \
    X(tls_cert_file, "tls-cert-file", "GACHAPON_TLS_CERT_FILE", "", "file",                                  \
      "certificate chain, PEM; SIGHUP reloads")                                                              \
    X(tls_key_file, "tls-key-file", "GACHAPON_TLS_KEY_FILE", "", "file", "its key, PEM; SIGHUP reloads")     \
    X(internal_listen, "internal-listen", "GACHAPON_INTERNAL_LISTEN", "127.0.0.1:8481", "host:port",         \
      "/healthz /readyz /metrics for operators, /backchannel-logout for Keycloak")                           \
    X(event_store_dsn, "event-store-dsn", "EVENT_STORE_DSN", "", "DSN",                                      \
      "the event store, in the server's role")                                                               \
    X(projections_dsn, "projections-dsn", "PROJECTIONS_DSN", "", "DSN",                                      \
      "the projections, in the server's role")                                                               \
    X(event_store_owner_dsn, "event-store-owner-dsn", "EVENT_STORE_OWNER_DSN", "", "DSN",                    \
      "its owner, for migrate")                                                                              \
    X(projections_owner_dsn, "projections-owner-dsn", "PROJECTIONS_OWNER_DSN", "", "DSN",                    \
      "its owner, for migrate")                                                                              \
    X(keycloak_url, "keycloak-url", "KEYCLOAK_URL", "", "URL",                                               \
      "Keycloak; with the realm it makes the issuer")                                                        \
    X(keycloak_realm, "keycloak-realm", "KEYCLOAK_REALM", "gachapon", "text", "its realm")                   \
    X(issuer, "issuer", "GACHAPON_ISSUER", "", "URL",                                                        \
      "the realm's issuer as tokens name it, compared exactly [KEYCLOAK_URL/realms/KEYCLOAK_REALM]")         \
    X(issuer_fetch_url, "issuer-fetch-url", "GACHAPON_ISSUER_FETCH_URL", "", "URL",                          \
      "where to read it, if not there (inside containers)")                                                  \
    X(keycloak_ca_file, "keycloak-ca-file", "GACHAPON_KEYCLOAK_CA_FILE", "", "file",                         \
      "certificate authorities trusted for Keycloak, and no others, PEM [the system's]")                     \
    X(audience, "audience", "GACHAPON_AUDIENCE", "gachapon", "text", "what a token's aud must hold")         \
    X(clients, "clients", "GACHAPON_CLIENTS",                                                                \
      "gachapon-players,gachapon-operator,game-service,gachapon-web", "list",                                \
      "clients (azp) whose tokens are taken")                                                                \
    X(players_client_id, "players-client-id", "GACHAPON_PLAYERS_CLIENT_ID", "gachapon-players", "text",      \
      "public client of the in-game form")                                                                   \
    X(keycloak_client_id, "keycloak-client-id", "GACHAPON_KEYCLOAK_CLIENT_ID", "gachapon-server", "text",    \
      "the server's own client, for registration and admin events")                                          \
    X(keycloak_client_secret_file, "keycloak-client-secret-file", "GACHAPON_KEYCLOAK_CLIENT_SECRET_FILE",    \
      "", "file", "its secret")                                                                              \
    X(master_key_file, "master-key-file", "GACHAPON_MASTER_KEY_FILE", "", "file",                            \
      "32 bytes as 64 hex digits; draws and digests derive from it: keep it, keep it secret")                \
    X(node, "node", "GACHAPON_NODE", "node-1", "text",                                                       \
      "this process's name; unique among processes of one store")                                            \
    X(trusted_proxy, "trusted-proxy", "GACHAPON_TRUSTED_PROXY", "", "CIDRs",                                 \
      "who may set X-Forwarded-For and -Proto")                                                              \
    X(unlimited, "unlimited", "GACHAPON_UNLIMITED", "", "CIDRs",                                             \
      "addresses without limits of number and rate: the studio's own services, load generators")             \
    X(origins, "origins", "GACHAPON_ORIGINS", "", "list",                                                    \
      "Origins of browsers that may connect, besides our own")                                               \
    X(log_level, "log-level", "GACHAPON_LOG_LEVEL", "info", "debug|info|warn|error", "least level logged")

/* X(member, flag, environment, default, min, max, unit, sentence) */
#define CONFIG_NUMBERS(X)                                                                                    \
    X(sessions_max, "sessions-max", "GACHAPON_SESSIONS_MAX", 12000, 1, 1000000, "sockets", "open at once")   \
    X(sessions_per_address_max, "sessions-per-address-max", "GACHAPON_SESSIONS_PER_ADDRESS_MAX", 2000, 1,    \
      1000000, "sockets", "open at once from one address")                                                   \
    X(upgrades_per_address, "upgrades-per-address", "GACHAPON_UPGRADES_PER_ADDRESS", 6000, 0, 1000000,       \
      "a minute", "new sockets of one address (IPv6: a /64), all at once if they like; beyond: 429; 0: any") \
    X(messages_per_session, "messages-per-session", "GACHAPON_MESSAGES_PER_SESSION", 100, 0, 1000000,        \
      "a second", "of one socket, two seconds' worth at once, a fifth of it before it signs in; 0: any")     \
    X(messages_per_address, "messages-per-address", "GACHAPON_MESSAGES_PER_ADDRESS", 2000, 0, 1000000,       \
      "a second", "of all sockets of one address, two seconds' worth at once; 0: any")                       \
    X(sign_ins_per_address, "sign-ins-per-address", "GACHAPON_SIGN_INS_PER_ADDRESS", 6000, 0, 1000000,       \
      "a minute", "of one address, all at once if they like; 0: any")                                        \
    X(registrations_per_address, "registrations-per-address", "GACHAPON_REGISTRATIONS_PER_ADDRESS", 200, 0,  \
      1000000, "an hour", "of one address, all at once if they like; 0: any")                                \
    X(requests_max, "requests-max", "GACHAPON_REQUESTS_MAX", 8192, 64, 1000000, "requests",                  \
      "in the process at once; beyond: overloaded")                                                          \
    X(queue_ms, "queue-ms", "GACHAPON_QUEUE_MS", 200, 10, 60000, "ms",                                       \
      "a command or query that would wait longer, by what is answered a second: overloaded")                 \
    X(states_max, "states-max", "GACHAPON_STATES_MAX", 20000, 16, 10000000, "streams",                       \
      "kept in memory when idle")                                                                            \
    X(states_max_mib, "states-max-mib", "GACHAPON_STATES_MAX_MIB", 256, 1, 65536, "MiB",                     \
      "that idle streams may take in memory")                                                                \
    X(batches_in_flight, "batches-in-flight", "GACHAPON_BATCHES_IN_FLIGHT", 2, 1, 8, "batches",              \
      "sent to the event store at once")                                                                     \
    X(batch_commands_max, "batch-commands-max", "GACHAPON_BATCH_COMMANDS_MAX", 256, 1, 4096, "commands",     \
      "in one transaction of the event store")                                                               \
    X(sign_in_within_ms, "sign-in-within-ms", "GACHAPON_SIGN_IN_WITHIN_MS", 15000, 100, 600000, "ms",        \
      "to sign in before a socket is closed")                                                                \
    X(tombstones_keep, "tombstones-keep", "GACHAPON_TOMBSTONES_KEEP", 1000000, 8, 4000000000u, "positions",  \
      "for which clients that come back hear of rows that are gone; older marks get everything")             \
    X(prune_every_ms, "prune-every-ms", "GACHAPON_PRUNE_EVERY_MS", 60000, 100, 86400000, "ms",               \
      "between looks for tombstones to delete, and from saying so to doing it")                              \
    X(tick_every_ms, "tick-every-ms", "GACHAPON_TICK_EVERY_MS", 20000, 100, 600000, "ms",                    \
      "an idle socket hears a tick")                                                                         \
    X(strong_wait_ms, "strong-wait-ms", "GACHAPON_STRONG_WAIT_MS", 2000, 10, 60000, "ms",                    \
      "a strong reply waits for the views")                                                                  \
    X(expiry_warning_ms, "expiry-warning-ms", "GACHAPON_EXPIRY_WARNING_MS", 60000, 100, 3600000, "ms",       \
      "before a token expires, its socket is told")                                                          \
    X(follow_every_ms, "follow-every-ms", "GACHAPON_FOLLOW_EVERY_MS", 500, 50, 60000, "ms",                  \
      "between looks at Keycloak's admin events")                                                            \
    X(registration_within_ms, "registration-within-ms", "GACHAPON_REGISTRATION_WITHIN_MS", 600000, 1000,     \
      86400000, "ms", "a registration that was cut off and is not finished by then is undone")               \
    X(erase_after_s, "erase-after-s", "GACHAPON_ERASE_AFTER_S", 2592000, 0, 315360000, "s",                  \
      "after its user was deleted in Keycloak a player is erased, for good [30 days]")                       \
    X(drain_ms, "drain-ms", "GACHAPON_DRAIN_MS", 10000, 100, 600000, "ms", "to finish requests after SIGTERM")

#define CONFIG_SWITCHES(X)                                                                                   \
    X(single_session, "single-session", "GACHAPON_SINGLE_SESSION",                                           \
      "a player's older sockets are closed (4009) when it signs in, on every node")                          \
    X(allow_plain_http, "allow-plain-http", "GACHAPON_ALLOW_PLAIN_HTTP",                                     \
      "speak http to Keycloak off loopback")                                                                 \
    X(test_echo, "test-echo", "GACHAPON_TEST_ECHO", "subprotocol echo, for conformance suites only")

struct config {
#define X(member, flag, environment, value, unit, sentence) const char *member;
    CONFIG_TEXTS(X)
#undef X
#define X(member, flag, environment, value, least, most, unit, sentence) uint32_t member;
    CONFIG_NUMBERS(X)
#undef X
#define X(member, flag, environment, sentence) bool member;
    CONFIG_SWITCHES(X)
#undef X
};

/* Defaults, then the environment, then flags (--flag value, --flag=value); texts are borrowed from both. An
 * empty text reads as NULL. Words that are no option of the table are moved to argv[first] and on, *ret_rest
 * of them: they belong to the command. ERR_CONFIG: `ret_failure` says which setting and why. */
MUST_CHECK enum err config_read(struct config *config, int argc, char **argv, int first, int *ret_rest,
                                char ret_failure[200]);
/* The table for people (--help), and as Markdown for the README. */
void config_print_help(FILE *out);
void config_print_markdown(FILE *out);
/* Reads a secret's file: its first line, without the newline, into `out`. */
MUST_CHECK enum err config_read_secret(const char *path, char *out, size_t size);

#endif
