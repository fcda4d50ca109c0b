/* sha256: FIPS 180-4 section 6.2, and HMAC of RFC 2104. Written out here because server/domain draws with
 * HMAC and links no library; checked against the vectors of FIPS 180-4 and RFC 4231 (tests/unit/test_base.c).
 *
 * hmac_key keeps the two states after the pads: a draw then costs two compressions, not four.
 *
 * A command costs some twenty compressions (stream numbers, seeds, draws, the batch's digest), a fifth of the
 * server's CPU in plain C. So where the processor has the instructions for it (asked once, at run time), it
 * compresses itself; both ways give the same bits, and the vectors are checked on both (sha256_portable). */
#include "base/sha256.h"
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return (x >> n) | (x << (32 - n));
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

static void compress_portably(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >> 3);
        uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >> 10);
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
        uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

#ifdef __x86_64__

/* The instructions keep the state as two registers, ABEF and CDGH, do two rounds each, and make four words of
 * the schedule from the sixteen before them. */
__attribute__((target("sha,sse4.1"))) static void compress_by_processor(uint32_t state[8],
                                                                        const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4];
    for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), big_endian);
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
    const __m128i abef_before = _mm_alignr_epi8(cdab, efgh, 8),
                  cdgh_before = _mm_blend_epi16(efgh, cdab, 0xf0);
    __m128i abef = abef_before, cdgh = cdgh_before;
#pragma GCC unroll 16
    for (int t = 0; t < 16; t++) { /* four rounds each */
        const __m128i constants = _mm_loadu_si128((const __m128i *)(const void *)(round_constants + 4 * t));
        const __m128i words = _mm_add_epi32(w[t % 4], constants);
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
        const __m128i last = w[(t + 3) % 4];
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[t % 4], w[(t + 1) % 4]),
                                          _mm_alignr_epi8(last, w[(t + 2) % 4], 4));
        w[t % 4] = _mm_sha256msg2_epu32(sum, last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static bool processor_compresses(void)
{
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

static void compress(uint32_t state[8], const uint8_t *block)
{
    static enum {
        UNKNOWN,
        PORTABLY,
        BY_PROCESSOR
    } way; /* what this machine is: asking it is slow in a guest */
    if (way == UNKNOWN)
        way = processor_compresses() ? BY_PROCESSOR : PORTABLY;
    if (way == BY_PROCESSOR)
        compress_by_processor(state, block);
    else
        compress_portably(state, block);
}

#else

static void compress(uint32_t state[8], const uint8_t *block)
{
    compress_portably(state, block);
}

#endif

void sha256_portable(uint32_t state[8], const uint8_t block[64])
{
    compress_portably(state, block);
}

void sha256_init(struct sha256 *sha)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(sha->state, initial, sizeof initial);
    sha->length = 0;
}

void sha256_update(struct sha256 *sha, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t filled = sha->length % 64;
    sha->length += size;
    if (filled > 0) {
        size_t take = 64 - filled < size ? 64 - filled : size;
        if (take > 0)
            memcpy(sha->block + filled, bytes, take);
        if (filled + take < 64)
            return;
        compress(sha->state, sha->block);
        bytes += take;
        size -= take;
    }
    for (; size >= 64; bytes += 64, size -= 64)
        compress(sha->state, bytes);
    if (size > 0)
        memcpy(sha->block, bytes, size);
}

struct hash sha256_final(struct sha256 *sha)
{
    uint64_t bits = sha->length * 8;
    uint8_t padding[72] = {0x80};
    size_t filled = sha->length % 64;
    size_t zeros = (filled < 56 ? 56 : 120) - filled;
    store_be32(padding + zeros, (uint32_t)(bits >> 32));
    store_be32(padding + zeros + 4, (uint32_t)bits);
    sha256_update(sha, padding, zeros + 8);
    struct hash hash;
    for (int i = 0; i < 8; i++)
        store_be32(hash.bytes + 4 * i, sha->state[i]);
    return hash;
}

struct hash sha256(struct slice data)
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, data.data, data.size);
    return sha256_final(&sha);
}

void hmac_key_init(struct hmac_key *hmac, struct slice key)
{
    uint8_t block[64] = {0};
    if (key.size > sizeof block) {
        struct hash hash = sha256(key);
        memcpy(block, hash.bytes, sizeof hash.bytes);
    } else if (key.size > 0) {
        memcpy(block, key.data, key.size);
    }
    uint8_t pad[64];
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x36;
    sha256_init(&hmac->inner);
    sha256_update(&hmac->inner, pad, sizeof pad);
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x5c;
    sha256_init(&hmac->outer);
    sha256_update(&hmac->outer, pad, sizeof pad);
}

struct hash hmac_key_sign(const struct hmac_key *hmac, struct slice message)
{
    struct sha256 sha = hmac->inner;
    sha256_update(&sha, message.data, message.size);
    struct hash inner = sha256_final(&sha);
    sha = hmac->outer;
    sha256_update(&sha, inner.bytes, sizeof inner.bytes);
    return sha256_final(&sha);
}

struct hash hmac_sha256(struct slice key, struct slice message)
{
    struct hmac_key hmac;
    hmac_key_init(&hmac, key);
    return hmac_key_sign(&hmac, message);
}
