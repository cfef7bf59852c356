package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the program says when it cannot do what it is told to, and what to do next. */
@Timeout(60)
final class ApplianceCommandTest {
    @TempDir
    private Path folder;

    private record Outcome(int status, String text) {}

    private Outcome run(String... arguments) {
        return in(folder.resolve("state"), arguments);
    }

    private static Outcome in(Path state, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--state", state.toString()));
        StringWriter said = new StringWriter();
        int status = ApplianceCommand.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(all.toArray(String[]::new));
        return new Outcome(status, said.toString().strip());
    }

    @Test
    void aConfigurationFileThatWasNamedMustBeThere() {
        Path none = folder.resolve("none.yaml");
        assertThat(run("init", "--config", none.toString()))
                .isEqualTo(new Outcome(1, "penstock-appliance: there is no configuration file " + none));
    }

    @Test
    void aPortBeyondItsLimitsIsNamedWithItsOption() {
        assertThat(run("serve", "--port", "99999"))
                .isEqualTo(
                        new Outcome(
                                2,
                                "penstock-appliance: --port wants 0 to 65535, not 99999; see: penstock-appliance serve --help"));
    }

    @Test
    void aStateFolderThatCannotBeMadeIsNamedWithTheOptionThatChoosesIt() {
        Outcome outcome = in(Path.of("/proc/x"), "init", "--name", "localhost");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.text())
                .startsWith("penstock-appliance: the folder /proc/x cannot be made: ")
                .contains("choose another with --state");
    }

    @Test
    void anApplianceThatOnlyItsMachineReachesSaysHowOthersDo() {
        assertThat(run("init", "--name", "127.0.0.1,localhost").text())
                .contains("It listens on 127.0.0.1, where this machine alone reaches it")
                .endsWith("penstock-appliance serve --state " + folder.resolve("state") + " --host ADDRESS");
        assertThat(in(folder.resolve("other"), "init", "--name", "gpus.example").text())
                .endsWith("It listens on 0.0.0.0, every address of this machine; --host ADDRESS chooses another");
    }
}
