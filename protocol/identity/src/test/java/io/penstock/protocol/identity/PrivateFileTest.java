package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrivateFileTest {
    @TempDir
    private Path folder;

    @Test
    void aFolderThatCanBeWrittenToIsMadeForItsOwnerAlone() throws IOException {
        Path made = folder.resolve("a/b");
        PrivateFile.requireWritable(made, "choose another");
        PrivateFile.requireWritable(made, "choose another");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void aFolderThatCannotBeMadeIsNamedWithTheReasonAndTheRemedy() throws IOException {
        assertThatThrownBy(() -> PrivateFile.requireWritableState(Path.of("/proc/x")))
                .isInstanceOf(IdentityException.class)
                .hasMessageStartingWith("the folder /proc/x cannot be made: ")
                .hasMessageEndingWith("; choose another with --state, or mend that one");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> PrivateFile.requireWritable(file, ""))
                .hasMessage("the folder " + file + " cannot be made: " + file + " is there and is no folder");
    }

    @Test
    void whatOnesUserMayNotTouchIsNamedWithTheUser() {
        assertThat(PrivateFile.why(new AccessDeniedException("/srv/x")))
                .isEqualTo("the user " + System.getProperty("user.name") + " has no permission for /srv/x");
    }

    @Test
    void aFolderThatCannotBeWrittenToIsNamedToAllButRoot() throws IOException {
        Path locked = Files.createDirectory(
                folder.resolve("locked"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
        if (!Files.isWritable(locked)) {
            assertThatThrownBy(() -> PrivateFile.requireWritable(locked, "choose another"))
                    .isInstanceOf(IdentityException.class)
                    .hasMessageContainingAll(locked + " cannot be written to by the user", "; choose another");
        }
    }
}
