package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How signals and ends travel between real processes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ProcessesIT {
    @TempDir
    private Path folder;

    /** The part of {@code run} that needs no pool: a process of ours that runs a program and ends as it does. */
    static final class Runner {
        private Runner() {}

        public static void main(String[] command) throws Exception {
            SignalRelay signals = SignalRelay.install();
            Process program = Program.start(List.of(command), System.getenv());
            signals.relayTo(program);
            Runtime.getRuntime().halt(program.waitFor());
        }
    }

    private static Process java(Map<String, String> environment, String... arguments) throws Exception {
        // whoever runs the tests in the background of a shell has them ignore SIGINT, and children inherit that
        List<String> command = new ArrayList<>(List.of(
                "env",
                "--default-signal",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        return builder.start();
    }

    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15", "HUP, 1", "USR1, 10", "USR2, 12"})
    void aSignalForUsReachesTheProgramWhichDecidesTheStatus(String name, int number) throws Exception {
        String script = "trap 'echo got " + name + "; exit 40' " + name + "; echo ready; while :; do sleep 0.05; done";
        Process runner = java(Map.of(Console.RUNTIME_SIGNAL, "40"), Runner.class.getName(), "sh", "-c", script);
        try (BufferedReader lines = runner.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("ready");
            // The signal must not overtake the moment at which it gets somewhere to go.
            Thread.sleep(300);
            assertThat(LibC.kill((int) runner.pid(), number)).isTrue();
            assertThat(lines.readLine()).isEqualTo("got " + name);
            assertThat(runner.waitFor()).isEqualTo(40);
        } finally {
            runner.destroyForcibly();
        }
    }

    @Test
    void aProgramThatDiesOfTheSignalGivesTheStatusOfAShell() throws Exception {
        Process runner = java(Map.of(), Runner.class.getName(), "sh", "-c", "echo ready; exec sleep 100");
        try (BufferedReader lines = runner.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("ready");
            Thread.sleep(300);
            LibC.kill((int) runner.pid(), LibC.SIGTERM);
            assertThat(runner.waitFor()).isEqualTo(ExitStatus.SIGNAL + LibC.SIGTERM);
        }
    }

    @Test
    void aCaretakerClearsAPoolAwayWhenItsOwnerIsGone() throws Exception {
        Path pool = Files.createDirectories(folder.resolve("pool"));
        Files.writeString(pool.resolve("state"), "x");
        Process member = new ProcessBuilder("env", LocalPool.FOLDER_VARIABLE + "=" + pool, "sleep", "100").start();
        Process caretaker = java(Map.of(), Main.class.getName(), "local-caretaker", pool.toString());
        assertThat(caretaker.waitFor(500, TimeUnit.MILLISECONDS)).as("it waits").isFalse();
        assertThat(member.isAlive()).isTrue();
        caretaker.getOutputStream().close();
        assertThat(caretaker.waitFor()).isZero();
        assertThat(pool).doesNotExist();
        assertThat(member.waitFor(1, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aPoolWhoseCaretakerHasDiedIsClearedAwayByItsOwner() throws Exception {
        Path pool = Files.createDirectory(folder.resolve("pool"));
        Files.writeString(pool.resolve("log"), "something");
        Process dead = new ProcessBuilder("false").start();
        new Caretaker.Tether(dead, dead.getOutputStream(), pool).release();
        assertThat(pool).doesNotExist();
    }

    @Test
    void aCommandIsNotEndedByWhatIsUnheard() throws Exception {
        Process steady =
                new ProcessBuilder(Signals.unheardBy("INT HUP", List.of("sh", "-c", "echo ready; sleep 100"))).start();
        try (BufferedReader lines = steady.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("ready");
            LibC.kill((int) steady.pid(), 2);
            LibC.kill((int) steady.pid(), 1);
            assertThat(steady.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            LibC.kill((int) steady.pid(), LibC.SIGTERM);
            assertThat(steady.waitFor()).isEqualTo(ExitStatus.SIGNAL + LibC.SIGTERM);
        }
    }
}
