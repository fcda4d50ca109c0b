/* helper_follow: follows the fake Keycloak's events and keeps what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "helper_follow.h"

struct told told[EVENTS_MAX];
int told_count, told_expected;
int64_t told_until_ms;
char told_failing[KEYCLOAK_SOURCES][200];
static uint64_t passes_expected;

static void on_user(void *ctx, struct uuid user, enum user_change change, const struct keycloak_change *what)
{
    (void)ctx;
    check(told_count < EVENTS_MAX);
    told[told_count].user = user;
    told[told_count].what = *what;
    told[told_count++].change = change;
}
static void on_followed(void *ctx, enum keycloak_source source, int64_t until_ms)
{
    (void)ctx;
    if (source != KEYCLOAK_ADMIN_EVENTS)
        return;
    check(until_ms != told_until_ms);
    told_until_ms = until_ms;
}
static void on_failing(void *ctx, enum keycloak_source source, const char *failure)
{
    (void)ctx;
    snprintf(told_failing[source], sizeof told_failing[source], "%s", failure);
}
const char *told_failure(void)
{
    return keycloak_followed(fake_client, KEYCLOAK_ADMIN_EVENTS).failure;
}
bool told_all(void)
{
    return told_count >= told_expected;
}
static bool passes_came(void)
{
    return keycloak_counters(fake_client)->passes >= passes_expected;
}
void told_run_passes(uint64_t more)
{
    passes_expected = keycloak_counters(fake_client)->passes + more;
    assert_true(fake_run_until(passes_came, 20000));
}
void told_follow_from(int64_t from_ms)
{
    struct keycloak_following following = {10, {from_ms, from_ms}, on_user, on_followed, on_failing, NULL};
    told_count = 0;
    told_until_ms = from_ms;
    keycloak_follow(fake_client, &following);
    told_run_passes(1);
}
void told_follow(void)
{
    told_follow_from(0);
}
void told_expect(int index, const char *user, enum user_change change)
{
    assert_true(index < told_count);
    assert_true(uuid_equal(told[index].user, user != NULL ? fake_uuid(user) : (struct uuid){0}));
    assert_int_equal(told[index].change, change);
}
