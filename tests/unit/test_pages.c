/* test_pages: which files there are, and what the content security policy lets the page reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "pages.h"

static int ask(const char *path, const char **ret_type, struct buf *out)
{
    struct pages pages;
    struct http_answer answer = {.status = 500, .content_type = "none", .headers = "", .body = out};
    buf_clear(out);
    pages_init(&pages, "https://keys.example.org/realms/gachapon");
    pages_answer(&pages, &(struct http_request){.method = "GET", .path = path}, &answer);
    assert_non_null(strstr(answer.headers, "default-src 'none'"));
    *ret_type = answer.content_type;
    return answer.status;
}

static void test_files(void **state)
{
    struct buf out;
    const char *type;
    (void)state;
    buf_init(&out, 1 << 20);
    assert_int_equal(ask("/", &type, &out), 200);
    assert_string_equal(type, "text/html; charset=utf-8");
    assert_memory_equal(out.data, "<!doctype html>", 15);
    assert_int_equal(ask("/app.js", &type, &out), 200);
    assert_string_equal(type, "text/javascript; charset=utf-8");
    assert_true(out.size > 10000);
    assert_int_equal(ask("/page.css", &type, &out), 200);
    static const char *const missing[] = {"/app", "/index.html", "//", "/../etc/passwd", ""};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        assert_int_equal(ask(missing[i], &type, &out), 404);
    buf_release(&out);
}

/* Only the issuer's origin, whatever stands behind it; nothing when it has none. */
static void test_policy(void **state)
{
    static const struct {
        const char *issuer, *part;
    } cases[] = {
        {"https://keys.example.org/realms/x", "connect-src 'self' https://keys.example.org; base-uri"},
        {"http://127.0.0.1:8482/realms/x", "connect-src 'self' http://127.0.0.1:8482; base-uri"},
        {"http://a; script-src *", "connect-src 'self' http://a; base-uri"},
        {"nonsense", "connect-src 'self' ; base-uri"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pages pages;
        pages_init(&pages, cases[i].issuer);
        assert_non_null(strstr(pages.headers, cases[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files), cmocka_unit_test(test_policy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
