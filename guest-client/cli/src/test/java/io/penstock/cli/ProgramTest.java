package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgramTest {
    @TempDir
    private Path folder;

    private static int status(String... command) throws Exception {
        return Program.start(List.of(command), Map.of("PATH", "/usr/bin:/bin")).waitFor();
    }

    @Test
    void theExitStatusIsTheProgramsOwn() throws Exception {
        assertThat(status("sh", "-c", "exit 7")).isEqualTo(7);
        assertThat(status("true")).isZero();
    }

    @Test
    void aProgramThatASignalEndedGives128AndItsNumber() throws Exception {
        assertThat(status("sh", "-c", "kill -TERM $$")).isEqualTo(ExitStatus.SIGNAL + LibC.SIGTERM);
        assertThat(status("sh", "-c", "kill -KILL $$")).isEqualTo(ExitStatus.SIGNAL + LibC.SIGKILL);
    }

    @Test
    void aProgramThatIsNotThereGives127AsInAShell() {
        for (String name : List.of("/no/such/program", "no-such-program")) {
            assertThatThrownBy(() -> status(name))
                    .isInstanceOfSatisfying(
                            CommandException.class, e -> assertThat(e.status()).isEqualTo(ExitStatus.NOT_FOUND))
                    .hasMessageContaining(name);
        }
    }

    @Test
    void aFileThatIsNoProgramGives126AsInAShell() throws Exception {
        Path file = Files.createFile(
                folder.resolve("file"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThatThrownBy(() -> status(file.toString()))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.status()).isEqualTo(ExitStatus.NOT_EXECUTABLE));
        assertThatThrownBy(() -> Program.resolve("file", folder.toString()))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.status()).isEqualTo(ExitStatus.NOT_EXECUTABLE));
    }

    @Test
    void theProgramsOwnPathDecidesWhichProgramItIs() throws Exception {
        Path program = Files.writeString(folder.resolve("mine"), "#!/bin/sh\nexit 5\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        assertThat(Program.start(List.of("mine"), Map.of("PATH", "/bin:" + folder))
                        .waitFor())
                .isEqualTo(5);
    }
}
