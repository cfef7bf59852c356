package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostNameTest {
    @ParameterizedTest
    @CsvSource({"ml1, ml1", "ml1.example.org, ml1.example.org", "-odd_ name, odd_-name", "'...', machine", "'', machine"
    })
    void hostNameBecomesAName(String host, String name) {
        assertThat(HostName.clean(host, "machine")).isEqualTo(name);
    }
}
