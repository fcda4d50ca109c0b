/* loopback: what a browser and strangers may send to the address that a sign-in waits at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tools/loopback.h"

static struct loopback loopback;
static char judged[LOOPBACK_REQUEST_MAX_BYTES];
static int asked;

static int open_it(void **state)
{
    (void)state;
    asked = 0;
    judged[0] = '\0';
    return loopback_open(&loopback) == ERR_OK ? 0 : -1;
}
static int close_it(void **state)
{
    (void)state;
    loopback_close(&loopback);
    return 0;
}

/* Good is what says state=right; the rest is somebody else's. */
static enum loopback_verdict judge(void *ctx, const char *query)
{
    char value[32];
    (void)ctx;
    asked++;
    strcpy(judged, query);
    if (!loopback_query(query, "state", value, sizeof value) || strcmp(value, "right") != 0)
        return LOOPBACK_STRANGER;
    return loopback_query(query, "error", value, sizeof value) ? LOOPBACK_BAD : LOOPBACK_GOOD;
}

static int say(const char *text)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(loopback.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
    return fd;
}

/* What the server said on this connection until it closed it. */
static const char *heard(int fd)
{
    static char text[4096];
    size_t size = 0;
    for (ssize_t more; (more = recv(fd, text + size, sizeof text - 1 - size, 0)) > 0;)
        size += (size_t)more;
    text[size] = '\0';
    close(fd);
    return text;
}

static void the_answer_is_told_from_everything_else(void **state)
{
    (void)state;
    static const char *const strangers[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /callback?state=right&code=c HTTP/1.1\r\n\r\n",
        "GET /callback HTTP/1.1\r\n\r\n",
        "GET /callback?state=wrong&code=c HTTP/1.1\r\n\r\n",
        "GET /callback?code=c HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
    };
    int fds[7], idle = say("GET /callb");
    for (int i = 0; i < 7; i++)
        fds[i] = say(strangers[i]);
    assert_int_equal(loopback_wait(&loopback, 200, judge, NULL), ERR_TIMEOUT);
    for (int i = 0; i < 7; i++)
        assert_non_null(strstr(heard(fds[i]), "404 Not Found"));
    assert_int_equal(asked, 2);
    int good = say("GET /callback?state=right&code=a%2Bb HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_int_equal(loopback_wait(&loopback, 5000, judge, NULL), ERR_OK);
    assert_string_equal(judged, "state=right&code=a%2Bb");
    const char *page = heard(good);
    assert_non_null(strstr(page, "You are signed in"));
    assert_non_null(strstr(page, "Cache-Control: no-store"));
    close(idle);
}

static void a_refusal_ends_the_wait_too(void **state)
{
    (void)state;
    int fd = say("GET /callback?error=access_denied&state=right HTTP/1.1\r\n\r\n");
    assert_int_equal(loopback_wait(&loopback, 5000, judge, NULL), ERR_OK);
    assert_non_null(strstr(heard(fd), "You are not signed in"));
}

static void silent_and_endless_peers_hold_up_nobody(void **state)
{
    (void)state;
    static char endless[LOOPBACK_REQUEST_MAX_BYTES + 2];
    int fds[LOOPBACK_PEERS_MAX];
    memset(endless, 'a', sizeof endless - 1);
    for (int i = 0; i < LOOPBACK_PEERS_MAX; i++)
        fds[i] = i % 2 == 0 ? say("GET ") : say(endless);
    assert_int_equal(loopback_wait(&loopback, 200, judge, NULL), ERR_TIMEOUT);
    int good = say("GET /callback?state=right HTTP/1.1\r\n\r\n");
    assert_int_equal(loopback_wait(&loopback, 5000, judge, NULL), ERR_OK);
    assert_int_equal(asked, 1);
    close(good);
    for (int i = 0; i < LOOPBACK_PEERS_MAX; i++)
        close(fds[i]);
}

static void a_query_is_read_by_whole_names(void **state)
{
    (void)state;
    char value[8];
    assert_true(loopback_query("a=1&bb=2&b=%2f%41&b=9", "b", value, sizeof value));
    assert_string_equal(value, "/A");
    assert_true(loopback_query("b=", "b", value, sizeof value));
    assert_string_equal(value, "");
    assert_false(loopback_query("bb=1&cb=2", "b", value, sizeof value));
    assert_false(loopback_query("", "b", value, sizeof value));
    assert_false(loopback_query("b=12345678", "b", value, sizeof value));
    assert_true(loopback_query("b=1234567", "b", value, sizeof value));
    static const char *const broken[] = {"b=%", "b=%4", "b=%zz", "b=%00"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_false(loopback_query(broken[i], "b", value, sizeof value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_answer_is_told_from_everything_else, open_it, close_it),
        cmocka_unit_test_setup_teardown(a_refusal_ends_the_wait_too, open_it, close_it),
        cmocka_unit_test_setup_teardown(silent_and_endless_peers_hold_up_nobody, open_it, close_it),
        cmocka_unit_test(a_query_is_read_by_whole_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
