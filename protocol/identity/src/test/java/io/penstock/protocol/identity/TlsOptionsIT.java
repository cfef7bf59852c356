package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two ends on loopback: who gets in, and what the server's handler sees of those who do not (nothing). */
class TlsOptionsIT {
    private static final CertificateIssuer AUTHORITY = TestAuthority.createNow();
    private static final PeerIdentity SERVER = TestAuthority.server("s1");
    private static final Identity SERVER_IDENTITY = TestAuthority.identityNow(AUTHORITY, SERVER);
    private static final Identity CLIENT_IDENTITY = TestAuthority.identityNow(AUTHORITY, TestAuthority.client("c1"));
    private static final PeerTrust CLIENTS = PeerTrust.kinds(AUTHORITY.certificate(), PeerKind.CLIENT);

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger served = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void bothEndsLearnWhoTheOtherIs() throws Exception {
        assertThat(greeting(
                        TlsOptions.netServer(SERVER_IDENTITY, CLIENTS),
                        client(CLIENT_IDENTITY, PeerTrust.exactly(AUTHORITY.certificate(), SERVER))))
                .isEqualTo("penstock://client/c1 TLSv1.3 seen by penstock://server/s1");
    }

    @Test
    void bothEndsTellTheSameOfTheirConnection() throws Exception {
        CompletableFuture<Handshake> atServer = new CompletableFuture<>();
        NetServer server = vertx.createNetServer(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS))
                .connectHandler(socket -> atServer.complete(Handshake.of(socket.sslSession())));
        await(server.listen(0, "127.0.0.1"));
        NetClient client =
                vertx.createNetClient(client(CLIENT_IDENTITY, PeerTrust.exactly(AUTHORITY.certificate(), SERVER)));
        NetSocket socket = await(client.connect(server.actualPort(), "127.0.0.1"));
        Handshake ours = Handshake.of(socket.sslSession());
        Handshake theirs = atServer.get(10, TimeUnit.SECONDS);
        assertThat(ours.own()).isEqualTo(CLIENT_IDENTITY.chain());
        assertThat(ours.peer()).isEqualTo(SERVER_IDENTITY.chain());
        assertThat(theirs.own()).isEqualTo(ours.peer());
        assertThat(theirs.peer()).isEqualTo(ours.own());
        assertThat(theirs.protocol()).isEqualTo(ours.protocol());
        assertThat(theirs.cipher()).isEqualTo(ours.cipher());
        assertThat(ours.protocol()).isEqualTo("TLSv1.3");
    }

    @Test
    void clientOfAnotherAuthorityIsRefused() {
        Identity stranger = TestAuthority.identityNow(TestAuthority.createNow(), TestAuthority.client("c1"));
        assertRefused(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), stranger);
    }

    @Test
    void clientWhoseCertificateExpiredIsRefused() {
        Identity expired = AUTHORITY.identity(
                TestAuthority.client("c1"), List.of(), Instant.now().minusSeconds(60), Duration.ofSeconds(30));
        assertRefused(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), expired);
    }

    @Test
    void serverIsRefusedWhereClientsAreExpected() {
        Identity server = TestAuthority.identityNow(AUTHORITY, TestAuthority.server("s2"));
        assertRefused(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), server);
    }

    @Test
    void leaseSignersCertificateOpensNoConnection() {
        Identity signer = TestAuthority.identityNow(AUTHORITY, new PeerIdentity(PeerKind.LEASE_SIGNER, "x"));
        PeerTrust everybody = PeerTrust.peers(AUTHORITY.certificate(), peer -> true);
        assertRefused(TlsOptions.netServer(SERVER_IDENTITY, everybody), signer);
    }

    @Test
    void clientWithoutCertificateIsRefused() {
        NetClientOptions bare = client(CLIENT_IDENTITY, PeerTrust.exactly(AUTHORITY.certificate(), SERVER));
        bare.setKeyCertOptions(null);
        assertThatThrownBy(() -> greeting(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), bare))
                .isInstanceOfAny(ExecutionException.class);
        assertThat(served).hasValue(0);
    }

    @Test
    void wrongServerIsRefusedByTheClient() {
        PeerTrust other = PeerTrust.exactly(AUTHORITY.certificate(), TestAuthority.server("s2"));
        assertThatThrownBy(
                        () -> greeting(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), client(CLIENT_IDENTITY, other)))
                .isInstanceOf(ExecutionException.class);
    }

    @Test
    void workerIsKnownByItsFingerprintAlone() throws Exception {
        Identity worker =
                CertificateIssuer.ephemeral("worker", AUTHORITY.certificate(), Instant.now(), Duration.ofHours(1));
        PeerTrust onlyThisClient = PeerTrust.exactly(AUTHORITY.certificate(), CLIENT_IDENTITY.peer());
        NetServerOptions server = TlsOptions.netServer(worker, onlyThisClient);
        PeerTrust pinned = PeerTrust.fingerprint(Fingerprint.of(worker.certificate()));
        assertThat(greeting(server, client(CLIENT_IDENTITY, pinned))).startsWith("penstock://client/c1");
        PeerTrust other = PeerTrust.fingerprint(Fingerprint.of(SERVER_IDENTITY.certificate()));
        assertThatThrownBy(() -> greeting(server, client(CLIENT_IDENTITY, other)))
                .isInstanceOf(ExecutionException.class);
    }

    @Test
    void olderTlsIsRefused() {
        NetClientOptions old = client(CLIENT_IDENTITY, PeerTrust.exactly(AUTHORITY.certificate(), SERVER));
        old.setEnabledSecureTransportProtocols(Set.of("TLSv1.2"));
        assertThatThrownBy(() -> greeting(TlsOptions.netServer(SERVER_IDENTITY, CLIENTS), old))
                .isInstanceOf(ExecutionException.class);
        assertThat(served).hasValue(0);
    }

    private static NetClientOptions client(Identity identity, PeerTrust trust) {
        return TlsOptions.netClient(identity, trust);
    }

    private void assertRefused(NetServerOptions server, Identity client) {
        PeerTrust trust = PeerTrust.exactly(AUTHORITY.certificate(), SERVER);
        assertThatThrownBy(() -> greeting(server, client(client, trust))).isInstanceOf(ExecutionException.class);
        assertThat(served).hasValue(0);
    }

    /** What the server says to the client: the client's name and protocol as it sees them; fails if cut off first. */
    private String greeting(NetServerOptions serverOptions, NetClientOptions clientOptions)
            throws ExecutionException, InterruptedException, TimeoutException {
        NetServer server = vertx.createNetServer(serverOptions).connectHandler(socket -> {
            served.incrementAndGet();
            String who = PeerIdentity.of(socket.sslSession()).uri();
            socket.write(who + " " + socket.sslSession().getProtocol());
        });
        NetClient client = vertx.createNetClient(clientOptions);
        try {
            await(server.listen(0, "127.0.0.1"));
            CompletableFuture<String> said = new CompletableFuture<>();
            NetSocket socket =
                    await(client.connect(server.actualPort(), "127.0.0.1").onSuccess(connected -> {
                        connected.handler(buffer -> said.complete(buffer.toString()));
                        connected.closeHandler(
                                end -> said.completeExceptionally(new IllegalStateException("closed by the server")));
                    }));
            String heard = said.get(10, TimeUnit.SECONDS);
            return peerOf(socket).map(peer -> heard + " seen by " + peer).orElse(heard);
        } finally {
            // Named here, too, because Vert.x closes a server or client that nothing refers to any more.
            await(client.close());
            await(server.close());
        }
    }

    private static Optional<PeerIdentity> peerOf(NetSocket socket) {
        try {
            return Optional.of(PeerIdentity.of(socket.sslSession()));
        } catch (IdentityException e) {
            return Optional.empty(); // a worker has no name
        }
    }

    private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
