package io.penstock.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
    public enum Mode {
        PACK,
        SPREAD_WIDE
    }

    public record Section(int portFirst, boolean open) {
        public Section {
            if (portFirst > 65535) {
                throw new IllegalArgumentException("port-first " + portFirst + " is above 65535");
            }
        }
    }

    public record Everything(
            String name,
            long count,
            Duration heartbeatInterval,
            ByteSize memory,
            Path folder,
            URI url,
            Secret password,
            Mode mode,
            List<String> hosts,
            Section section) {}

    private static final Everything DEFAULTS = new Everything(
            "a",
            1,
            Duration.ofSeconds(1),
            new ByteSize(1),
            Path.of("/a"),
            URI.create("https://a"),
            new Secret("a"),
            Mode.PACK,
            List.of("a"),
            new Section(1, false));

    private static final Everything CHANGED = new Everything(
            "b",
            2,
            Duration.ofMinutes(15),
            new ByteSize(4L << 30),
            Path.of("/b"),
            URI.create("https://b"),
            new Secret("b"),
            Mode.SPREAD_WIDE,
            List.of("b", "c"),
            new Section(2, true));

    @TempDir
    private Path folder;

    @Test
    void emptyFileMeansTheDefaults() throws IOException {
        assertThat(load("c.properties", "")).isEqualTo(DEFAULTS);
        assertThat(load("c.yaml", "")).isEqualTo(DEFAULTS);
        assertThat(ConfigFile.loadIfPresent(folder.resolve("none.yaml"), DEFAULTS))
                .isEqualTo(DEFAULTS);
    }

    @Test
    void everyKeyOfPropertiesIsRead() throws IOException {
        assertThat(load("c.properties", """
                name = b
                count = 2
                heartbeat-interval = 15m
                memory = 4 GiB
                folder = /b
                url = https://b
                password = b
                mode = spread-wide
                hosts = b, c
                section.port-first = 2
                section.open = true
                """)).isEqualTo(CHANGED);
    }

    @Test
    void everyKeyOfYamlIsRead() throws IOException {
        assertThat(load("c.yaml", """
                name: b
                count: 2
                heartbeat-interval: 15m
                memory: 4GiB
                folder: /b
                url: https://b
                password: b
                mode: spread-wide
                hosts: [b, c]
                section:
                  port-first: 2
                  open: true
                """)).isEqualTo(CHANGED);
    }

    @Test
    void unknownKeyFailsAndTheKnownAreListed() {
        assertThatThrownBy(() -> load("c.properties", "heartbeat-intervall = 2s"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown keys [heartbeat-intervall]")
                .hasMessageContaining("heartbeat-interval, ");
        assertThatThrownBy(() -> load("c.yaml", "section: {prot: 1}")).hasMessageContaining("section.prot");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "count = two | count is 'two'; it must be a whole number from -9223372036854775808 to 9223372036854775807",
                "section.port-first = x | section.port-first is 'x'; it must be a whole number from -2147483648 to 2147483647",
                "heartbeat-interval = 15 | heartbeat-interval is '15'; it must be a duration: a whole number and ms, s, m, h or d,"
                        + " as in 15m",
                "memory = 4GB | memory is '4GB'; it must be an amount of memory: a whole number and B, KiB, MiB, GiB or TiB,"
                        + " as in 512 MiB",
                "memory = -1 | memory is '-1'; it must be an amount of memory",
                "memory = 99999999999 TiB | memory is '99999999999 TiB'; it must be at most 8388607 TiB",
                "mode = stack | mode is 'stack'; it must be one of pack, spread-wide",
                "section.open = yes | section.open is 'yes'; it must be true or false",
                "section.port-first = 70000 | port-first",
                "url = ht tp | url is 'ht tp'; it must be a URL"
            })
    void valueThatDoesNotFitIsNamedWithWhatItMayBe(String line, String sentence) {
        assertThatThrownBy(() -> load("c.properties", line))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(folder.resolve("c.properties") + ": " + sentence);
    }

    @Test
    void keyThatIsThereTwiceIsNamed() {
        assertThatThrownBy(() -> load("c.properties", "name = a\nname = b"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("name has 2 values, it takes one");
    }

    @Test
    void brokenAndForeignFilesAreRefused() {
        assertThatThrownBy(() -> load("c.yaml", "a: [")).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> load("c.xml", "<a/>")).hasMessageContaining(".properties or .yaml");
        assertThatThrownBy(() -> ConfigFile.load(folder.resolve("none.yaml"), DEFAULTS))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void onlyAFileThatNobodyNamedMayBeMissing() throws IOException {
        Path none = folder.resolve("none.yaml");
        assertThat(ConfigFile.load(null, none, DEFAULTS)).isEqualTo(DEFAULTS);
        assertThatThrownBy(() -> ConfigFile.load(none, none, DEFAULTS))
                .isInstanceOf(ConfigException.class)
                .hasMessage("there is no configuration file " + none);
        Path usual = Files.writeString(folder.resolve("usual.yaml"), "count: 2");
        Path named = Files.writeString(folder.resolve("named.yaml"), "count: 3");
        assertThat(ConfigFile.load(null, usual, DEFAULTS).count()).isEqualTo(2);
        assertThat(ConfigFile.load(named, usual, DEFAULTS).count()).isEqualTo(3);
    }

    @Test
    void secretsAreNeverPrinted() {
        assertThat(new Secret("hunter2").toString()).isEqualTo("***");
        assertThat(new Everything(
                                "",
                                0,
                                Duration.ZERO,
                                new ByteSize(0),
                                Path.of(""),
                                URI.create(""),
                                new Secret("hunter2"),
                                Mode.PACK,
                                List.of(),
                                new Section(0, false))
                        .toString())
                .doesNotContain("hunter2");
    }

    @Test
    void sizesReadBackAsTheyPrint() {
        for (long bytes : new long[] {0, 1, 1023, 1024, 1536, 1L << 20, 5L << 30, 3L << 40, 1L << 50}) {
            assertThat(ByteSize.parse(new ByteSize(bytes).toString()).bytes()).isEqualTo(bytes);
        }
    }

    private Everything load(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return ConfigFile.load(file, DEFAULTS);
    }
}
