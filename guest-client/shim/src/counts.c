#define _GNU_SOURCE
#include "counts.h"

#include <stdbool.h>
#include <stdlib.h>

#include "log.h"
#include "process.h"

enum { QUESTIONS_MAX = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t questions[QUESTIONS_MAX]; /* lock: launches published before each question */
static uint64_t asked, answered;          /* lock */

static bool checked(void) {
    static int known = -1;
    int value = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (value < 0) {
        const char *text = getenv("PENSTOCK_CHECK");
        value = text != NULL && text[0] == '1';
        __atomic_store_n(&known, value, __ATOMIC_RELAXED);
    }
    return value != 0;
}

void counts_send(void) {
    if (!checked() || process_remote() != CUDA_SUCCESS) {
        return;
    }
    pthread_mutex_lock(&lock);
    if (asked - answered < QUESTIONS_MAX) {
        uint64_t body[3];
        if (process_send_counts(body)) {
            questions[asked++ % QUESTIONS_MAX] = body[0];
        }
    }
    pthread_mutex_unlock(&lock);
}

void counts_compare(uint64_t server_launches) {
    pthread_mutex_lock(&lock);
    bool expected = answered < asked;
    uint64_t ours = expected ? questions[answered++ % QUESTIONS_MAX] : 0;
    pthread_mutex_unlock(&lock);
    if (expected && ours != server_launches) {
        log_tell("the server has executed %llu launches of %llu: work was lost", (unsigned long long)server_launches,
                 (unsigned long long)ours);
        process_stick(CUDA_ERROR_UNKNOWN);
    }
}
