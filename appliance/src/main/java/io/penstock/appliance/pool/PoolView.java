package io.penstock.appliance.pool;

import io.penstock.protocol.appliance.GpuHolder;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.LeaseStatus;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.LeasedGpu;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pool at one moment: introductions, heartbeats and leases put together. Immutable; a lease on a GPU that its server
 * no longer reports counts nowhere.
 */
public final class PoolView {
    private final Map<String, ServerReport> reports;
    private final Map<String, String> names;
    private final Vitals vitals;
    private final Map<String, List<GpuHolder>> holders = new HashMap<>();
    private final Instant now;

    /**
     * A view.
     *
     * @param reports the servers' introductions, by id
     * @param names the servers' names, by id
     * @param leases the leases in force, in the order in which holders are to be shown
     */
    public PoolView(
            Map<String, ServerReport> reports,
            Map<String, String> names,
            List<LeaseStatus> leases,
            Vitals vitals,
            Instant now) {
        this.reports = reports;
        this.names = names;
        this.vitals = vitals;
        this.now = now;
        for (LeaseStatus status : leases) {
            for (LeasedGpu gpu : status.lease().gpus()) {
                holders.computeIfAbsent(key(status.lease().server(), gpu.uuid()), first -> new ArrayList<>())
                        .add(new GpuHolder(status.clientName(), status.since(), gpu.memoryBytes()));
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
                                    status(id, gpu).leasedBytes(),
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
                            .map(gpu -> status(id, gpu))
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

    private GpuStatus status(String server, GpuReport gpu) {
        return new GpuStatus(gpu, usage(server, gpu), holders.getOrDefault(key(server, gpu.uuid()), List.of()));
    }

    /** A GPU of which no heartbeat spoke yet counts as healthy: its server has just introduced it. */
    private GpuUsage usage(String server, GpuReport gpu) {
        return vitals.last(server).usage(gpu.uuid()).orElseGet(() -> new GpuUsage(gpu.uuid(), 0, 0, 0, 0, true));
    }

    private static String key(String server, String uuid) {
        return server + ' ' + uuid;
    }
}
