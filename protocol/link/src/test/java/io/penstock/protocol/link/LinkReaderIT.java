package io.penstock.protocol.link;

import static io.penstock.protocol.link.Recorder.await;
import static io.penstock.protocol.link.Recorder.frame;
import static io.penstock.protocol.link.Recorder.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links whose frames a thread of their owner's receives. */
@Timeout(30)
final class LinkReaderIT {
    private static final Duration DEAD_AFTER = Duration.ofMillis(800);
    private static final LinkOptions QUICK =
            new LinkOptions(64 << 10, 256 << 10, 1 << 20, Duration.ofMillis(100), DEAD_AFTER);
    /** Whose frames the owner's thread works on until it is let go. */
    private static final long HEAVY = 1000;

    private static Vertx vertx;
    private static TestIdentity server;
    private static TestIdentity client;

    private final Recorder received = new Recorder();
    private final Recorder atClient = new Recorder();
    private final CompletableFuture<Link> accepted = new CompletableFuture<>();
    private final CompletableFuture<LinkReader> reader = new CompletableFuture<>();
    private final CountDownLatch atWork = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final AtomicBoolean strangeThread = new AtomicBoolean();
    private LinkServer listener;
    private LinkClient connector;
    private volatile @Nullable Thread owner;

    @BeforeAll
    static void identities() throws Exception {
        vertx = Spin.vertx(2, Duration.ZERO);
        server = TestIdentity.make("server");
        client = TestIdentity.make("client");
    }

    @AfterAll
    static void closeAll() throws Exception {
        await(vertx.close());
    }

    /** Keeps what comes; a heavy frame keeps its thread. */
    private final class Worker implements LinkReceiver {
        @Override
        public void frame(MemorySegment source, long offset, int length) {
            strangeThread.compareAndSet(false, Thread.currentThread() != owner);
            if (Wire.sequence(source, offset) == HEAVY) {
                atWork.countDown();
                awaitLetGo();
            }
            received.frame(source, offset, length);
        }

        @Override
        public void closed(String reason) {
            received.closed(reason);
        }
    }

    private void awaitLetGo() {
        try {
            letGo.await();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @BeforeEach
    void listen() throws Exception {
        Acceptor acceptor = new Acceptor() {
            @Override
            public void control(Link link) {
                try {
                    LinkReader own = link.openFor(new Worker());
                    accepted.complete(link);
                    reader.complete(own);
                    Thread thread = Thread.ofPlatform().unstarted(() -> readAll(own));
                    owner = thread;
                    thread.start();
                } catch (IOException full) {
                    throw new UncheckedIOException(full);
                }
            }

            @Override
            public void bulk(BulkLink link, String ticket) throws LinkException {
                throw new LinkException("no bulk connections here");
            }
        };
        listener = await(LinkServer.listen(vertx, server.server(client), QUICK, acceptor));
        connector = new LinkClient(vertx, client.client(server), QUICK);
    }

    private static void readAll(LinkReader own) {
        try (own) {
            while (!own.isOver()) {
                if (!own.read()) {
                    own.await(() -> true);
                }
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        letGo.countDown();
        connector.close();
        await(listener.close());
        Thread thread = owner;
        if (thread != null) {
            thread.join();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1000, 1 << 20})
    void framesComeInOrderOnTheOwnersThread(int pieceBytes) throws Exception {
        try (Tampering way = new Tampering(listener.port(), pieceBytes, Tampering.NOTHING)) {
            Link up = await(connector.control("127.0.0.1", way.port(), atClient));
            int count = pieceBytes < 10 ? 30 : 900;
            for (int sequence = 1; sequence <= count; sequence++) {
                send(up, sequence, 32 + sequence % 400);
            }
            for (long sequence = 1; sequence <= count; sequence++) {
                assertThat(received.next()).isEqualTo(sequence);
            }
            send(accepted.get(), 1, 2000);
            assertThat(atClient.next()).isEqualTo(1);
            assertThat(strangeThread).isFalse();
        }
    }

    @Test
    void aThreadThatWorksForLongerThanAPeerMayBeSilentLosesNobody() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, HEAVY, 64);
        send(up, 2, 64);
        assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
        Thread.sleep(3 * DEAD_AFTER.toMillis());
        assertThat(up.closeReason()).isNull();
        assertThat(accepted.get().closeReason()).isNull();
        send(accepted.get(), 5, 64);
        assertThat(atClient.next()).as("what others send meanwhile").isEqualTo(5);
        letGo.countDown();
        assertThat(received.next()).isEqualTo(HEAVY);
        assertThat(received.next()).isEqualTo(2);
        Thread.sleep(2 * DEAD_AFTER.toMillis());
        assertThat(up.closeReason()).isNull();
    }

    @Test
    void aPeerThatGoesWhileTheThreadWorksIsNoticed() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, HEAVY, 64);
        assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
        long left = System.nanoTime();
        up.close("enough");
        assertThat(received.reason()).contains("closed the connection");
        assertThat(Duration.ofNanos(System.nanoTime() - left)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aPeerThatGoesWhileTheThreadSleepsHasSaidWhy() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, 1, 64);
        assertThat(received.next()).isEqualTo(1);
        up.close("enough");
        assertThat(received.reason()).isEqualTo("the peer said goodbye: enough");
        assertThat(reader.get().isOver()).isTrue();
    }

    @Test
    void aLinkThatIsClosedWhileTheThreadWorksIsOverForThePeerAtOnce() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, HEAVY, 64);
        assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
        accepted.get().close("no more");
        assertThat(atClient.reason()).isEqualTo("the peer said goodbye: no more");
    }

    @Test
    void whatComesFasterThanItIsWorkedOnWaitsInTheKernel() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, HEAVY, 64);
        assertThat(atWork.await(10, TimeUnit.SECONDS)).isTrue();
        int length = 48 << 10;
        int count = 600; // 29 MB
        for (int sequence = 1; sequence <= count; sequence++) {
            up.send(frame(sequence, length), 0, length);
        }
        assertThat(up.isWritable()).isFalse();
        Thread.sleep(3 * DEAD_AFTER.toMillis());
        assertThat(up.closeReason()).as("a peer whose window is closed lives").isNull();
        letGo.countDown();
        assertThat(received.next()).isEqualTo(HEAVY);
        for (long sequence = 1; sequence <= count; sequence++) {
            assertThat(received.next()).isEqualTo(sequence);
        }
        up.awaitWritable();
    }

    @Test
    void anotherThreadEndsTheSleep() throws Exception {
        SocketWait wait = new SocketWait();
        AtomicInteger tasks = new AtomicInteger();
        int count = 20_000;
        Thread sleeper = Thread.ofPlatform().start(() -> {
            for (int done = 0; done < count; done++) {
                int seen = done;
                while (tasks.get() == seen) {
                    wait.sleep(-1, () -> tasks.get() == seen);
                }
            }
        });
        for (int i = 0; i < count; i++) {
            tasks.incrementAndGet();
            wait.wake();
        }
        assertThat(sleeper.join(Duration.ofSeconds(20))).isTrue();
        wait.close();
        wait.wake();
    }
}
