/* upgrade and http_head: pure, so in tables. What the server does with the verdicts is in test_socket.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "socket/upgrade.h"

/* ---- heads ---- */

static void heads(void **state)
{
    static const struct {
        const char *text;
        enum head_verdict verdict;
    } table[] = {
        {"", HEAD_MORE},
        {"G", HEAD_MORE},
        {"GET / HTTP/1.1\r\n\r", HEAD_MORE},
        {"GET / HTTP/1.1\r\n\r\n", HEAD_WHOLE},
        {"GET /a%20b?c=d HTTP/1.0\r\nA: \t b \t\r\nB:\r\n\r\nbody", HEAD_WHOLE},
        {"\r\nGET / HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {" GET / HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET  / HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1 \r\n\r\n", HEAD_MALFORMED},
        {"GET /\r\n\r\n", HEAD_MALFORMED},
        {"GET http://a/ HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET /a#b HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET /\x7f HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"G(T / HTTP/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.2\r\n\r\n", HEAD_VERSION},
        {"GET / HTTP/2.0\r\n\r\n", HEAD_VERSION},
        {"GET / http/1.1\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA b: c\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA : c\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\n: c\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA: b\n C: d\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", HEAD_MALFORMED},
        {"GET / HTTP/1.1\nA: b\r\n\r\n", HEAD_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_head head;
        assert_int_equal(http_head_parse(slice_text(table[i].text), &head), table[i].verdict);
    }
}

static void heads_with_nul(void **state)
{
    struct http_head head;
    (void)state;
    assert_int_equal(http_head_parse(slice_of("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24), &head), HEAD_MALFORMED);
    assert_int_equal(http_head_parse(slice_of("\0", 1), &head), HEAD_MALFORMED);
}

static void bounds(void **state)
{
    static char text[HEAD_MAX_BYTES + 100];
    struct http_head head;
    (void)state;
    size_t size = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < HEAD_LINES_MAX + 1; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "A: b\r\n");
    size += (size_t)snprintf(text + size, sizeof text - size, "\r\n");
    assert_int_equal(http_head_parse(slice_of(text, size), &head), HEAD_TOO_LONG);
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    assert_int_equal(http_head_parse(slice_of(text, HEAD_MAX_BYTES + 1), &head), HEAD_TOO_LONG);
    assert_int_equal(http_head_parse(slice_of(text, TARGET_MAX_BYTES + 100), &head), HEAD_TARGET);
    memcpy(text + TARGET_MAX_BYTES + 5, " HTTP/1.1\r\n\r\n", 13);
    assert_int_equal(http_head_parse(slice_of(text, TARGET_MAX_BYTES + 18), &head), HEAD_TARGET);
}

static void headers_are_found(void **state)
{
    struct http_head head;
    struct slice value;
    (void)state;
    assert_int_equal(
        http_head_parse(slice_text("GET / HTTP/1.1\r\nVia: a ,b\r\nvIA:  c;d, E \r\nX:\r\n\r\n"), &head),
        HEAD_WHOLE);
    assert_int_equal(http_head_find(&head, "via", &value), 2);
    assert_true(slice_equal_text(value, "a ,b"));
    assert_int_equal(http_head_find(&head, "x", &value), 1);
    assert_non_null(value.data);
    assert_int_equal(http_head_find(&head, "y", &value), 0);
    assert_null(value.data);
    assert_true(http_head_has(&head, "via", "a"));
    assert_true(http_head_has(&head, "via", "e"));
    assert_false(http_head_has(&head, "via", "c"));
    assert_false(http_head_has(&head, "x", "x"));
}

/* ---- the rules ---- */

static const struct upgrade_rules rules = {.origins = "https://game.example, http://localhost:3000"};

/* A good request on "host" with further lines. */
static enum refusal judge(const char *host, const char *lines, struct upgrade *ret_upgrade)
{
    static char text[4096];
    struct http_head head;
    snprintf(text, sizeof text,
             "GET /play HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
             host, lines);
    assert_int_equal(http_head_parse(slice_text(text), &head), HEAD_WHOLE);
    return upgrade_judge(&rules, &head, ret_upgrade);
}

static void origins(void **state)
{
    static const struct {
        const char *host, *lines;
        bool allowed;
    } table[] = {
        {"a.example", "", true},
        {"a.example", "Origin: https://a.example\r\n", true},
        {"a.example", "Origin: http://A.Example\r\n", true},
        {"a.example:443", "Origin: https://a.example\r\n", true},
        {"a.example:8480", "Origin: http://a.example:8480\r\n", true},
        {"a.example:8480", "Origin: http://a.example:8481\r\n", false},
        {"a.example", "Origin: https://a.example.evil\r\n", false},
        {"a.example", "Origin: https://evila.example\r\n", false},
        {"a.example", "Origin: null\r\n", false},
        {"a.example", "Origin: \r\n", false},
        {"a.example", "Origin: file://a.example\r\n", false},
        {"a.example", "Origin: https://game.example\r\n", true},
        {"a.example", "Origin: https://game.example:444\r\n", false},
        {"a.example", "Origin: http://game.example\r\n", false},
        {"a.example", "Origin: http://localhost:3000\r\n", true},
        {"a.example", "Origin: https://game.example\r\nOrigin: https://game.example\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct upgrade upgrade;
        assert_int_equal(judge(table[i].host, table[i].lines, &upgrade),
                         table[i].allowed ? REFUSAL_NONE : REFUSAL_ORIGIN);
    }
}

static void everything_else(void **state)
{
    static const struct {
        const char *lines;
        enum refusal refusal;
    } table[] = {
        {"Sec-WebSocket-Version: 13\r\n", REFUSAL_WEBSOCKET_VERSION}, /* twice */
        {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", REFUSAL_WEBSOCKET_KEY},
        {"Host: b\r\n", REFUSAL_HOST},
        {"Content-Length: 0\r\n", REFUSAL_NONE},
        {"Content-Length: 3\r\n", REFUSAL_BODY},
        {"Transfer-Encoding: chunked\r\n", REFUSAL_BODY},
        {"Authorization: bearer abc\r\n", REFUSAL_NONE},
        {"Authorization: Bearer\r\n", REFUSAL_AUTHORIZATION},
        {"Authorization: Bearer a b\r\n", REFUSAL_AUTHORIZATION},
        {"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", REFUSAL_AUTHORIZATION},
        {"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: gachapon\r\n", REFUSAL_NONE},
        {"Sec-WebSocket-Protocol: gachapon2\r\n", REFUSAL_SUBPROTOCOL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct upgrade upgrade;
        assert_int_equal(judge("a", table[i].lines, &upgrade), table[i].refusal);
    }
}

static void what_is_not_a_websocket(void **state)
{
    static const struct {
        const char *text;
        enum refusal refusal;
    } table[] = {
        {"GET /play HTTP/1.1\r\n\r\n", REFUSAL_HOST},
        {"GET /play HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", REFUSAL_NOT_WEBSOCKET},
        {"GET /play HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n", REFUSAL_NOT_WEBSOCKET},
        {"GET /play HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
         REFUSAL_WEBSOCKET_VERSION},
        {"GET /play HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 8\r\n\r\n",
         REFUSAL_WEBSOCKET_VERSION},
        {"GET /play HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
         REFUSAL_WEBSOCKET_KEY},
        {"PUT /join HTTP/1.1\r\nHost: a\r\n\r\n", REFUSAL_METHOD},
        {"GET /Join HTTP/1.1\r\nHost: a\r\n\r\n", REFUSAL_NOT_FOUND},
        {"GET /join?token=x HTTP/1.1\r\nHost: a\r\n\r\n", REFUSAL_QUERY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_head head;
        struct upgrade upgrade;
        assert_int_equal(http_head_parse(slice_text(table[i].text), &head), HEAD_WHOLE);
        assert_int_equal(upgrade_judge(&rules, &head, &upgrade), table[i].refusal);
    }
}

/* ---- addresses ---- */

static void networks(void **state)
{
    static const struct {
        const char *list, *address;
        bool inside;
    } table[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.168.4.128/25", "192.168.4.129", true},
        {"192.168.4.128/25", "192.168.4.127", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "::2", false},
        {"::1", "::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"1.2.3.4, 5.6.7.8", "5.6.7.8", true},
    };
    static const char *const wrong[] = {"10.0.0.0/33", "10.0.0/8",   "x",        ",",
                                        "1.2.3.4,",    "1.2.3.4/-1", "1.2.3.4/", "::/129"};
    struct networks list;
    struct address address;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(networks_parse(table[i].list, &list), ERR_OK);
        assert_true(address_parse(slice_text(table[i].address), &address));
        assert_int_equal(networks_contain(&list, &address), table[i].inside);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(networks_parse(wrong[i], &list), ERR_CONFIG);
    assert_int_equal(networks_parse(NULL, &list), ERR_OK);
    assert_int_equal(list.count, 0);
}

static void addresses(void **state)
{
    static const char *const texts[][2] = {
        {"1.2.3.4", "1.2.3.4"}, {"1.2.3.4:80", "1.2.3.4"},        {"::1", "::1"},
        {"[::1]:443", "::1"},   {"[2001:db8::1]", "2001:db8::1"}, {"::ffff:1.2.3.4", "1.2.3.4"}};
    static const char *const wrong[] = {"", "1.2.3", "unknown", "[::1", "[::1]x", "1.2.3.4.5", "_hidden"};
    char text[ADDRESS_TEXT_SIZE];
    struct address address;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(address_parse(slice_text(texts[i][0]), &address));
        assert_string_equal(address_format(&address, text), texts[i][1]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(address_parse(slice_text(wrong[i]), &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(heads_with_nul),
        cmocka_unit_test(bounds),
        cmocka_unit_test(headers_are_found),
        cmocka_unit_test(origins),
        cmocka_unit_test(everything_else),
        cmocka_unit_test(networks),
        cmocka_unit_test(addresses),
        cmocka_unit_test(what_is_not_a_websocket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
