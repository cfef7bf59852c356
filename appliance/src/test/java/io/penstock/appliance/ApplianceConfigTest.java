package io.penstock.appliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.lease.LeaseTerms;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.protocol.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplianceConfigTest {
    @TempDir
    private Path folder;

    @Test
    void withoutAFileTheDefaultsHold() {
        assertThat(new StateFolder(folder).config()).isEqualTo(ApplianceConfig.defaults());
        assertThat(ApplianceConfig.defaults())
                .isEqualTo(new ApplianceConfig(
                        "0.0.0.0",
                        7443,
                        PlacementPolicy.PACK,
                        Duration.ofSeconds(15),
                        Duration.ofDays(30),
                        new LeaseTerms(Duration.ofHours(1), Duration.ofSeconds(15)),
                        List.of("443")));
    }

    @Test
    void everythingCanBeChanged() throws IOException {
        assertThat(config("""
                host: 10.0.0.1
                port: 8443
                placement: spread
                server-silence-max: 1m
                certificate-life: 7d
                lease:
                  validity: 10m
                  renew-every: 5s
                vcenter-ports: [443, 8443]
                """))
                .isEqualTo(new ApplianceConfig(
                        "10.0.0.1",
                        8443,
                        PlacementPolicy.SPREAD,
                        Duration.ofMinutes(1),
                        Duration.ofDays(7),
                        new LeaseTerms(Duration.ofMinutes(10), Duration.ofSeconds(5)),
                        List.of("443", "8443")));
    }

    @Test
    void senselessValuesFailTheStart() {
        assertRefused("port: 65536", "65536");
        assertRefused("certificate-life: 1s", "certificate-life is 1s; at least 1m");
        assertRefused("server-silence-max: 0s", "server-silence-max is 0s; above 0");
        assertRefused("lease: {validity: 20s}", "two renewals; not every 15s and for 20s");
        assertRefused("lease: {renew-every: 0s}", "renewed every second");
        assertRefused("vcenter-ports: [443, 0]", "'0'");
        assertRefused("vcenter-ports: https", "'https'");
        assertRefused("leases: {validity: 1h}", "unknown keys [leases.validity]");
    }

    @Test
    void applianceThatIsOnlyNamedLocallyListensOnlyLocally() throws IOException {
        StateFolder state = new StateFolder(folder);
        state.writeHosts(List.of("127.0.0.1", "localhost"));
        assertThat(state.listenAddress(ApplianceConfig.defaults())).isEqualTo("127.0.0.1");
        state.writeHosts(List.of("127.0.0.1", "gpu-control.example"));
        assertThat(state.listenAddress(ApplianceConfig.defaults())).isEqualTo("0.0.0.0");
        assertThat(state.listenAddress(config("host: 10.0.0.1"))).isEqualTo("10.0.0.1");
    }

    private void assertRefused(String text, String reason) {
        assertThatThrownBy(() -> config(text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(reason);
    }

    private ApplianceConfig config(String text) throws IOException {
        Files.writeString(folder.resolve("appliance.yaml"), text);
        return new StateFolder(folder).config();
    }
}
