#define _GNU_SOURCE
#include "nvml_source.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MILLISECONDS = 5000, FRESH_MILLISECONDS = 100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int connection = -1;  /* lock */
static pid_t owner;          /* lock: the process that connected */
static int64_t taken;        /* lock: when the text came, 0 = never */
static char *text;           /* lock */
static int devices;          /* lock: how many the text describes */

typedef struct source_hello {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    uint64_t none;
} source_hello_t;

static int64_t now_milliseconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void disconnect(void) {
    if (connection >= 0) {
        (void)close(connection);
        connection = -1;
    }
    taken = 0;
}

static bool connect_agent(void) {
    if (connection >= 0 && owner == getpid()) {
        return true;
    }
    disconnect(); /* a child's copy of its parent's connection is closed, not used */
    const char *path = getenv("PENSTOCK_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || path[0] == 0 || strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    source_hello_t hello = {.version = 1};
    memcpy(hello.magic, "PNSTNVML", sizeof hello.magic);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0
        || send(connection, &hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) {
        disconnect();
        return false;
    }
    owner = getpid();
    return true;
}

static bool read_all(void *to, size_t bytes) {
    unsigned char *at = to;
    while (bytes > 0) {
        struct pollfd ready = {.fd = connection, .events = POLLIN};
        int polled = poll(&ready, 1, ANSWER_MILLISECONDS);
        ssize_t got = polled > 0 ? recv(connection, at, bytes, 0) : polled < 0 && errno == EINTR ? -2 : -1;
        if (got == -2 || (got < 0 && polled > 0 && errno == EINTR)) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        bytes -= (size_t)got;
    }
    return true;
}

/* Whether the line is "key value"; gives the value. */
static const char *value_of(const char *line, size_t length, const char *key, size_t *value_length) {
    size_t key_length = strlen(key);
    if (length <= key_length || memcmp(line, key, key_length) != 0 || line[key_length] != ' ') {
        return NULL;
    }
    *value_length = length - key_length - 1;
    return line + key_length + 1;
}

static int count_devices(const char *from) {
    int count = 0;
    for (const char *line = from; *line != 0;) {
        size_t length = strcspn(line, "\n");
        size_t unused = 0;
        count += value_of(line, length, "device", &unused) != NULL;
        line += length + (line[length] == '\n');
    }
    return count;
}

static bool ask(void) {
    static const char question = 'S';
    uint32_t length = 0;
    if (send(connection, &question, 1, MSG_NOSIGNAL) != 1 || !read_all(&length, sizeof length)
        || length > SOURCE_TEXT_MAX) {
        return false;
    }
    char *fresh = malloc((size_t)length + 1);
    if (fresh == NULL || !read_all(fresh, length)) {
        free(fresh);
        return false;
    }
    fresh[length] = 0;
    free(text);
    text = fresh;
    devices = count_devices(text);
    taken = now_milliseconds();
    return true;
}

/* A text no older than a moment. Under the lock. */
static bool refresh(void) {
    if (!connect_agent()) {
        return false;
    }
    if (taken != 0 && now_milliseconds() - taken < FRESH_MILLISECONDS) {
        return true;
    }
    if (!ask()) {
        disconnect();
        return false;
    }
    return true;
}

bool source_open(void) {
    pthread_mutex_lock(&lock);
    bool open = refresh();
    pthread_mutex_unlock(&lock);
    return open;
}

void source_close(void) {
    pthread_mutex_lock(&lock);
    disconnect();
    pthread_mutex_unlock(&lock);
}

const char *source_find(const char *from, int device, const char *key, size_t *length) {
    int at = -1;
    for (const char *line = from; *line != 0;) {
        size_t line_length = strcspn(line, "\n");
        size_t unused = 0;
        if (value_of(line, line_length, "device", &unused) != NULL) {
            at++;
        } else if (at == device) {
            const char *value = value_of(line, line_length, key, length);
            if (value != NULL) {
                return value;
            }
        }
        line += line_length + (line[line_length] == '\n');
    }
    return NULL;
}

int source_count(void) {
    pthread_mutex_lock(&lock);
    int count = refresh() ? devices : -1;
    pthread_mutex_unlock(&lock);
    return count;
}

bool source_text(int device, const char *key, char *value, size_t room) {
    size_t length = 0;
    pthread_mutex_lock(&lock);
    const char *found = refresh() ? source_find(text, device, key, &length) : NULL;
    bool fits = found != NULL && length < room;
    if (fits) {
        memcpy(value, found, length);
        value[length] = 0;
    }
    pthread_mutex_unlock(&lock);
    return fits;
}

bool source_number(int device, const char *key, unsigned long long *value) {
    char digits[32];
    char *end = NULL;
    if (!source_text(device, key, digits, sizeof digits)) {
        return false;
    }
    errno = 0;
    unsigned long long number = strtoull(digits, &end, 10);
    if (end == digits || *end != 0 || errno != 0) {
        return false;
    }
    *value = number;
    return true;
}
