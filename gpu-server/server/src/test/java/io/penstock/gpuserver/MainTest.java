package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private record Outcome(int status, String text) {}

    private Outcome run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--state", folder.toString()));
        StringWriter said = new StringWriter();
        int status = Main.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(all.toArray(String[]::new));
        return new Outcome(status, said.toString().strip());
    }

    @Test
    void aConfigurationFileThatWasNamedMustBeThere() {
        Path none = folder.resolve("none.yaml");
        assertThat(run("serve", "--config", none.toString(), "--gpus", "software:1"))
                .isEqualTo(new Outcome(1, "penstock-gpu-server: there is no configuration file " + none));
    }

    @Test
    void valuesBeyondTheirLimitsAreNamedWithTheirOption() {
        assertThat(run("serve", "--port", "99999"))
                .isEqualTo(
                        new Outcome(
                                2,
                                "penstock-gpu-server: --port wants 0 to 65535, not 99999; see: penstock-gpu-server serve --help"));
        Outcome memory = run("serve", "--gpus", "software:1", "--memory", "0");
        assertThat(memory.status()).isEqualTo(2);
        assertThat(memory.text()).contains("--memory wants MiB above 0", "not 0 with software:1");
    }

    @Test
    void aServerThatIsNotEnrolledNamesTheCommandThatEnrolsIt() {
        Outcome outcome = run("serve", "--gpus", "software:1");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.text())
                .startsWith("penstock-gpu-server: this machine is not enrolled")
                .contains("run: penstock-gpu-server enroll URL TOKEN --state " + folder + " (");
    }

    @Test
    void serverThatWasEnrolledIsToldToServeFromTheSameFolder() {
        String[] there = {"https://localhost:1", "TOKEN", "--state", "/srv/x"};
        assertThat(CommandLine.populateCommand(new EnrollCommand(), there).next())
                .startsWith("; now: penstock-gpu-server serve --state /srv/x (");
        assertThat(CommandLine.populateCommand(new EnrollCommand(), "https://localhost:1", "TOKEN")
                        .next())
                .startsWith("; now: penstock-gpu-server serve (");
    }
}
