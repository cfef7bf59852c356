/* A test that is a program: a process of its own, because a process has one session in its life. */
#ifndef PENSTOCK_TEST_PROGRAM_H
#define PENSTOCK_TEST_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            (void)fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            _exit(1);                                                                       \
        }                                                                                   \
    } while (0)

/* Runs the program in a child; it fails when the program exits with anything but 0 or takes longer than 30 s. */
static inline void run(void (*program)(void)) {
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(30);
        program();
        exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* What a program writes to its standard error; it must end with 0. */
static inline void listen_to(void (*program)(void), char *heard, size_t room) {
    int ends[2];
    (void)fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(30);
        (void)dup2(ends[1], STDERR_FILENO);
        program();
        exit(0);
    }
    (void)close(ends[1]);
    size_t length = 0;
    ssize_t count = 0;
    while ((count = read(ends[0], heard + length, room - 1 - length)) > 0) {
        length += (size_t)count;
    }
    heard[length] = 0;
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* How often a part occurs. */
static inline int times(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

/* The cmocka test of a program. */
#define PROGRAM(name)                       \
    static void test_##name(void **state) { \
        (void)state;                        \
        run(name);                          \
    }

#endif
