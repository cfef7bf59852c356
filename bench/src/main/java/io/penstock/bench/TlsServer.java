package io.penstock.bench;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One end of the floor: a mutual TLS server without any protocol. The first byte of a connection says what it does: E
 * sends everything back; S and a u64 count swallow so many bytes and answer one.
 */
final class TlsServer {
    static final byte ECHO = 'E';
    static final byte STREAM = 'S';

    private static final PeerIdentity SERVER = new PeerIdentity(PeerKind.SERVER, "floor");
    private static final PeerIdentity CLIENT = new PeerIdentity(PeerKind.CLIENT, "floor");

    private TlsServer() {}

    /** Writes the client's identity and the port into the folder and serves until its standard input ends. */
    static void serve(Path folder) throws Exception {
        Instant now = Instant.now();
        Duration day = Duration.ofDays(1);
        CertificateIssuer issuer = CertificateIssuer.authority("Floor", now, day);
        Identity identity = issuer.identity(SERVER, List.of(), now, day);
        new IdentityStore(folder.resolve("client")).save(issuer.identity(CLIENT, List.of(), now, day));

        Vertx vertx = Spin.vertx(LinkOptions.bulkConnections(), Spin.standard());
        NetServer server =
                vertx.createNetServer(TlsOptions.netServer(identity, PeerTrust.exactly(issuer.certificate(), CLIENT)));
        server.connectHandler(TlsServer::accept);
        int port = server.listen(0, "127.0.0.1").await().actualPort();
        LinkServer bulk = BulkStreams.serve(vertx, identity, PeerTrust.exactly(issuer.certificate(), CLIENT));
        publish(folder.resolve("bulk-port"), Integer.toString(bulk.port()));
        publish(folder.resolve("port"), Integer.toString(port));
        waitForEnd();
        vertx.close().await();
    }

    private static void accept(NetSocket socket) {
        socket.handler(new Connection(socket)::bytes);
    }

    /** All at once: a reader never sees half a number. */
    private static void publish(Path file, String text) throws IOException {
        Path making = file.resolveSibling(file.getFileName() + ".making");
        Files.writeString(making, text);
        Files.move(making, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void waitForEnd() throws IOException {
        int read = System.in.read();
        while (read >= 0) {
            read = System.in.read();
        }
    }

    /** Event loop of the connection only. */
    private static final class Connection {
        private final NetSocket socket;
        private byte mode;
        private long left;

        Connection(NetSocket socket) {
            this.socket = socket;
        }

        void bytes(Buffer received) {
            Buffer buffer = received;
            if (mode == 0) {
                mode = buffer.getByte(0);
                left = mode == STREAM ? buffer.getLong(1) : 0;
                buffer = buffer.slice(mode == STREAM ? 1 + Long.BYTES : 1, buffer.length());
            }
            if (mode == ECHO) {
                socket.write(buffer);
                return;
            }
            left -= buffer.length();
            if (left == 0) {
                socket.write(Buffer.buffer(new byte[] {1}));
            }
        }
    }
}
