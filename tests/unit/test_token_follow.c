/* The follower of admin events against a Keycloak on the fake_loop, with every way it can be interrupted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "helper_keycloak.h"

static struct {
    struct uuid user;
    enum user_change change;
    struct keycloak_change what;
} changes[EVENTS_MAX];
static int change_count, changes_expected;
static int64_t followed_ms;
static uint64_t passes_expected;

static void on_user(void *ctx, struct uuid user, enum user_change change)
{
    (void)ctx;
    check(change_count < EVENTS_MAX);
    changes[change_count].user = user;
    changes[change_count].what = *keycloak_change(fake_client);
    changes[change_count++].change = change;
}
static void on_followed(void *ctx, int64_t until_ms)
{
    (void)ctx;
    check(until_ms > followed_ms);
    followed_ms = until_ms;
}
static bool changes_came(void)
{
    return change_count >= changes_expected;
}
static bool passes_came(void)
{
    return keycloak_counters(fake_client)->passes >= passes_expected;
}
static void run_passes(uint64_t more)
{
    passes_expected = keycloak_counters(fake_client)->passes + more;
    assert_true(fake_run_until(passes_came, 20000));
}
static void follow_from(int64_t from_ms)
{
    struct keycloak_following following = {10, from_ms, on_user, on_followed, NULL};
    change_count = 0;
    followed_ms = from_ms;
    keycloak_follow(fake_client, &following);
    run_passes(1);
}
static void follow(void)
{
    follow_from(0);
}
static void expect_change(int index, const char *user, enum user_change change)
{
    assert_true(index < change_count);
    assert_true(uuid_equal(changes[index].user, user != NULL ? fake_uuid(user) : (struct uuid){0}));
    assert_int_equal(changes[index].change, change);
}

static void changes_are_told_once(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 5000, "DELETE", "USER", "users/" OTHER); /* before we began */
    follow();
    assert_int_equal(change_count, 0);

    fake.disabled = true;
    fake_event(now + 100, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_DISABLED);
    assert_int_equal(changes[0].what.at_ms, now + 100);

    fake.disabled = false; /* an update that changes nothing for us */
    fake_event(now + 200, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);

    fake_event(now + 300, "CREATE", "REALM_ROLE_MAPPING", "users/" USER "/role-mappings/realm");
    fake_event(now + 301, "ACTION", "USER", "users/" USER "/logout");
    fake_event(now + 302, "ACTION", "REALM", "logout-all");
    fake_event(now + 303, "DELETE", "USER", "users/" USER);
    run_passes(3);
    assert_int_equal(change_count, 5);
    expect_change(1, USER, USER_DELETED); /* newest first */
    expect_change(2, NULL, USER_LOGGED_OUT);
    expect_change(3, USER, USER_LOGGED_OUT);
    expect_change(4, USER, USER_ROLES_CHANGED);
    assert_int_equal(changes[4].what.roles, ROLE_PLAYER | ROLE_GAME_ADMIN);
    assert_int_equal(keycloak_counters(fake_client)->followed_until_ms, now + 303);
    assert_int_equal(fake.reads, 3);
}

/* An event whose transaction commits after a younger one's. */
static void an_event_that_shows_late_is_told(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    follow();
    fake_event(now + 9000, "ACTION", "USER", "users/" USER "/logout");
    run_passes(2);
    assert_int_equal(change_count, 1);
    fake_event(now + 9001, "ACTION", "USER", "users/" OTHER "/logout");
    fake.events[1] = fake.events[0];
    fake.events[0].at_ms = now + 2000;
    fake.events[0].path = "users/" OTHER "/logout";
    run_passes(2);
    assert_int_equal(change_count, 2);
    expect_change(1, OTHER, USER_LOGGED_OUT);
}

static void a_user_that_is_gone_when_read_is_deleted(void **state)
{
    (void)state;
    follow();
    fake.read_status = 404;
    fake_event(loop_now_ms(fake_loop) + 1, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_DELETED);
}

static void nothing_is_missed_while_keycloak_is_away(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    follow();
    issuer_server_stop(fake_server);
    run_passes(1);
    assert_true(keycloak_failure(fake_client)[0] != '\0');
    static char paths[350][64];
    for (int i = 0; i < 350; i++) { /* four pages */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000001/logout", i + 1);
        fake_event(now + 1 + i, "ACTION", "USER", paths[i]);
    }
    run_passes(1);
    assert_int_equal(change_count, 0);
    issuer_server_start(fake_server);
    changes_expected = 350;
    assert_true(fake_run_until(changes_came, 10000));
    run_passes(3);
    assert_int_equal(change_count, 350);
    assert_string_equal(keycloak_failure(fake_client), "");
}

/* Reads fail in the middle of a pass: what was told is not told again, the rest is told later. */
static void a_pass_that_breaks_goes_on_where_it_was(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    follow();
    fake.disabled = true;
    fake.read_status = 500;
    static char paths[30][64];
    for (int i = 0; i < 30; i++) { /* more than are read at once */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000002", i + 1);
        fake_event(now + 1 + 2 * i, "UPDATE", "USER", paths[i]);
    }
    fake_event(now + 1000, "DELETE", "USER", "users/" OTHER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, OTHER, USER_DELETED);
    assert_non_null(strstr(keycloak_failure(fake_client), "status 500"));
    fake.read_status = 200;
    changes_expected = 31;
    assert_true(fake_run_until(changes_came, 10000));
    run_passes(3);
    assert_int_equal(change_count, 31);
    assert_string_equal(keycloak_failure(fake_client), "");
}

/* The process ends, things happen, another goes on from the cursor that was kept. */
static void a_restart_misses_nothing(void **state)
{
    (void)state;
    const int64_t day = 86400 * 1000;
    int64_t then = loop_now_ms(fake_loop) + 40 * day; /* Keycloak's clock is another one */
    follow();
    assert_int_equal(followed_ms, 1); /* no event yet, and that is known */
    fake_event(then, "ACTION", "USER", "users/" USER "/logout");
    run_passes(2);
    assert_int_equal(followed_ms, then);
    fake_again();
    fake_event(then + 3 * day, "ACTION", "USER", "users/" OTHER "/logout");
    fake_event(then + 3 * day + 1, "DELETE", "USER_SESSION", "sessions/abc");
    follow_from(then);
    assert_int_equal(change_count, 3); /* what was told shortly before is told again */
    expect_change(0, NULL, USER_SESSION_ENDED);
    assert_string_equal(changes[0].what.sid, "abc");
    expect_change(1, OTHER, USER_LOGGED_OUT);
    expect_change(2, USER, USER_LOGGED_OUT);
    assert_int_equal(changes[2].what.at_ms, then);
    assert_int_equal(followed_ms, then + 3 * day + 1);
}

/* Following began when the realm had no event: its first one comes while nobody follows. */
static void the_first_event_of_a_realm_is_not_missed(void **state)
{
    (void)state;
    follow();
    fake_again();
    fake_event(loop_now_ms(fake_loop), "ACTION", "USER", "users/" USER "/logout");
    follow_from(followed_ms);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_LOGGED_OUT);
}

/* Somebody cleared the events, or they expired, while nobody followed: who was signed out meanwhile cannot be
 * known. */
static void events_that_are_gone_sign_everybody_out(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    fake_event(now - 1000, "ACTION", "USER", "users/" USER "/logout");
    follow();
    fake_again();
    fake.event_count = 0;
    fake_event(now + 5000, "ACTION", "USER", "users/" OTHER "/logout");
    follow_from(followed_ms);
    assert_int_equal(change_count, 2);
    expect_change(0, OTHER, USER_LOGGED_OUT);
    expect_change(1, NULL, USER_LOGGED_OUT);
    assert_true(changes[1].what.at_ms >= now);
    run_passes(3);
    assert_int_equal(change_count, 2);
}

static void the_realms_not_before_is_followed(void **state)
{
    (void)state;
    follow();
    fake.not_before_s = 1800000000;
    fake_event(loop_now_ms(fake_loop), "UPDATE", "REALM", "");
    changes_expected = 1;
    assert_true(fake_run_until(changes_came, 5000));
    expect_change(0, NULL, USER_LOGGED_OUT);
    assert_int_equal(changes[0].what.at_ms, 1800000000000);
    fake.valid_token = fake.tokens + 1; /* without an event: our own old token is refused */
    fake.not_before_s = 1800000100;
    changes_expected = 2;
    assert_true(fake_run_until(changes_came, 5000));
    assert_int_equal(changes[1].what.at_ms, 1800000100000);
    run_passes(3);
    assert_int_equal(change_count, 2);
}

static void what_was_written_need_not_be_read(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(fake_loop);
    follow();
    fake_event(now + 1, "UPDATE", "USER", "users/" USER);
    fake.events[0].written = "{\\\"enabled\\\":false,\\\"username\\\":\\\"x\\\"}";
    fake_event(now + 2, "UPDATE", "USER", "users/" OTHER);
    fake.events[1].written = "{\\\"enabled\\\":true}";
    fake_event(now + 3, "UPDATE", "USER", "users/" OTHER);
    fake.events[2].written = "{\\\"firstName\\\":\\\"Y\\\"}";
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_DISABLED);
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
    follow();
    for (int i = 0; i < STORM; i++) {
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000003", i + 1);
        fake_event(now + 1 + i / 10, "UPDATE", "USER", paths[i]);
        fake.events[i].written = i % 10 == 0 ? "{\\\"enabled\\\":false}" : "{\\\"enabled\\\":true}";
    }
    fake.events[STORM - 1].path = "users/" USER;
    fake.events[STORM - 1].written = "{\\\"enabled\\\":false}";
    int pages = fake.pages;
    changes_expected = STORM / 10 + 1;
    assert_true(fake_run_until(changes_came, 60000));
    expect_change(0, USER, USER_DISABLED);
    run_passes(1);
    assert_int_equal(change_count, STORM / 10 + 1);
    assert_int_equal(fake.reads, 0);
    assert_in_range(fake.pages - pages, STORM / FOLLOW_PAGE, 4 * STORM / FOLLOW_PAGE);
    assert_int_equal(followed_ms, now + 1 + (STORM - 1) / 10);
}

static void roles_of_many_are_everybodys(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"REALM_ROLE_MAPPING", "groups/" OTHER "/role-mappings/realm"},
                                           {"REALM_ROLE", "roles-by-id/" OTHER "/composites"},
                                           {"GROUP", "groups/" OTHER "/children"}};
    int64_t now = loop_now_ms(fake_loop);
    follow();
    for (int i = 0; i < 3; i++)
        fake_event(now + 1 + i, "CREATE", paths[i][0], paths[i][1]);
    fake_event(now + 4, "DELETE", "GROUP", "groups/" OTHER);
    fake_event(now + 5, "DELETE", "REALM_ROLE", "roles/x");
    fake_event(now + 6, "UPDATE", "GROUP", "groups/" OTHER); /* these do not change what anybody may do */
    fake_event(now + 7, "CREATE", "REALM_ROLE", "roles/x");
    run_passes(2);
    assert_int_equal(change_count, 5);
    for (int i = 0; i < 5; i++)
        expect_change(i, NULL, USER_ROLES_CHANGED);
    assert_int_equal(fake.reads, 0);
}

static void admin_events_that_are_off_are_a_failure(void **state)
{
    (void)state;
    fake.events_off = true;
    change_count = 0;
    follow_from(1);
    assert_non_null(strstr(keycloak_failure(fake_client), "switched off"));
    fake.events_off = false;
    fake_event(loop_now_ms(fake_loop) + 1, "DELETE", "USER", "users/" USER);
    changes_expected = 1;
    assert_true(fake_run_until(changes_came, 10000));
    run_passes(1);
    assert_string_equal(keycloak_failure(fake_client), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_are_told_once, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(an_event_that_shows_late_is_told, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_user_that_is_gone_when_read_is_deleted, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_missed_while_keycloak_is_away, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_pass_that_breaks_goes_on_where_it_was, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_restart_misses_nothing, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(the_first_event_of_a_realm_is_not_missed, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(events_that_are_gone_sign_everybody_out, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(the_realms_not_before_is_followed, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(what_was_written_need_not_be_read, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(roles_of_many_are_everybodys, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_storm_of_events, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(admin_events_that_are_off_are_a_failure, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
