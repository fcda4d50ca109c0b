/* What the follower makes of lists with holes, of clocks that differ, and of events that are not about one
 * user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "helper_follow.h"

/* What was done while they were off stands nowhere, so everybody comes back when they are on. */
static void what_was_done_while_events_were_off_cannot_be_known(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now + 1, "UPDATE", "REALM", "events/config");
    fake.events[0].written = "{\\\"adminEventsEnabled\\\":false}";
    fake.events_off = true;
    told_run_passes(2);
    assert_int_equal(told_count, 0);
    assert_non_null(strstr(told_failing[KEYCLOAK_ADMIN_EVENTS], "switched off"));
    fake.events_off = false;
    told_expected = 1;
    assert_true(fake_run_until(told_all, 10000));
    told_expect(0, NULL, USER_LOGGED_OUT);
    told_run_passes(3);
    assert_int_equal(told_count, 1);
    assert_string_equal(told_failing[KEYCLOAK_ADMIN_EVENTS], "");
}

/* The same when they were off and on again before anybody looked: the last event says so. */
static void events_that_were_off_for_a_moment(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now, "ACTION", "USER", "users/" USER "/logout");
    told_follow();
    fake_again();
    fake_event(now + 1, "UPDATE", "REALM", "");
    fake.events[1].written = "{\\\"adminEventsEnabled\\\":false}";
    fake_event(now + 2, "DELETE", "USER", "users/" OTHER);
    told_follow_from(told_until_ms);
    told_expected = 3;
    assert_true(fake_run_until(told_all, 10000));
    told_run_passes(3);
    assert_int_equal(told_count, 3);
    told_expect(0, OTHER, USER_DELETED);
    told_expect(1, USER, USER_LOGGED_OUT); /* again */
    told_expect(2, NULL, USER_LOGGED_OUT);
}

/* In the console, beside a server that runs: what was done just before may be among them. */
static void events_that_are_cleared_while_they_are_followed(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 1000, "ACTION", "USER", "users/" USER "/logout");
    told_follow();
    fake.event_count = 0;
    told_expected = 1;
    assert_true(fake_run_until(told_all, 5000));
    told_expect(0, NULL, USER_LOGGED_OUT);
    fake_event(now + 10, "DELETE", "USER", "users/" OTHER);
    told_run_passes(3);
    assert_int_equal(told_count, 2);
    told_expect(1, OTHER, USER_DELETED);
}

/* One that was read and expired: nothing is lost. */
static void an_old_event_that_expires(void **state)
{
    (void)state;
    fake_event(loop_now_ms(fake_loop) - 86400 * 1000 - 1000, "ACTION", "USER", "users/" USER "/logout");
    told_follow();
    fake.event_count = 0;
    told_run_passes(3);
    assert_int_equal(told_count, 0);
}

static void events_of_the_same_moment_are_all_told(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now, "ACTION", "USER", "users/" USER "/logout");
    told_run_passes(2);
    fake_event(now, "ACTION", "USER", "users/" OTHER "/logout"); /* committed after that look */
    told_run_passes(2);
    assert_int_equal(told_count, 2);
    told_expect(1, OTHER, USER_LOGGED_OUT);
}

/* Of a node of Keycloak's whose clock is behind the other's by a minute. */
static void an_event_from_a_clock_that_is_behind_is_found(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 90000, "ACTION", "USER", "users/" USER "/logout");
    told_follow();
    told_run_passes(1);
    fake_event(now, "ACTION", "USER", "users/" USER "/logout");
    told_run_passes(1);
    fake.events[2] = fake.events[1];
    fake.event_count = 3;
    fake.events[1].at_ms = now - 60000;
    fake.events[1].path = "users/" OTHER "/logout";
    told_run_passes(FOLLOW_DEEP_EVERY);
    assert_int_equal(told_count, 2);
    told_expect(1, OTHER, USER_LOGGED_OUT);
}

/* Keycloak's clock was two hours ahead and was set right: events are followed from now, not in two hours. */
static void a_clock_that_goes_back(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    char claims[100];
    snprintf(claims, sizeof claims, "{\"iat\":%lld}", (long long)now / 1000);
    fake.claims = claims;
    fake_again();
    fake_event(now - 1000, "ACTION", "USER", "users/" USER "/logout");
    fake_event(now + 7200000, "ACTION", "USER", "users/" USER "/logout");
    told_follow_from(now + 7200000);
    told_expect(0, USER, USER_LOGGED_OUT);
    told_expect(1, NULL, USER_LOGGED_OUT);
    told_run_passes(3);
    assert_int_equal(told_count, 3); /* with what happened shortly before, again */
    int count = told_count;
    fake.events[2] = fake.events[1];
    fake.event_count = 3;
    fake.events[1].at_ms = now + 5;
    fake.events[1].path = "users/" OTHER "/logout";
    told_run_passes(3);
    assert_int_equal(told_count, count + 1);
    told_expect(count, OTHER, USER_LOGGED_OUT);
}

static void a_clients_not_before_is_told_once(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now + 1, "UPDATE", "CLIENT", "clients/" OTHER);
    fake.events[0].written =
        "{\\\"clientId\\\":\\\"players\\\",\\\"notBefore\\\":1800000000,\\\"enabled\\\":true}";
    fake_event(now + 2, "UPDATE", "CLIENT", "clients/" OTHER); /* its name, say */
    fake.events[1].written = fake.events[0].written;
    fake_event(now + 3, "UPDATE", "CLIENT", "clients/" USER);
    fake.events[2].written = "{\\\"clientId\\\":\\\"web\\\",\\\"notBefore\\\":0,\\\"enabled\\\":true}";
    fake_event(now + 4, "UPDATE", "CLIENT", "clients/" USER);
    fake.events[3].written = "{\\\"clientId\\\":\\\"web\\\",\\\"notBefore\\\":0,\\\"enabled\\\":false}";
    fake_event(now + 5, "ACTION", "CLIENT", "clients/" OTHER "/push-revocation");
    fake_event(now + 6, "UPDATE", "CLIENT", "clients/" OTHER); /* without details */
    told_run_passes(3);
    assert_int_equal(told_count, 2);
    told_expect(0, NULL, USER_CLIENT_ENDED); /* newest first */
    assert_string_equal(told[0].what.client, "web");
    assert_int_equal(told[0].what.at_ms, now + 4);
    told_expect(1, NULL, USER_CLIENT_ENDED);
    assert_string_equal(told[1].what.client, "players");
    assert_int_equal(told[1].what.at_ms, 1800000000000);
}

/* A role of a client's that holds one of the realm's. */
static void a_clients_role_may_give_one_of_the_realms(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now + 1, "CREATE", "CLIENT_ROLE_MAPPING", "users/" USER "/role-mappings/clients/" OTHER);
    fake_event(now + 2, "DELETE", "CLIENT_ROLE", "roles-by-id/" OTHER "/composites");
    told_run_passes(2);
    assert_int_equal(told_count, 2);
    told_expect(0, NULL, USER_ROLES_CHANGED);
    told_expect(1, USER, USER_ROLES_CHANGED);
    assert_int_equal(fake.reads, 1);
}

static void accounts_that_users_delete_themselves(void **state)
{
    (void)state;
    char events[400];
    int64_t now = loop_now_ms(fake_loop);
    fake.user_events_off = true;
    told_follow();
    snprintf(events, sizeof events,
             "[{\"time\":%lld,\"type\":\"USER_DISABLED_BY_PERMANENT_LOCKOUT\",\"userId\":\"" OTHER "\"},"
             "{\"time\":%lld,\"type\":\"DELETE_ACCOUNT\",\"userId\":\"" USER "\"}]",
             (long long)now + 2, (long long)now + 1);
    told_run_passes(1);
    assert_non_null(strstr(told_failing[KEYCLOAK_USER_EVENTS], "DELETE_ACCOUNT"));
    fake.user_events_off = false;
    while (fake.user_pages < 1) /* begins where the list ends */
        told_run_passes(1);
    fake.user_events = events;
    told_expected = 2;
    assert_true(fake_run_until(told_all, 10000));
    told_expect(0, OTHER, USER_DISABLED);
    told_expect(1, USER, USER_DELETED);
    assert_int_equal(told[1].what.at_ms, now + 1);
    told_run_passes(3);
    assert_int_equal(told_count, 2);
    assert_string_equal(told_failing[KEYCLOAK_USER_EVENTS], "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_while_events_were_off_cannot_be_known),
        TEST(events_that_were_off_for_a_moment),
        TEST(events_that_are_cleared_while_they_are_followed),
        TEST(an_old_event_that_expires),
        TEST(events_of_the_same_moment_are_all_told),
        TEST(an_event_from_a_clock_that_is_behind_is_found),
        TEST(a_clock_that_goes_back),
        TEST(a_clients_not_before_is_told_once),
        TEST(a_clients_role_may_give_one_of_the_realms),
        TEST(accounts_that_users_delete_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
