package io.penstock.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProtocolVersionsTest {
    @Test
    void oneVersionIsNoRange() {
        assertThat(ProtocolVersions.versions(1, 1)).isEqualTo("1");
        assertThat(ProtocolVersions.versions(1, 3)).isEqualTo("1 to 3");
        assertThat(ProtocolVersions.TEXT).matches("protocol \\d+( to \\d+)?, calls [0-9a-f]{12}");
    }
}
