package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetSocket;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What people read when no appliance is where it should be; with the sockets of Java and with those of the system. */
@ParameterizedClass(name = "native sockets: {0}")
@ValueSource(booleans = {false, true})
@Timeout(60)
final class UnreachableIT {
    private static final Duration LIFE = Duration.ofHours(1);

    private final CertificateIssuer authority = CertificateIssuer.authority("test", Instant.now(), LIFE);

    @Parameter
    private boolean nativeSockets;

    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeSockets));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aPortAtWhichNothingListens() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        assertSays("localhost", port, "nothing listens there; is the program started on that machine");
    }

    @Test
    void aNameThatNobodyKnows() {
        assertSays("no-such-host.invalid", 7443, "no name server knows that name");
    }

    @Test
    void aPortThatSpeaksNoTls() throws Exception {
        assertSays(
                "localhost",
                listen(socket -> socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
                "no TLS is spoken there");
    }

    @Test
    void aPortThatClosesWhatItAccepts() throws Exception {
        assertSays("localhost", listen(NetSocket::close), "the other end closed the connection");
    }

    @Test
    void anApplianceOfAnotherAuthority() throws Exception {
        // of the same name as ours, as an installation that was made anew on the same machine has it
        CertificateIssuer other = CertificateIssuer.authority("test", Instant.now(), LIFE);
        assertSays(
                "localhost",
                listen(other, Instant.now()),
                "is not of the authority that counts here, the one with SHA-256 "
                        + Fingerprint.of(authority.certificate()).hex());
        CertificateIssuer stranger = CertificateIssuer.authority("stranger", Instant.now(), LIFE);
        assertSays("localhost", listen(stranger, Instant.now()), "is not of the authority that counts here");
    }

    @Test
    void anApplianceWhoseCertificateHasExpired() throws Exception {
        Instant before = Instant.now().minus(LIFE.multipliedBy(2)).truncatedTo(ChronoUnit.SECONDS);
        assertSays("localhost", listen(authority, before), " to " + before.plus(LIFE) + ", and it is ");
    }

    private int listen(CertificateIssuer issuer, Instant made) throws Exception {
        Identity appliance =
                issuer.identity(new PeerIdentity(PeerKind.APPLIANCE, "a"), List.of("localhost"), made, LIFE);
        return await(vertx.createNetServer(
                                TlsOptions.netServer(appliance, PeerTrust.kinds(issuer.certificate(), PeerKind.CLIENT))
                                        .setHost("localhost")
                                        .setPort(0))
                        .connectHandler(socket -> {})
                        .listen())
                .actualPort();
    }

    private int listen(Consumer<NetSocket> behaviour) throws Exception {
        return await(vertx.createNetServer().connectHandler(behaviour::accept).listen(0, "localhost"))
                .actualPort();
    }

    private void assertSays(String host, int port, String words) {
        Identity made = authority.identity(new PeerIdentity(PeerKind.CLIENT, "c"), List.of(), Instant.now(), LIFE);
        URI url = URI.create("https://" + host + ":" + port);
        Identity identity = new Identity(made.key(), made.chain(), made.authority(), List.of(url));
        assertThatThrownBy(() -> await(ApplianceClient.machine(vertx, identity).health()))
                .isInstanceOfSatisfying(
                        ApplianceException.class,
                        failed -> assertThat(failed.code()).isEqualTo(ApplianceException.UNREACHABLE))
                .hasMessageStartingWith("the appliance at " + url + " cannot be reached: ")
                .hasMessageContaining(words)
                .message()
                .doesNotContain("Exception", "io.netty", "127.0.0.1", "syscall", "finishConnect", "OPENSSL");
    }

    private static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Exception cause ? cause : failed;
        }
    }
}
