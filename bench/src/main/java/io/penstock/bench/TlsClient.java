package io.penstock.bench;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The measuring end of the floor: round trips of 64 bytes, and a stream in writes of 256 KiB. */
final class TlsClient {
    private static final int ECHO_BYTES = 64;
    private static final int WARM_UP_TRIPS = 20_000;
    private static final int TRIPS = 20_000;
    private static final int CHUNK_BYTES = 256 * 1024;
    private static final long STREAM_BYTES = 1L << 30;
    private static final int CHUNKS_IN_FLIGHT = 8;
    private static final int SERVER_START_MILLISECONDS_MAX = 20_000;

    private final Vertx vertx = Spin.vertx(1, Spin.standard());
    private final Identity identity;
    private final int port;

    private TlsClient(Identity identity, int port) {
        this.identity = identity;
        this.port = port;
    }

    /** Waits for the server of this folder, then prints the floor's figures. */
    static void measure(Path folder, Figures figures) throws Exception {
        int port = awaitPort(folder.resolve("port"));
        TlsClient client = new TlsClient(new IdentityStore(folder.resolve("client")).load(), port);
        figures.printTimes("tls_echo", client.roundTrips());
        client.stream();
        figures.print("tls_stream_gb_s", STREAM_BYTES / (double) client.stream());
        client.vertx.close().await();
        int bulkPort = Integer.parseInt(Files.readString(folder.resolve("bulk-port")));
        for (int connections = 1; connections <= LinkOptions.bulkConnections(); connections *= 2) {
            double measured = BulkStreams.measure(client.identity, client.trust(), bulkPort, connections);
            figures.print("bulk_streams_" + connections + "_gb_s", measured);
        }
    }

    private static int awaitPort(Path file) throws IOException, InterruptedException {
        for (int waited = 0; !Files.exists(file); waited += 20) {
            if (waited > SERVER_START_MILLISECONDS_MAX) {
                throw new IOException(
                        "the server wrote no " + file + " within " + SERVER_START_MILLISECONDS_MAX + " ms");
            }
            Thread.sleep(20);
        }
        return Integer.parseInt(Files.readString(file));
    }

    /** Nanoseconds of each trip, one at a time, measured on the event loop. */
    private long[] roundTrips() {
        return connect(socket -> {
            Promise<long[]> done = Promise.promise();
            Buffer message = Buffer.buffer(new byte[ECHO_BYTES]);
            long[] nanos = new long[TRIPS];
            long[] sent = new long[1];
            int[] trip = {-WARM_UP_TRIPS};
            int[] missing = {ECHO_BYTES};
            socket.handler(bytes -> {
                missing[0] -= bytes.length();
                if (missing[0] > 0) {
                    return;
                }
                missing[0] = ECHO_BYTES;
                if (trip[0] >= 0) {
                    nanos[trip[0]] = System.nanoTime() - sent[0];
                }
                trip[0]++;
                if (trip[0] == TRIPS) {
                    done.complete(nanos);
                    return;
                }
                sent[0] = System.nanoTime();
                socket.write(message);
            });
            sent[0] = System.nanoTime();
            socket.write(Buffer.buffer(new byte[] {TlsServer.ECHO}).appendBuffer(message));
            return done.future();
        });
    }

    /**
     * Nanoseconds from the first write to the server's word that it has everything. What is in flight is bounded here:
     * left to the write queue alone, buffers pile up and the floor would be too low.
     */
    private long stream() {
        return connect(socket -> {
            Promise<Long> done = Promise.promise();
            long started = System.nanoTime();
            socket.handler(answer -> done.complete(System.nanoTime() - started));
            socket.write(Buffer.buffer(new byte[] {TlsServer.STREAM}).appendLong(STREAM_BYTES));
            Stream stream = new Stream(socket);
            for (int chunk = 0; chunk < CHUNKS_IN_FLIGHT; chunk++) {
                stream.writeNext();
            }
            return done.future();
        });
    }

    /** Writes chunk after chunk, each when an earlier one has left. Event loop of the socket only. */
    private static final class Stream {
        private final NetSocket socket;
        private final byte[] chunk = new byte[CHUNK_BYTES];
        private long left = STREAM_BYTES;

        Stream(NetSocket socket) {
            this.socket = socket;
        }

        void writeNext() {
            if (left > 0) {
                left -= CHUNK_BYTES;
                Future<Void> written = socket.write(Buffer.buffer(chunk));
                written.onSuccess(nothing -> writeNext());
            }
        }
    }

    /** What is done with a connection, on its event loop. */
    @FunctionalInterface
    private interface Work<T> {
        Future<T> on(NetSocket socket);
    }

    private <T> T connect(Work<T> work) {
        return vertx.createNetClient(TlsOptions.netClient(identity, trust()))
                .connect(port, "127.0.0.1")
                .compose(socket -> work.on(socket).onComplete(result -> socket.close()))
                .await();
    }

    private PeerTrust trust() {
        return PeerTrust.peers(identity.authority(), TlsClient::isFloor);
    }

    private static boolean isFloor(PeerIdentity peer) {
        return peer.id().equals("floor");
    }
}
