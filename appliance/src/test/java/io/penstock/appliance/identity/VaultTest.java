package io.penstock.appliance.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.identity.IdentityException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VaultTest {
    @TempDir
    private Path folder;

    @Test
    void opensWhatItSealedAlsoAfterARestart() throws Exception {
        String sealed = Vault.open(folder).seal("pässword", "vcenter 1");
        assertThat(sealed).doesNotContain("ssword");
        assertThat(Vault.open(folder).open(sealed, "vcenter 1")).isEqualTo("pässword");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("vault.key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void sealedTextCannotBeMovedOrChanged() throws Exception {
        Vault vault = Vault.open(folder);
        String sealed = vault.seal("password", "vcenter 1");
        for (String wrong : new String[] {"", "!", sealed.substring(4), "A" + sealed.substring(1)}) {
            if (!wrong.equals(sealed)) {
                assertThatThrownBy(() -> vault.open(wrong, "vcenter 1")).isInstanceOf(IdentityException.class);
            }
        }
        assertThatThrownBy(() -> vault.open(sealed, "vcenter 2")).isInstanceOf(IdentityException.class);
    }

    @Test
    void refusesAKeyThatOthersCanRead() throws Exception {
        Vault.open(folder);
        Files.setPosixFilePermissions(folder.resolve("vault.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Vault.open(folder)).isInstanceOf(IdentityException.class);
    }
}
