package io.penstock.protocol.link;

import static io.penstock.protocol.link.Recorder.await;
import static io.penstock.protocol.link.Recorder.frame;
import static io.penstock.protocol.link.Recorder.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links over loopback and real mutual TLS. */
@Timeout(30)
final class LinkIT {
    private static final LinkOptions QUICK =
            new LinkOptions(4096, 256 << 10, 1 << 20, Duration.ofMillis(100), Duration.ofMillis(600));

    private static Vertx vertx;
    private static TestIdentity server;
    private static TestIdentity client;
    private static TestIdentity stranger;

    private final Recorder atServer = new Recorder();
    private final Recorder atClient = new Recorder();
    private final Payload payloadAtServer = new Payload(64 << 20);
    private final CompletableFuture<Link> accepted = new CompletableFuture<>();
    private final CompletableFuture<BulkLink> acceptedBulk = new CompletableFuture<>();
    private final AtomicInteger connections = new AtomicInteger();
    private LinkServer listener;
    private LinkClient connector;

    @BeforeAll
    static void identities() throws Exception {
        vertx = Spin.vertx(2, Spin.standard());
        server = TestIdentity.make("server");
        client = TestIdentity.make("client");
        stranger = TestIdentity.make("stranger");
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
                connections.incrementAndGet();
                link.open(atServer);
                accepted.complete(link);
            }

            @Override
            public void bulk(BulkLink link, String ticket) throws LinkException {
                connections.incrementAndGet();
                if (!ticket.equals("sesame")) {
                    throw new LinkException("ticket '" + ticket + "' opens nothing");
                }
                link.open(payloadAtServer);
                acceptedBulk.complete(link);
            }
        };
        listener = await(LinkServer.listen(vertx, server.server(client), QUICK, acceptor));
        connector = new LinkClient(vertx, client.client(server), QUICK);
    }

    @AfterEach
    void close() throws Exception {
        connector.close();
        await(listener.close());
    }

    @Test
    void framesArriveWholeAndInOrderBothWays() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        for (int sequence = 1; sequence <= 5000; sequence++) {
            send(up, sequence, 32 + sequence % 500);
        }
        for (long sequence = 1; sequence <= 5000; sequence++) {
            assertThat(atServer.next()).isEqualTo(sequence);
        }
        send(accepted.get(), 1, 4096);
        assertThat(atClient.next()).isEqualTo(1);
    }

    @Test
    void aWholeRangeOfFramesGoesInOneCall() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        MemorySegment range = Arena.ofAuto().allocate(3 * 40);
        for (int i = 0; i < 3; i++) {
            MemorySegment.copy(frame(i + 1, 40), 0, range, i * 40L, 40);
        }
        up.send(range, 0, 120);
        assertThat(atServer.next()).isEqualTo(1);
        assertThat(atServer.next()).isEqualTo(2);
        assertThat(atServer.next()).isEqualTo(3);
    }

    @Test
    void whatThePeerProcessedIsToldEvenWhenNothingElseGoesThatWay() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, 7, 64);
        assertThat(atServer.next()).isEqualTo(7);
        accepted.get().acknowledge(7);
        send(up, 8, 64);
        assertThat(atClient.acknowledgements.poll(5, TimeUnit.SECONDS)).isEqualTo(7);
    }

    @Test
    void anOversizedFrameEndsThatLinkWithAReasonAndNoOther() throws Exception {
        Recorder other = new Recorder();
        Link good = await(connector.control("127.0.0.1", listener.port(), other));
        send(good, 1, 64);
        assertThat(atServer.next()).isEqualTo(1);
        Link bad = await(connector.control("127.0.0.1", listener.port(), atClient));
        MemorySegment lie = frame(1, 64);
        lie.set(Wire.U32, 0, 1 << 30);
        bad.send(lie, 0, 64);
        assertThat(atClient.reason()).contains("goodbye").contains("1073741824 bytes; allowed are 32 to 4096");
        send(good, 2, 64);
        assertThat(atServer.next()).isEqualTo(2);
    }

    @Test
    void aPeerThatSaysNothingIsAskedAndOneThatAnswersLives() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, 1, 64);
        atServer.next();
        Thread.sleep(1500);
        assertThat(up.closeReason()).isNull();
        assertThat(accepted.get().closeReason()).isNull();
    }

    @Test
    void aPeerThatHangsIsGivenUp() throws Exception {
        Link up = await(connector.control("127.0.0.1", listener.port(), atClient));
        send(up, 1, 64);
        atServer.next();
        accepted.get().setReading(false);
        assertThat(atClient.reason()).contains("no word from the peer");
    }

    @Test
    void aStrangerReachesNoDecoder() {
        LinkClient strange = new LinkClient(vertx, stranger.client(server), QUICK);
        Recorder told = new Recorder();
        Future<Link> link = strange.control("127.0.0.1", listener.port(), told);
        link.onSuccess(open -> send(open, 1, 64));
        assertThatThrownBy(() -> {
                    await(link);
                    throw new IllegalStateException(told.reason());
                })
                .isInstanceOf(Exception.class);
        assertThat(connections).hasValue(0);
        strange.close();
    }

    @Test
    void aClientThatIsClosedSaysSoToWhoeverConnects() {
        LinkClient closed = new LinkClient(vertx, client.client(server), QUICK);
        closed.close();
        assertThatThrownBy(() -> await(closed.control("127.0.0.1", listener.port(), new Recorder())))
                .hasMessageContaining("closed");
        assertThat(connections).hasValue(0);
    }

    @Test
    void aPeerWithoutTlsReachesNoDecoder() throws Exception {
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
            OutputStream out = plain.getOutputStream();
            out.write(new byte[4096]);
            out.flush();
            plain.setSoTimeout(5000);
            assertThat(drained(plain.getInputStream())).isLessThan(100);
        }
        assertThat(connections).hasValue(0);
    }

    @Test
    void aServerThatIsNotTheOneExpectedIsNotSpokenTo() {
        LinkClient deceived = new LinkClient(vertx, client.client(stranger), QUICK);
        assertThatThrownBy(() -> await(deceived.control("127.0.0.1", listener.port(), atClient)))
                .isInstanceOf(Exception.class);
        assertThat(connections).hasValue(0);
        deceived.close();
    }

    @Test
    void aWrongTicketOpensNoBulkConnection() throws Exception {
        Payload sink = new Payload(1024);
        await(connector.bulk("127.0.0.1", listener.port(), "guess", link -> sink));
        assertThat(sink.over.get(5, TimeUnit.SECONDS)).contains("the peer closed the connection");
        assertThat(acceptedBulk).isNotDone();
    }

    @Test
    void payloadsArriveWholeAndTheBytesInFlightStayBounded() throws Exception {
        BulkLink bulk = await(connector.bulk("127.0.0.1", listener.port(), "sesame", link -> new Payload(1024)));
        int chunk = 256 << 10;
        long total = 64 << 20;
        MemorySegment bytes = Arena.ofAuto().allocate(total, 8);
        for (long at = 0; at < total; at += 8) {
            bytes.set(ValueLayout.JAVA_LONG, at, at * 0x9E37_79B9_7F4A_7C15L);
        }
        AtomicLong outstanding = new AtomicLong();
        long most = 0;
        long started = System.nanoTime();
        for (long at = 0; at < total; at += chunk) {
            bulk.awaitWritable();
            most = Math.max(most, outstanding.addAndGet(chunk));
            bulk.send(5, at, bytes.asSlice(at, chunk), () -> outstanding.addAndGet(-chunk));
        }
        payloadAtServer.complete.get(20, TimeUnit.SECONDS);
        double seconds = (System.nanoTime() - started) / 1e9;
        System.getLogger("LinkIT").log(System.Logger.Level.INFO, "bulk: {0} MB/s", total / seconds / 1e6);
        assertThat(payloadAtServer.memory.mismatch(bytes)).isEqualTo(-1);
        assertThat(most).isLessThanOrEqualTo(QUICK.inFlightBytes() + 2L * chunk);
    }

    @Test
    void aSinkWithoutPlaceStopsItsConnectionAndLosesNothing() throws Exception {
        Semaphore places = new Semaphore(0);
        int chunk = 100_000;
        int chunks = 50;
        Payload down = new Payload((long) chunk * chunks, places);
        BulkLink atHere = await(connector.bulk("127.0.0.1", listener.port(), "sesame", link -> down));
        BulkLink there = acceptedBulk.get(5, TimeUnit.SECONDS);
        MemorySegment bytes = Arena.ofAuto().allocate((long) chunk * chunks, 8);
        for (int i = 0; i < chunk * chunks; i++) {
            bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i % 251));
        }
        for (int i = 0; i < chunks; i++) {
            there.send(9, (long) i * chunk, bytes.asSlice((long) i * chunk, chunk), () -> {});
        }
        for (int i = 0; i < chunks; i++) {
            int before = down.begun.get();
            places.release();
            atHere.resume();
            for (int waited = 0; down.begun.get() == before && !down.complete.isDone() && waited < 5000; waited++) {
                Thread.sleep(1);
            }
            assertThat(places.availablePermits()).isLessThanOrEqualTo(1);
        }
        down.complete.get(5, TimeUnit.SECONDS);
        assertThat(down.memory.mismatch(bytes)).isEqualTo(-1);
    }

    /** Bytes until the end of the stream or a reset. */
    private static int drained(InputStream in) {
        int count = 0;
        try {
            while (in.read() >= 0) {
                count++;
            }
        } catch (IOException reset) {
            return count;
        }
        return count;
    }

    private static final class Payload implements ChunkSink {
        private final MemorySegment memory;
        private final CompletableFuture<Void> complete = new CompletableFuture<>();
        private final CompletableFuture<String> over = new CompletableFuture<>();
        private final @Nullable Semaphore places;
        private long arrived;
        private long position;
        private final AtomicInteger begun = new AtomicInteger();

        Payload(long bytes) {
            this(bytes, null);
        }

        /** @param places chunks that it has room for; any number when null */
        Payload(long bytes, @Nullable Semaphore places) {
            this.places = places;
            memory = Arena.ofAuto().allocate(bytes, 8);
        }

        @Override
        public boolean begin(long payload, long at, int length) {
            position = at;
            begun.incrementAndGet();
            return places == null || places.tryAcquire();
        }

        @Override
        public void end() {}

        @Override
        public void bytes(MemorySegment source, long offset, int count) {
            MemorySegment.copy(source, offset, memory, position, count);
            position += count;
            arrived += count;
            if (arrived == memory.byteSize()) {
                complete.complete(null);
            }
        }

        @Override
        public void closed(String reason) {
            over.complete(reason);
        }
    }
}
