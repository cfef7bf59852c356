#define _GNU_SOURCE
#include "receive.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "receive_frames.h"

enum {
    SLEEP_MILLISECONDS = 100, /* a sleeper looks this often whether the agent still lives */
    LASTING_NANOSECONDS = 50 * 1000, /* who spins for so long has cores to spare */
    /* so long a waiting thread looks itself, leaving its core to whoever wants it; the second where cores are few */
    AWAKE_NANOSECONDS = 50 * 1000 * 1000,
    AWAKE_AMONG_FEW_NANOSECONDS = 1000 * 1000
};

static pthread_mutex_t drain_role = PTHREAD_MUTEX_INITIALIZER;
static bool has_thread;      /* atomic */
static int kick = -1;        /* wakes the receiver thread; set before has_thread */
static int spin_nanoseconds; /* constant after cuInit */

void receive_init(int spin_microseconds) {
    spin_nanoseconds = spin_microseconds * 1000;
}

/* ---- who drains ---- */

static int64_t now_nanoseconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void spin_for_frames(void) {
    if (spin_nanoseconds == 0) {
        return;
    }
    const int64_t awake = spin_nanoseconds < LASTING_NANOSECONDS ? AWAKE_AMONG_FEW_NANOSECONDS : AWAKE_NANOSECONDS;
    int64_t begun = now_nanoseconds();
    int64_t spun = 0;
    while (channel_down_empty(&process.channel) && spun < awake) {
        for (int i = 0; i < 32 && channel_down_empty(&process.channel); i++) {
            __builtin_ia32_pause();
        }
        if (spun > spin_nanoseconds) {
            (void)sched_yield();
        }
        spun = now_nanoseconds() - begun;
    }
}

static void sleep_for_frames(void) {
    uint32_t *asleep = channel_word32(&process.channel, CHANNEL_DOWN_WAITER_ASLEEP);
    __atomic_store_n(asleep, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (channel_down_empty(&process.channel) && process_session() != CUDA_ERROR_DEVICE_UNAVAILABLE) {
        futex_sleep(asleep, 1, SLEEP_MILLISECONDS, true);
    }
    __atomic_store_n(asleep, 0, __ATOMIC_RELAXED);
    if (channel_down_empty(&process.channel) && !channel_alive(&process.channel)) {
        process_lose("the agent is gone");
    }
}

static void drain_for(const call_t *call) {
    uint32_t *receiver = channel_word32(&process.channel, CHANNEL_DOWN_RECEIVER_ASLEEP);
    __atomic_store_n(receiver, 0, __ATOMIC_RELAXED);
    for (;;) {
        frames_drain(call);
        if (__atomic_load_n(&call->done, __ATOMIC_ACQUIRE) == CALL_DONE) {
            return;
        }
        spin_for_frames();
        if (channel_down_empty(&process.channel)) {
            sleep_for_frames();
        }
    }
}

/* After a waiting thread has given up the drain role: another one takes it, or the receiver thread. */
static void hand_over(void) {
    if (!frames_wake_waiting() && __atomic_load_n(&has_thread, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(channel_word32(&process.channel, CHANNEL_DOWN_RECEIVER_ASLEEP), 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (!channel_down_empty(&process.channel)) {
            (void)eventfd_write(kick, 1);
        }
    }
}

void receive_wait(call_t *call) {
    while (__atomic_load_n(&call->done, __ATOMIC_ACQUIRE) != CALL_DONE) {
        if (pthread_mutex_trylock(&drain_role) == 0) {
            drain_for(call);
            pthread_mutex_unlock(&drain_role);
            hand_over();
            return;
        }
        uint32_t awake = CALL_WAITING;
        if (__atomic_compare_exchange_n(&call->done, &awake, CALL_ASLEEP, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            /* the role may have been given up between the two lines above */
            if (pthread_mutex_trylock(&drain_role) == 0) {
                pthread_mutex_unlock(&drain_role);
                uint32_t asleep = CALL_ASLEEP;
                (void)__atomic_compare_exchange_n(&call->done, &asleep, CALL_WAITING, false, __ATOMIC_ACQ_REL,
                                                  __ATOMIC_RELAXED);
                continue;
            }
            futex_sleep(&call->done, CALL_ASLEEP, SLEEP_MILLISECONDS, false);
            uint32_t asleep = CALL_ASLEEP;
            (void)__atomic_compare_exchange_n(&call->done, &asleep, CALL_WAITING, false, __ATOMIC_ACQ_REL,
                                              __ATOMIC_RELAXED);
        }
    }
}

/* ---- the receiver thread ---- */

static void *receiver_main(void *unused) {
    (void)unused;
    uint32_t *asleep = channel_word32(&process.channel, CHANNEL_DOWN_RECEIVER_ASLEEP);
    for (;;) {
        bool more = false;
        if (pthread_mutex_trylock(&drain_role) == 0) {
            frames_drain(NULL);
            __atomic_store_n(asleep, 1, __ATOMIC_RELAXED);
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            more = !channel_down_empty(&process.channel);
            pthread_mutex_unlock(&drain_role);
            (void)frames_wake_waiting();
        }
        if (process_session() == CUDA_ERROR_DEVICE_UNAVAILABLE) {
            return NULL;
        }
        if (more) {
            continue;
        }
        struct pollfd sources[2] = {{.fd = process.channel.socket, .events = POLLIN | POLLRDHUP},
                                    {.fd = kick, .events = POLLIN}};
        (void)poll(sources, 2, -1);
        eventfd_t count;
        if ((sources[1].revents & POLLIN) != 0) {
            (void)eventfd_read(kick, &count);
        }
        if (sources[0].revents != 0 && !channel_alive(&process.channel)) {
            process_lose("the agent is gone");
            return NULL;
        }
    }
}

void receive_start_thread(void) {
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    if (__atomic_load_n(&has_thread, __ATOMIC_ACQUIRE)) {
        return;
    }
    pthread_mutex_lock(&once);
    if (!has_thread) {
        sigset_t all;
        sigset_t before;
        pthread_t thread;
        pthread_attr_t attributes;
        (void)sigfillset(&all);
        (void)pthread_attr_init(&attributes);
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        bool runs = kick >= 0 && pthread_create(&thread, &attributes, receiver_main, NULL) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
        __atomic_store_n(&has_thread, runs, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&once);
}

void receive_forget_all(void) {
    (void)pthread_mutex_init(&drain_role, NULL);
    frames_forget_all();
    has_thread = false;
    if (kick >= 0) {
        (void)close(kick);
        kick = -1;
    }
}
