/* serve: the parts, in the order of their dependencies, on one loop.
 *
 *   secrets -> loop -> eventstore -> auth, keycloak -> requests -> projector -> notify -> processes -> socket
 *     -> sign_outs
 *
 * Calls upwards are installed here: a socket's messages go to requests, committed rows go from the projector
 * through notify to sockets and then to the replies that wait for them, Keycloak's news of users go
 * to sign_outs. Nothing is served before it can be: /readyz says which part is missing; the sockets listen
 * from the start and answer with named, retryable errors until then.
 *
 * SIGTERM and SIGINT drain: no new sockets, no new commands (`draining`), what was taken is finished and
 * answered (bounded), clients are told to come back (1001), then the loop ends. SIGHUP reloads the TLS
 * certificate. A log that is another one than before (restored, `new-epoch`) ends it too, with status 1:
 * every state, mark and cache here is of a log that is gone, and a process that begins anew is the one way to
 * go on that cannot forget one of them.
 *
 * When you add a part: struct server, serve_open, serve_close (in reverse), and its line in /readyz. */
#include "serve.h"
#include "base/check.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "gen/c/schema.h"
#include "pages.h"
#include "process/erasure.h"
#include "process/registration.h"
#include "readiness.h"
#include "sign_outs.h"
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define PROCESS_TICK_MS 250
#define DRAIN_LOOK_MS 20
#define DRAIN_CLOSE_MS 3000
#define DESCRIPTORS_BESIDE 1024 /* databases, Keycloak, the internal port, connections that say nothing */

struct server {
    const struct config *config;
    struct loop *loop;
    struct secrets secrets;
    char issuer[256];
    char client_secret[256];
    struct eventstore *store;
    struct auth *auth;
    struct keycloak *keycloak;
    struct sign_outs sign_outs;
    struct requests *requests;
    struct projector *projector;
    struct notify *notify;
    struct processes *processes; /* NULL: registration is off */
    struct registration_process registration;
    struct erasure_process erasure;
    struct process registration_desc, erasure_desc;
    struct socket_server *socket;
    struct pages pages;
    ev_signal terminate, interrupt, hang_up;
    struct loop_timer drain, announce;
    uint64_t drain_until_ms;
    bool draining, closing;
    int status; /* that serve() ends with */
    struct announced announced;
    int64_t started_at_s;
};

/* ---- what the internal port answers ---- */

static struct readiness readiness(const struct server *server)
{
    return (struct readiness){.parts = {.loop = server->loop,
                                        .store = server->store,
                                        .projector = server->projector,
                                        .notify = server->notify,
                                        .auth = server->auth,
                                        .keycloak = server->keycloak,
                                        .revocations = server->sign_outs.revocations,
                                        .sign_ins = server->sign_outs.sign_ins,
                                        .requests = server->requests,
                                        .server = server->socket,
                                        .processes = server->processes,
                                        .started_at_s = server->started_at_s},
                              .draining = server->draining};
}

static void on_http(void *ctx, const struct http_request *request, struct http_answer *answer)
{
    struct server *server = ctx;
    struct readiness now = readiness(server);
    if (strcmp(request->path, "/backchannel-logout") == 0)
        sign_outs_answer_logout(&server->sign_outs, request, answer);
    else if (strcmp(request->method, "GET") != 0)
        readiness_text(answer, 405, "only GET here\n");
    else if (!readiness_answer(&now, request->path, answer))
        readiness_text(answer, 404, "here are /healthz, /readyz, /metrics and /backchannel-logout\n");
}

/* ---- calls upwards ---- */

/* Keycloak's news of a user: the sockets at once, the player as soon as the log can. */
static void on_user(void *ctx, struct uuid user, enum user_change change, const struct keycloak_change *what)
{
    struct server *server = ctx;
    sign_outs_on_user(&server->sign_outs, user, change, what);
    if (change == USER_DELETED && server->processes != NULL)
        processes_ask(server->processes, &server->erasure_desc, user, ERASURE_LOOK);
}

/* ---- draining ---- */

static void close_sessions(struct server *server)
{
    struct session *session;
    for (size_t cursor = 0; (session = socket_next(server->socket, &cursor)) != NULL;)
        session_close(session, CLOSE_GOING_AWAY);
    server->closing = true;
    server->drain_until_ms = loop_mono_ms(server->loop) + DRAIN_CLOSE_MS;
}

static void stop_taking(struct server *server)
{
    server->draining = true;
    socket_stop_accepting(server->socket);
    requests_drain(server->requests);
    processes_rest(server->processes);
}

static void drain_look(void *ctx)
{
    struct server *server = ctx;
    bool late = loop_mono_ms(server->loop) >= server->drain_until_ms;
    if (server->closing && (late || socket_session_count(server->socket) == 0)) {
        log_info("drained", "sessions=%zu", socket_session_count(server->socket));
        loop_stop(server->loop);
        return;
    }
    if (!server->closing && (late || requests_in_flight(server->requests) == 0))
        close_sessions(server);
    loop_timer_start(&server->drain, DRAIN_LOOK_MS);
}

static void on_terminate(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct server *server = signal->data;
    (void)ev, (void)events;
    if (server->draining) {
        loop_stop(server->loop); /* asked twice: at once */
        return;
    }
    log_info("draining", "requests=%u", requests_in_flight(server->requests));
    stop_taking(server);
    server->drain_until_ms = loop_mono_ms(server->loop) + server->config->drain_ms;
    loop_timer_start(&server->drain, 0);
}

/* Nothing that is in flight can succeed: clients are told to come back, and whoever looks after the process
 * starts another. */
static void end_diverged(struct server *server)
{
    log_error("diverged", "reason=\"%s\"", eventstore_failure(server->store));
    server->status = 1;
    stop_taking(server);
    close_sessions(server);
    loop_timer_start(&server->drain, 0);
}

static void on_hang_up(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct server *server = signal->data;
    (void)ev, (void)events;
    enum err err = socket_reload_tls(server->socket);
    log_info("reload", "tls=%s", err_name(err));
}

static void watch_signal(struct server *server, ev_signal *watcher, int number,
                         void (*function)(struct ev_loop *, ev_signal *, int))
{
    ev_signal_init(watcher, function, number);
    watcher->data = server;
    ev_signal_start(loop_ev(server->loop), watcher);
}

/* ---- opening ---- */

static int refuse(const char *what, const char *why)
{
    fprintf(stderr, "gachapon: %s: %s\n", what, why);
    return 1;
}

/* As many descriptors as may be needed, and no more: libwebsockets walks a table of as many entries whenever
 * a socket opens or closes (11 us at 20,000; where a container allows a million, half a millisecond). */
static void raise_descriptors(const struct config *config)
{
    struct rlimit files;
    rlim_t sockets = config->sessions_max, fronts = config->sessions_max;
    rlim_t needed = sockets * (config->tls_listen != NULL ? 3 : 1) + fronts + DESCRIPTORS_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = needed < files.rlim_max ? needed : files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* What the process itself needs before anything else. */
static int prepare_process(const struct config *config)
{
    struct rlimit none = {0, 0};
    uint8_t seed[16];
    heap_use_huge_pages();
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0)
        return refuse("libsodium", "cannot start");
    randombytes_buf(seed, sizeof seed);
    map_seed(seed);
    setrlimit(RLIMIT_CORE, &none); /* secrets do not reach a core dump */
#ifndef __SANITIZE_ADDRESS__       /* the leak checker attaches to its own process */
    prctl(PR_SET_DUMPABLE, 0);
#endif
    raise_descriptors(config);
    return 0;
}

static int open_stores(struct server *server)
{
    const struct config *config = server->config;
    char why[200] = "";
    if (config->event_store_dsn == NULL || config->projections_dsn == NULL)
        return refuse("configuration",
                      "EVENT_STORE_DSN and PROJECTIONS_DSN must be set; see gachapon serve --help");
    if (config->master_key_file == NULL)
        return refuse("configuration",
                      "--master-key-file must be set: openssl rand -hex 32 > FILE makes one");
    enum err err = secrets_read(&server->secrets, config->master_key_file);
    if (err != ERR_OK)
        return refuse(config->master_key_file, err == ERR_IO ? "cannot be read" : "is not 64 hex digits");
    struct eventstore_config store = {.dsn = config->event_store_dsn,
                                      .node = config->node,
                                      .read_connections = 2,
                                      .statement_timeout_ms = 5000,
                                      .append_deadline_ms = 10000,
                                      .in_flight_max = config->batches_in_flight};
    server->store = eventstore_open(server->loop, &store, why);
    return server->store == NULL ? refuse("event store", why) : 0;
}

static int open_identity(struct server *server)
{
    const struct config *config = server->config;
    char why[200] = "";
    if (config->issuer == NULL && config->keycloak_url == NULL)
        return refuse("configuration", "KEYCLOAK_URL (or --issuer) must be set");
    if (config->issuer != NULL)
        snprintf(server->issuer, sizeof server->issuer, "%s", config->issuer);
    else
        snprintf(server->issuer, sizeof server->issuer, "%s/realms/%s", config->keycloak_url,
                 config->keycloak_realm);
    const char *fetch = config->issuer_fetch_url != NULL ? config->issuer_fetch_url : server->issuer;
    struct auth_config auth = {.issuer = server->issuer,
                               .issuer_fetch_url = fetch,
                               .audience = config->audience,
                               .clients = config->clients,
                               .allow_plain_http = config->allow_plain_http,
                               .ca_file = config->keycloak_ca_file,
                               .skew_s = 5,
                               .hold = true};
    server->auth = auth_open(server->loop, &auth, why);
    if (server->auth == NULL)
        return refuse("issuer", why);
    if (config->keycloak_client_secret_file == NULL) {
        log_warn("registration", "off=1 reason=no-keycloak-client-secret-file");
        return 0;
    }
    if (config_read_secret(config->keycloak_client_secret_file, server->client_secret,
                           sizeof server->client_secret) != ERR_OK)
        return refuse(config->keycloak_client_secret_file, "cannot be read or is empty");
    struct keycloak_config keycloak = {.issuer_fetch_url = fetch,
                                       .client_id = config->keycloak_client_id,
                                       .client_secret = server->client_secret,
                                       .players_client_id = config->players_client_id,
                                       .allow_plain_http = config->allow_plain_http,
                                       .ca_file = config->keycloak_ca_file,
                                       .timeout_ms = 10000};
    server->keycloak = keycloak_open(server->loop, &keycloak, why);
    return server->keycloak == NULL ? refuse("keycloak", why) : 0;
}

static int open_walk(struct server *server)
{
    const struct config *config = server->config;
    char why[200] = "";
    struct requests_config requests = {.requests_max = config->requests_max,
                                       .queue_ms = config->queue_ms,
                                       .queue_least = 1024,
                                       .payload_bytes_max = 64u << 20,
                                       .messages_per_session = config->messages_per_session,
                                       .states_max = config->states_max,
                                       .states_bytes_max = (size_t)config->states_max_mib << 20,
                                       .batch_commands_max = config->batch_commands_max,
                                       .batch_bytes_max = 4u << 20,
                                       .strong_wait_ms = config->strong_wait_ms,
                                       .attempts_max = 8,
                                       .tick_every_ms = config->tick_every_ms,
                                       .sign_in_within_ms = config->sign_in_within_ms,
                                       .expiry_warning_ms = config->expiry_warning_ms,
                                       .issuer = server->issuer,
                                       .players_client_id =
                                           config->players_client_id != NULL ? config->players_client_id : "",
                                       .node = config->node,
                                       .single_session = config->single_session,
                                       .on_signed_in = sign_outs_signed_in,
                                       .ctx = &server->sign_outs};
    server->requests = requests_new(server->loop, &requests, server->store, server->auth, server->keycloak,
                                    &server->secrets);
    if (server->requests == NULL)
        return refuse("requests", "out of memory");
    struct projection_config projection = {.dsn = config->projections_dsn,
                                           .page_events = 2000,
                                           .query_connections = 2,
                                           .statement_timeout_ms = 5000,
                                           .tombstones_keep = config->tombstones_keep,
                                           .prune_every_ms = config->prune_every_ms};
    server->projector = projector_open(server->loop, &projection, server->store, requests_on_projected,
                                       server->requests, why);
    if (server->projector == NULL)
        return refuse("projections", why);
    server->notify = notify_new(server->loop, server->projector);
    return server->notify == NULL ? refuse("notify", "out of memory") : 0;
}

static enum err run_command(void *ctx, const struct command *command, struct uuid command_id,
                            struct uuid actor, struct uuid cause, process_ran done, void *job)
{
    return requests_run(ctx, command, command_id, actor, cause, done, job);
}

/* Without Keycloak there are no registrations and users to look after here; a node that has it does. */
static int open_processes(struct server *server)
{
    const struct process *list[] = {&server->registration_desc, &server->erasure_desc};
    char why[200] = "";
    if (server->keycloak == NULL)
        return 0;
    server->registration = (struct registration_process){.keycloak = server->keycloak,
                                                         .within_ms = server->config->registration_within_ms};
    registration_process(&server->registration, &server->registration_desc);
    server->erasure = (struct erasure_process){
        .keycloak = server->keycloak, .store = server->store, .erase_after_s = server->config->erase_after_s};
    erasure_process(&server->erasure, &server->erasure_desc);
    struct processes_config config = {.dsn = server->config->event_store_dsn,
                                      .tick_ms = PROCESS_TICK_MS,
                                      .run = run_command,
                                      .run_ctx = server->requests};
    server->processes = processes_open(server->loop, &config, server->store, list, 2, why);
    return server->processes == NULL ? refuse("processes", why) : 0;
}

static int open_socket(struct server *server)
{
    const struct config *config = server->config;
    char why[200] = "";
    struct socket_config socket = {.listen = config->listen,
                                   .tls_listen = config->tls_listen,
                                   .tls_cert_file = config->tls_cert_file,
                                   .tls_key_file = config->tls_key_file,
                                   .internal_listen = config->internal_listen,
                                   .trusted_proxy = config->trusted_proxy,
                                   .origins = config->origins,
                                   .sessions_max = config->sessions_max,
                                   .sessions_per_address_max = config->sessions_per_address_max,
                                   .unlimited = config->unlimited,
                                   .upgrades_per_address = config->upgrades_per_address,
                                   .messages_per_session = config->messages_per_session,
                                   .messages_per_address = config->messages_per_address,
                                   .sign_ins_per_address = config->sign_ins_per_address,
                                   .registrations_per_address = config->registrations_per_address,
                                   .sign_in_within_ms = config->sign_in_within_ms,
                                   .feed_high_bytes = 256 * 1024,
                                   .feed_low_bytes = 32 * 1024,
                                   .test_echo = config->test_echo};
    server->socket = socket_open(server->loop, &socket, &requests_session_callbacks, server->requests, why);
    if (server->socket == NULL)
        return refuse("sockets", why);
    socket_on_internal_http(server->socket, on_http, server);
    pages_init(&server->pages, server->issuer);
    socket_on_public_http(server->socket, pages_answer, &server->pages);
    requests_attach(server->requests, server->projector, server->notify, server->socket);
    server->sign_outs = (struct sign_outs){.config = config,
                                           .loop = server->loop,
                                           .auth = server->auth,
                                           .keycloak = server->keycloak,
                                           .requests = server->requests,
                                           .processes = server->processes,
                                           .socket = server->socket,
                                           .on_user = on_user,
                                           .ctx = server};
    if (sign_outs_open(&server->sign_outs, why) != 0)
        return refuse("revocations", why);
    eventstore_on_foreign(server->store, requests_on_foreign, server->requests);
    return 0;
}

static void install_stages(struct server *server)
{
    loop_at_stage(server->loop, LOOP_STAGE_REQUESTS, requests_stage_resume, server->requests);
    loop_at_stage(server->loop, LOOP_STAGE_APPEND, requests_stage_append, server->requests);
    loop_at_stage(server->loop, LOOP_STAGE_SOCKET, socket_stage_flush, server->socket);
    loop_at_stage(server->loop, LOOP_STAGE_FREE, socket_stage_free, server->socket);
}

static void announce(void *ctx)
{
    struct server *server = ctx;
    struct readiness now = readiness(server);
    sign_outs_release_tokens(&server->sign_outs);
    if (!server->draining && eventstore_diverged(server->store))
        end_diverged(server);
    if (!server->draining)
        loop_timer_start(&server->announce, readiness_announce(&now, &server->announced));
}

static int serve_open(struct server *server)
{
    if (open_stores(server) != 0 || open_identity(server) != 0 || open_walk(server) != 0 ||
        open_processes(server) != 0 || open_socket(server) != 0)
        return 1;
    install_stages(server);
    watch_signal(server, &server->terminate, SIGTERM, on_terminate);
    watch_signal(server, &server->interrupt, SIGINT, on_terminate);
    watch_signal(server, &server->hang_up, SIGHUP, on_hang_up);
    loop_timer_init(&server->drain, server->loop, drain_look, server);
    loop_timer_init(&server->announce, server->loop, announce, server);
    loop_timer_start(&server->announce, 1);
    log_info("listening", "port=%d tls_port=%d internal_port=%d", socket_port(server->socket),
             socket_tls_port(server->socket), socket_internal_port(server->socket));
    return 0;
}

static void serve_close(struct server *server)
{
    for (int stage = 0; stage < LOOP_STAGE_COUNT; stage++)
        loop_at_stage(server->loop, (enum loop_stage)stage, NULL, NULL);
    socket_close(server->socket);
    server->socket = server->sign_outs.socket = NULL;
    if (server->requests != NULL) /* what ends below is answered to nobody */
        requests_attach(server->requests, server->projector, server->notify, NULL);
    keycloak_close(server->keycloak);
    auth_close(server->auth); /* its logout tokens end without revocations */
    sign_outs_close(&server->sign_outs);
    projector_close(server->projector);
    eventstore_close(server->store);
    notify_free(server->notify);
    requests_free(server->requests);
    processes_close(server->processes); /* nobody can answer its jobs any more */
    secrets_release(&server->secrets);
    sodium_memzero(server->client_secret, sizeof server->client_secret);
    loop_free(server->loop);
}

int serve(const struct config *config)
{
    struct server server = {.config = config, .started_at_s = (int64_t)time(NULL)};
    if (prepare_process(config) != 0)
        return 1;
    server.loop = loop_new();
    if (server.loop == NULL)
        return refuse("libev", "gives no loop");
    server.status = serve_open(&server);
    if (server.status == 0)
        loop_run(server.loop);
    serve_close(&server);
    return server.status;
}
