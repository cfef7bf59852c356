package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(30)
final class StateOptionTest {
    @TempDir
    private Path folder;

    private StateOption state() {
        return CommandLine.populateCommand(new StateOption(), "--state", folder.toString());
    }

    @Test
    void aServerThatIsNotEnrolledSaysSoAtOnceUnlessItIsToWait() {
        assertThatThrownBy(() -> state().identity(Duration.ZERO))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("not enrolled");
        assertThatThrownBy(() -> state().identity(Duration.ofMillis(50))).isInstanceOf(IdentityException.class);
    }

    @Test
    void aServerThatWaitsIsReadyWhenItIsEnrolled() throws Exception {
        Identity enrolled = CertificateIssuer.authority("test", Instant.now(), Duration.ofHours(1))
                .identity(new PeerIdentity(PeerKind.SERVER, "s-1"), List.of(), Instant.now(), Duration.ofHours(1));
        Executor soon = CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);
        CompletableFuture<Void> saved =
                CompletableFuture.runAsync(() -> new IdentityStore(folder.resolve("identity")).save(enrolled), soon);
        assertThat(state().identity(Duration.ofSeconds(20)).peer()).isEqualTo(enrolled.peer());
        saved.get();
    }
}
