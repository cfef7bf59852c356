package io.penstock.gpuserver.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SoftwareConfigTest {
    private static final long MEMORY = 64L << 20;

    @Test
    void aDeviceKeepsItsIdentityWhicheverOthersAreShown() {
        Machine all = new Machine(SoftwareConfig.of(3, MEMORY, "server", OutputStream.nullOutputStream()));
        Machine last = new Machine(new SoftwareConfig(List.of(2), MEMORY, "server", OutputStream.nullOutputStream()));

        assertThat(last.devices()).hasSize(1);
        assertThat(last.devices().getFirst().uuid())
                .isEqualTo(all.devices().get(2).uuid());
        assertThat(last.devices().getFirst().pciBusId())
                .isEqualTo(all.devices().get(2).pciBusId());
        assertThat(last.devices().getFirst().ordinal()).isZero();
    }

    @Test
    void wrongSlotsAreNamed() {
        assertThatThrownBy(() -> new SoftwareConfig(List.of(), MEMORY, "s", OutputStream.nullOutputStream()))
                .hasMessageContaining("0 is not 1 to 16");
        assertThatThrownBy(() -> new SoftwareConfig(List.of(16), MEMORY, "s", OutputStream.nullOutputStream()))
                .hasMessageContaining("16 is not 0 to 15");
        assertThatThrownBy(() -> new SoftwareConfig(List.of(1, 1), MEMORY, "s", OutputStream.nullOutputStream()))
                .hasMessageContaining("[1, 1]: one is named twice");
    }
}
