package io.penstock.gpuserver.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.image.ImageFolders;
import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.LeaseVerifier;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.RefusalLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that the appliance has disabled knocks at the daemon's port, over real TLS. */
@Timeout(60)
final class DisabledClientIT {
    private static final Duration LIFE = Duration.ofHours(1);
    private static final String REASON = "client client-1 is disabled";

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<JsonObject> lines = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();
    private final CertificateIssuer authority = CertificateIssuer.authority("test", Instant.now(), LIFE);
    private AgentListener listener;
    private NetClient client;
    private int port;

    @BeforeEach
    void listen() throws Exception {
        Identity server = identity(PeerKind.SERVER, "server-1");
        SessionBook sessions = new SessionBook(
                vertx.getOrCreateContext(),
                new WorkerPool(List.of("false"), 0),
                new LeaseBook(folder.resolve("ledgers")),
                new SessionBook.WorkerPlace(
                        "server-1", "127.0.0.1", 0, 0, LIFE, new ImageFolders(folder.resolve("images"), 0, 1)));
        listener = new AgentListener(
                vertx,
                new AgentListener.Desk(
                        server.peer(),
                        new LeaseVerifier(authority.certificate()),
                        sessions,
                        new LeaseHolders(),
                        lease -> Future.succeededFuture(""),
                        InstantSource.system(),
                        new RefusalLog(log::add)));
        port = await(listener.listen(server, "127.0.0.1", 0));
        client = vertx.createNetClient(TlsOptions.netClient(
                identity(PeerKind.CLIENT, "client-1"), PeerTrust.exactly(authority.certificate(), server.peer())));
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void itIsToldSoForGoodWhenItComes() throws Exception {
        listener.revoke(new Revocations(1, Set.of("client-1"), Set.of()));
        connect();
        assertThat(farewell()).isEqualTo(new JsonObject().put("code", "REVOKED").put("text", REASON));
    }

    @Test
    void itIsToldSoForGoodWhenItIsThere() throws Exception {
        NetSocket socket = connect();
        socket.write("{\"nvml\":{\"lease\":\"none\"}}\n");
        assertThat(lines.poll(10, TimeUnit.SECONDS).containsKey("refused")).isTrue();
        vertx.runOnContext(go -> listener.revoke(new Revocations(1, Set.of("client-1"), Set.of())));
        assertThat(farewell()).isEqualTo(new JsonObject().put("code", "REVOKED").put("text", REASON));
    }

    @Test
    void itIsWrittenDownOnceHoweverOftenItComes() throws Exception {
        listener.revoke(new Revocations(1, Set.of("client-1"), Set.of()));
        for (int i = 0; i < 20; i++) {
            connect();
            farewell();
        }
        assertThat(log).containsExactly("agent of penstock://client/client-1 is cut off: " + REASON);
    }

    private NetSocket connect() throws Exception {
        // who is cut off hears so at once: the handler is there before the first byte is read
        return await(client.connect(port, "127.0.0.1")
                .map(socket ->
                        socket.handler(RecordParser.newDelimited("\n", line -> lines.add(new JsonObject(line))))));
    }

    private JsonObject farewell() throws InterruptedException {
        JsonObject line = lines.poll(10, TimeUnit.SECONDS);
        assertThat(line).as("a last line").isNotNull();
        return line.getJsonObject("ended");
    }

    private Identity identity(PeerKind kind, String id) {
        return authority.identity(new PeerIdentity(kind, id), List.of(), Instant.now(), LIFE);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
