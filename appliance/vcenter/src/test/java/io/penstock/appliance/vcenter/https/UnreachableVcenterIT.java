package io.penstock.appliance.vcenter.https;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.testkit.TestCertificate;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people read when no vCenter is where they say: by the look at its certificate, and by any call of it. */
@ParameterizedClass(name = "{0}")
@EnumSource(UnreachableVcenterIT.Way.class)
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set up before each test
final class UnreachableVcenterIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    enum Way {
        LOOK,
        CALL
    }

    @TempDir
    private Path folder;

    @Parameter
    private Way way;

    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void portAtWhichNothingListens() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        assertSays("127.0.0.1", port, "nothing listens there; is the program started on that machine");
    }

    @Test
    void nameThatNobodyKnows() throws Exception {
        assertSays("no-such-host.invalid", 443, "no name server knows that name; is it spelt right?");
    }

    @Test
    void portThatSpeaksNoTls() throws Exception {
        int port = vertx.createNetServer()
                .connectHandler(socket -> socket.write("SSH-2.0-OpenSSH_9.2\r\n"))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get()
                .actualPort();
        assertSays("127.0.0.1", port, "no TLS is spoken there; is it the right port?");
    }

    private void assertSays(String host, int port, String words) throws Exception {
        VcenterException told = failure(new VcenterAddress(host, port));
        assertThat(told.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(told)
                .message()
                .contains(host + ":" + port + " cannot be reached: ", words)
                .doesNotContain("Exception", "finishConnect", "syscall", "OPENSSL", "null");
    }

    private VcenterException failure(VcenterAddress address) throws Exception {
        Thumbprint any =
                Thumbprint.of(TestCertificate.of(folder, "any", List.of("any")).certificate());
        try (HttpsTransport calls = new HttpsTransport(vertx, address, any)) {
            switch (way) {
                case LOOK -> CertificateProbe.look(vertx, address, PATIENCE);
                case CALL ->
                    calls.exchange(
                            new RequestOptions()
                                    .setMethod(HttpMethod.GET)
                                    .setHost(address.host())
                                    .setPort(address.port())
                                    .setURI("/sdk"),
                            Buffer.buffer(),
                            1000,
                            PATIENCE);
            }
            throw new AssertionError("nothing failed");
        } catch (VcenterException failed) {
            return failed;
        }
    }
}
