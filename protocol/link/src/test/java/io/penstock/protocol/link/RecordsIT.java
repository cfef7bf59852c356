package io.penstock.protocol.link;

import static io.penstock.protocol.link.Recorder.await;
import static io.penstock.protocol.link.Recorder.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS records that come in pieces, broken, or faster than they are taken, and that several threads send. */
@Timeout(60)
final class RecordsIT {
    private static final LinkOptions OPTIONS =
            new LinkOptions(256 << 10, 256 << 10, 4 << 20, Duration.ofSeconds(20), Duration.ofSeconds(40));

    private static Vertx vertx;
    private static TestIdentity server;
    private static TestIdentity client;

    private final Recorder atServer = new Recorder();
    private final Recorder atClient = new Recorder();
    private final CompletableFuture<Link> accepted = new CompletableFuture<>();
    private LinkServer listener;
    private LinkClient connector;

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

    @BeforeEach
    void listen() throws Exception {
        Acceptor acceptor = new Acceptor() {
            @Override
            public void control(Link link) {
                link.open(atServer);
                accepted.complete(link);
            }

            @Override
            public void bulk(BulkLink link, String ticket) throws LinkException {
                throw new LinkException("no bulk connections here");
            }
        };
        listener = await(LinkServer.listen(vertx, server.server(client), OPTIONS, acceptor));
        connector = new LinkClient(vertx, client.client(server), OPTIONS);
    }

    @AfterEach
    void close() throws Exception {
        connector.close();
        await(listener.close());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 31, 1000, 16_000})
    void recordsThatComeInPiecesAreWholeAgain(int pieceBytes) throws Exception {
        try (Tampering way = new Tampering(listener.port(), pieceBytes, Tampering.NOTHING)) {
            Link up = await(connector.control("127.0.0.1", way.port(), atClient));
            int count = pieceBytes < 10 ? 30 : 600;
            for (int sequence = 1; sequence <= count; sequence++) {
                up.send(frame(sequence, 32 + sequence % 400), 0, 32 + sequence % 400);
            }
            for (long sequence = 1; sequence <= count; sequence++) {
                assertThat(atServer.next()).isEqualTo(sequence);
            }
            accepted.get().send(frame(1, 2000), 0, 2000);
            assertThat(atClient.next()).isEqualTo(1);
        }
    }

    @Test
    void oneChangedBitEndsTheConnectionWithItsReason() throws Exception {
        try (Tampering way = new Tampering(listener.port(), 1 << 20, 20_000)) {
            Link up = await(connector.control("127.0.0.1", way.port(), atClient));
            for (int sequence = 1; sequence <= 200; sequence++) {
                up.send(frame(sequence, 400), 0, 400);
            }
            assertThat(atServer.reason()).contains("the connection failed");
            assertThat(atServer.waiting()).isLessThan(200);
            assertThat(atClient.reason()).isNotEmpty();
        }
    }

    @Test
    void whatTheKernelCannotTakeFollowsInOrder() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        up.send(frame(1, 64), 0, 64);
        assertThat(atServer.next()).isEqualTo(1);
        accepted.get().setReading(false);
        int length = 200 << 10;
        int count = 200; // 40 MB: more than a socket holds
        for (int sequence = 2; sequence <= count; sequence++) {
            up.send(frame(sequence, length), 0, length);
        }
        assertThat(up.isWritable()).isFalse();
        assertThat(atServer.waiting()).isLessThan(count - 1);
        accepted.get().setReading(true);
        for (long sequence = 2; sequence <= count; sequence++) {
            assertThat(atServer.next()).isEqualTo(sequence);
        }
        up.awaitWritable();
        assertThat(up.isWritable()).isTrue();
    }

    @Test
    void threadsThatSendThemselvesLoseNothingAndKeepTheirOrder() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        int threads = 4;
        int each = 5000;
        CountDownLatch ready = new CountDownLatch(threads);
        List<Thread> senders = new ArrayList<>();
        for (int number = 0; number < threads; number++) {
            long first = number * 1_000_000L;
            senders.add(Thread.ofPlatform().start(() -> {
                MemorySegment frame = frame(0, 96);
                ready.countDown();
                for (int i = 1; i <= each; i++) {
                    frame.set(Wire.U64, Wire.SEQUENCE, first + i);
                    up.sendWithNext(frame, 0, 96);
                    if (i % 3 == 0) {
                        up.leaveSoon();
                    } else {
                        up.leave();
                    }
                }
            }));
        }
        long[] last = new long[threads];
        for (int i = 0; i < threads * each; i++) {
            long sequence = atServer.next();
            int from = (int) (sequence / 1_000_000);
            assertThat(sequence % 1_000_000).isEqualTo(++last[from]);
        }
        for (Thread sender : senders) {
            sender.join();
        }
        assertThat(ready.getCount()).isZero();
    }

    @Test
    void aConnectionMayEndWhileAThreadSends() throws Exception {
        for (int round = 0; round < 40; round++) {
            Recorder mine = new Recorder();
            Link up = await(connector.control("127.0.0.1", listener.port(), mine));
            Thread sender = Thread.ofPlatform().start(() -> {
                MemorySegment frame = frame(1, 4096);
                while (up.sendWithNext(frame, 0, 4096)) {
                    up.leave();
                    awaitWritable(up);
                }
            });
            Thread.sleep(round % 5);
            up.close("enough");
            sender.join();
            assertThat(mine.reason()).isEqualTo("enough");
        }
    }

    @Test
    void aLinkThatIsClosedAtOnceHasSaidWhy() throws Exception {
        await(connector.control("127.0.0.1", listener.port(), atClient).onSuccess(link -> {
            link.close("nobody came");
            connector.close();
        }));
        assertThat(atServer.reason()).isEqualTo("the peer said goodbye: nobody came");
        assertThat(atClient.reason()).isEqualTo("nobody came");
    }

    @Test
    void aLinkOnAnotherTransportSaysSoInsteadOfHanging() throws Exception {
        Vertx other = Vertx.vertx();
        try (LinkClient strange = new LinkClient(other, client.client(server), OPTIONS)) {
            await(strange.control("127.0.0.1", listener.port(), atClient));
            assertThat(atClient.reason()).contains("not made by Spin");
        } finally {
            await(other.close());
        }
    }

    private static void awaitWritable(Link link) {
        try {
            link.awaitWritable();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
