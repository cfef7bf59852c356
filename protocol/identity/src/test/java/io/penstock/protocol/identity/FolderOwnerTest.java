package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderOwnerTest {
    @TempDir
    private Path folder;

    @Test
    void aFolderOfOursOrNoneIsForUs() {
        assertThat(FolderOwner.other(folder)).isEmpty();
        FolderOwner.requireSelf(folder.resolve("none"), "command");
    }

    @Test
    void aFolderOfAnotherUserNamesThatUserAndTheCommand() throws IOException {
        Path another = Path.of("/proc/1");
        if (FolderOwner.other(another).isEmpty()) {
            another = folder;
            assumeTrue(Files.getAttribute(folder, "unix:uid").equals(0), "only root can give a folder away");
            Files.setAttribute(folder, "unix:uid", 65_534);
        }
        Path theirs = another;
        assertThatThrownBy(() -> FolderOwner.requireSelf(theirs, "tool init"))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining(theirs + " belongs to the user "
                        + Files.getOwner(theirs).getName())
                .hasMessageEndingWith("runuser -u " + Files.getOwner(theirs).getName() + " -- tool init");
    }
}
