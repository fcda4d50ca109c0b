/* decode_frame: what a frame says, or why the server would not take it.
 *
 *     printf '9301 6593 a6766572 6e616c 0a 01 ...' | gachapon decode-frame --names
 *
 * A client's frame is held against the same limits as on a socket: its length (the socket closes with 1009),
 * the number of messages, then message by message what show_request judges; after a message that is refused
 * the next ones are still judged, as the server does. Input made of hex digits and blanks alone is taken as
 * hex: no frame starts with such a byte, since a message is an array. */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "tools/show.h"
#include "tools/tools.h"

#define INPUT_MAX_BYTES (64u << 20)

enum input { INPUT_GUESS, INPUT_HEX, INPUT_RAW };

struct options {
    enum show_style style;
    enum input input;
    bool from_server;
};

const char tool_decode_frame_help[] =
    "usage: gachapon decode-frame [--names] [--from client|server] [--hex|--raw] < frame\n"
    "Exit status: 0 every message is good, 1 one would be refused, 2 usage.\n";

static bool parse_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option table[] = {{"names", no_argument, NULL, 'n'},
                                          {"from", required_argument, NULL, 'f'},
                                          {"hex", no_argument, NULL, 'h'},
                                          {"raw", no_argument, NULL, 'r'},
                                          {0}};
    *ret_options = (struct options){.style = SHOW_POSITIONAL};
    optind = 1; /* getopt expects the command's name before the arguments: it stands there, see main.c */
    for (int option; (option = getopt_long(argc + 1, argv - 1, "", table, NULL)) != -1;) {
        if (option == 'n')
            ret_options->style = SHOW_NAMES;
        else if (option == 'f' && strcmp(optarg, "server") == 0)
            ret_options->from_server = true;
        else if (option == 'f' && strcmp(optarg, "client") == 0)
            ret_options->from_server = false;
        else if (option == 'h')
            ret_options->input = INPUT_HEX;
        else if (option == 'r')
            ret_options->input = INPUT_RAW;
        else
            return false;
    }
    return optind == argc + 1;
}

static bool read_all(FILE *file, struct buf *out)
{
    uint8_t block[4096];
    for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;)
        if (buf_append(out, block, size) != ERR_OK)
            return false;
    return !ferror(file);
}

static bool looks_like_hex(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (!isxdigit(bytes.data[i]) && !isspace(bytes.data[i]))
            return false;
    return true;
}

/* Turns hex digits into bytes in place; false for anything else, or half a byte. */
static bool unhex(struct buf *buf)
{
    size_t digits = 0;
    for (size_t i = 0; i < buf->size; i++) {
        uint8_t c = buf->data[i];
        if (isspace(c))
            continue;
        if (!isxdigit(c))
            return false;
        int digit = isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
        uint8_t before = digits % 2 == 0 ? 0 : buf->data[digits / 2];
        buf->data[digits / 2] = (uint8_t)((before << 4) | digit);
        digits++;
    }
    buf->size = digits / 2;
    return digits % 2 == 0;
}

/* Prints every message of the frame; true when all are good. */
static bool show_frame(struct slice frame, const struct options *options)
{
    struct arena arena;
    struct buf line;
    uint32_t count = 0;
    bool good = true;
    arena_init(&arena, 65536, 1u << 30);
    buf_init(&line, 1u << 30);
    do {
        arena_reset(&arena);
        buf_clear(&line);
        if (!options->from_server && ++count > LIMIT_MESSAGES_PER_FRAME_MAX) {
            printf(
                "{\"id\":0,\"error\":\"too_many_values\",\"code\":%d,\"detail\":\"messages in one frame\"}\n",
                ERROR_TOO_MANY_VALUES);
            good = false;
            break;
        }
        bool taken = options->from_server ? show_from_server(&frame, options->style, &arena, &line)
                                          : show_request(&frame, options->style, &arena, &line);
        good = good && taken;
        fwrite(line.data, 1, line.size, stdout);
    } while (frame.size > 0);
    buf_release(&line);
    arena_release(&arena);
    return good;
}

int tool_decode_frame(const struct config *config, int argc, char **argv)
{
    (void)config;
    struct options options;
    struct buf input;
    if (!parse_options(argc, argv, &options)) {
        fputs(tool_decode_frame_help, stderr);
        return 2;
    }
    buf_init(&input, INPUT_MAX_BYTES);
    int status = 2;
    if (!read_all(stdin, &input)) {
        fputs("stdin cannot be read, or is over 64 MiB\n", stderr);
        goto out;
    }
    bool hex =
        options.input == INPUT_HEX || (options.input == INPUT_GUESS && looks_like_hex(buf_slice(&input)));
    if (hex && !unhex(&input)) {
        fputs("not hex: an even number of digits 0-9 a-f\n", stderr);
        goto out;
    }
    if (!options.from_server && input.size > LIMIT_FRAME_MAX_BYTES) {
        printf("{\"close\":%d,\"error\":\"too_big\",\"detail\":\"%zu bytes\"}\n", CLOSE_TOO_BIG, input.size);
        status = 1;
        goto out;
    }
    status = show_frame(buf_slice(&input), &options) ? 0 : 1;
out:
    buf_release(&input);
    return fflush(stdout) == 0 ? status : 2;
}
