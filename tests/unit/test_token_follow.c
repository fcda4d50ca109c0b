/* The follower of admin events against a Keycloak on the fake_loop, with every way it can be interrupted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "helper_follow.h"

static void changes_are_told_once(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 5000, "DELETE", "USER", "users/" OTHER); /* before we began */
    told_follow();
    assert_int_equal(told_count, 0);

    fake.disabled = true;
    fake_event(now + 100, "UPDATE", "USER", "users/" USER);
    told_run_passes(2);
    assert_int_equal(told_count, 1);
    told_expect(0, USER, USER_DISABLED);
    assert_int_equal(told[0].what.at_ms, now + 100);

    fake.disabled = false; /* an update that told nothing for us */
    fake_event(now + 200, "UPDATE", "USER", "users/" USER);
    told_run_passes(2);
    assert_int_equal(told_count, 1);

    fake_event(now + 300, "CREATE", "REALM_ROLE_MAPPING", "users/" USER "/role-mappings/realm");
    fake_event(now + 301, "ACTION", "USER", "users/" USER "/logout");
    fake_event(now + 302, "ACTION", "REALM", "logout-all");
    fake_event(now + 303, "DELETE", "USER", "users/" USER);
    told_run_passes(3);
    assert_int_equal(told_count, 5);
    told_expect(1, USER, USER_DELETED); /* newest first */
    told_expect(2, NULL, USER_LOGGED_OUT);
    told_expect(3, USER, USER_LOGGED_OUT);
    told_expect(4, USER, USER_ROLES_CHANGED);
    assert_int_equal(told[4].what.roles, ROLE_PLAYER | ROLE_GAME_ADMIN);
    assert_int_equal(keycloak_counters(fake_client)->followed_until_ms, now + 303);
    assert_int_equal(fake.reads, 3);
}

/* An event whose transaction commits after a younger one's. */
static void an_event_that_shows_late_is_told(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now + 9000, "ACTION", "USER", "users/" USER "/logout");
    told_run_passes(2);
    assert_int_equal(told_count, 1);
    fake_event(now + 9001, "ACTION", "USER", "users/" OTHER "/logout");
    fake.events[1] = fake.events[0];
    fake.events[0].at_ms = now + 2000;
    fake.events[0].path = "users/" OTHER "/logout";
    told_run_passes(2);
    assert_int_equal(told_count, 2);
    told_expect(1, OTHER, USER_LOGGED_OUT);
}

static void a_user_that_is_gone_when_read_is_deleted(void **state)
{
    (void)state;
    told_follow();
    fake.read_status = 404;
    fake_event(loop_now_ms(fake_loop) + 1, "UPDATE", "USER", "users/" USER);
    told_run_passes(2);
    assert_int_equal(told_count, 1);
    told_expect(0, USER, USER_DELETED);
}

static void nothing_is_missed_while_keycloak_is_away(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    issuer_server_stop(fake_server);
    told_run_passes(1);
    assert_true(told_failure()[0] != '\0');
    static char paths[350][64];
    for (int i = 0; i < 350; i++) { /* four pages */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000001/logout", i + 1);
        fake_event(now + 1 + i, "ACTION", "USER", paths[i]);
    }
    told_run_passes(1);
    assert_int_equal(told_count, 0);
    issuer_server_start(fake_server);
    told_expected = 350;
    assert_true(fake_run_until(told_all, 10000));
    told_run_passes(3);
    assert_int_equal(told_count, 350);
    assert_string_equal(told_failure(), "");
}

/* Reads fail in the middle of a pass: what was told is not told again, the rest is told later. */
static void a_pass_that_breaks_goes_on_where_it_was(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake.disabled = true;
    fake.read_status = 500;
    static char paths[30][64];
    for (int i = 0; i < 30; i++) { /* more than are read at once */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000002", i + 1);
        fake_event(now + 1 + 2 * i, "UPDATE", "USER", paths[i]);
    }
    fake_event(now + 1000, "DELETE", "USER", "users/" OTHER);
    told_run_passes(2);
    assert_int_equal(told_count, 1);
    told_expect(0, OTHER, USER_DELETED);
    assert_non_null(strstr(told_failure(), "status 500"));
    fake.read_status = 200;
    told_expected = 31;
    assert_true(fake_run_until(told_all, 10000));
    told_run_passes(3);
    assert_int_equal(told_count, 31);
    assert_string_equal(told_failure(), "");
}

/* The process ends, things happen, another goes on from the cursor that was kept. */
static void a_restart_misses_nothing(void **state)
{
    (void)state;
    const int64_t day = 86400 * 1000;
    int64_t then = loop_now_ms(fake_loop) + 40 * day; /* Keycloak's clock is another one */
    told_follow();
    assert_int_equal(told_until_ms, 1); /* no event yet, and that is known */
    fake_event(then, "ACTION", "USER", "users/" USER "/logout");
    told_run_passes(2);
    assert_int_equal(told_until_ms, then);
    fake_again();
    fake_event(then + 3 * day, "ACTION", "USER", "users/" OTHER "/logout");
    fake_event(then + 3 * day + 1, "DELETE", "USER_SESSION", "sessions/abc");
    told_follow_from(then);
    assert_int_equal(told_count, 3); /* what was told shortly before is told again */
    told_expect(0, NULL, USER_SESSION_ENDED);
    assert_string_equal(told[0].what.sid, "abc");
    told_expect(1, OTHER, USER_LOGGED_OUT);
    told_expect(2, USER, USER_LOGGED_OUT);
    assert_int_equal(told[2].what.at_ms, then);
    assert_int_equal(told_until_ms, then + 3 * day + 1);
}

/* Following began when the realm had no event: its first one comes while nobody follows. */
static void the_first_event_of_a_realm_is_not_missed(void **state)
{
    (void)state;
    told_follow();
    fake_again();
    fake_event(loop_now_ms(fake_loop), "ACTION", "USER", "users/" USER "/logout");
    told_follow_from(told_until_ms);
    assert_int_equal(told_count, 1);
    told_expect(0, USER, USER_LOGGED_OUT);
}

/* Somebody cleared the events, or they expired, while nobody followed: who was signed out meanwhile cannot be
 * known. */
static void events_that_are_gone_sign_everybody_out(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 1000, "ACTION", "USER", "users/" USER "/logout");
    told_follow();
    fake_again();
    fake.event_count = 0;
    fake_event(now + 5000, "ACTION", "USER", "users/" OTHER "/logout");
    told_follow_from(told_until_ms);
    assert_int_equal(told_count, 2);
    told_expect(0, OTHER, USER_LOGGED_OUT);
    told_expect(1, NULL, USER_LOGGED_OUT);
    assert_true(told[1].what.at_ms >= now);
    told_run_passes(3);
    assert_int_equal(told_count, 2);
}

static void the_realms_not_before_is_followed(void **state)
{
    (void)state;
    told_follow();
    fake.not_before_s = 1800000000;
    fake_event(loop_now_ms(fake_loop), "UPDATE", "REALM", "");
    told_expected = 1;
    assert_true(fake_run_until(told_all, 5000));
    told_expect(0, NULL, USER_LOGGED_OUT);
    assert_int_equal(told[0].what.at_ms, 1800000000000);
    fake.valid_token = fake.tokens + 1; /* without an event: our own old token is refused */
    fake.not_before_s = 1800000100;
    told_expected = 2;
    assert_true(fake_run_until(told_all, 5000));
    assert_int_equal(told[1].what.at_ms, 1800000100000);
    told_run_passes(3);
    assert_int_equal(told_count, 2);
}

static void what_was_written_need_not_be_read(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    fake_event(now + 1, "UPDATE", "USER", "users/" USER);
    fake.events[0].written = "{\\\"enabled\\\":false,\\\"username\\\":\\\"x\\\"}";
    fake_event(now + 2, "UPDATE", "USER", "users/" OTHER);
    fake.events[1].written = "{\\\"enabled\\\":true}";
    fake_event(now + 3, "UPDATE", "USER", "users/" OTHER);
    fake.events[2].written = "{\\\"firstName\\\":\\\"Y\\\"}";
    told_run_passes(2);
    assert_int_equal(told_count, 1);
    told_expect(0, USER, USER_DISABLED);
    assert_int_equal(fake.reads, 0);
}

/* Ten thousand events at once: the page holds what is needed of most of them, and the newest is told first.
 */
static void a_storm_of_events(void **state)
{
    (void)state;
    enum { STORM = 10000 };
    static char paths[STORM][64];
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    for (int i = 0; i < STORM; i++) {
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000003", i + 1);
        fake_event(now + 1 + i / 10, "UPDATE", "USER", paths[i]);
        fake.events[i].written = i % 10 == 0 ? "{\\\"enabled\\\":false}" : "{\\\"enabled\\\":true}";
    }
    fake.events[STORM - 1].path = "users/" USER;
    fake.events[STORM - 1].written = "{\\\"enabled\\\":false}";
    int pages = fake.pages;
    told_expected = STORM / 10 + 1;
    assert_true(fake_run_until(told_all, 60000));
    told_expect(0, USER, USER_DISABLED);
    told_run_passes(1);
    assert_int_equal(told_count, STORM / 10 + 1);
    assert_int_equal(fake.reads, 0);
    assert_in_range(fake.pages - pages, STORM / FOLLOW_PAGE, 4 * STORM / FOLLOW_PAGE);
    assert_int_equal(told_until_ms, now + 1 + (STORM - 1) / 10);
}

static void roles_of_many_are_everybodys(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"REALM_ROLE_MAPPING", "groups/" OTHER "/role-mappings/realm"},
                                           {"REALM_ROLE", "roles-by-id/" OTHER "/composites"},
                                           {"GROUP", "groups/" OTHER "/children"}};
    int64_t now = loop_now_ms(fake_loop);
    told_follow();
    for (int i = 0; i < 3; i++)
        fake_event(now + 1 + i, "CREATE", paths[i][0], paths[i][1]);
    fake_event(now + 4, "DELETE", "GROUP", "groups/" OTHER);
    fake_event(now + 5, "DELETE", "REALM_ROLE", "roles/x");
    fake_event(now + 6, "UPDATE", "GROUP", "groups/" OTHER); /* these do not change what anybody may do */
    fake_event(now + 7, "CREATE", "REALM_ROLE", "roles/x");
    told_run_passes(2);
    assert_int_equal(told_count, 5);
    for (int i = 0; i < 5; i++)
        told_expect(i, NULL, USER_ROLES_CHANGED);
    assert_int_equal(fake.reads, 0);
}

static void admin_events_that_are_off_are_a_failure(void **state)
{
    (void)state;
    fake.events_off = true;
    told_count = 0;
    told_follow_from(1);
    assert_non_null(strstr(told_failure(), "switched off"));
    fake.events_off = false;
    fake_event(loop_now_ms(fake_loop) + 1, "DELETE", "USER", "users/" USER);
    told_expected = 1;
    assert_true(fake_run_until(told_all, 10000));
    told_run_passes(1);
    assert_string_equal(told_failure(), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(changes_are_told_once),
        TEST(an_event_that_shows_late_is_told),
        TEST(a_user_that_is_gone_when_read_is_deleted),
        TEST(nothing_is_missed_while_keycloak_is_away),
        TEST(a_pass_that_breaks_goes_on_where_it_was),
        TEST(a_restart_misses_nothing),
        TEST(the_first_event_of_a_realm_is_not_missed),
        TEST(events_that_are_gone_sign_everybody_out),
        TEST(the_realms_not_before_is_followed),
        TEST(what_was_written_need_not_be_read),
        TEST(roles_of_many_are_everybodys),
        TEST(a_storm_of_events),
        TEST(admin_events_that_are_off_are_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
