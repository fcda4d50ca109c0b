/* readiness: what an operator's probes ask on the internal port.
 *
 * /healthz says that the loop turns, and nothing else: a process that waits for a database must not be killed
 * for it. /readyz says whether a command could be taken now, and a line for each part, so that the one that
 * is missing can be read off; a load balancer looks at its status. /metrics is metrics.c. The log is told
 * too, once when something is missing and once when all is there again: a log that said `ready` at the start
 * and nothing more would keep an outage to itself.
 *
 * When you add a part that may be missing: its line in answer_readyz, and in is_ready if players
 * cannot be served without it. */
#include "readiness.h"
#include "base/log.h"
#include "gen/c/schema.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_WARN_MS 10000
#define LOOK_MS 50
#define LOOK_READY_MS 250
#define MISSING_TOLD_MS 1000
#define WORDS_BYTES 280 /* of one part */
#define MISSING_BYTES 560

/* Whether players can be served. */
static bool is_ready(const struct readiness *server)
{
    return eventstore_ready(server->parts.store) && projector_ready(server->parts.projector) &&
           auth_ready(server->parts.auth) && !server->draining;
}

static const char *describe_projections(const struct projector *projector, char text[WORDS_BYTES])
{
    const char *failure = projector_failure(projector);
    if (projector_ready(projector))
        return "ok";
    snprintf(text, WORDS_BYTES, "%s%s", failure[0] != '\0' ? "away: " : "catching up", failure);
    return text;
}

/* What keeps players from being served, in a line for the log. */
static const char *describe_missing(const struct readiness *server, char text[MISSING_BYTES])
{
    const struct metrics_parts *parts = &server->parts;
    bool store = eventstore_ready(parts->store), keys = auth_has_keys(parts->auth);
    char projections[WORDS_BYTES];
    int size = snprintf(text, MISSING_BYTES, "missing");
    if (!store)
        size += snprintf(text + size, MISSING_BYTES - (size_t)size, ", event store: %.160s",
                         eventstore_failure(parts->store));
    if (!projector_ready(parts->projector))
        size += snprintf(text + size, MISSING_BYTES - (size_t)size, ", projections: %.160s",
                         describe_projections(parts->projector, projections));
    if (!keys)
        snprintf(text + size, MISSING_BYTES - (size_t)size, ", keys: %.140s", auth_failure(parts->auth));
    else if (!auth_ready(parts->auth))
        snprintf(text + size, MISSING_BYTES - (size_t)size, ", revocations: not known yet. %.140s",
                 revocations_failure(parts->revocations));
    return text;
}

uint32_t readiness_announce(const struct readiness *server, struct announced *announced)
{
    const struct metrics_parts *parts = &server->parts;
    uint64_t now_ms = loop_mono_ms(parts->loop);
    bool ready = is_ready(server);
    char missing[MISSING_BYTES];
    if (!ready && announced->missing_since_ms == 0)
        announced->missing_since_ms = now_ms;
    uint64_t missing_ms = announced->missing_since_ms == 0 ? 0 : now_ms - announced->missing_since_ms;
    if (ready && (!announced->ready || announced->told_missing))
        log_info("ready", "port=%d tls_port=%d internal_port=%d position=%" PRIu64 " missing_ms=%" PRIu64,
                 socket_port(parts->server), socket_tls_port(parts->server),
                 socket_internal_port(parts->server), projector_position(parts->projector), missing_ms);
    if (!ready && missing_ms >= MISSING_TOLD_MS && !announced->told_missing) {
        log_warn("not-ready", "missing_ms=%" PRIu64 " reason=\"%s\"", missing_ms,
                 describe_missing(server, missing));
        announced->told_missing = true;
    }
    announced->ready = announced->ready || ready;
    if (ready) {
        announced->told_missing = false;
        announced->missing_since_ms = 0;
    }
    return ready ? LOOK_READY_MS : LOOK_MS;
}

void readiness_text(struct http_answer *answer, int status, const char *text)
{
    answer->status = status;
    answer->content_type = "text/plain; charset=utf-8";
    if (buf_append(answer->body, text, strlen(text)) != ERR_OK)
        answer->status = 500;
}

static const char *describe_keys(const struct auth *auth, char text[WORDS_BYTES])
{
    const char *failure = auth_failure(auth);
    bool held = auth_has_keys(auth);
    snprintf(text, WORDS_BYTES, "%s%s%s", held ? "ok" : "none", failure[0] != '\0' ? ": " : "", failure);
    if (failure[0] != '\0' && held)
        snprintf(text, WORDS_BYTES, "ok, %" PRIu64 " s old: %s", auth_counters(auth)->keys_age_s, failure);
    return text;
}

/* What an operator of Keycloak has to mend; players are served meanwhile, so it is "ready" all the same. */
static void answer_keycloak(const struct keycloak *keycloak, struct http_answer *answer)
{
    static const char *const names[] = {
        [KEYCLOAK_ADMIN_EVENTS] = "admin events", [KEYCLOAK_USER_EVENTS] = "user events"};
    struct keycloak_account account = keycloak_account(keycloak);
    bool skewed = account.clock_known && llabs(account.clock_ahead_ms) > CLOCK_WARN_MS;
    char text[400] = "";
    int size = 0;
    for (int role = 0; role < KEYCLOAK_ROLE_COUNT; role++)
        if (account.missing & 1u << role)
            size += snprintf(text + size, sizeof text - (size_t)size, ", its account lacks the role %s",
                             keycloak_role_name((enum keycloak_role)role));
    if (account.refused)
        size += snprintf(text + size, sizeof text - (size_t)size,
                         ", its account is refused: a wrong secret, or it is switched off");
    if (skewed)
        size += snprintf(text + size, sizeof text - (size_t)size, ", its clock is %.0f s %s",
                         fabs((double)account.clock_ahead_ms / 1e3),
                         account.clock_ahead_ms > 0 ? "ahead" : "behind");
    readiness_text(answer, answer->status, size > 0 ? "keycloak: WARNING" : "keycloak: ok");
    readiness_text(answer, answer->status, text);
    for (int source = 0; source < KEYCLOAK_SOURCES; source++) {
        struct keycloak_followed followed = keycloak_followed(keycloak, (enum keycloak_source)source);
        bool failing = followed.failure[0] != '\0';
        snprintf(text, sizeof text, "\n%s: %s%s%s", names[source], failing ? "WARNING, not followed: " : "ok",
                 followed.failure,
                 !failing && !followed.details
                     ? ", but without details: a client's \"not before\" is not felt"
                     : "");
        readiness_text(answer, answer->status, text);
    }
    readiness_text(answer, answer->status, "\n");
}

/* Whether a player's older sockets on other nodes are closed; players are served meanwhile. */
static void answer_single_session(const struct sign_ins *sign_ins, struct http_answer *answer)
{
    const char *failure = sign_ins_failure(sign_ins);
    char text[WORDS_BYTES + 80];
    snprintf(text, sizeof text, "single session: %s%s\n",
             failure[0] != '\0' ? "WARNING, other nodes are not told: " : "ok", failure);
    readiness_text(answer, answer->status, text);
}

static void answer_readyz(const struct readiness *server, struct http_answer *answer)
{
    char text[1280], projections[WORDS_BYTES], keys[WORDS_BYTES];
    const char *unknown = revocations_failure(server->parts.revocations);
    bool store_ready = eventstore_ready(server->parts.store);
    snprintf(text, sizeof text,
             "%s\nevent store: %s%s (head %" PRIu64 ")\nprojections: %s (position %" PRIu64
             ")\nkeys: %s\nrevocations: %s%s%s\ndraining: %s\n",
             is_ready(server) ? "ready" : "not ready",
             store_ready ? "ok" : "away: ", store_ready ? "" : eventstore_failure(server->parts.store),
             eventstore_head(server->parts.store), describe_projections(server->parts.projector, projections),
             projector_position(server->parts.projector), describe_keys(server->parts.auth, keys),
             auth_ready(server->parts.auth) ? "ok" : "not known yet", unknown[0] != '\0' ? ": " : "", unknown,
             server->draining ? "yes" : "no");
    readiness_text(answer, is_ready(server) ? 200 : 503, text);
    if (server->parts.sign_ins != NULL)
        answer_single_session(server->parts.sign_ins, answer);
    if (server->parts.keycloak != NULL)
        answer_keycloak(server->parts.keycloak, answer);
    for (uint32_t i = 0; i < projector_count(server->parts.projector); i++) {
        struct projection_status status = projector_status(server->parts.projector, i);
        const struct event_desc *event = schema_event(status.failed_type);
        if (strcmp(status.state, "live") == 0)
            continue;
        int size = snprintf(text, sizeof text, "projection %s: %s at %" PRIu64, status.name, status.state,
                            status.position);
        if (status.failed_position != 0)
            snprintf(text + size, sizeof text - (size_t)size, ", cannot take the event %" PRIu64 " (%s): %s",
                     status.failed_position, event == NULL ? "unknown" : event->name, status.reason);
        strncat(text, "\n", sizeof text - strlen(text) - 1);
        readiness_text(answer, answer->status, text);
    }
    for (uint32_t i = 0; server->parts.processes != NULL && i < processes_count(server->parts.processes);
         i++) {
        struct process_status status = processes_status(server->parts.processes, i);
        if (!processes_lead(server->parts.processes) || status.failure[0] == '\0')
            continue;
        snprintf(text, sizeof text, "process %s: stopped at %" PRIu64 ": %s\n", status.name, status.position,
                 status.failure);
        readiness_text(answer, answer->status, text);
    }
}

static void answer_metrics(const struct readiness *server, struct http_answer *answer)
{
    answer->status = 200;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (metrics_write(answer->body, &server->parts) != ERR_OK)
        answer->status = 500;
}

bool readiness_answer(const struct readiness *server, const char *path, struct http_answer *answer)
{
    if (strcmp(path, "/healthz") == 0)
        readiness_text(answer, 200, "ok\n");
    else if (strcmp(path, "/readyz") == 0)
        answer_readyz(server, answer);
    else if (strcmp(path, "/metrics") == 0)
        answer_metrics(server, answer);
    else
        return false;
    return true;
}
