package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityStoreTest {
    private static final CertificateIssuer AUTHORITY = TestAuthority.create();

    @TempDir
    private Path parent;

    private IdentityStore store = new IdentityStore(Path.of("unset"));
    private final Identity identity = withAppliances(TestAuthority.identity(AUTHORITY, TestAuthority.client("c1")));

    @BeforeEach
    void makeStore() {
        store = new IdentityStore(parent.resolve("deep/state"));
    }

    private static Identity withAppliances(Identity made) {
        return new Identity(
                made.key(),
                made.chain(),
                made.authority(),
                List.of(URI.create("https://a.example:7443"), URI.create("https://b:1")));
    }

    @Test
    void identityIsReadBackWhole() {
        assertThat(store.exists()).isFalse();
        store.save(identity);
        assertThat(store.exists()).isTrue();
        Identity loaded = store.load();
        assertThat(loaded.chain()).isEqualTo(identity.chain());
        assertThat(loaded.authority()).isEqualTo(identity.authority());
        assertThat(loaded.appliances()).isEqualTo(identity.appliances());
        assertThat(loaded.key().getEncoded()).isEqualTo(identity.key().getEncoded());
    }

    @Test
    void keyIsForTheOwnerAlone() throws IOException {
        store.save(identity);
        assertThat(mode(store.folder())).isEqualTo("rwx------");
        assertThat(mode(store.folder().resolve("key.pem"))).isEqualTo("rw-------");
    }

    @Test
    void nothingIsLeftBesideTheFourFiles() throws IOException {
        store.save(identity);
        store.save(identity);
        assertFourFiles();
    }

    private void assertFourFiles() throws IOException {
        try (Stream<Path> files = Files.list(store.folder())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("key.pem", "certificate.pem", "ca.pem", "identity.json");
        }
    }

    @Test
    void anIdentityStaysWhenItsSuccessorCannotBeWritten() throws IOException {
        store.save(identity);
        Identity other = withAppliances(TestAuthority.identity(AUTHORITY, TestAuthority.client("c2")));
        IdentityStore failing = IdentityStore.ofMachine(store.folder(), "no-such-group");
        assertThatThrownBy(() -> failing.replace(other))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("no-such-group");
        assertThat(store.load().peer()).isEqualTo(identity.peer());
        store.replace(other);
        assertThat(store.load().peer()).isEqualTo(other.peer());
        assertFourFiles();
    }

    @Test
    void aGoodIdentityIsGivenUpByConsentOnlyAndNamedWhenItIs() {
        assertThat(Predecessor.in(store, TestAuthority.NOW).farewell()).isEmpty();
        store.save(identity);
        Predecessor good = Predecessor.in(store, TestAuthority.NOW);
        assertThatThrownBy(() -> good.requireConsent(false, store.folder()))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("penstock://client/c1, good until ")
                .hasMessageContaining("https://a.example:7443")
                .hasMessageContaining(store.folder().toString())
                .hasMessageContaining("--replace");
        good.requireConsent(true, store.folder());
        assertThat(good.farewell()).startsWith("; it replaces penstock://client/c1, good until ");
    }

    @Test
    void anIdentityThatIsOfNoUseIsNamedAndInNobodysWay() throws IOException {
        store.save(identity);
        Predecessor expired = Predecessor.in(store, TestAuthority.NOW.plus(TestAuthority.YEAR.multipliedBy(2)));
        expired.requireConsent(false, store.folder());
        assertThat(expired.farewell()).contains("penstock://client/c1, expired on ");
        Files.writeString(store.folder().resolve("key.pem"), "nonsense");
        Predecessor broken = Predecessor.in(store, TestAuthority.NOW);
        broken.requireConsent(false, store.folder());
        assertThat(broken.farewell()).contains("cannot be used", "key.pem");
    }

    @Test
    void keyThatOthersMayReadIsRefused() throws IOException {
        store.save(identity);
        Path key = store.folder().resolve("key.pem");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(store::load).isInstanceOf(IdentityException.class).hasMessageContaining("chmod 600");
    }

    @Test
    void identityOfTheMachineIsForAGroupAndNobodyElse() throws IOException {
        String group =
                Files.readAttributes(parent, PosixFileAttributes.class).group().getName();
        IdentityStore machine = IdentityStore.ofMachine(parent.resolve("machine"), group);
        machine.save(identity);
        assertThat(mode(machine.folder())).isEqualTo("rwxr-x---");
        Path key = machine.folder().resolve("key.pem");
        assertThat(mode(key)).isEqualTo("rw-r-----");
        assertThat(machine.load().chain()).isEqualTo(identity.chain());
        assertThatThrownBy(() -> new IdentityStore(machine.folder()).load())
                .as("a user's own identity is stricter")
                .hasMessageContaining("chmod 600");
        for (String tooMuch : List.of("rw-rw----", "rw-r--r--")) {
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(tooMuch));
            assertThatThrownBy(machine::load).hasMessageContaining("chmod 640");
        }
    }

    @Test
    void groupThatDoesNotExistIsNamedAndNoKeyIsLeft() throws IOException {
        IdentityStore machine = IdentityStore.ofMachine(parent.resolve("machine"), "no-such-group");
        assertThatThrownBy(() -> machine.save(identity)).hasMessageContaining("no group no-such-group");
        assertThat(machine.exists()).isFalse();
        assertThat(machine.folder().resolve("key.pem")).doesNotExist();
    }

    @Test
    void replacingThatFailsLeavesNoMixtureOfTwoIdentities() throws IOException {
        store.save(identity);
        Path key = store.folder().resolve("key.pem");
        Files.delete(key);
        Files.createDirectories(key.resolve("in the way"));
        Identity other = withAppliances(TestAuthority.identity(TestAuthority.create(), TestAuthority.client("c2")));
        assertThatThrownBy(() -> store.replace(other)).isInstanceOf(IdentityException.class);
        assertThat(store.exists()).isFalse();
        Files.delete(key.resolve("in the way"));
        Files.delete(key);
        store.replace(other);
        assertThat(store.load().authority()).isEqualTo(other.authority());
    }

    @Test
    void machineThatIsNotEnrolledIsToldSo() {
        assertThatThrownBy(store::load).isInstanceOf(IdentityException.class).hasMessageContaining("not enrolled");
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        for (String name : List.of("key.pem", "ca.pem", "identity.json")) {
            store.save(identity);
            Files.writeString(store.folder().resolve(name), "nonsense");
            assertThatThrownBy(store::load)
                    .isInstanceOf(IdentityException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void secretsAreNotInTheDescription() {
        assertThat(identity.toString()).doesNotContain("PRIVATE").contains("client c1");
    }

    @Test
    void rotationIsDueAfterTwoThirdsOfTheCertificatesLife() {
        long life = TestAuthority.YEAR.plus(CertificateIssuer.BACKDATED).toSeconds();
        assertThat(identity.rotateAt())
                .isEqualTo(TestAuthority.NOW.plus(TestAuthority.YEAR).minusSeconds(life / 3));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
