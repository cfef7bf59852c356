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

/* The cmocka test of a program. */
#define PROGRAM(name)                       \
    static void test_##name(void **state) { \
        (void)state;                        \
        run(name);                          \
    }

#endif
