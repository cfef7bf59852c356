package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.GpuHolder;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.appliance.SessionUsage;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PoolTextTest {
    private static final long MIB = 1L << 20;

    private static final Instant SINCE = Instant.parse("2026-01-01T00:00:00.5Z");
    private static final List<GpuHolder> HOLDERS = List.of(
            new GpuHolder("vm1", SINCE, 48 * MIB),
            new GpuHolder("vm2", SINCE, 8 * MIB),
            new GpuHolder("vm1", SINCE, 8 * MIB));

    private static ServerStatus server(boolean alive, boolean healthy) {
        GpuReport gpu = new GpuReport("GPU-1", 0, "Penstock software GPU", 256 * MIB, "8.0", "software");
        return new ServerStatus(
                "s1",
                "server one",
                alive,
                Instant.EPOCH,
                new ServerReport("10.0.0.2", 8443, 13000, "0.1", List.of(gpu)),
                List.of(new GpuStatus(gpu, new GpuUsage("GPU-1", 20 * MIB, 7, 0, 0, healthy), HOLDERS)),
                List.of(new SessionUsage("x", "lease-1", "python3", 42, 16 * MIB)));
    }

    private static JsonObject json(ServerStatus server) {
        return ListCommand.asJson(List.of(server), List.of())
                .getJsonArray("gpus")
                .getJsonObject(0);
    }

    @Test
    void whatIsFreeIsWhatIsNotLeased() {
        assertThat(ListCommand.asText(List.of(server(true, true)), List.of()))
                .contains("server one", "10.0.0.2:8443", "192/256", "Penstock software GPU");
        assertThat(json(server(true, true)).getLong("freeMemoryMib")).isEqualTo(192);
    }

    @Test
    void whoHoldsAGpuIsNamedWithSinceWhenAndHowMuch() {
        assertThat(ListCommand.asText(List.of(server(true, true)), List.of()))
                .contains("192/256         vm1, vm2  Penstock")
                .containsSubsequence(
                        "HOLDER  SERVER      GPU  MiB  SINCE",
                        "vm1     server one  0    48   2026-01-01T00:00:00Z",
                        "vm2     server one  0    8 ",
                        "vm1     server one  0    8 ");
        assertThat(json(server(true, true)).getJsonArray("holders").getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("client", "vm1")
                        .put("since", SINCE.toString())
                        .put("memoryMib", 48L));
    }

    @Test
    void nothingIsFreeOnAServerThatIsSilentOrAGpuThatIsSick() {
        assertThat(json(server(false, true)).getLong("freeMemoryMib")).isZero();
        assertThat(json(server(true, false)).getLong("freeMemoryMib")).isZero();
        assertThat(ListCommand.asText(List.of(server(false, true)), List.of()))
                .contains("silent, not heard of since the appliance was started");
        assertThat(ListCommand.asText(List.of(server(true, false)), List.of())).contains("unhealthy");
    }

    @Test
    void anEmptyPoolSaysHowToFillIt() {
        assertThat(ListCommand.asText(List.of(), List.of())).contains("penstock-gpu-server enroll");
    }

    @Test
    void smiShowsADashForWhatNobodyMeasured() {
        assertThat(SmiCommand.asText(List.of(server(true, true))))
                .contains("CUDA 13.0", "20/256", "7%", " - ", "python3", "42", "lease-1")
                .doesNotContain("0 W");
    }

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        Table table = new Table("A", "LONG");
        table.add("wide cell", 1);
        assertThat(table.toString()).isEqualTo("A          LONG\nwide cell  1");
    }

    @Test
    void clocksMayDifferByTwoMinutesOnly() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(HealthCommand.clock("2026-01-01T00:01:59Z", now).state()).isEqualTo(HealthCheck.State.OK);
        assertThat(HealthCommand.clock("2025-12-31T23:57:00Z", now).toString()).contains("FAIL", "180 s", "NTP");
        assertThat(HealthCommand.clock("noon", now).state()).isEqualTo(HealthCheck.State.WARNING);
    }
}
