package io.penstock.gpuserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.config.ConfigException;
import io.penstock.protocol.config.ConfigFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Defaults, everything changed, and what is no configuration. */
final class GpuServerConfigTest {
    @TempDir
    private Path folder;

    @Test
    void aMachineWithoutAFileServesItsRealGpus() {
        assertThat(GpuServerConfig.DEFAULT.softwareGpus()).isZero();
        assertThat(GpuServerConfig.DEFAULT.port()).isEqualTo(7441);
        assertThat(GpuServerConfig.DEFAULT.advertised()).isEqualTo("0.0.0.0");
    }

    @Test
    void everyKeyCanBeChanged() throws Exception {
        Path file = folder.resolve("gpu-server.yaml");
        Files.writeString(file, """
                address: 10.0.0.1
                port: 1
                advertise: gpu1
                worker-port-min: 2
                worker-port-max: 3
                gpus: software:2
                software-memory: 1 GiB
                driver-library: /opt/libcuda.so.1
                spare-workers: 4
                heartbeat: 5s
                program-patience: 3m
                image-cache:
                  bytes: 1 MiB
                  count: 7
                """);
        assertThat(ConfigFile.load(file, GpuServerConfig.DEFAULT))
                .isEqualTo(new GpuServerConfig(
                        "10.0.0.1",
                        1,
                        "gpu1",
                        2,
                        3,
                        "software:2",
                        ByteSize.parse("1 GiB"),
                        "/opt/libcuda.so.1",
                        4,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(3),
                        new ImageCacheConfig(ByteSize.parse("1 MiB"), 7)));
    }

    @Test
    void clientsAreToldTheAddressByWhichTheApplianceIsReachedWhereNothingBetterIsSaid() throws Exception {
        List<URI> appliances =
                List.of(URI.create("https://no-such-host.invalid:1"), URI.create("https://127.0.0.1:7443"));
        assertThat(GpuServerConfig.DEFAULT.advertisedTo(appliances).advertised())
                .isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> GpuServerConfig.DEFAULT.advertisedTo(appliances.subList(0, 1)))
                .hasMessageContaining("advertise");
        Path file = folder.resolve("gpu-server.properties");
        Files.writeString(file, "advertise = gpu1\n");
        assertThat(ConfigFile.load(file, GpuServerConfig.DEFAULT)
                        .advertisedTo(appliances)
                        .advertised())
                .isEqualTo("gpu1");
        Files.writeString(file, "address = 192.0.2.1\n");
        assertThat(ConfigFile.load(file, GpuServerConfig.DEFAULT)
                        .advertisedTo(appliances)
                        .advertised())
                .isEqualTo("192.0.2.1");
    }

    @Test
    void anUnknownKeyFailsTheStart() throws Exception {
        Path file = folder.resolve("gpu-server.yaml");
        Files.writeString(file, "prot: 7\n");
        assertThatThrownBy(() -> ConfigFile.load(file, GpuServerConfig.DEFAULT))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("prot");
    }

    @Test
    void portsAndMemoryBeyondTheirLimitsAreNamedWithThem() throws Exception {
        Path file = folder.resolve("gpu-server.yaml");
        for (String[] wrong : new String[][] {
            {"port: 99999", "port is 99999; 0 to 65535"},
            {"worker-port-max: 65536", "worker-port-max is 65536; 0 to 65535"},
            {"worker-port-min: 7", "worker-port-min is 7 and worker-port-max 0; the first is at most the second"},
            {"heartbeat: 0s", "heartbeat is 0s; above 0"},
            {"program-patience: 0ms", "program-patience is 0s; above 0"},
            {"software-memory: 0", "software-memory is 0 B; above 0"}
        }) {
            Files.writeString(file, wrong[0] + "\n");
            assertThatThrownBy(() -> ConfigFile.load(file, GpuServerConfig.DEFAULT))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(file + ": ")
                    .hasMessageContaining(wrong[1]);
        }
    }

    @Test
    void gpusAreNvidiaOrACountOfSoftwareGpus() throws Exception {
        Path file = folder.resolve("gpu-server.yaml");
        for (String wrong : new String[] {"software:0", "software:17", "amd"}) {
            Files.writeString(file, "gpus: " + wrong + "\n");
            assertThatThrownBy(() -> ConfigFile.load(file, GpuServerConfig.DEFAULT))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(file + ": ")
                    .hasMessageEndingWith(
                            "gpus wants nvidia, software, or software:N with N from 1 to 16, not '" + wrong + "'");
        }
    }
}
