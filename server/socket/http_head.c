/* http_head: the one parser of HTTP requests (RFC 9112), for both ports.
 *
 * It is strict because it stands before everything else: lines end with CR LF, names are tokens followed at
 * once by a colon, values hold no control bytes, no line is continued by a leading blank, a target is an
 * absolute path of printable ASCII. Whoever sends anything else is not a client of ours, and two programs
 * that read the same odd bytes differently are how requests get smuggled past a proxy.
 *
 * Bounds first: bytes, lines, target (limits.h). The first byte is judged at once, so that TLS on the plain
 * port is refused and not waited for. Nothing is copied and nothing allocated.
 *
 * It does not decode percent signs: no path of ours needs them. It reads no bodies: front.c does. */
#include "socket/http_head.h"
#include <strings.h>

static bool is_token_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_token_byte(text.data[i]))
            return false;
    return text.size > 0;
}

static bool is_value(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < 0x20 && text.data[i] != '\t') || text.data[i] == 0x7f)
            return false;
    return true;
}

static bool is_target(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7f || text.data[i] == '#')
            return false;
    return text.size > 0 && text.data[0] == '/';
}

static struct slice trimmed(struct slice text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_of(text.data + 1, text.size - 1);
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Cuts what stands before `byte` off *rest, with the byte; false when it is not there. */
static bool cut(struct slice *rest, uint8_t byte, struct slice *ret_part)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, byte, rest->size) : NULL;
    if (end == NULL)
        return false;
    *ret_part = slice_of(rest->data, (size_t)(end - rest->data));
    *rest = slice_of(end + 1, rest->size - ret_part->size - 1);
    return true;
}

static enum head_verdict parse_request_line(struct slice line, struct http_head *head)
{
    if (!cut(&line, ' ', &head->method) || !is_token(head->method) || head->method.size > 16)
        return HEAD_MALFORMED;
    if (!cut(&line, ' ', &head->target))
        return HEAD_MALFORMED;
    if (line.size != 8 || memcmp(line.data, "HTTP/", 5) != 0)
        return HEAD_MALFORMED;
    if (!slice_equal_text(line, "HTTP/1.1") && !slice_equal_text(line, "HTTP/1.0"))
        return HEAD_VERSION;
    head->minor = line.data[7] - '0';
    if (head->target.size > TARGET_MAX_BYTES)
        return HEAD_TARGET;
    return is_target(head->target) ? HEAD_WHOLE : HEAD_MALFORMED;
}

static enum head_verdict parse_line(struct slice line, struct http_head *head)
{
    struct slice name;
    if (head->count == HEAD_LINES_MAX)
        return HEAD_TOO_LONG;
    if (!cut(&line, ':', &name) || !is_token(name) || !is_value(line))
        return HEAD_MALFORMED;
    head->lines[head->count].name = name;
    head->lines[head->count].value = trimmed(line);
    head->count++;
    return HEAD_WHOLE;
}

/* Cuts a line off *rest without its CR LF; false for a bare LF or a CR inside. */
static bool cut_line(struct slice *rest, struct slice *ret_line)
{
    if (!cut(rest, '\n', ret_line) || ret_line->size == 0 || ret_line->data[ret_line->size - 1] != '\r')
        return false;
    ret_line->size--;
    return true;
}

/* What can be said before the end of the head has come. */
static enum head_verdict judge_part(struct slice bytes)
{
    if (bytes.size > 0 && !is_token_byte(bytes.data[0]))
        return HEAD_MALFORMED;
    if (bytes.size > HEAD_MAX_BYTES)
        return HEAD_TOO_LONG;
    if (bytes.size > TARGET_MAX_BYTES + 64 && memchr(bytes.data, '\n', bytes.size) == NULL)
        return HEAD_TARGET;
    return HEAD_MORE;
}

enum head_verdict http_head_parse(struct slice bytes, struct http_head *ret_head)
{
    const uint8_t *end = bytes.size > 0 ? memmem(bytes.data, bytes.size, "\r\n\r\n", 4) : NULL;
    if (end == NULL)
        return judge_part(bytes);
    ret_head->count = 0;
    ret_head->size = (size_t)(end - bytes.data) + 4;
    if (ret_head->size > HEAD_MAX_BYTES)
        return HEAD_TOO_LONG;
    struct slice rest = slice_of(bytes.data, ret_head->size - 2), line;
    if (!cut_line(&rest, &line))
        return HEAD_MALFORMED;
    enum head_verdict verdict = parse_request_line(line, ret_head);
    while (verdict == HEAD_WHOLE && rest.size > 0)
        verdict = cut_line(&rest, &line) ? parse_line(line, ret_head) : HEAD_MALFORMED;
    return verdict;
}

/* ---- reading it ---- */

static bool is_named(struct slice name, const char *wanted)
{
    return name.size == strlen(wanted) && strncasecmp((const char *)name.data, wanted, name.size) == 0;
}

unsigned http_head_find(const struct http_head *head, const char *name, struct slice *ret_value)
{
    unsigned found = 0;
    if (ret_value != NULL)
        *ret_value = (struct slice){0};
    for (unsigned i = 0; i < head->count; i++)
        if (is_named(head->lines[i].name, name) && found++ == 0 && ret_value != NULL)
            *ret_value = head->lines[i].value;
    return found;
}

static bool list_holds(struct slice list, const char *token)
{
    struct slice entry;
    while (cut(&list, ',', &entry))
        if (is_named(trimmed(entry), token))
            return true;
    return is_named(trimmed(list), token);
}

bool http_head_has(const struct http_head *head, const char *name, const char *token)
{
    for (unsigned i = 0; i < head->count; i++)
        if (is_named(head->lines[i].name, name) && list_holds(head->lines[i].value, token))
            return true;
    return false;
}
