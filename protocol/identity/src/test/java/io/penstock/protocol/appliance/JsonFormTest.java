package io.penstock.protocol.appliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.appliance.LeaseRequest.Bytes;
import io.penstock.protocol.appliance.LeaseRequest.Fraction;
import io.penstock.protocol.appliance.LeaseRequest.Whole;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each record of the REST interface survives its own JSON, through text. */
class JsonFormTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final GpuReport GPU = new GpuReport("GPU-1", 0, "Software GPU", 5L << 40, "8.0", "software");
    private static final GpuUsage USAGE = new GpuUsage("GPU-1", 7, 50, 40, 300, true);
    private static final SessionUsage SESSION = new SessionUsage("s", "l", "python3", 4_000_000_000L, 9);
    private static final ServerReport REPORT = new ServerReport("gpu1", 7444, 13000, "0.1", List.of(GPU));
    private static final Lease LEASE =
            new Lease("l", "c", "ada", "s", List.of(new LeasedGpu("GPU-1", 1)), 0, NOW, NOW.plusSeconds(60));

    private static JsonObject wire(JsonObject json) {
        return new JsonObject(json.encode());
    }

    @Test
    void recordsSurviveTheirJson() {
        assertThat(ServerReport.fromJson(wire(REPORT.toJson()))).isEqualTo(REPORT);
        Heartbeat heartbeat = new Heartbeat(List.of(USAGE), List.of(SESSION), List.of("l7"));
        assertThat(Heartbeat.fromJson(wire(heartbeat.toJson()))).isEqualTo(heartbeat);
        Revocations revocations = new Revocations(7, Set.of("c1", "c2"), Set.of("l1"));
        assertThat(Revocations.fromJson(wire(revocations.toJson()))).isEqualTo(revocations);
        Grant grant = new Grant("a.b.c", LEASE, "gpu1", "10.0.0.7", 7444, Duration.ofSeconds(15));
        assertThat(Grant.fromJson(wire(grant.toJson()))).isEqualTo(grant);
        LeaseStatus lease = new LeaseStatus(LEASE, "laptop", "gpu1", NOW, NOW.plusSeconds(9));
        assertThat(LeaseStatus.fromJson(wire(lease.toJson()))).isEqualTo(lease);
        ClientStatus client = new ClientStatus("c", "laptop", false, NOW, NOW.plusSeconds(9));
        assertThat(ClientStatus.fromJson(wire(client.toJson()))).isEqualTo(client);
        ServerStatus server = new ServerStatus(
                "s",
                "gpu1",
                true,
                NOW,
                REPORT,
                List.of(new GpuStatus(GPU, USAGE, List.of(new GpuHolder("laptop", NOW, 3)))),
                List.of(SESSION));
        assertThat(ServerStatus.fromJson(wire(server.toJson()))).isEqualTo(server);
    }

    @Test
    void everyWayToAskForMemorySurvives() {
        for (LeaseRequest.MemoryWish memory : List.of(new Whole(), new Fraction(0.25), new Bytes(1L << 40))) {
            LeaseRequest request = new LeaseRequest(2, memory, "ada", List.of("gpu1"));
            assertThat(LeaseRequest.fromJson(wire(request.toJson()))).isEqualTo(request);
        }
    }

    @Test
    void senselessRequestsAreRefused() {
        assertThatThrownBy(() -> new LeaseRequest(0, new Whole(), "ada", List.of()))
                .hasMessageContaining("not 0");
        assertThatThrownBy(() -> new LeaseRequest(65, new Whole(), "ada", List.of()))
                .hasMessageContaining("not 65");
        assertThatThrownBy(() -> new Fraction(0)).hasMessageContaining("0.0");
        assertThatThrownBy(() -> new Fraction(1.5)).hasMessageContaining("1.5");
        assertThatThrownBy(() -> new Fraction(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Bytes(-1)).hasMessageContaining("-1");
        JsonObject both = new JsonObject()
                .put("gpus", 1)
                .put("user", "a")
                .put("fraction", 0.5)
                .put("memory", 1);
        assertThatThrownBy(() -> LeaseRequest.fromJson(both)).hasMessageContaining("not both");
    }

    @Test
    void revokedClientEndsItsLeases() {
        assertThat(Revocations.NONE.ends(LEASE)).isFalse();
        assertThat(new Revocations(1, Set.of("c"), Set.of()).ends(LEASE)).isTrue();
        assertThat(new Revocations(1, Set.of(), Set.of("l")).ends(LEASE)).isTrue();
        assertThat(new Revocations(1, Set.of("l"), Set.of("c")).ends(LEASE)).isFalse();
    }
}
