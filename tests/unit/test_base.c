/* base: what everything stands on, against the vectors of its sources (FIPS 180-4, RFC 4231, RFC 9562) and
 * against a plain model (map). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/sha256.h"
#include "base/slug.h"
#include "base/uuid.h"

static void hex(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void assert_hash(struct hash hash, const char *expected)
{
    char text[65];
    hex(hash.bytes, 32, text);
    assert_string_equal(text, expected);
}

static void sha256_vectors(void **state)
{
    (void)state;
    assert_hash(sha256(slice_text("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(sha256(slice_text("abc")),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(sha256(slice_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    struct sha256 sha; /* a million 'a', in uneven pieces */
    uint8_t piece[1000];
    memset(piece, 'a', sizeof piece);
    sha256_init(&sha);
    for (size_t left = 1000000, take = 1; left > 0; left -= take, take = take % 997 + 1) {
        if (take > left)
            take = left;
        sha256_update(&sha, piece, take);
    }
    assert_hash(sha256_final(&sha), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void
sha256_both_ways(void **state) /* what the processor computes is what the portable code computes */
{
    (void)state;
    struct sha256 sha;
    uint32_t portable[8];
    uint8_t block[64];
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srand(seed);
    sha256_init(&sha);
    memcpy(portable, sha.state, sizeof portable);
    for (int i = 0; i < 1000; i++) { /* each goes on from the one before */
        for (size_t k = 0; k < sizeof block; k++)
            block[k] = (uint8_t)rand();
        sha256_update(&sha, block, sizeof block);
        sha256_portable(portable, block);
        assert_memory_equal(sha.state, portable, sizeof portable);
    }
}

static void hmac_vectors(void **state) /* RFC 4231, test cases 1, 2, 6, 7 */
{
    (void)state;
    uint8_t key[131];
    memset(key, 0x0b, 20);
    assert_hash(hmac_sha256(slice_of(key, 20), slice_text("Hi There")),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hash(hmac_sha256(slice_text("Jefe"), slice_text("what do ya want for nothing?")),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    assert_hash(
        hmac_sha256(slice_of(key, 131), slice_text("Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hash(hmac_sha256(slice_of(key, 131),
                            slice_text("This is a test using a larger than block-size key and a larger than "
                                       "block-size data. The key needs to be hashed before being used by the "
                                       "HMAC algorithm.")),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void uuids(void **state)
{
    (void)state;
    static const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    char text[UUID_TEXT_SIZE];
    struct uuid uuid = uuid_v7(0x017F22E279B0, random); /* RFC 9562 A.6 */
    assert_string_equal(uuid_format(uuid, text), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    struct uuid parsed;
    assert_true(uuid_parse(slice_text("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &parsed));
    assert_true(uuid_equal(uuid, parsed));
    static const char *const bad[] = {"",
                                      "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
                                      "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
                                      "017f22e279b0-7cc3-98c4-dc0c0c07398f0-",
                                      "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
                                      "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(uuid_parse(slice_text(bad[i]), &parsed));
    assert_false(uuid_equal(uuid_derived("a", slice_text("b")), uuid_derived("a", slice_text("c"))));
    assert_false(uuid_equal(uuid_derived("a", slice_text("b")), uuid_derived("ab", slice_text(""))));
    assert_true(uuid_is_derived(uuid_derived("a", slice_text("b"))));
    assert_false(uuid_is_derived(uuid_v7(1, (const uint8_t[10]){0x80, 0x80})));
}

static void slugs(void **state)
{
    (void)state;
    struct slug slug;
    assert_true(slug_parse(slice_text("vernal-2"), &slug));
    assert_true(slug_parse(slice_text("a234567890123456789012345678901"), &slug));
    static const char *const bad[] = {
        "", "-a", "A", "a_b", "a b", "\xc3\xa4", "a2345678901234567890123456789012"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(slug_parse(slice_text(bad[i]), &slug));
    assert_false(slug_parse(slice_of("a\0b", 3), &slug));
}

static void arenas(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64, 4096);
    for (int round = 0; round < 3; round++) {
        size_t got = 0;
        for (uint8_t *p; (p = arena_alloc(&arena, 100)) != NULL; got++) {
            assert_int_equal((uintptr_t)p % 16, 0);
            for (int i = 0; i < 100; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xff, 100);
        }
        assert_in_range(got, 20, 40);
        assert_true(arena.held_bytes <= 4096);
        arena_reset(&arena);
    }
    assert_null(arena_alloc(&arena, 5000));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 4));
    assert_non_null(arena_alloc(&arena, 0));
    assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    arena_wipe(&arena);
    arena_release(&arena);
}

/* What an owner uses every time stays; what one huge message took does not. */
static void arenas_keep_a_chunk(void **state)
{
    (void)state;
    const struct {
        size_t chunk_bytes, need, kept_at_least, kept_at_most;
    } cases[] = {
        {64, 1000, 1000, 4096},
        {64, 70000, 0, 0},
        {200000, 150000, 200000, 200100},
        {200000, 300000, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        arena_init(&arena, cases[i].chunk_bytes, 1 << 20);
        assert_non_null(arena_alloc(&arena, cases[i].need));
        arena_reset(&arena);
        assert_int_equal(arena.used_bytes, 0);
        assert_in_range(arena.held_bytes, cases[i].kept_at_least, cases[i].kept_at_most);
        arena_release(&arena);
    }
}

static void bufs(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buf_append(&buf, "0123456789", 10), ERR_OK);
    assert_int_equal(buf_append(&buf, "x", 1), ERR_TOO_LARGE);
    assert_int_equal(buf.size, 1000);
    assert_null(buf_reserve(&buf, 1));
    buf_clear(&buf);
    assert_non_null(buf_reserve(&buf, 1000));
    buf_release(&buf);
}

static void maps_behave_like_an_array(void **state)
{
    (void)state;
    enum { KEYS = 512 };
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    srand(seed);
    static int values[KEYS];
    void *model[KEYS] = {0};
    struct map map;
    map_init(&map);
    assert_null(map_get(&map, map_key_u64(1)));
    size_t count = 0;
    for (int step = 0; step < 100000; step++) {
        int key = rand() % KEYS;
        if (rand() % 2 == 0) {
            count += model[key] == NULL;
            model[key] = &values[rand() % KEYS];
            assert_int_equal(map_put(&map, map_key_u64((uint64_t)key), model[key]), ERR_OK);
        } else {
            count -= model[key] != NULL;
            assert_ptr_equal(map_remove(&map, map_key_u64((uint64_t)key)), model[key]);
            model[key] = NULL;
        }
        int look = rand() % KEYS;
        assert_ptr_equal(map_get(&map, map_key_u64((uint64_t)look)), model[look]);
        assert_int_equal(map.count, count);
    }
    size_t walked = 0, cursor = 0;
    while (map_next(&map, &cursor) != NULL)
        walked++;
    assert_int_equal(walked, count);
    map_release(&map);
}

/* Its reader stands still: lines are dropped, nobody waits; when it reads again, it is told how many. */
static void a_log_that_nobody_reads_holds_up_nobody(void **state)
{
    char text[65536 + 1] = "", more[4097] = "";
    int ends[2], before = dup(STDERR_FILENO);
    (void)state;
    assert_int_equal(pipe(ends), 0);
    alarm(60); /* or this would wait for ever */
    dup2(ends[1], STDERR_FILENO);
    for (int i = 0; i < 2000; i++)
        log_error("test", "number=%d", i);
    ssize_t first = read(ends[0], text, sizeof text - 1);
    log_error("test", "after=1");
    ssize_t second = read(ends[0], more, sizeof more - 1);
    dup2(before, STDERR_FILENO);
    alarm(0);
    close(before);
    close(ends[0]);
    close(ends[1]);
    assert_true(first > 0 && second > 0);
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "number=")) != NULL; at++)
        lines++;
    assert_in_range(lines, 10, 1999);
    char told[64];
    snprintf(told, sizeof told, "tag=log dropped=%d\n", 2000 - lines);
    assert_non_null(strstr(more, told));
    assert_non_null(strstr(more, "after=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(sha256_both_ways),
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(uuids),
        cmocka_unit_test(slugs),
        cmocka_unit_test(arenas),
        cmocka_unit_test(arenas_keep_a_chunk),
        cmocka_unit_test(bufs),
        cmocka_unit_test(maps_behave_like_an_array),
        cmocka_unit_test(a_log_that_nobody_reads_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
