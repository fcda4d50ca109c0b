/* What is remembered of tokens: the good ones (an LRU), and whose no longer count (bounded, and safe at the
 * bound). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "auth/limits.h"
#include "auth/remembered.h"
#include "auth/revoked.h"
#include "auth/secret.h"
#include "base/descriptor.h"

static struct uuid subject(uint8_t number)
{
    return (struct uuid){{number, 1}};
}

static struct revoked revoked;

static void take_back(enum revocation_kind kind, uint8_t number, int64_t at_ms, int64_t now_ms)
{
    struct revocation revocation = {.kind = kind, .close = CLOSE_DISABLED, .at_ms = at_ms};
    if (kind == REVOKED_SESSION)
        snprintf(revocation.sid, sizeof revocation.sid, "session-%u", number);
    else if (kind != REVOKED_EVERYBODY)
        revocation.subject = subject(number);
    revoked_add(&revoked, &revocation, now_ms);
}

static void limit(uint8_t number, uint8_t roles, int64_t at_ms, int64_t now_ms)
{
    struct revocation revocation = {
        .kind = REVOKED_ROLES, .subject = subject(number), .roles = roles, .at_ms = at_ms};
    revoked_add(&revoked, &revocation, now_ms);
}

static int refuses(uint8_t number, const char *sid, int64_t issued_at_ms, uint8_t roles)
{
    struct revoked_token token = {subject(number), sid, "players", issued_at_ms, roles};
    return revoked_refuses(&revoked, &token);
}

static int closes(uint8_t number, int64_t issued_at_ms, uint8_t roles)
{
    struct revoked_token token = {subject(number), "", "players", issued_at_ms, roles};
    return revoked_closes(&revoked, &token);
}

static void tokens_from_before_are_refused(void **state)
{
    (void)state;
    revoked_init(&revoked, 8);
    assert_int_equal(refuses(1, "", 0, 0), 0);
    take_back(REVOKED_SUBJECT, 1, 5000, 6000);
    assert_int_equal(refuses(1, "", 4999, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(1, "", 5000, 0), 0);
    assert_int_equal(refuses(2, "", 0, 0), 0);
    take_back(REVOKED_SUBJECT, 1, 3000, 7000); /* earlier: changes nothing */
    assert_int_equal(refuses(1, "", 4999, 0), CLOSE_DISABLED);
    take_back(REVOKED_SUBJECT, 1, 9000, 9000);
    assert_int_equal(refuses(1, "", 8999, 0), CLOSE_DISABLED);
    assert_int_equal(revoked.entries.count, 1);
    revoked_release(&revoked);
}

static void a_session_that_ended_takes_all_its_tokens_and_no_others(void **state)
{
    (void)state;
    revoked_init(&revoked, 8);
    take_back(REVOKED_SESSION, 1, 5000, 6000);
    assert_int_equal(refuses(1, "session-1", 4000, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(2, "session-1", 9000, 0), CLOSE_DISABLED); /* whenever it was issued */
    assert_int_equal(refuses(1, "session-2", 4000, 0), 0);
    assert_int_equal(refuses(1, "", 4000, 0), 0);
    assert_int_equal(revoked.sessions, 1);
    take_back(REVOKED_SESSION, 1, 5000, 6000);
    assert_int_equal(revoked.sessions, 1);
    take_back(REVOKED_SUBJECT, 3, 5000, 6000 + (int64_t)TOKEN_LIFE_MAX_S * 1000); /* its tokens are over */
    assert_int_equal(revoked.sessions, 0);
    assert_int_equal(refuses(1, "session-1", 4000, 0), 0);
    revoked_release(&revoked);
}

static void everybody_is_everybody(void **state)
{
    (void)state;
    revoked_init(&revoked, 8);
    take_back(REVOKED_EVERYBODY, 0, 5000, 6000);
    take_back(REVOKED_EVERYBODY, 0, 3000, 6000);
    assert_int_equal(refuses(7, "", 4999, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(7, "", 5000, 0), 0);
    revoked_release(&revoked);
}

static void a_role_taken_ends_tokens_that_name_it(void **state)
{
    (void)state;
    const uint8_t both = ROLE_PLAYER | ROLE_GAME_ADMIN;
    revoked_init(&revoked, 8);
    limit(1, ROLE_PLAYER, 5000, 6000);
    assert_int_equal(refuses(1, "", 4000, both), CLOSE_ROLES_CHANGED);
    assert_int_equal(refuses(1, "", 4000, ROLE_PLAYER), 0);
    assert_int_equal(refuses(1, "", 4000, 0), 0);
    assert_int_equal(closes(1, 4000, 0), CLOSE_ROLES_CHANGED); /* a role was given: a new token names it */
    assert_int_equal(closes(1, 4000, ROLE_PLAYER), 0);
    assert_int_equal(closes(1, 5000, 0), 0);
    assert_int_equal(refuses(1, "", 5000, both), 0); /* newer than we know */
    limit(1, both, 7000, 8000);                      /* given again */
    assert_int_equal(refuses(1, "", 4000, both), 0);
    limit(1, ROLE_PLAYER, 6000, 9000); /* what comes late is old news */
    assert_int_equal(refuses(1, "", 4000, both), 0);
    assert_int_equal(refuses(1, "", 4000, ROLE_GAME_SERVICE), CLOSE_ROLES_CHANGED);
    revoked_release(&revoked);
}

static void at_the_bound_older_tokens_of_everybody_are_refused(void **state)
{
    (void)state;
    revoked_init(&revoked, 4);
    for (uint8_t i = 1; i <= 4; i++)
        take_back(REVOKED_SUBJECT, i, i * 1000, i * 1000);
    assert_int_equal(refuses(99, "", 0, 0), 0);
    take_back(REVOKED_SESSION, 5, 5000, 5000); /* the first one leaves */
    assert_int_equal(revoked.entries.count, 4);
    assert_int_equal(refuses(1, "", 999, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(99, "", 999, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(99, "", 1000, 0), 0);
    for (uint8_t i = 2; i <= 4; i++)
        assert_int_equal(refuses(i, "", i * 1000 - 1, 0), CLOSE_DISABLED);
    assert_int_equal(refuses(9, "session-5", 4000, 0), CLOSE_DISABLED);
    revoked_release(&revoked);
}

static void an_entry_ends_when_its_tokens_have(void **state)
{
    (void)state;
    int64_t day = (int64_t)TOKEN_LIFE_MAX_S * 1000;
    revoked_init(&revoked, 4);
    take_back(REVOKED_SUBJECT, 1, 1000, -5000); /* kept, and read by a machine that runs for a second */
    take_back(REVOKED_SUBJECT, 2, 1000, 1000 + day - 5001);
    assert_int_equal(revoked.entries.count, 1);
    assert_int_equal(refuses(1, "", 0, 0), 0);
    assert_int_equal(refuses(2, "", 0, 0), CLOSE_DISABLED);
    take_back(REVOKED_SUBJECT, 3, 1000, 2000 + day);
    assert_int_equal(revoked.entries.count, 2);
    assert_int_equal(refuses(9, "", 0, 0), 0); /* nobody else pays for it */
    revoked_release(&revoked);
}

static struct hash hash_of(uint8_t number)
{
    struct hash hash = {{number}};
    return hash;
}

static void the_least_recently_used_token_is_forgotten(void **state)
{
    (void)state;
    struct remembered remembered;
    remembered_init(&remembered, 3);
    for (uint8_t i = 1; i <= 3; i++) {
        struct hash hash = hash_of(i);
        remembered_add(&remembered, &hash, &(struct token_claims){.issued_at_ms = i});
    }
    struct hash one = hash_of(1), two = hash_of(2), four = hash_of(4), half = hash_of(1);
    half.bytes[31] = 7; /* the same key in the map, another token */
    assert_int_equal(remembered_find(&remembered, &one)->issued_at_ms, 1);
    assert_null(remembered_find(&remembered, &half));
    remembered_add(&remembered, &half, &(struct token_claims){.issued_at_ms = 9});
    assert_int_equal(remembered_find(&remembered, &one)->issued_at_ms, 1);
    remembered_add(&remembered, &four, &(struct token_claims){.issued_at_ms = 4});
    assert_null(remembered_find(&remembered, &two));
    assert_non_null(remembered_find(&remembered, &one));
    remembered_remove(&remembered, &one);
    assert_null(remembered_find(&remembered, &one));
    remembered_clear(&remembered);
    assert_null(remembered_find(&remembered, &four));
    assert_int_equal(remembered.tokens.count, 0);
    remembered_release(&remembered);
}

static void a_secret_holds_its_bound_and_escapes(void **state)
{
    (void)state;
    struct secret secret;
    secret_init(&secret, 40);
    assert_int_equal(secret_slice(&secret).size, 0);
    assert_int_equal(secret_form(&secret, "a", slice_text("1 2")), ERR_OK);
    assert_int_equal(secret_form(&secret, "b", slice_text("&=%+")), ERR_OK);
    assert_string_equal((char *)secret.data, "a=1%202&b=%26%3D%25%2B");
    assert_int_equal(secret_text(&secret, "0123456789012345678"), ERR_TOO_LARGE);
    assert_int_equal(secret_text(&secret, "012345678901234567"), ERR_OK);
    assert_int_equal(secret.size, 40);
    secret_release(&secret);
    secret_release(&secret);
}

/* Keycloak's "not before" of one client: its tokens, whoever's, and no other's. */
static void a_clients_older_tokens_are_refused(void **state)
{
    (void)state;
    struct revocation revocation = {
        .kind = REVOKED_CLIENT, .close = CLOSE_SIGNED_OUT, .sid = "players", .at_ms = 5000};
    struct revoked_token web = {subject(1), "players", "web", 4999, 0};
    revoked_init(&revoked, 8);
    revoked_add(&revoked, &revocation, 6000);
    assert_int_equal(refuses(1, "", 4999, 0), CLOSE_SIGNED_OUT);
    assert_int_equal(refuses(2, "", 4999, 0), CLOSE_SIGNED_OUT);
    assert_int_equal(closes(2, 4999, 0), CLOSE_SIGNED_OUT);
    assert_int_equal(refuses(1, "", 5000, 0), 0);
    assert_int_equal(revoked_refuses(&revoked, &web), 0); /* a session of that name is another thing */
    revocation.at_ms = 3000;
    revoked_add(&revoked, &revocation, 7000);
    assert_int_equal(refuses(1, "", 4999, 0), CLOSE_SIGNED_OUT);
    revoked_release(&revoked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_from_before_are_refused),
        cmocka_unit_test(a_session_that_ended_takes_all_its_tokens_and_no_others),
        cmocka_unit_test(everybody_is_everybody),
        cmocka_unit_test(a_clients_older_tokens_are_refused),
        cmocka_unit_test(a_role_taken_ends_tokens_that_name_it),
        cmocka_unit_test(at_the_bound_older_tokens_of_everybody_are_refused),
        cmocka_unit_test(an_entry_ends_when_its_tokens_have),
        cmocka_unit_test(the_least_recently_used_token_is_forgotten),
        cmocka_unit_test(a_secret_holds_its_bound_and_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
