package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an enrolled server says where it cannot listen. */
@Timeout(60)
final class MainIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void enrol() {
        Duration hour = Duration.ofHours(1);
        Identity made = CertificateIssuer.authority("test", Instant.now(), hour)
                .identity(new PeerIdentity(PeerKind.SERVER, "s-1"), List.of(), Instant.now(), hour);
        new IdentityStore(folder.resolve("identity"))
                .save(new Identity(
                        made.key(), made.chain(), made.authority(), List.of(URI.create("https://127.0.0.1:1"))));
    }

    private void assertSays(String address, int port, String reason) {
        StringWriter said = new StringWriter();
        int status = Main.commandLine()
                .setErr(new PrintWriter(said, true))
                .execute(
                        "serve",
                        "--gpus",
                        "software:1",
                        "--address",
                        address,
                        "--port",
                        Integer.toString(port),
                        "--state",
                        folder.toString());
        assertThat(status).isEqualTo(1);
        assertThat(said.toString())
                .startsWith("penstock-gpu-server: cannot listen on " + address + ":" + port + ": " + reason);
    }

    @Test
    void aPlaceWhereItCannotListenIsNamedWithTheReason() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertSays("127.0.0.1", taken.getLocalPort(), "another program listens there");
        }
        assertSays("192.0.2.1", 7441, "that is no address of this machine");
        assertSays("no-such-host.invalid", 7441, "no name server knows that name");
    }
}
