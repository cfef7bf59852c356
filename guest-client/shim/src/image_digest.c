#define _GNU_SOURCE
#include "image_digest.h"

#include <pthread.h>
#include <string.h>

#include "sha256.h"

enum { KNOWN = 32, LANES = 4 };

/*
 * That an image of the same length lay at this address does not make it the same: memory is used again, by just-in-time
 * compilers all the time. So its bytes are read again, but only to sum them, which is many times quicker than SHA-256.
 */
typedef struct known {
    const unsigned char *bytes;
    size_t count;
    uint64_t sum[LANES];
    unsigned char digest[IMAGE_DIGEST_BYTES];
} known_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static known_t known[KNOWN]; /* lock */
static uint64_t computed;    /* lock */

/* A word that differs makes its lane differ for good: each step can be undone. */
static uint64_t add_word(uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * 0x9e3779b97f4a7c15;
    return lane << 29 | lane >> 35;
}

static void sum_bytes(const unsigned char *bytes, size_t count, uint64_t sum[LANES]) {
    uint64_t words[LANES];
    for (size_t i = 0; i < LANES; i++) {
        sum[i] = count + i;
    }
    size_t whole = count - count % sizeof words;
    for (size_t at = 0; at < whole; at += sizeof words) {
        memcpy(words, bytes + at, sizeof words);
        for (size_t i = 0; i < LANES; i++) {
            sum[i] = add_word(sum[i], words[i]);
        }
    }
    memset(words, 0, sizeof words);
    memcpy(words, bytes + whole, count - whole);
    for (size_t i = 0; i < LANES; i++) {
        sum[i] = add_word(sum[i], words[i]);
    }
}

void image_digest(const unsigned char *bytes, size_t count, unsigned char digest[IMAGE_DIGEST_BYTES]) {
    known_t now = {.bytes = bytes, .count = count};
    sum_bytes(bytes, count, now.sum);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].bytes == bytes && known[i].count == count && memcmp(known[i].sum, now.sum, sizeof now.sum) == 0) {
            memcpy(digest, known[i].digest, IMAGE_DIGEST_BYTES);
            pthread_mutex_unlock(&lock);
            return;
        }
    }
    pthread_mutex_unlock(&lock);
    sha256(bytes, count, now.digest);
    memcpy(digest, now.digest, IMAGE_DIGEST_BYTES);
    pthread_mutex_lock(&lock);
    known[computed++ % KNOWN] = now;
    pthread_mutex_unlock(&lock);
}

uint64_t image_digests_computed(void) {
    pthread_mutex_lock(&lock);
    uint64_t count = computed;
    pthread_mutex_unlock(&lock);
    return count;
}
