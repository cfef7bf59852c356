package io.penstock.cli.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.config.Version;
import io.penstock.testkit.CommandRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class MainTest {
    @TempDir
    private Path folder;

    @Test
    void aConfigurationFileThatWasNamedMustBeThere() {
        Path none = folder.resolve("none.properties");
        assertThat(CommandRun.of(Main.commandLine(), "--config", none.toString()))
                .isEqualTo(new CommandRun(1, "penstock-enroll: there is no configuration file " + none));
    }

    @Test
    void everyCommandTellsTheVersionAlike() {
        String line = CommandRun.of(Main.commandLine(), "version").text();
        assertThat(line).startsWith("Penstock " + Version.TEXT + ", Java 25");
        assertThat(CommandRun.of(Main.commandLine(), "--version")).isEqualTo(new CommandRun(0, line));
    }
}
