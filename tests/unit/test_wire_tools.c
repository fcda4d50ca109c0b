/* test_wire_tools: typed lines to requests (connect), and decode-frame as a process would run it: bytes on
 * stdin, lines on stdout, an exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "gen/c/schema.h"
#include "helper_wire.h"
#include "tools/request_line.h"
#include "tools/show.h"
#include "tools/tools.h"

static const struct uuid command_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

/* ---- typed lines */

/* What the server would make of the line, as the tool prints it; compares with `wanted`. */
static void expect_line(const char *line, const char *wanted)
{
    struct buf frame, shown;
    struct arena arena;
    char wrong[160] = "";
    buf_init(&frame, 1 << 20);
    buf_init(&shown, 1 << 20);
    arena_init(&arena, 4096, 1 << 20);
    if (!request_line_encode(&frame, slice_text(line), 7, command_id, wrong))
        fail_msg("%s: %s", line, wrong);
    struct slice rest = buf_slice(&frame);
    bool good = show_request(&rest, SHOW_NAMES, &arena, &shown);
    assert_int_equal(rest.size, 0);
    assert_int_equal(buf_append(&shown, "", 1), ERR_OK);
    if (strstr((const char *)shown.data, wanted) == NULL)
        fail_msg("%s: %s", line, (const char *)shown.data);
    assert_int_equal(good, strstr(wanted, "\"error\"") == NULL);
    buf_release(&frame);
    buf_release(&shown);
    arena_release(&arena);
}

static void test_a_typed_line_becomes_a_request(void **state)
{
    (void)state;
    expect_line("ping", "{\"id\":7,\"type\":\"ping\",\"payload\":{},\"meta\":{\"command_id\":null,");
    expect_line(
        "  open_pack   pack=vernal count=10  ",
        "\"payload\":{\"pack\":\"vernal\",\"count\":10,\"payment\":\"currency\"},\"meta\":{\"command_id\":"
        "\"01020304-0506-0708-090a-0b0c0d0e0f10\",\"consistency\":\"strong\"");
    expect_line("open_pack pack=vernal count=1 payment=item @consistency=eventual @at_least=12",
                "\"payment\":\"item\"},\"meta\":{\"command_id\":\"01020304-0506-0708-090a-0b0c0d0e0f10\","
                "\"consistency\":\"eventual\",\"at_least\":12");
    expect_line("open_pack pack=vernal count=1 @command_id=00000000-0000-7000-8000-000000000001",
                "\"command_id\":\"00000000-0000-7000-8000-000000000001\"");
    expect_line("form_team name=\"Night \\\"Watch\" members=ada,brin,cleo,dora",
                "\"name\":\"Night \\\"Watch\",\"members\":[\"ada\",\"brin\",\"cleo\",\"dora\"]");
    expect_line("form_team name=x members=[\"ada\", \"brin\"]", "\"members\":[\"ada\",\"brin\"]");
    expect_line("disband_team {\"team\": 3}", "\"payload\":{\"team\":3}");
    expect_line("list_packs limit=5",
                "\"type\":\"list_packs\",\"payload\":{\"after\":null,\"limit\":5,\"player\":null}");
    expect_line("publish_item item=ticket name=10 description=null", "\"name\":\"10\",\"description\":null");
    /* a wrong value is sent, so that the server's answer can be seen */
    expect_line("open_pack pack=vernal count=1 payment=9", "\"error\":\"field_out_of_range\"");
    expect_line("rename_player display_name=\"\"", "\"error\":\"field_out_of_range\"");
}

static void expect_wrong(const char *line, const char *wanted)
{
    struct buf frame;
    char wrong[160] = "";
    buf_init(&frame, 1 << 20);
    assert_false(request_line_encode(&frame, slice_text(line), 7, command_id, wrong));
    assert_int_equal(frame.size, 0);
    if (strstr(wrong, wanted) == NULL)
        fail_msg("%s: %s", line, wrong);
    buf_release(&frame);
}

static void test_a_mistyped_line_says_what_is_wrong(void **state)
{
    (void)state;
    expect_wrong("", "no such request");
    expect_wrong("opne_pack", "opne_pack: no such request");
    expect_wrong("hello", "no such request");        /* a push */
    expect_wrong("enrol_player", "no such request"); /* the server's own */
    expect_wrong("open_pack vernal", "write field=value");
    expect_wrong("open_pack =3", "write field=value");
    expect_wrong("open_pack pak=vernal", "pak: must be a field");
    expect_wrong("open_pack pack=Vernal", "pack: must be a key");
    expect_wrong("open_pack pack=vernal count=ten", "count: must be a number");
    expect_wrong("open_pack pack=vernal count=256", "count: must be a number");
    expect_wrong("open_pack pack=vernal count=1 @position=1", "position: must be a field");
    expect_wrong("open_pack {\"pack\":", "not valid JSON");
    expect_wrong("open_pack {\"pack\":\"a\",\"pack\":\"b\"}", "not valid JSON");
    expect_wrong("grant player=me", "player: must be a uuid");
}

static void test_help_lists_every_request(void **state)
{
    (void)state;
    struct buf help;
    buf_init(&help, 1 << 20);
    request_line_help(&help, (struct slice){0});
    for (int i = 0; i < SCHEMA_COMMAND_COUNT; i++) {
        const char *name = schema_commands[i].name;
        bool listed = memmem(help.data, help.size, name, strlen(name)) != NULL;
        assert_int_equal(listed, schema_commands[i].roles != ROLE_INTERNAL);
    }
    buf_clear(&help);
    request_line_help(&help, slice_text("open_pack"));
    assert_true(
        slice_equal_text(buf_slice(&help), "open_pack pack=key count=number [payment=currency|item]\n"));
    buf_clear(&help);
    request_line_help(&help, slice_text("publish_pack"));
    const char *shown = "rarities=[{\"rarity\":common|rare|epic|legendary,\"weight\":number},...] ";
    assert_non_null(memmem(help.data, help.size, shown, strlen(shown)));
    assert_non_null(memmem(help.data, help.size, " [item=key] ", strlen(" [item=key] ")));
    buf_release(&help);
}

/* ---- decode-frame */

/* Runs the tool in a child with `input` on its stdin; its exit status, and its stdout in `ret_output`. */
static int run_decode_frame(struct slice input, const char *first, const char *second, char ret_output[4096])
{
    FILE *in = tmpfile(), *out = tmpfile();
    assert_non_null(in);
    assert_non_null(out);
    assert_int_equal(fwrite(input.data, 1, input.size, in), input.size);
    assert_int_equal(fflush(in), 0);
    rewind(in);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {(char *)"decode-frame", (char *)first, (char *)second, NULL};
        if (dup2(fileno(in), 0) < 0 || dup2(fileno(out), 1) < 0)
            _exit(99);
        int status = tool_decode_frame(NULL, (first != NULL) + (second != NULL), argv + 1);
        fflush(stdout);
        _exit(status);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    rewind(out);
    size_t size = fread(ret_output, 1, 4095, out);
    ret_output[size] = '\0';
    fclose(in);
    fclose(out);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_decode_frame_takes_hex_and_bytes(void **state)
{
    (void)state;
    char hex[4096], raw[4096];
    assert_int_equal(run_decode_frame(slice_text("93 07\n06 90\n"), "--names", NULL, hex), 0);
    assert_int_equal(run_decode_frame(slice_text("\x93\x07\x06\x90"), "--names", NULL, raw), 0);
    assert_string_equal(hex, raw);
    assert_non_null(strstr(hex, "{\"id\":7,\"type\":\"ping\",\"payload\":{}"));
    assert_int_equal(run_decode_frame(slice_text("93070690"), NULL, NULL, hex), 0);
    assert_string_equal(hex, "{\"id\":7,\"type\":6,\"payload\":[],\"meta\":[null,1,0,null]}\n");
    assert_int_equal(run_decode_frame(slice_text("9307069"), "--hex", NULL, hex), 2);
    assert_int_equal(run_decode_frame(slice_text("93070690"), "--raw", NULL, raw), 1);
    assert_int_equal(run_decode_frame(slice_text("93070690"), "--nonsense", NULL, raw), 2);
}

static void test_decode_frame_judges_each_message(void **state)
{
    (void)state;
    char text[4096];
    /* a push from a client, then a good one */
    assert_int_equal(run_decode_frame(slice_text("93080290 93070690"), "--names", NULL, text), 1);
    assert_non_null(strstr(text, "{\"id\":8,\"error\":\"type_unknown\",\"code\":2"));
    assert_non_null(strstr(text, "{\"id\":7,\"type\":\"ping\""));
    assert_int_equal(run_decode_frame(slice_text(""), NULL, NULL, text), 1);
    assert_non_null(strstr(text, "\"error\":\"malformed\""));
    /* a token is not shown */
    assert_int_equal(run_decode_frame(slice_text("93 07 04 91 a3 61 62 63"), NULL, NULL, text), 0);
    assert_non_null(strstr(text, "\"payload\":[null,null]"));
    assert_int_equal(run_decode_frame(slice_text("93 00 02 93 01 02 03"), "--from=server", "--names", text),
                     0);
    assert_non_null(strstr(text, "\"own_mark\":2,\"public_mark\":3"));
}

static void test_decode_frame_holds_the_frame_limits(void **state)
{
    (void)state;
    static uint8_t frame[LIMIT_FRAME_MAX_BYTES + 1];
    char text[4096];
    memset(frame, 0x93, sizeof frame);
    assert_int_equal(run_decode_frame(slice_of(frame, sizeof frame), NULL, NULL, text), 1);
    assert_non_null(strstr(text, "{\"close\":1009"));
    size_t size = 0;
    for (int i = 0; i <= LIMIT_MESSAGES_PER_FRAME_MAX; i++, size += 4)
        memcpy(frame + size, "\x93\x07\x06\x90", 4);
    assert_int_equal(run_decode_frame(slice_of(frame, size - 4), NULL, NULL, text), 0);
    assert_int_equal(run_decode_frame(slice_of(frame, size), NULL, NULL, text), 1);
    assert_non_null(strstr(text, "messages in one frame"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_typed_line_becomes_a_request),
        cmocka_unit_test(test_a_mistyped_line_says_what_is_wrong),
        cmocka_unit_test(test_help_lists_every_request),
        cmocka_unit_test(test_decode_frame_takes_hex_and_bytes),
        cmocka_unit_test(test_decode_frame_judges_each_message),
        cmocka_unit_test(test_decode_frame_holds_the_frame_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
