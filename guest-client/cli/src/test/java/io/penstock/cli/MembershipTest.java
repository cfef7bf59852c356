package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose identity a command uses: the user's own, else the machine's. */
final class MembershipTest {
    private final Instant now = Instant.now();
    private final CertificateIssuer authority = CertificateIssuer.authority("house", now, Duration.ofDays(1));

    @TempDir
    private Path folder;

    private Identity identity(String id) {
        return authority.identity(new PeerIdentity(PeerKind.CLIENT, id), List.of(), now, Duration.ofDays(1));
    }

    private Settings settings(String... more) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of(
                "HOME", folder.resolve("home").toString(),
                "PENSTOCK_HOME", folder.toString(),
                "PENSTOCK_MACHINE_STATE", folder.resolve("machine").toString()));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return Settings.of(environment);
    }

    private IdentityStore machine() throws Exception {
        Path client = Files.createDirectories(folder.resolve("machine/client"));
        return IdentityStore.ofMachine(
                client,
                Files.readAttributes(client, PosixFileAttributes.class).group().getName());
    }

    @Test
    void userWithoutAnIdentityUsesTheMachines() throws Exception {
        machine().save(identity("machine"));
        assertThat(Membership.identity(settings()).peer().id()).isEqualTo("machine");
    }

    @Test
    void usersOwnGoesBeforeTheMachines() throws Exception {
        machine().save(identity("machine"));
        new IdentityStore(settings().identity()).save(identity("own"));
        assertThat(Membership.identity(settings()).peer().id()).isEqualTo("own");
    }

    @Test
    void namedStateIsMeantAlone() throws Exception {
        machine().save(identity("machine"));
        String other = folder.resolve("other").toString();
        assertThatThrownBy(() -> Membership.identity(settings("PENSTOCK_STATE", other)))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining(other)
                .hasMessageContaining("not enrolled");
    }

    @Test
    void machineThatIsNotEnrolledYetSaysHow() throws Exception {
        machine();
        assertThatThrownBy(() -> Membership.identity(settings()))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("penstock enroll URL TOKEN");
    }

    @Test
    void keyOfTheMachineThatEverybodyCanReadIsRefused() throws Exception {
        machine().save(identity("machine"));
        Path key = folder.resolve("machine/client/key.pem");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Membership.identity(settings())).hasMessageContaining("chmod 640 " + key);
    }

    @Test
    void newCertificateOfTheMachineIsTakenUpAndAnotherMembersIsNot() throws Exception {
        IdentityStore store = machine();
        Identity first = identity("machine");
        store.save(first);
        Vertx vertx = Vertx.vertx();
        try {
            BlockingQueue<Identity> told = new ArrayBlockingQueue<>(9);
            long timer = new CertificateReading(vertx, store, first, told::add).start(Duration.ofMillis(20));
            store.save(identity("another"));
            assertThat(told.poll(300, TimeUnit.MILLISECONDS)).isNull();
            Identity second = identity("machine");
            store.save(second);
            assertThat(told.poll(10, TimeUnit.SECONDS))
                    .extracting(Identity::certificate)
                    .isEqualTo(second.certificate());
            assertThat(told.poll(200, TimeUnit.MILLISECONDS)).as("told once").isNull();
            vertx.cancelTimer(timer);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }
}
