/* verify: is the log what was appended? `gachapon verify` makes the hash chain again from the rows of the
 * event store and looks at what the log promises about itself; it says where it breaks first. It reads only,
 * by pages, and may run beside a server. `--expect POSITION:CHAIN`, once or more, takes what a server logged
 * (`tag=chain position=... chain=...`): whoever could rewrite the whole log could not rewrite those lines. */
#include "eventstore/verify.h"
#include "tools/progress.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_MAX 64

static bool parse_expected(const char *text, struct verify_expected *out)
{
    char *end;
    out->position = strtoull(text, &end, 10);
    size_t size = 0;
    return text[0] >= '0' && text[0] <= '9' && *end == ':' &&
           strlen(end + 1) == 2 * sizeof out->chain.bytes &&
           sodium_hex2bin(out->chain.bytes, sizeof out->chain.bytes, end + 1, strlen(end + 1), NULL, &size,
                          NULL) == 0 &&
           size == sizeof out->chain.bytes;
}

/* False: wrong usage. */
static bool read_arguments(int argc, char **argv, struct verify_expected *expected, uint32_t *ret_count)
{
    *ret_count = 0;
    for (int i = 0; i < argc; i += 2)
        if (strcmp(argv[i], "--expect") != 0 || i + 1 == argc || *ret_count == EXPECTED_MAX ||
            !parse_expected(argv[i + 1], &expected[(*ret_count)++]))
            return false;
    return true;
}

static void on_progress(void *ctx, uint64_t position, uint64_t head)
{
    progress_show(ctx, position, head);
}

int tool_verify(const struct config *config, int argc, char **argv)
{
    struct verify_expected expected[EXPECTED_MAX];
    uint32_t count;
    if (!read_arguments(argc, argv, expected, &count)) {
        fprintf(stderr, "usage: gachapon verify [--expect POSITION:CHAIN]... (at most %d)\n", EXPECTED_MAX);
        return 2;
    }
    if (config->event_store_dsn == NULL) {
        fprintf(stderr, "gachapon verify: set EVENT_STORE_DSN\n");
        return 2;
    }
    struct progress progress;
    struct verify_report report;
    char why[400], chain[2 * sizeof report.chain.bytes + 1];
    progress_begin(&progress, "events", 0);
    enum err err = verify_log(config->event_store_dsn, expected, count, on_progress, &progress, &report, why);
    progress_end(&progress);
    if (err != ERR_OK) {
        fprintf(stderr, "gachapon verify: %s\n", why);
        return 2;
    }
    sodium_bin2hex(chain, sizeof chain, report.chain.bytes, sizeof report.chain.bytes);
    printf("%s: %" PRIu64 " events in %" PRIu64 " batches, up to position %" PRIu64 ", chain %s\n",
           report.broken ? "good" : "the log is whole", report.events, report.batches, report.position,
           chain);
    if (report.broken)
        printf("BROKEN at batch %" PRIu64 ", position %" PRIu64 ": %s\n", report.broken_batch,
               report.broken_position, report.what);
    return report.broken ? 1 : 0;
}
