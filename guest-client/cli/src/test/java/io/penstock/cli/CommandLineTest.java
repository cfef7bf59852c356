package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.config.Version;
import io.penstock.testkit.CommandRun;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter error = new StringWriter();
    private final CommandLine command =
            Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(error));

    private CommandLine run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("run"));
        all.addAll(List.of(arguments));
        command.parseArgs(all.toArray(String[]::new));
        return Objects.requireNonNull(command.getSubcommands().get("run"));
    }

    private LeaseRequest request(String... arguments) {
        CommandLine run = run(arguments);
        RunCommand parsed = run.getCommand();
        return parsed.request(run.getCommandSpec());
    }

    @Test
    void oneWholeGpuIsWhatSomebodyGetsWhoAsksForNothing() {
        LeaseRequest request = request("--", "true");
        assertThat(request.gpus()).isEqualTo(1);
        assertThat(request.memory()).isEqualTo(new LeaseRequest.Whole());
        assertThat(request.servers()).isEmpty();
    }

    @Test
    void aPartOrMebibytesOfNamedServersCanBeAskedFor() {
        assertThat(request("-n", "2", "-p", "0.25", "--", "true").memory()).isEqualTo(new LeaseRequest.Fraction(0.25));
        assertThat(request("-m", "512", "--", "true").memory()).isEqualTo(new LeaseRequest.Bytes(512L << 20));
        assertThat(request("--server", "a", "--server", "b", "--", "true").servers())
                .containsExactly("a", "b");
    }

    @Test
    void optionsOfACommandThatRunsNoProgramMayComeLast() {
        CommandLine.ParseResult enroll = command.parseArgs(
                        "enroll", "https://a:7440", "token", "--replace", "--name", "b")
                .subcommand();
        assertThat(enroll.hasMatchedOption("--replace")).isTrue();
        assertThat(enroll.<String>matchedOptionValue("--name", "")).isEqualTo("b");
    }

    @Test
    void theProgramsOwnOptionsAreLeftToIt() {
        CommandLine run = run("-n", "1", "python3", "-m", "train", "--help");
        assertThat(run.getParseResult().matchedPositionalValue(0, List.of()))
                .isEqualTo(List.of("python3", "-m", "train", "--help"));
    }

    @ParameterizedTest
    @CsvSource({
        "run -n 0 -- true, -n (--gpus) wants 1 to 64 GPUs",
        "run -n 65 -- true, not '65'",
        "run -n two -- true, two",
        "run -p 1.5 -- true, 1.5",
        "run -p 0 -- true, above 0",
        "run -p NaN -- true, NaN",
        "run -m -3 -- true, -3",
        "run -m 9223372036854775807 -- true, 9223372036854775807",
        "run -p 0.5 -m 10 -- true, -m",
        "run -n 1, CMD",
        "run --fly -- true, --fly",
        "fly, there are: run",
        "enroll, URL",
        "enroll http://somewhere pst1.client.1.2.3.4, https://HOST:PORT",
        "enroll https://somewhere:1 pst1.client.1.2.3.4, token",
        "enroll https://somewhere:99999 pst1.client.1.2.3.4, 1 to 65535",
        "local, CMD",
        "local --gpus abacus:3 -- true, abacus:3",
        "local --gpus software:0 -- true, N from 1 to 16",
        "local --gpus nvidia --memory 5 -- true, --memory",
        "local --memory 0 -- true, 0"
    })
    void badArgumentsAreNamedAndEndWithAStatusOfTheirOwn(String line, String named) {
        int status = command.execute(line.split(" ", -1));
        assertThat(status).isIn(ExitStatus.USAGE, ExitStatus.REFUSED);
        assertThat(error.toString()).startsWith("penstock: ").contains(named).doesNotContain("Exception");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aCommandWithoutItsCommandShowsHowItIsUsed() {
        assertThat(command.execute()).isEqualTo(ExitStatus.USAGE);
        assertThat(error.toString()).contains("run", "local", "enroll", "list", "smi", "health", "version");
        assertThat(error.toString()).doesNotContain("caretaker");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "local", "enroll", "list", "smi", "health", "version", "local-caretaker"})
    void aCommandThatIsNamedIsTheOnlyOneThatTakesTimeAndHasItsHelp(String name) {
        CommandLine named = Main.commandLine(name, "--help").setOut(new PrintWriter(out));
        assertThat(named.getSubcommands()).containsKey(name).doesNotContainKey(name.equals("run") ? "list" : "run");
        assertThat(named.execute(name, "--help")).isEqualTo(ExitStatus.OK);
        assertThat(out.toString()).contains("Usage: penstock " + name);
        assertThat(Main.commandLine("--help", name).getSubcommands()).containsKeys("run", name);
    }

    @Test
    void helpIsNoError() {
        assertThat(command.execute("run", "--help")).isEqualTo(ExitStatus.OK);
        assertThat(out.toString()).contains("FRACTION", "MiB");
    }

    @Test
    void everyCommandTellsTheVersionAlike() {
        String line = CommandRun.of(Main.commandLine(), "version").text();
        assertThat(line)
                .startsWith("Penstock " + Version.TEXT + ", protocol 1, calls ")
                .contains(", Java 25");
        for (String name : List.of("--version", "run --version", "list -V", "version --version", "run -n 2 -V true")) {
            String[] arguments = name.split(" ", -1);
            assertThat(CommandRun.of(Main.commandLine(arguments), arguments))
                    .as(name)
                    .isEqualTo(new CommandRun(ExitStatus.OK, line));
        }
    }

    @Test
    void everyOptionThatIsANumberSaysItsLimits() {
        assertThat(CommandRun.numbers(Main.commandLine())).contains("penstock run --gpus", "penstock local --memory");
        assertThat(CommandRun.numbersWithoutLimits(Main.commandLine())).isEmpty();
    }

    @Test
    void aProgramSeesOurLibraryFirstAndNoToken() {
        Map<String, String> own = Map.of(
                "LD_LIBRARY_PATH", "/opt/lib", "PENSTOCK_TOKEN", "secret", "_JAVA_SR_SIGNUM", "40", "HOME", "/home/me");
        Map<String, String> seen = RunCommand.environment(own, new Installation(Path.of("/p")), Path.of("/tmp/s"));
        assertThat(seen)
                .containsEntry("LD_LIBRARY_PATH", "/p/shim:/opt/lib")
                .containsEntry("PENSTOCK_SOCKET", "/tmp/s")
                .containsEntry("TRITON_LIBCUDA_PATH", "/p/shim")
                .containsEntry("NUMBA_CUDA_DRIVER", "/p/shim/libcuda.so.1")
                .containsEntry("HOME", "/home/me")
                .doesNotContainKeys("PENSTOCK_TOKEN", "_JAVA_SR_SIGNUM");
    }

    @Test
    void anEmptyLibraryPathDoesNotBecomeTheCurrentFolder() {
        Map<String, String> own = Map.of("LD_LIBRARY_PATH", "");
        assertThat(RunCommand.environment(own, new Installation(Path.of("/p")), Path.of("/tmp/s")))
                .containsEntry("LD_LIBRARY_PATH", "/p/shim");
    }

    @Test
    void stateLiesWhereTheEnvironmentSays() {
        assertThat(Settings.of(Map.of("HOME", "/home/me")).state()).isEqualTo(Path.of("/home/me/.penstock"));
        assertThat(Settings.of(Map.of("HOME", "/home/me", "PENSTOCK_STATE", "/s"))
                        .state())
                .isEqualTo(Path.of("/s"));
        assertThat(Settings.of(Map.of("TMPDIR", "/t")).temporary()).isEqualTo(Path.of("/t"));
        assertThat(Settings.of(Map.of("PENSTOCK_HOME", "/p")).installation().driver())
                .isEqualTo(Path.of("/p/shim/libcuda.so.1"));
    }

    @Test
    void aMachineThatIsNotEnrolledIsToldHowToEnrol() {
        Settings settings = Settings.of(Map.of("PENSTOCK_STATE", "/no/such/folder"));
        assertThatThrownBy(() -> Membership.identity(settings))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.status()).isEqualTo(ExitStatus.NOT_ENROLLED))
                .hasMessageContaining("not enrolled")
                .hasMessageContaining("penstock enroll URL TOKEN");
    }
}
