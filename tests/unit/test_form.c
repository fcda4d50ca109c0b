/* form: fields as every kind of sender writes them, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/form.h"

static void fields_are_read_decoded(void **state)
{
    static const struct {
        const char *form, *value;
        unsigned found;
    } table[] = {
        {"token=a.b", "a.b", 1},
        {"token=a%2Eb%2eb", "a.b.b", 1},
        {"%74oke%6E=x", "x", 1},
        {"other=1&token=x&token=y", "x", 2},
        {"token=a=b+c%2B", "a=b c+", 1},
        {"token=", "", 1},
        {"token", "", 1},
        {"&&token=x&", "x", 1},
        {"Token=x&tokens=x&token%00=x&token%=x", "", 0},
        {"", "", 0},
        {"token=%", "", 0},
        {"token=%4", "", 0},
        {"token=%4g", "", 0},
        {"token=%2&token=x", "", 0},
        {"token=12345678", "12345678", 1},
        {"token=123456789", "", 0},
        {"token=%31%32%33%34%35%36%37%38", "12345678", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t value[8];
        size_t size = 0;
        assert_int_equal(form_field(slice_text(table[i].form), "token", value, sizeof value, &size),
                         table[i].found);
        assert_int_equal(size, strlen(table[i].value));
        assert_memory_equal(value, table[i].value, size);
    }
}

static void a_type_is_told_from_others(void **state)
{
    static const char *const forms[] = {"application/x-www-form-urlencoded",
                                        "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
                                        "application/x-www-form-urlencoded ;charset=UTF-8"};
    static const char *const others[] = {"", "application/json", "application/x-www-form-urlencode",
                                         "application/x-www-form-urlencoded2", "text/plain"};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        assert_true(form_is_type(slice_text(forms[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(form_is_type(slice_text(others[i])));
    assert_false(form_is_type((struct slice){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_are_read_decoded),
                                       cmocka_unit_test(a_type_is_told_from_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
