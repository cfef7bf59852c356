#define _GNU_SOURCE
#include "log.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, REFUSALS_MAX = 512 };

static pthread_mutex_t refusals_lock = PTHREAD_MUTEX_INITIALIZER;
static const char *refusals[REFUSALS_MAX]; /* refusals_lock */

static void tell(const char *format, va_list arguments) {
    char line[LINE_BYTES];
    int head = snprintf(line, sizeof line, "penstock: %s: ", program_invocation_short_name);
    if (head < 0 || (size_t)head >= sizeof line - 2) {
        return;
    }
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, arguments);
    if (body < 0) {
        return;
    }
    size_t length = strnlen(line, sizeof line - 2);
    line[length++] = '\n';
    /* one write, so that lines of several threads stay whole */
    if (write(STDERR_FILENO, line, length) < 0) {
        return;
    }
}

void log_tell(const char *format, ...) {
    int before = errno;
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
    errno = before;
}

bool log_tracing(void) {
    static int tracing = -1;
    int known = __atomic_load_n(&tracing, __ATOMIC_RELAXED);
    if (known < 0) {
        const char *value = getenv("PENSTOCK_LOG");
        known = value != NULL && value[0] != 0 && strcmp(value, "0") != 0;
        __atomic_store_n(&tracing, known, __ATOMIC_RELAXED);
    }
    return known != 0;
}

void log_trace(const char *format, ...) {
    if (log_tracing()) {
        int before = errno;
        va_list arguments;
        va_start(arguments, format);
        tell(format, arguments);
        va_end(arguments);
        errno = before;
    }
}

static bool first_refusal(const char *call) {
    bool first = false;
    pthread_mutex_lock(&refusals_lock);
    for (int i = 0; i < REFUSALS_MAX; i++) {
        if (refusals[i] == NULL) {
            refusals[i] = call;
            first = true;
            break;
        }
        if (strcmp(refusals[i], call) == 0) {
            break;
        }
    }
    pthread_mutex_unlock(&refusals_lock);
    return first;
}

void log_refused(const char *call, CUresult result, const char *why) {
    if (first_refusal(call)) {
        log_tell("%s is not supported (result %d): %s See docs/supported-calls.md.", call, (int)result, why);
    }
}

void log_failed(const char *call, uint64_t sequence, CUresult result, const char *text, int length) {
    log_tell("%s (call %llu) failed on the server with result %d%s%.*s", call, (unsigned long long)sequence, (int)result,
             length > 0 ? ": " : "", length, text);
}

void log_output(int descriptor, const unsigned char *text, uint64_t length) {
    while (length > 0) {
        ssize_t written = write(descriptor, text, length);
        if (written < 0 && errno != EINTR) {
            return;
        }
        if (written > 0) {
            text += written;
            length -= (uint64_t)written;
        }
    }
}

const char *log_library(const void *address) {
    Dl_info information;
    return dladdr(address, &information) != 0 && information.dli_fname != NULL ? information.dli_fname : "the program";
}
