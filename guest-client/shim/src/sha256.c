#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

enum { BLOCK = 64, LENGTH_AT = 56 };

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t value, int bits) {
    return value >> bits | value << (32 - bits);
}

static void add_block(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8
               | (uint32_t)block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t v[8];
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i += 8) {
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) { /* the names of the eight turn instead of their values */
            uint32_t a = v[(8 - j) & 7];
            uint32_t e = v[(12 - j) & 7];
            uint32_t *h = &v[(15 - j) & 7];
            uint32_t s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
            uint32_t t1 = *h + s1 + ((e & v[(13 - j) & 7]) ^ (~e & v[(14 - j) & 7])) + constants[i + j] + w[i + j];
            uint32_t s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
            uint32_t b = v[(9 - j) & 7];
            uint32_t c = v[(10 - j) & 7];
            v[(11 - j) & 7] += t1;
            *h = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
        }
    }
    for (int i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

void sha256_portable(uint32_t state[8], const unsigned char *blocks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add_block(state, blocks + i * BLOCK);
    }
}

/* The instructions want the state as {a, b, e, f} and {c, d, g, h}, first in the highest lane. */
#define SHA __attribute__((target("sha,sse4.1,ssse3")))

SHA static void load_state(const uint32_t state[8], __m128i *abef, __m128i *cdgh) {
    __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    *abef = _mm_alignr_epi8(badc, efgh, 8);
    *cdgh = _mm_blend_epi16(efgh, badc, 0xf0);
}

SHA static void store_state(uint32_t state[8], __m128i abef, __m128i cdgh) {
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* The next four words of the schedule, from the sixteen before them. */
SHA static __m128i next_words(const __m128i before[4]) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(before[0], before[1]), _mm_alignr_epi8(before[3], before[2], 4));
    return _mm_sha256msg2_epu32(sum, before[3]);
}

SHA void sha256_instructions(uint32_t state[8], const unsigned char *blocks, size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef;
    __m128i cdgh;
    load_state(state, &abef, &cdgh);
    for (size_t block = 0; block < count; block++) {
        const __m128i *from = (const __m128i *)(blocks + block * BLOCK);
        __m128i abef_before = abef;
        __m128i cdgh_before = cdgh;
        __m128i words[4];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i four = i < 4 ? _mm_shuffle_epi8(_mm_loadu_si128(from + i), big_endian) : next_words(words);
            __m128i round = _mm_add_epi32(four, _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, round);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(round, 0x0e));
            if (i < 4) {
                words[i] = four;
            } else {
                words[0] = words[1], words[1] = words[2], words[2] = words[3], words[3] = four;
            }
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    store_state(state, abef, cdgh);
}

bool sha256_has_instructions(void) {
    unsigned int a;
    unsigned int b;
    unsigned int c;
    unsigned int d;
    bool sse = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0;
    return sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

void sha256_by(sha256_blocks_t *add, const void *bytes, size_t count, unsigned char digest[32]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const unsigned char *from = bytes;
    size_t whole = count / BLOCK;
    add(state, from, whole);
    unsigned char tail[2 * BLOCK] = {0};
    size_t rest = count % BLOCK;
    if (rest > 0) {
        memcpy(tail, from + whole * BLOCK, rest);
    }
    tail[rest] = 0x80;
    size_t end = rest < LENGTH_AT ? 1 : 2;
    uint64_t bits = (uint64_t)count * 8;
    for (size_t i = 0; i < 8; i++) {
        tail[end * BLOCK - 1 - i] = (unsigned char)(bits >> (8 * i));
    }
    add(state, tail, end);
    for (int i = 0; i < 32; i++) {
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

void sha256(const void *bytes, size_t count, unsigned char digest[32]) {
    sha256_by(sha256_has_instructions() ? sha256_instructions : sha256_portable, bytes, count, digest);
}
