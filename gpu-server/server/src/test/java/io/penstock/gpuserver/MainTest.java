package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.config.Version;
import io.penstock.testkit.CommandRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the program says when it cannot do what it is told to. */
@Timeout(60)
final class MainTest {
    @TempDir
    private Path folder;

    private CommandRun run(String... arguments) {
        return CommandRun.in(folder, Main.commandLine(), arguments);
    }

    @Test
    void aConfigurationFileThatWasNamedMustBeThere() {
        Path none = folder.resolve("none.yaml");
        assertThat(run("serve", "--config", none.toString(), "--gpus", "software:1"))
                .isEqualTo(new CommandRun(1, "penstock-gpu-server: there is no configuration file " + none));
    }

    @Test
    void valuesBeyondTheirLimitsAreNamedWithTheirOption() {
        CommandRun port = run("serve", "--port", "99999");
        assertThat(port.status()).isEqualTo(2);
        assertThat(port.text())
                .isEqualTo(
                        "penstock-gpu-server: --port wants 0 to 65535, not '99999'; see: penstock-gpu-server serve --help");
        assertThat(run("serve", "--gpus", "software:0").text())
                .isEqualTo("penstock-gpu-server: --gpus wants nvidia, software, or software:N with N from 1 to 16, not"
                        + " 'software:0'; see: penstock-gpu-server serve --help");
        assertThat(run("serve", "--gpus", "nvidia", "--memory", "5").text())
                .startsWith("penstock-gpu-server: --memory 5 is for software GPUs");
    }

    @Test
    void everyOptionThatIsANumberSaysItsLimits() {
        assertThat(CommandRun.numbers(Main.commandLine())).contains("penstock-gpu-server serve --port");
        assertThat(CommandRun.numbersWithoutLimits(Main.commandLine())).isEmpty();
    }

    @Test
    void everyCommandTellsTheVersionAlike() {
        String line = CommandRun.of(Main.commandLine(), "version").text();
        assertThat(line)
                .startsWith("Penstock " + Version.TEXT + ", protocol 1, calls ")
                .contains(", Java 25");
        for (String command : List.of("--version", "serve --version", "enroll -V", "version --version")) {
            assertThat(CommandRun.of(Main.commandLine(), command.split(" ", -1)))
                    .as(command)
                    .isEqualTo(new CommandRun(0, line));
        }
    }

    @Test
    void aServerThatIsNotEnrolledNamesTheCommandThatEnrolsIt() {
        CommandRun outcome = run("serve", "--gpus", "software:1");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.text())
                .startsWith("penstock-gpu-server: this machine is not enrolled")
                .contains("run: penstock-gpu-server enroll URL TOKEN --state " + folder + " (");
    }

    @Test
    void serverThatWasEnrolledIsToldToServeFromTheSameFolder() {
        String[] there = {"https://localhost:1", "TOKEN", "--state", "/srv/x"};
        assertThat(CommandLine.populateCommand(new EnrollCommand(), there).next())
                .isEqualTo("; now: penstock-gpu-server serve --state /srv/x");
        assertThat(CommandLine.populateCommand(new EnrollCommand(), "https://localhost:1", "TOKEN")
                        .next())
                .isEqualTo("; now: penstock-gpu-server serve");
    }
}
