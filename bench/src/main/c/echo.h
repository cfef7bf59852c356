/*
 * The floor of a round trip: 64 bytes over TCP on loopback, to a process that blocks in recv() and back.
 */
#ifndef PENSTOCK_BENCH_ECHO_H
#define PENSTOCK_BENCH_ECHO_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ECHO_BYTES = 64 };

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(1);
}

static long nanos(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int order(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

static void answer(int peer)
{
    char message[ECHO_BYTES];

    while (recv(peer, message, ECHO_BYTES, MSG_WAITALL) == ECHO_BYTES &&
           send(peer, message, ECHO_BYTES, MSG_NOSIGNAL) == ECHO_BYTES)
        ;
}

/* Forks the process that answers; returns our end of the connection, whose close ends that process. */
static int echo_open(void)
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
        answer(peer);
        _exit(0);
    }
    close(listener);
    peer = socket(AF_INET, SOCK_STREAM, 0);
    must(peer, "socket");
    must(connect(peer, (struct sockaddr *)&address, length), "connect");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return peer;
}

/* One message there and back; returns how long it took. */
static long echo(int peer)
{
    char message[ECHO_BYTES] = {0};
    long sent = nanos(CLOCK_MONOTONIC);

    must((int)send(peer, message, ECHO_BYTES, MSG_NOSIGNAL), "send");
    must(recv(peer, message, ECHO_BYTES, MSG_WAITALL) == ECHO_BYTES ? 0 : -1, "recv");
    return nanos(CLOCK_MONOTONIC) - sent;
}

static void echo_close(int peer)
{
    close(peer);
    wait(NULL);
}

#endif
