/* form: fields split at '&', name and value at the first '='; in both a percent sign and two hex digits are a
 * byte, and '+' is a space (WHATWG URL, "application/x-www-form-urlencoded parsing").
 *
 * Names are compared decoded, as a sender may encode any byte. A name that is broken is nobody's; a value
 * that is broken counts as none, rather than being read in the one way that some other program would not. */
#include "base/form.h"
#include "base/hex.h"
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 64

bool form_is_type(struct slice content_type)
{
    static const char form[] = "application/x-www-form-urlencoded";
    const char *text = (const char *)content_type.data;
    size_t size = content_type.size, end = sizeof form - 1;
    if (size < end || strncasecmp(text, form, end) != 0)
        return false;
    while (end < size && (text[end] == ' ' || text[end] == '\t'))
        end++;
    return end == size || text[end] == ';';
}

/* Cuts what stands before `byte` off *rest, with the byte; all of it when the byte is not there. */
static struct slice cut(struct slice *rest, char byte)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, byte, rest->size) : NULL;
    struct slice part = end == NULL ? *rest : slice_of(rest->data, (size_t)(end - rest->data));
    size_t taken = part.size + (end != NULL);
    *rest = slice_of(rest->data + taken, rest->size - taken);
    return part;
}

/* False: broken, or it does not fit. */
static bool decode(struct slice text, uint8_t *ret_bytes, size_t size, size_t *ret_size)
{
    size_t used = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i] == '+' ? ' ' : text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (used == size)
            return false;
        ret_bytes[used++] = byte;
    }
    *ret_size = used;
    return true;
}

unsigned form_field(struct slice form, const char *name, uint8_t *ret_value, size_t size, size_t *ret_size)
{
    uint8_t decoded[NAME_MAX_BYTES];
    size_t decoded_size;
    unsigned found = 0;
    while (form.size > 0) {
        struct slice value = cut(&form, '&'), field = cut(&value, '=');
        if (!decode(field, decoded, sizeof decoded, &decoded_size) ||
            !slice_equal_text(slice_of(decoded, decoded_size), name))
            continue;
        if (found++ == 0 && !decode(value, ret_value, size, ret_size))
            return 0;
    }
    return found;
}
