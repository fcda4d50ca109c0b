/* text: rules for the texts that players choose.
 *
 * The problem: a display name is seen by others, so it must not be able to look like nothing, like somebody
 * else's name with an invisible letter in it, or turn the text around it. Full Unicode tables would be a
 * library; the rule is instead: ASCII by a short list, everything else by default, minus the ranges below,
 * which hold what is not seen.
 *
 *   CONTROL  moves or breaks the text around it: in no name
 *   HIDDEN   takes no ink of its own (joiners, selectors, fillers): in no display name; a team name may have
 * them, as emoji are made with them and only its owner sees it, but not nothing else BLANK    spaces other
 * than U+0020: as HIDDEN
 *
 * A name is judged by code points after strict UTF-8 decoding (no overlong forms, no surrogates). Nothing is
 * normalised: two names may look alike through look-alike letters; names are not identities, the player id
 * is.
 *
 * The client seed is ASCII without a colon, because "seed:nonce" must be read in one way only, by anyone who
 * recomputes a draw with any tool. */
#include "domain/text.h"
#include "base/check.h"
#include <string.h>

enum ink { INK_VISIBLE, INK_BLANK, INK_HIDDEN, INK_CONTROL };

static const struct ink_range {
    uint32_t first, last;
    enum ink ink;
} ink_ranges[] = {
    {0x00, 0x1f, INK_CONTROL},        {0x20, 0x20, INK_BLANK},         {0x7f, 0x9f, INK_CONTROL},
    {0xa0, 0xa0, INK_BLANK},          {0xad, 0xad, INK_HIDDEN},        {0x34f, 0x34f, INK_HIDDEN},
    {0x61c, 0x61c, INK_CONTROL},      {0x115f, 0x1160, INK_HIDDEN},    {0x1680, 0x1680, INK_BLANK},
    {0x17b4, 0x17b5, INK_HIDDEN},     {0x180b, 0x180f, INK_HIDDEN},    {0x2000, 0x200a, INK_BLANK},
    {0x200b, 0x200d, INK_HIDDEN},     {0x200e, 0x200f, INK_CONTROL},   {0x2028, 0x202e, INK_CONTROL},
    {0x202f, 0x202f, INK_BLANK},      {0x205f, 0x205f, INK_BLANK},     {0x2060, 0x2064, INK_HIDDEN},
    {0x2065, 0x206f, INK_CONTROL},    {0x2800, 0x2800, INK_BLANK},     {0x3000, 0x3000, INK_BLANK},
    {0x3164, 0x3164, INK_HIDDEN},     {0xfdd0, 0xfdef, INK_CONTROL},   {0xfe00, 0xfe0f, INK_HIDDEN},
    {0xfeff, 0xfeff, INK_CONTROL},    {0xffa0, 0xffa0, INK_HIDDEN},    {0xfff0, 0xfffb, INK_CONTROL},
    {0xfffe, 0xffff, INK_CONTROL},    {0x1bca0, 0x1bca3, INK_CONTROL}, {0x1d173, 0x1d17a, INK_CONTROL},
    {0xe0000, 0xe00ff, INK_CONTROL},  {0xe0100, 0xe01ef, INK_HIDDEN},  {0xe01f0, 0xe0fff, INK_CONTROL},
    {0xf0000, 0x10ffff, INK_CONTROL},
};

static bool next_code_point(struct slice *rest, uint32_t *ret_code);

static enum ink ink_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof ink_ranges / sizeof *ink_ranges; i++)
        if (code >= ink_ranges[i].first && code <= ink_ranges[i].last)
            return ink_ranges[i].ink;
    return (code & 0xfffe) == 0xfffe ? INK_CONTROL
                                     : INK_VISIBLE; /* the last two of every plane are no characters */
}

/* Whether a display name may hold this code point, spaces apart. */
static bool display_name_letter(uint32_t code)
{
    if (code >= 0x80)
        return ink_of(code) == INK_VISIBLE;
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
           code == '.' || code == '-' || code == '_' || code == '\'';
}

bool text_display_name_valid(struct slice name)
{
    if (name.size < TEXT_DISPLAY_NAME_MIN_BYTES || name.size > TEXT_NAME_MAX_BYTES)
        return false;
    bool space_before = true; /* the start counts as one: no space there */
    while (name.size > 0) {
        uint32_t code;
        if (!next_code_point(&name, &code))
            return false;
        if (code == ' ' ? space_before : !display_name_letter(code))
            return false;
        space_before = code == ' ';
    }
    return !space_before;
}

bool text_team_name_valid(struct slice name)
{
    if (name.size == 0 || name.size > TEXT_NAME_MAX_BYTES)
        return false;
    bool seen = false;
    while (name.size > 0) {
        uint32_t code;
        if (!next_code_point(&name, &code))
            return false;
        enum ink ink = ink_of(code);
        if (ink == INK_CONTROL)
            return false;
        seen = seen || ink == INK_VISIBLE;
    }
    return seen;
}

bool text_client_seed_valid(struct slice seed)
{
    if (seed.size == 0 || seed.size > TEXT_CLIENT_SEED_MAX_BYTES)
        return false;
    for (size_t i = 0; i < seed.size; i++)
        if (seed.data[i] < 0x20 || seed.data[i] > 0x7e || seed.data[i] == ':')
            return false;
    return true;
}

struct slice text_display_name_from(struct arena *arena, struct slice wish, struct uuid player)
{
    uint8_t made[TEXT_NAME_MAX_BYTES];
    size_t size = 0;
    while (wish.size > 0 && wish.data[0] != '@') {
        struct slice before = wish;
        uint32_t code;
        bool keep = next_code_point(&wish, &code) && (code == ' ' || display_name_letter(code));
        if (!keep && wish.size == before.size) /* not UTF-8: leave one byte out */
            wish = slice_of(wish.data + 1, wish.size - 1);
        size_t length = keep ? before.size - wish.size : 1;
        const uint8_t *bytes = keep ? before.data : (const uint8_t *)"_";
        if (size + length > sizeof made)
            break;
        if (*bytes == ' ' && (size == 0 || made[size - 1] == ' '))
            continue;
        memcpy(made + size, bytes, length);
        size += length;
    }
    if (size > 0 && made[size - 1] == ' ')
        size--;
    if (text_display_name_valid(slice_of(made, size)))
        return slice_copy(arena, slice_of(made, size));
    char id[UUID_TEXT_SIZE];
    const char *name = arena_printf(arena, "Player-%.8s", uuid_format(player, id));
    return name == NULL ? (struct slice){0} : slice_text(name);
}

void short_text_set(struct short_text *target, struct slice text)
{
    check(text.size <= sizeof target->bytes);
    memset(target, 0, sizeof *target);
    target->size = (uint8_t)text.size;
    if (text.size > 0)
        memcpy(target->bytes, text.data, text.size);
}

struct slice short_text_slice(const struct short_text *text)
{
    return slice_of(text->bytes, text->size);
}

/* Takes one code point off the front; false, with nothing taken, when the bytes are not UTF-8 (RFC 3629). */
static bool next_code_point(struct slice *rest, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = rest->data[0];
    size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || rest->size < length)
        return false;
    uint32_t code = length == 1 ? first : first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((rest->data[i] & 0xc0) != 0x80)
            return false;
        code = code << 6 | (rest->data[i] & 0x3f);
    }
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return false;
    *rest = slice_of(rest->data + length, rest->size - length);
    *ret_code = code;
    return true;
}
