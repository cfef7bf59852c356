/*
 * A TCP proxy that delays each direction by half of a round trip. Order is kept, and bandwidth is whatever two threads a
 * direction can copy: one reads into a ring and notes when the bytes are due, the other writes them when they are.
 *
 * usage: delay ROUND_TRIP_MICROSECONDS LISTEN_ADDRESS TARGET_ADDRESS PORT...
 *
 * Listens on every PORT of LISTEN_ADDRESS and connects to the same port of TARGET_ADDRESS. With PORT:TARGET_PORT the
 * target's port is another. Prints "ready" once it listens; runs until it is ended.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RING_BYTES = 32 << 20, READ_BYTES = 512 << 10, MARKS = 4096, LISTENERS_MAX = 256, SPIN_CORES = 8 };

static const int64_t SPIN_NS = 300000;      /* how long a thread spins after traffic before it sleeps */
static const int64_t OVERSLEEP_NS = 100000; /* how much later than asked a sleeping thread may wake */

static int64_t delay_ns;
static int spins; /* whether there are cores to spin on */

/* Bytes up to `end` of the stream are due at `due`. */
struct mark {
    uint64_t end;
    int64_t due;
};

/* One direction of a connection: one thread writes `read` and marks, the other `written`. */
struct flow {
    int from, to;
    char *ring;
    struct mark marks[MARKS];
    atomic_uint_fast64_t read, written; /* bytes of the stream so far */
    sem_t filled, free_marks;
    uint64_t next_mark;
};

struct connection {
    struct flow flows[2];
    pthread_t threads[4];
};

struct listener {
    int socket;
    struct sockaddr_in target;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t due)
{
    int64_t left = due - now_ns();
    int64_t asleep = left - (spins ? OVERSLEEP_NS : 0);

    if (asleep > 0) {
        struct timespec pause = {asleep / 1000000000, asleep % 1000000000};

        nanosleep(&pause, NULL);
    }
    while (now_ns() < due)
        ;
}

/* A token of the semaphore: spins first, so that waking up is not what is measured. */
static void take(sem_t *tokens)
{
    int64_t until = spins ? now_ns() + SPIN_NS : 0;

    while (sem_trywait(tokens) != 0)
        if (now_ns() >= until) {
            while (sem_wait(tokens) != 0)
                ;
            return;
        }
}

/* As recv, but spins for a while before it sleeps. */
static ssize_t receive(int from, char *into, size_t bytes)
{
    int64_t until = spins ? now_ns() + SPIN_NS : 0;
    ssize_t got;

    for (;;) {
        got = recv(from, into, bytes, now_ns() < until ? MSG_DONTWAIT : 0);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            return got;
    }
}

static void *read_side(void *argument)
{
    struct flow *flow = argument;
    uint64_t mark = 0, read = 0;
    ssize_t got;

    do {
        size_t place = read % RING_BYTES, room;

        take(&flow->free_marks);
        while (RING_BYTES - (read - atomic_load(&flow->written)) < READ_BYTES)
            usleep(20);
        room = RING_BYTES - place < READ_BYTES ? RING_BYTES - place : READ_BYTES;
        got = receive(flow->from, flow->ring + place, room);
        read += got > 0 ? (uint64_t)got : 0;
        flow->marks[mark++ % MARKS] = (struct mark){read, now_ns() + delay_ns};
        sem_post(&flow->filled);
    } while (got > 0); /* a mark without bytes says that there will be no more */
    return NULL;
}

static int send_all(int to, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(to, bytes, count, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR)
            return -1;
        bytes += sent > 0 ? sent : 0;
        count -= sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

static void *write_side(void *argument)
{
    struct flow *flow = argument;
    uint64_t written = 0;

    for (;;) {
        struct mark mark;

        take(&flow->filled);
        mark = flow->marks[flow->next_mark++ % MARKS];
        sem_post(&flow->free_marks);
        sleep_until(mark.due);
        if (mark.end == written)
            break;
        while (written < mark.end) {
            size_t place = written % RING_BYTES, count = mark.end - written;

            count = count < RING_BYTES - place ? count : RING_BYTES - place;
            if (send_all(flow->to, flow->ring + place, count) != 0) {
                shutdown(flow->from, SHUT_RDWR); /* the reader ends; what it still marks is dropped */
                written = mark.end;
                break;
            }
            written += count;
            atomic_store(&flow->written, written);
        }
        atomic_store(&flow->written, written);
    }
    shutdown(flow->to, SHUT_WR);
    return NULL;
}

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static void open_flow(struct flow *flow, int from, int to)
{
    flow->from = from;
    flow->to = to;
    flow->ring = malloc(RING_BYTES);
    if (flow->ring == NULL || sem_init(&flow->filled, 0, 0) != 0 || sem_init(&flow->free_marks, 0, MARKS) != 0)
        give_up("a connection's ring");
}

/* Waits for both directions to end, then frees what they used. */
static void *close_behind(void *argument)
{
    struct connection *connection = argument;
    int i;

    for (i = 0; i < 4; i++)
        pthread_join(connection->threads[i], NULL);
    close(connection->flows[0].from);
    close(connection->flows[0].to);
    for (i = 0; i < 2; i++) {
        free(connection->flows[i].ring);
        sem_destroy(&connection->flows[i].filled);
        sem_destroy(&connection->flows[i].free_marks);
    }
    free(connection);
    return NULL;
}

static void join_sockets(int client, int server)
{
    struct connection *connection = calloc(1, sizeof *connection);
    pthread_t closer;
    int one = 1, i;

    if (connection == NULL)
        give_up("a connection");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    open_flow(&connection->flows[0], client, server);
    open_flow(&connection->flows[1], server, client);
    for (i = 0; i < 4; i++)
        if (pthread_create(&connection->threads[i], NULL, i % 2 == 0 ? read_side : write_side, &connection->flows[i / 2]) != 0)
            give_up("a connection's threads");
    if (pthread_create(&closer, NULL, close_behind, connection) != 0)
        give_up("a connection's threads");
    pthread_detach(closer);
}

static void accept_from(const struct listener *listener)
{
    int client = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC), server;

    if (client < 0)
        return;
    server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server >= 0 && connect(server, (const struct sockaddr *)&listener->target, sizeof listener->target) == 0) {
        join_sockets(client, server);
        return;
    }
    if (server >= 0)
        close(server);
    close(client); /* nobody listens behind us: the client sees a connection that ends */
}

static struct sockaddr_in address_of(const char *host, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "delay: %s is no IPv4 address\n", host);
        exit(2);
    }
    return address;
}

static struct listener listen_on(const char *host, const char *target, const char *ports)
{
    const char *colon = strchr(ports, ':');
    struct sockaddr_in address = address_of(host, ports);
    struct listener listener = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), address_of(target, colon == NULL ? ports : colon + 1)};
    int one = 1;

    if (listener.socket < 0 || setsockopt(listener.socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(listener.socket, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener.socket, 64) != 0)
        give_up(ports);
    return listener;
}

int main(int count, char **arguments)
{
    static struct listener listeners[LISTENERS_MAX];
    static struct pollfd polled[LISTENERS_MAX];
    int used = count - 4, i;

    if (used < 1 || used > LISTENERS_MAX) {
        fprintf(stderr, "usage: delay ROUND_TRIP_MICROSECONDS LISTEN_ADDRESS TARGET_ADDRESS PORT...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1UL);
    delay_ns = atoll(arguments[1]) * 1000 / 2;
    spins = sysconf(_SC_NPROCESSORS_ONLN) >= SPIN_CORES;
    for (i = 0; i < used; i++) {
        listeners[i] = listen_on(arguments[2], arguments[3], arguments[4 + i]);
        polled[i] = (struct pollfd){listeners[i].socket, POLLIN, 0};
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (poll(polled, (nfds_t)used, -1) < 0 && errno != EINTR)
            give_up("poll");
        for (i = 0; i < used; i++)
            if (polled[i].revents != 0)
                accept_from(&listeners[i]);
    }
}
