package io.penstock.protocol.command;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

final class OptionLimitsTest {
    private final CommandSpec command = new CommandLine(CommandSpec.create()).getCommandSpec();

    @ParameterizedTest
    @ValueSource(ints = {-1, 65536, 99999})
    void aPortBeyondTheLimitsIsNamedWithThem(int port) {
        assertThatThrownBy(() -> OptionLimits.requirePort(command, port))
                .isInstanceOf(ParameterException.class)
                .hasMessage("--port wants 0 to 65535, not " + port);
    }

    @ParameterizedTest
    @CsvSource({
        "0,software:1,above 0",
        "-5,software:1,above 0",
        "512,nvidia,for software GPUs",
        "8796093022208,software:1,at most 8796093022207 MiB"
    })
    void memoryThatNoSoftwareGpuCanHaveIsNamedWithTheLimit(long mebibytes, String gpus, String limit) {
        assertThatThrownBy(() -> OptionLimits.requireMemory(command, mebibytes, gpus))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith("--memory wants ")
                .hasMessageContaining(limit)
                .hasMessageContaining("not " + mebibytes);
    }

    @Test
    void whatIsWithinTheLimitsOrWasNotGivenPasses() {
        assertThatNoException().isThrownBy(() -> {
            for (@Nullable Integer port : new @Nullable Integer[] {null, 0, 1, 65535}) {
                OptionLimits.requirePort(command, port);
            }
            OptionLimits.requireMemory(command, null, "nvidia");
            OptionLimits.requireMemory(command, 1L, "software:1");
        });
    }
}
