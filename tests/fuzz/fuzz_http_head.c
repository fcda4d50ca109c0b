/* fuzz_http_head: what a stranger's first bytes meet: the head's parser and the rules of upgrades.
 *
 * Each input is tried as it is and as changes (where, what) to a good request. Held against the result: a
 * whole head has its parts inside the input and within their bounds, the same bytes one at a time come to the
 * same verdict, an accepted upgrade is one, and addresses that parse are written and parse again to the same.
 */
#include <stdlib.h>
#include "base/check.h"
#include "fuzz.h"
#include "socket/upgrade.h"

static const char good[] =
    "GET /play HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Origin: https://a.example\r\nAuthorization: Bearer abc\r\nSec-WebSocket-Protocol: gachapon\r\n"
    "X-Forwarded-For: 1.2.3.4, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n";

static void check_inside(struct slice whole, struct slice part)
{
    check(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void check_upgrade(const struct upgrade_rules *rules, const struct http_head *head)
{
    struct upgrade upgrade;
    struct address peer = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}};
    upgrade_asker(rules, head, &peer, false);
    enum refusal refusal = upgrade_judge(rules, head, &upgrade);
    if (refusal != REFUSAL_NONE) {
        check(refusal_desc(refusal)->status >= 400);
        return;
    }
    check(slice_equal_text(head->method, "GET") && head->minor == 1);
    check(slice_equal_text(head->target, "/play") || slice_equal_text(head->target, "/join"));
    check(upgrade.key.size == 24 && upgrade.bearer.size <= BEARER_MAX_BYTES);
    check(http_head_has(head, "upgrade", "websocket") && http_head_has(head, "connection", "upgrade"));
}

static void try_head(const struct upgrade_rules *rules, struct slice bytes)
{
    struct http_head head;
    enum head_verdict verdict = http_head_parse(bytes, &head);
    if (verdict == HEAD_WHOLE) {
        check(head.size <= bytes.size && head.size <= HEAD_MAX_BYTES && head.count <= HEAD_LINES_MAX);
        check_inside(bytes, head.method);
        check_inside(bytes, head.target);
        for (unsigned i = 0; i < head.count; i++) {
            check_inside(bytes, head.lines[i].name);
            check_inside(bytes, head.lines[i].value);
        }
        check_upgrade(rules, &head);
        struct http_head part;
        for (size_t size = 0; size < head.size; size++) {
            enum head_verdict early = http_head_parse(slice_of(bytes.data, size), &part);
            check(early == HEAD_MORE);
        }
    }
}

static void try_address(struct slice text)
{
    struct address address, again;
    char written[ADDRESS_TEXT_SIZE];
    if (!address_parse(text, &address))
        return;
    address_format(&address, written);
    check(address_parse(slice_text(written), &again) && memcmp(&address, &again, sizeof address) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct upgrade_rules rules = {.origins = "https://b.example", .test_echo = true};
    size_t length = sizeof good - 1;
    uint8_t *changed = malloc(length);
    check(changed != NULL && networks_parse("10.0.0.0/8", &rules.trusted) == ERR_OK);
    memcpy(changed, good, length);
    for (size_t i = 0; i + 2 < size && i < 24; i += 3)
        changed[((size_t)data[i] << 8 | data[i + 1]) % length] = data[i + 2];
    try_head(&rules, slice_of(data, size));
    try_head(&rules, slice_of(changed, length));
    try_address(slice_of(data, size));
    free(changed);
    return 0;
}
