/* census: how many connections each address has and how much it asks for, as neither libwebsockets nor the
 * kernel counts that.
 *
 * An address is counted by address_key (of IPv6 the /64). Sessions count under the address they really come
 * from (behind a trusted proxy the one it names); fronts, which have said nothing yet, under their TCP peer,
 * and not at all when that is a trusted proxy. Limits of rate are token buckets (base/bucket.h): one of
 * messages a session, and one of each kind of charge an address. The limits of an address are many times
 * those of a session, as a hundred players may sit behind one; those before a sign-in are tighter.
 *
 * An entry lives as long as something counts in it, and after that until its buckets are full: whoever hangs
 * up and comes back finds the limits as they were, and what is forgotten is as good as new. The map is
 * bounded by CENSUS_MAX. When it is full of addresses that are all in use or over some limit, nobody is put
 * out: those who come then share one entry, the crowd, with the limits of a single address, until places
 * are free again.
 *
 * Who is refused and goes on is refused at little cost, and whoever is refused HAMMERING times as often as
 * the limit lets pass is closed. Exempt (`unlimited`) are networks that the operator names, nobody else.
 *
 * When you add a kind of charge: enum charge, its rate in census_init, its option in config.h. */
#include "base/check.h"
#include "gen/c/schema.h"
#include "socket/internal.h"
#include <stdlib.h>

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

static struct bucket_rate messages_rate(uint32_t a_second, uint32_t times, uint32_t share)
{
    uint64_t count = (uint64_t)a_second * times / share;
    if (a_second > 0 && count == 0)
        count = 1;
    count = count > UINT32_MAX / MESSAGES_BURST_S ? UINT32_MAX / MESSAGES_BURST_S : count;
    return bucket_rate((uint32_t)count, SECOND_MS, (uint32_t)count * MESSAGES_BURST_S);
}

void census_init(struct socket_server *server)
{
    const struct socket_config *config = &server->config;
    uint32_t messages = config->messages_per_session;
    map_init(&server->census);
    list_init(&server->resting);
    server->rates = (struct census_rates){
        .session = messages_rate(messages, 1, 1),
        .stranger = messages_rate(messages, 1, STRANGER_SHARE),
        .session_refused = messages_rate(messages, HAMMERING, 1),
        .stranger_refused = messages_rate(messages, HAMMERING, STRANGER_SHARE),
        .address = {
            [CHARGE_MESSAGE] = messages_rate(config->messages_per_address, 1, 1),
            [CHARGE_SIGN_IN] =
                bucket_rate(config->sign_ins_per_address, MINUTE_MS, config->sign_ins_per_address),
            [CHARGE_REGISTRATION] =
                bucket_rate(config->registrations_per_address, HOUR_MS, config->registrations_per_address),
            [CHARGE_UPGRADE] =
                bucket_rate(config->upgrades_per_address, MINUTE_MS, config->upgrades_per_address),
        }};
}

bool census_exempts(const struct socket_server *server, const struct address *address)
{
    return networks_contain(&server->unlimited, address);
}

/* ---- entries ---- */

static uint64_t now_us(const struct socket_server *server)
{
    return loop_mono_ms(server->loop) * 1000;
}

static bool is_within_limits(const struct census_entry *entry, uint64_t at_us)
{
    for (int charge = 0; charge < CHARGE_COUNT; charge++)
        if (!bucket_is_full(&entry->buckets[charge], at_us))
            return false;
    return true;
}

static void forget(struct socket_server *server, struct census_entry *entry)
{
    check(map_remove(&server->census, entry->key) == entry);
    list_remove(&entry->resting);
    free(entry);
    server->counters.addresses = (uint32_t)server->census.count;
}

struct census_entry *census_of(struct socket_server *server, const struct address *address)
{
    struct uuid key = address_key(address);
    struct census_entry *entry = map_get(&server->census, key);
    if (entry != NULL)
        return entry;
    if (server->census.count >= CENSUS_MAX)
        census_sweep(server);
    if (server->census.count >= CENSUS_MAX)
        return &server->crowd;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->key = key;
    if (map_put(&server->census, key, entry) != ERR_OK) {
        free(entry);
        return NULL;
    }
    server->counters.addresses = (uint32_t)server->census.count;
    return entry;
}

void census_settle(struct socket_server *server, struct census_entry *entry)
{
    if (entry == NULL || entry == &server->crowd || entry->sessions > 0 || entry->fronts > 0)
        return;
    if (is_within_limits(entry, now_us(server))) {
        forget(server, entry);
    } else {
        list_remove(&entry->resting);
        list_append(&server->resting, &entry->resting);
    }
}

void census_sweep(struct socket_server *server)
{
    uint64_t at_us = now_us(server);
    for (int i = 0; i < CENSUS_SWEEP && !list_empty(&server->resting); i++) {
        struct census_entry *entry = list_entry(list_pop(&server->resting), struct census_entry, resting);
        if (entry->sessions > 0 || entry->fronts > 0)
            continue; /* it came back */
        if (is_within_limits(entry, at_us))
            forget(server, entry);
        else
            list_append(&server->resting, &entry->resting);
    }
}

void census_release(struct socket_server *server)
{
    size_t cursor = 0;
    struct census_entry *entry;
    while ((entry = map_next(&server->census, &cursor)) != NULL)
        free(entry);
    map_release(&server->census);
}

/* ---- charges ---- */

static uint32_t to_ms(uint64_t us)
{
    return us > (uint64_t)HOUR_MS * 1000 ? HOUR_MS : (uint32_t)((us + 999) / 1000);
}

uint32_t census_charge(struct socket_server *server, struct census_entry *entry, enum charge charge)
{
    const struct bucket_rate *rate = &server->rates.address[charge];
    uint64_t at_us = now_us(server), wait_us = bucket_wait_us(&entry->buckets[charge], rate, at_us);
    if (wait_us == 0)
        bucket_take(&entry->buckets[charge], rate, at_us);
    return to_ms(wait_us);
}

/* One more refused: closes the session when that happens far too often. */
static void refused(struct session *session, uint64_t at_us)
{
    const struct census_rates *rates = &session->server->rates;
    const struct bucket_rate *rate = session->signed_in ? &rates->session_refused : &rates->stranger_refused;
    session->server->counters.rate_limited++;
    if (bucket_wait_us(&session->refusals, rate, at_us) == 0) {
        bucket_take(&session->refusals, rate, at_us);
        return;
    }
    socket_refused(session->server, "hammering", session->peer);
    session_close(session, CLOSE_TOO_MANY_MESSAGES);
}

uint32_t session_charge(struct session *session, enum charge charge)
{
    static const struct bucket_rate none;
    struct socket_server *server = session->server;
    check_magic(session, SESSION_MAGIC);
    if (session->unlimited)
        return 0;
    const struct bucket_rate *own = charge != CHARGE_MESSAGE ? &none
                                    : session->signed_in     ? &server->rates.session
                                                             : &server->rates.stranger;
    uint64_t at_us = now_us(server), wait_us = bucket_wait_us(&session->messages, own, at_us);
    uint32_t wait_ms = wait_us > 0 ? to_ms(wait_us) : census_charge(server, session->census, charge);
    if (wait_ms > 0)
        refused(session, at_us);
    else
        bucket_take(&session->messages, own, at_us);
    return wait_ms;
}
