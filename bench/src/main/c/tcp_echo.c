/*
 * The floor of a round trip: 64 bytes over TCP on loopback, between two processes that block in recv().
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 64, WARM_UP = 2000, TRIPS = 20000 };

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(1);
}

static long nanos(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* One message there, or one message here; 0 when the peer has gone. */
static int pass(int from, int to)
{
    char message[BYTES];
    ssize_t got = recv(from, message, BYTES, MSG_WAITALL);

    return got == BYTES && send(to, message, BYTES, MSG_NOSIGNAL) == BYTES;
}

static int order(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

static void measure(int peer)
{
    static long times[TRIPS];
    char message[BYTES] = {0};
    int trip;

    for (trip = -WARM_UP; trip < TRIPS; trip++) {
        long sent = nanos();

        must((int)send(peer, message, BYTES, MSG_NOSIGNAL), "send");
        must(recv(peer, message, BYTES, MSG_WAITALL) == BYTES ? 0 : -1, "recv");
        if (trip >= 0)
            times[trip] = nanos() - sent;
    }
    qsort(times, TRIPS, sizeof times[0], order);
    printf("tcp_echo_median_us %.3f\n", (double)times[TRIPS / 2] / 1e3);
    printf("tcp_echo_p99_us %.3f\n", (double)times[TRIPS * 99 / 100] / 1e3);
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, peer;
    pid_t child;

    must(listener, "socket");
    must(bind(listener, (struct sockaddr *)&address, length), "bind");
    must(listen(listener, 1), "listen");
    must(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    child = fork();
    must(child, "fork");
    if (child == 0) {
        peer = accept(listener, NULL, NULL);
        must(peer, "accept");
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        while (pass(peer, peer))
            ;
        _exit(0);
    }
    peer = socket(AF_INET, SOCK_STREAM, 0);
    must(peer, "socket");
    must(connect(peer, (struct sockaddr *)&address, length), "connect");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    measure(peer);
    close(peer);
    waitpid(child, NULL, 0);
    return 0;
}
