package io.penstock.cli.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.config.ConfigException;
import io.penstock.protocol.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EnrollConfigTest {
    @TempDir
    private Path folder;

    private EnrollConfig read(String text) throws Exception {
        Path file = folder.resolve("enroll.properties");
        Files.writeString(file, text);
        return ConfigFile.load(file, EnrollConfig.DEFAULT);
    }

    @Test
    void everyKeyIsRead() throws Exception {
        EnrollConfig config = read("""
                vmtoolsd = /opt/vmtoolsd
                look-every = 1s
                name = rack 7
                client.folder = /c
                client.group = gpu
                server.folder = /s
                """);
        assertThat(config.vmtoolsd()).isEqualTo(Path.of("/opt/vmtoolsd"));
        assertThat(config.lookEvery()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.name()).isEqualTo("rack 7");
        assertThat(config.client()).isEqualTo(new EnrollConfig.Place(Path.of("/c"), "gpu"));
        assertThat(config.server()).isEqualTo(new EnrollConfig.Place(Path.of("/s"), "penstock-server"));
        assertThat(config.pending()).isEqualTo(EnrollConfig.DEFAULT.pending());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "look-every = 0s | look-every is 0s; at least ",
                "authority = abc | authority is 'abc'; it must be a SHA-256",
                "name = -x | name is '-x'; it must be 1 to 64 letters",
                "nmae = x | unknown keys [nmae]"
            })
    void whatMakesNoSenseIsNamed(String line, String sentence) {
        assertThatThrownBy(() -> read(line + "\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(sentence);
    }
}
