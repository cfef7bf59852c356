package io.penstock.protocol.appliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ApplianceAddressTest {
    @ParameterizedTest
    @CsvSource({
        "https://pool.example:7443,  https://pool.example:7443",
        "https://pool.example:7443/, https://pool.example:7443",
        "https://pool.example,       https://pool.example",
        "https://10.1.2.3:1,         https://10.1.2.3:1",
        "https://[2001:db8::1]:7443, https://[2001:db8::1]:7443"
    })
    void whatLeadsToAnApplianceIsKeptWithoutASlash(String text, String kept) {
        assertThat(ApplianceAddress.parse(text)).hasToString(kept);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "pool.example:7443",
                "http://pool.example:7443",
                "penstock://pool.example:7443",
                "https://",
                "https://:7443",
                "https://pool.example:7443/v1",
                "https://pool.example:7443//",
                "https://pool.example:7443?x=1",
                "https://pool.example:7443#x",
                "https://someone:secret@pool.example:7443",
                "https://pool example:7443",
                "https://pool.example:seven"
            })
    void whateverElseStandsThereIsRefused(String text) {
        assertThatThrownBy(() -> ApplianceAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("URL must be https://HOST:PORT, not '" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "70000"})
    void aPortThatThereIsNotIsNamedWithTheLimits(String port) {
        assertThatThrownBy(() -> ApplianceAddress.parse("https://pool.example:" + port))
                .hasMessage("URL has the port " + port + ", which must be 1 to 65535");
    }
}
