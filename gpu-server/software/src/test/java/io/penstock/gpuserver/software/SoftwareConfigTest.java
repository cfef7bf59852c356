package io.penstock.gpuserver.software;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SoftwareConfigTest {
    private static final long MEMORY = 64L << 20;

    private static SoftwareConfig shown(List<Integer> slots) {
        OutputStream nowhere = OutputStream.nullOutputStream();
        return new SoftwareConfig(slots, MEMORY, "server", nowhere, nowhere);
    }

    @Test
    void aDeviceKeepsItsIdentityWhicheverOthersAreShown() {
        Machine all = new Machine(SoftwareConfig.of(3, MEMORY, "server", OutputStream.nullOutputStream()));
        Machine last = new Machine(shown(List.of(2)));

        assertThat(last.devices()).hasSize(1);
        assertThat(last.devices().getFirst().uuid())
                .isEqualTo(all.devices().get(2).uuid());
        assertThat(last.devices().getFirst().pciBusId())
                .isEqualTo(all.devices().get(2).pciBusId());
        assertThat(last.devices().getFirst().ordinal()).isZero();
    }

    @Test
    void wrongSlotsAreNamed() {
        assertThatThrownBy(() -> shown(List.of())).hasMessageContaining("0 is not 1 to 16");
        assertThatThrownBy(() -> shown(List.of(16))).hasMessageContaining("16 is not 0 to 15");
        assertThatThrownBy(() -> shown(List.of(1, 1))).hasMessageContaining("[1, 1]: one is named twice");
    }
}
