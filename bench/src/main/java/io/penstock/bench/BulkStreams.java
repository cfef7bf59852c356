package io.penstock.bench;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.Acceptor;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What bulk connections carry when nothing but TLS and the network is between two memories: the floor of large copies. */
final class BulkStreams {
    private static final long BYTES = 1L << 30;
    private static final int CHUNK_BYTES = LinkOptions.DEFAULT.chunkBytesMax();
    private static final int SECONDS_MAX = 60;

    private BulkStreams() {}

    /** Listens for streams of {@link #BYTES} shared among connections; each is answered with one byte. */
    static LinkServer serve(Vertx vertx, Identity identity, PeerTrust trust) {
        Acceptor acceptor = new Acceptor() {
            @Override
            public void control(Link link) {
                link.close("only bulk connections here");
            }

            @Override
            public void bulk(BulkLink link, String ticket) {
                link.open(new Swallow(link, Long.parseLong(ticket)));
            }
        };
        return LinkServer.listen(
                        vertx,
                        TlsOptions.netServer(identity, trust).setHost("127.0.0.1"),
                        LinkOptions.DEFAULT,
                        acceptor,
                        LinkOptions.bulkConnections())
                .await();
    }

    /** GB/s of so many connections at once, after a run to warm up. */
    static double measure(Identity identity, PeerTrust trust, int port, int connections) throws Exception {
        Vertx vertx = Spin.vertx(1 + connections, Spin.standard());
        try (LinkClient client = new LinkClient(vertx, TlsOptions.netClient(identity, trust), LinkOptions.DEFAULT)) {
            run(client, port, connections);
            return run(client, port, connections);
        } finally {
            var unused = vertx.close();
        }
    }

    private static double run(LinkClient client, int port, int connections)
            throws InterruptedException, ExecutionException, TimeoutException {
        CountDownLatch swallowed = new CountDownLatch(connections);
        List<BulkLink> links = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            links.add(client.bulk("127.0.0.1", port, Long.toString(BYTES / connections), link -> new Answer(swallowed))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(SECONDS_MAX, TimeUnit.SECONDS));
        }
        MemorySegment bytes = randomBytes();
        long started = System.nanoTime();
        for (long at = 0; at < BYTES / connections; at += CHUNK_BYTES) {
            MemorySegment chunk = bytes.asSlice(at % bytes.byteSize(), CHUNK_BYTES);
            for (BulkLink link : links) {
                link.awaitWritable();
                link.send(1, at, chunk, () -> {});
            }
        }
        if (!swallowed.await(SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new TimeoutException("the streams did not arrive within " + SECONDS_MAX + " s");
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        links.forEach(link -> link.close("done"));
        return BYTES / seconds / 1e9;
    }

    private static MemorySegment randomBytes() {
        MemorySegment bytes = Arena.ofAuto().allocate(64L << 20, 64);
        SplittableRandom random = new SplittableRandom(1);
        for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
            bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
        return bytes;
    }

    /** Copies what comes to one place, as a receiver does, and says so when everything has come. */
    private static final class Swallow implements ChunkSink {
        private final BulkLink link;
        private final MemorySegment place = Arena.ofAuto().allocate(CHUNK_BYTES, 64);
        private long left;
        private long position;

        Swallow(BulkLink link, long expected) {
            this.link = link;
            this.left = expected;
        }

        @Override
        public boolean begin(long payload, long at, int length) {
            position = 0;
            return true;
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {
            MemorySegment.copy(source, offset, place, position, count);
            position += count;
            left -= count;
        }

        @Override
        public void end() {
            if (left == 0) {
                link.send(1, 0, place.asSlice(0, 1), () -> {});
            }
        }

        @Override
        public void closed(String reason) {}
    }

    private static final class Answer implements ChunkSink {
        private final CountDownLatch came;

        Answer(CountDownLatch came) {
            this.came = came;
        }

        @Override
        public boolean begin(long payload, long at, int length) {
            return true;
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {}

        @Override
        public void end() {
            came.countDown();
        }

        @Override
        public void closed(String reason) {}
    }
}
