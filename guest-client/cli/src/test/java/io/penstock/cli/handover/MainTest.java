package io.penstock.cli.handover;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
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
        StringWriter said = new StringWriter();
        int status = Main.commandLine().setErr(new PrintWriter(said, true)).execute("--config", none.toString());
        assertThat(status).isEqualTo(1);
        assertThat(said.toString().strip()).isEqualTo("penstock-enroll: there is no configuration file " + none);
    }
}
