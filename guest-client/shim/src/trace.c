#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "log.h"

enum { LINE_BYTES = 1024 };

bool trace_on;
static int file = -1;

__attribute__((constructor)) static void open_trace(void) {
    const char *path = getenv("PENSTOCK_CALL_TRACE");
    if (path == NULL || path[0] == 0) {
        return;
    }
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) {
        log_tell("PENSTOCK_CALL_TRACE: %s: %s; there is no trace.", path, strerror(errno));
        return;
    }
    trace_on = true;
}

uint64_t trace_bits(const void *value, uint64_t bytes) {
    uint64_t bits = 0;
    memcpy(&bits, value, bytes < sizeof bits ? bytes : sizeof bits);
    return bits;
}

uint64_t trace_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Appends to the line; what does not fit is cut off. */
__attribute__((format(printf, 3, 4))) static void append(char *line, size_t *length, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(line + *length, LINE_BYTES - *length, format, arguments);
    va_end(arguments);
    if (added > 0) {
        *length += (size_t)added;
    }
    if (*length > LINE_BYTES - 2) {
        *length = LINE_BYTES - 2;
    }
}

void trace_call(const char *name, const uint64_t *values, unsigned count, CUresult result, uint64_t began) {
    int before = errno;
    uint64_t ended = trace_now();
    char line[LINE_BYTES];
    size_t length = 0;
    append(line, &length, "%llu.%06llu %d/%ld %s(", (unsigned long long)(ended / 1000000000),
           (unsigned long long)(ended % 1000000000 / 1000), (int)getpid(), syscall(SYS_gettid), name);
    for (unsigned i = 0; i < count; i++) {
        append(line, &length, "%s0x%llx", i == 0 ? "" : ", ", (unsigned long long)values[i]);
    }
    const error_row_t *row = error_find((int)result);
    append(line, &length, ") = %s %.1f us", row == NULL ? "?" : row->name, (double)(ended - began) / 1e3);
    line[length++] = '\n';
    /* one write to a file that is appended to: lines of threads and processes stay whole */
    if (write(file, line, length) < 0) {
        trace_on = false;
    }
    errno = before;
}
