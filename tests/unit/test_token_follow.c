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
    int64_t at_ms;
    uint8_t roles;
} changes[EVENTS_MAX];
static int change_count, changes_expected;
static uint64_t passes_expected;

static void on_user(void *ctx, struct uuid user, enum user_change change)
{
    (void)ctx;
    check(change_count < EVENTS_MAX);
    changes[change_count].user = user;
    changes[change_count].at_ms = keycloak_change_at_ms(fake_client);
    changes[change_count].roles = keycloak_change_roles(fake_client);
    changes[change_count++].change = change;
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
static void follow(void)
{
    change_count = 0;
    keycloak_follow(fake_client, 10, on_user, NULL);
    run_passes(1);
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
    assert_int_equal(changes[0].at_ms, now + 100);

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
    assert_int_equal(changes[4].roles, ROLE_PLAYER | ROLE_GAME_ADMIN);
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

static void admin_events_that_are_off_are_a_failure(void **state)
{
    (void)state;
    fake.events_off = true;
    change_count = 0;
    follow();
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
        cmocka_unit_test_setup_teardown(admin_events_that_are_off_are_a_failure, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
