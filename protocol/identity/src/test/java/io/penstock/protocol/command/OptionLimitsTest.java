package io.penstock.protocol.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.config.GpuKind;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

final class OptionLimitsTest {
    private static final Map<String, ITypeConverter<?>> READERS = Map.of(
            "port", new OptionLimits.Port(),
            "memory", new OptionLimits.Mebibytes(),
            "seconds", new OptionLimits.Seconds(),
            "count", new OptionLimits.GpuCount(),
            "part", new OptionLimits.Part(),
            "name", new OptionLimits.MachineName(),
            "gpus", new OptionLimits.Gpus());

    private static Object read(String reader, String text) throws Exception {
        return Objects.requireNonNull(READERS.get(reader), reader).convert(text);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65, 300})
    void aNameOfAnotherLengthIsRefused(int characters) {
        String text = "x".repeat(characters);
        assertThatThrownBy(() -> read("name", text))
                .hasMessage(
                        "wants 1 to 64 letters, digits, blanks, '.', '_' and '-', the first a letter or digit, not '"
                                + text + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "vm 1", "gpu-7.lab_2", "0123456789012345678901234567890123456789012345678901234567890123"})
    void aNameThatAnApplianceTakesIsTaken(String text) throws Exception {
        assertThat(read("name", text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "-x", " x", "a/b", "a\nb", "ä"})
    void aNameThatNoApplianceTakesIsRefused(String text) {
        assertThatThrownBy(() -> read("name", text)).isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port    | -1             | wants 0 to 65535, not '-1'",
                "port    | 65536          | wants 0 to 65535, not '65536'",
                "port    | 0x10           | wants 0 to 65535, not '0x10'",
                "port    | 99999999999999999999 | wants 0 to 65535, not '99999999999999999999'",
                "memory  | 0              | wants 1 to 8796093022207 MiB, not '0'",
                "memory  | 4G             | wants 1 to 8796093022207 MiB, not '4G'",
                "memory  | 8796093022208  | wants 1 to 8796093022207 MiB, not '8796093022208'",
                "seconds | 86401          | wants 0 to 86400 seconds, not '86401'",
                "seconds | -9223372036854775808 | wants 0 to 86400 seconds, not '-9223372036854775808'",
                "count   | 0              | wants 1 to 64 GPUs, not '0'",
                "count   | two            | wants 1 to 64 GPUs, not 'two'",
                "part    | 0              | wants a number above 0 and at most 1, not '0'",
                "part    | 1.01           | wants a number above 0 and at most 1, not '1.01'",
                "part    | NaN            | wants a number above 0 and at most 1, not 'NaN'",
                "part    | half           | wants a number above 0 and at most 1, not 'half'",
                "gpus    | software:0     | wants nvidia, software, or software:N with N from 1 to 16, not 'software:0'",
                "gpus    | software:17    | wants nvidia, software, or software:N with N from 1 to 16, not 'software:17'",
                "gpus    | software:999   | wants nvidia, software, or software:N with N from 1 to 16, not 'software:999'",
                "gpus    | software:x     | wants nvidia, software, or software:N with N from 1 to 16, not 'software:x'",
                "gpus    | amd            | wants nvidia, software, or software:N with N from 1 to 16, not 'amd'"
            })
    void whatIsBeyondTheLimitsIsNamedWithThem(String reader, String text, String said) {
        assertThatThrownBy(() -> read(reader, text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage(said);
    }

    @ParameterizedTest
    @CsvSource({
        "port,0,0",
        "port,65535,65535",
        "memory,1,1",
        "memory,8796093022207,8796093022207",
        "seconds,0,0",
        "seconds,86400,86400",
        "count,1,1",
        "count,64,64",
        "part,1,1.0",
        "part,1e-9,1.0E-9",
        "gpus,nvidia,nvidia",
        "gpus,software,software:1",
        "gpus,software:16,software:16"
    })
    void whatIsWithinTheLimitsIsRead(String reader, String text, String value) throws Exception {
        assertThat(read(reader, text)).hasToString(value);
    }

    @Test
    void memoryIsForSoftwareGpus() {
        CommandSpec command = new CommandLine(CommandSpec.create()).getCommandSpec();
        assertThatThrownBy(() -> OptionLimits.requireMemory(command, 512L, GpuKind.parse("nvidia")))
                .isInstanceOf(ParameterException.class)
                .hasMessage("--memory 512 is for software GPUs; those of nvidia have their own");
        assertThatNoException().isThrownBy(() -> {
            OptionLimits.requireMemory(command, null, GpuKind.parse("nvidia"));
            OptionLimits.requireMemory(command, 1L, GpuKind.parse("software:1"));
        });
    }
}
