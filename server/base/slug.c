/* slug: parsing of keys. The rule is narrow on purpose: a slug is safe in SQL, URLs, file names and logs. */
#include "base/slug.h"
#include "base/check.h"

static bool slug_byte(uint8_t c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && !first);
}

bool slug_parse(struct slice text, struct slug *ret_slug)
{
    if (text.size == 0 || text.size >= sizeof ret_slug->text)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!slug_byte(text.data[i], i == 0))
            return false;
    struct slug slug = {{0}};
    memcpy(slug.text, text.data, text.size);
    *ret_slug = slug;
    return true;
}

struct slug slug_of(const char *text)
{
    struct slug slug = {{0}};
    check(text[0] == '\0' || slug_parse(slice_text(text), &slug));
    return slug;
}
