package io.penstock.appliance.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.config.Version;
import io.penstock.testkit.CommandRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the program says when it cannot do what it is told to, and what to do next. */
@Timeout(60)
final class ApplianceCommandTest {
    @TempDir
    private Path folder;

    private CommandRun run(String... arguments) {
        return in(folder.resolve("state"), arguments);
    }

    private static CommandRun in(Path state, String... arguments) {
        return CommandRun.in(state, ApplianceCommand.commandLine(), arguments);
    }

    @Test
    void aConfigurationFileThatWasNamedMustBeThere() {
        Path none = folder.resolve("none.yaml");
        assertThat(run("init", "--config", none.toString()))
                .isEqualTo(new CommandRun(1, "penstock-appliance: there is no configuration file " + none));
    }

    @Test
    void aPortBeyondItsLimitsIsNamedWithItsOption() {
        assertThat(run("serve", "--port", "99999"))
                .isEqualTo(
                        new CommandRun(
                                2,
                                "penstock-appliance: --port wants 0 to 65535, not '99999'; see: penstock-appliance serve --help"));
    }

    @Test
    void aLifeThatATokenCannotHaveIsNamedWithTheLimits() {
        assertThat(CommandLine.populateCommand(new TokenCommand.Create(), "--kind", "CLIENT", "--ttl", "8d"))
                .satisfies(late ->
                        assertThatThrownBy(late::duration).hasMessage("--ttl must be between 1s and 7d, not 8d"));
        assertThat(CommandLine.populateCommand(new TokenCommand.Create(), "--kind", "CLIENT", "--ttl", "x"))
                .satisfies(none -> assertThatThrownBy(none::duration)
                        .hasMessage(
                                "--ttl is 'x'; it must be a duration: a whole number and ms, s, m, h or d, as in 15m, from"
                                        + " 1s to 7d"));
    }

    @Test
    void aWordThatIsNotOneOfTheFewIsNamedWithThem() {
        assertThat(run("token", "create", "--kind", "king").text())
                .isEqualTo(
                        "penstock-appliance: --kind wants client or server, not 'king'; see: penstock-appliance token"
                                + " create --help");
    }

    @Test
    void everyOptionThatIsANumberSaysItsLimits() {
        assertThat(CommandRun.numbers(ApplianceCommand.commandLine())).contains("penstock-appliance serve --port");
        assertThat(CommandRun.numbersWithoutLimits(ApplianceCommand.commandLine()))
                .isEmpty();
    }

    @Test
    void everyCommandTellsTheVersionAlike() {
        String line = CommandRun.of(ApplianceCommand.commandLine(), "version").text();
        assertThat(line).startsWith("Penstock " + Version.TEXT + ", Java 25");
        for (String command : List.of("--version", "serve --version", "token create -V", "version --version")) {
            assertThat(CommandRun.of(ApplianceCommand.commandLine(), command.split(" ", -1)))
                    .as(command)
                    .isEqualTo(new CommandRun(0, line));
        }
    }

    @Test
    void aStateFolderThatCannotBeMadeIsNamedWithTheOptionThatChoosesIt() {
        CommandRun outcome = in(Path.of("/proc/x"), "init", "--name", "localhost");
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
