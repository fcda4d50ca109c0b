/* replay: runs a fuzz target without libFuzzer, for compilers that have none and for a bounded time in every
 * test run.
 *
 *     fuzz_frame [--mutations N] [--seed N] [--write FOLDER] FILE.json|FILE|FOLDER ...
 *
 * Inputs: every "hex" string of a .json file (the golden vectors), else the bytes of a file or of each file
 * in a folder (a corpus, a crash to look at again). Each is given to the target as it is, then N times with
 * random damage: bytes changed, cut out, doubled, or a piece of another input put in. The seed is printed;
 * the same seed damages alike.
 * --write puts the inputs into a folder, one a file: the corpus to start libFuzzer with. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "fuzz.h"

#define INPUTS_MAX 20000
#define INPUT_MAX_BYTES (1u << 20)

struct input {
    uint8_t *data;
    size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;

static void die(const char *what)
{
    fprintf(stderr, "replay: %s\n", what);
    exit(2);
}

static void *take(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

static void add_input(const void *data, size_t size)
{
    if (input_count == INPUTS_MAX)
        die("too many inputs");
    inputs[input_count].data = take(size);
    inputs[input_count].size = size;
    memcpy(inputs[input_count++].data, data, size);
}

/* Every "hex": "..." of a JSON text, found by its spelling: the file is ours. */
static void add_hex_strings(const char *text)
{
    static const char mark[] = "\"hex\": \"";
    for (const char *at = text; (at = strstr(at, mark)) != NULL;) {
        at += sizeof mark - 1;
        size_t size = strcspn(at, "\"") / 2;
        uint8_t *bytes = take(size);
        for (size_t i = 0; i < size; i++) {
            unsigned byte;
            if (sscanf(at + 2 * i, "%2x", &byte) != 1)
                die("a hex string that is not hex");
            bytes[i] = (uint8_t)byte;
        }
        add_input(bytes, size);
        free(bytes);
    }
}

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *data = take((8u << 20) + 1);
    if (file == NULL)
        die(path);
    size_t size = fread(data, 1, 8u << 20, file);
    size_t length = strlen(path);
    data[size] = '\0';
    if (length > 5 && strcmp(path + length - 5, ".json") == 0)
        add_hex_strings(data);
    else
        add_input(data, size < INPUT_MAX_BYTES ? size : INPUT_MAX_BYTES);
    free(data);
    fclose(file);
}

static void add_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        die(path);
    if (!S_ISDIR(status.st_mode)) {
        add_file(path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (stat(inner, &status) == 0 && S_ISREG(status.st_mode))
            add_file(inner);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void write_inputs(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        die(folder);
    for (size_t i = 0; i < input_count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%05zu", folder, i);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(inputs[i].data, 1, inputs[i].size, file) != inputs[i].size ||
            fclose(file) != 0)
            die(path);
    }
}

static uint64_t random_state;

static uint64_t random_next(void) /* splitmix64 */
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(size_t bound)
{
    return bound == 0 ? 0 : (size_t)(random_next() % bound);
}

/* One kind of damage to `data` of *size bytes, with room for twice as many and 64 more. */
static void damage(uint8_t *data, size_t *size)
{
    static const uint8_t telling[] = {0x00, 0x7f, 0x80, 0x90, 0x91, 0xa0, 0xc0, 0xc1, 0xc4, 0xc7, 0xca,
                                      0xcb, 0xcf, 0xd3, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xe0, 0xff};
    size_t at = below(*size), length = 1 + below(8);
    if (length > *size - at)
        length = *size - at;
    switch (random_next() % 6) {
    case 0:
        if (*size > 0)
            data[at] = (uint8_t)random_next();
        return;
    case 1:
        if (*size > 0)
            data[at] = telling[below(sizeof telling)];
        return;
    case 2:
        if (*size > 0)
            data[at] ^= (uint8_t)(1u << below(8));
        return;
    case 3: /* cut out */
        memmove(data + at, data + at + length, *size - at - length);
        *size -= length;
        return;
    case 4: /* doubled */
        memmove(data + at + length, data + at, *size - at);
        *size += length;
        return;
    default: { /* a piece of another */
        const struct input *other = &inputs[below(input_count)];
        size_t from = below(other->size), piece = below(other->size - from < 32 ? other->size - from : 32);
        memmove(data + at + piece, data + at, *size - at);
        memcpy(data + at, other->data + from, piece);
        *size += piece;
        return;
    }
    }
}

/* The target gets a block of exactly the input's size, so that a sanitizer sees a read past it. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = take(size);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void run_damaged(const struct input *input, unsigned long mutations)
{
    uint8_t *data = take(2 * input->size + 512);
    for (unsigned long i = 0; i < mutations; i++) {
        size_t size = input->size;
        memcpy(data, input->data, size);
        for (size_t times = 1 + below(4); times > 0 && size < 2 * input->size + 256; times--)
            damage(data, &size);
        run(data, size);
    }
    free(data);
}

int main(int argc, char **argv)
{
    static const struct option table[] = {{"mutations", required_argument, NULL, 'm'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"write", required_argument, NULL, 'w'},
                                          {0}};
    unsigned long mutations = 0;
    const char *folder = NULL;
    random_state = 1;
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (option == 'm')
            mutations = strtoul(optarg, NULL, 10);
        else if (option == 's')
            random_state = strtoull(optarg, NULL, 0);
        else if (option == 'w')
            folder = optarg;
        else
            return 2;
    }
    printf("seed 0x%llx\n", (unsigned long long)random_state);
    for (int i = optind; i < argc; i++)
        add_path(argv[i]);
    if (input_count == 0)
        die("no inputs");
    if (folder != NULL)
        write_inputs(folder);
    for (size_t i = 0; i < input_count; i++) {
        run(inputs[i].data, inputs[i].size);
        run_damaged(&inputs[i], mutations);
    }
    for (size_t i = 0; i < input_count; i++)
        free(inputs[i].data);
    printf("%zu inputs, %lu mutations of each: ok\n", input_count, mutations);
    return 0;
}
