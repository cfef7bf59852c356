package io.penstock.appliance.pool;

import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pool at one moment: introductions, heartbeats and leases put together. Immutable; a lease on a GPU that its server
 * no longer reports counts nowhere.
 */
public final class PoolView {
    /** What is promised of one GPU. */
    private record Promised(long bytes, int leases) {
        static final Promised NOTHING = new Promised(0, 0);

        Promised plus(LeasedGpu gpu) {
            return new Promised(bytes + gpu.memoryBytes(), leases + 1);
        }
    }

    private final Map<String, ServerReport> reports;
    private final Map<String, String> names;
    private final Vitals vitals;
    private final Map<String, Promised> promised = new HashMap<>();
    private final Instant now;

    /**
     * A view.
     *
     * @param reports the servers' introductions, by id
     * @param names the servers' names, by id
     * @param leases the leases in force
     */
    public PoolView(
            Map<String, ServerReport> reports,
            Map<String, String> names,
            List<Lease> leases,
            Vitals vitals,
            Instant now) {
        this.reports = reports;
        this.names = names;
        this.vitals = vitals;
        this.now = now;
        for (Lease lease : leases) {
            for (LeasedGpu gpu : lease.gpus()) {
                promised.merge(
                        key(lease.server(), gpu.uuid()),
                        Promised.NOTHING.plus(gpu),
                        (sum, one) -> new Promised(sum.bytes() + one.bytes(), sum.leases() + one.leases()));
            }
        }
    }

    /** What placement decides upon. */
    public List<PoolServer> snapshot() {
        return reports.entrySet().stream()
                .map(entry -> {
                    String id = entry.getKey();
                    List<PoolGpu> gpus = entry.getValue().gpus().stream()
                            .map(gpu -> new PoolGpu(
                                    gpu.uuid(),
                                    gpu.index(),
                                    gpu.memoryBytes(),
                                    promised(id, gpu).bytes(),
                                    usage(id, gpu).healthy()))
                            .toList();
                    return new PoolServer(id, name(id), vitals.alive(id, now), gpus);
                })
                .toList();
    }

    /** What people and programs are shown. */
    public List<ServerStatus> statuses() {
        return reports.entrySet().stream()
                .map(entry -> {
                    String id = entry.getKey();
                    Vitals.Heard heard = vitals.last(id);
                    List<GpuStatus> gpus = entry.getValue().gpus().stream()
                            .map(gpu -> new GpuStatus(
                                    gpu,
                                    usage(id, gpu),
                                    promised(id, gpu).bytes(),
                                    promised(id, gpu).leases()))
                            .toList();
                    return new ServerStatus(
                            id,
                            name(id),
                            vitals.alive(id, now),
                            heard.at(),
                            entry.getValue(),
                            gpus,
                            heard.heartbeat().sessions());
                })
                .toList();
    }

    private String name(String server) {
        return names.getOrDefault(server, server);
    }

    private Promised promised(String server, GpuReport gpu) {
        return promised.getOrDefault(key(server, gpu.uuid()), Promised.NOTHING);
    }

    /** A GPU of which no heartbeat spoke yet counts as healthy: its server has just introduced it. */
    private GpuUsage usage(String server, GpuReport gpu) {
        return vitals.last(server).usage(gpu.uuid()).orElseGet(() -> new GpuUsage(gpu.uuid(), 0, 0, 0, 0, true));
    }

    private static String key(String server, String uuid) {
        return server + ' ' + uuid;
    }
}
