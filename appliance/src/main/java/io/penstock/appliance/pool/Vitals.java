package io.penstock.appliance.pool;

import io.penstock.protocol.appliance.GpuUsage;
import io.penstock.protocol.appliance.Heartbeat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The last heartbeat of each server; kept in memory only, because after a restart the next ones come within seconds.
 * Safe for all threads: values are immutable.
 */
public final class Vitals {
    /**
     * A heartbeat and when it came.
     *
     * @param at when
     */
    public record Heard(Instant at, Heartbeat heartbeat) {
        /** The state of one GPU, if the server told it. */
        public Optional<GpuUsage> usage(String uuid) {
            return heartbeat.gpus().stream()
                    .filter(gpu -> gpu.uuid().equals(uuid))
                    .findFirst();
        }
    }

    private static final Heard NEVER = new Heard(Instant.EPOCH, new Heartbeat(List.of(), List.of(), List.of()));

    private final Map<String, Heard> servers = new ConcurrentHashMap<>();
    /** Those that have said that they stop. */
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();

    private final Duration silenceMax;

    /** Vitals by which a server counts as gone after this much silence. */
    public Vitals(Duration silenceMax) {
        this.silenceMax = silenceMax;
    }

    /** A server gave a sign of life. */
    public void heard(String server, Heartbeat heartbeat, Instant now) {
        servers.put(server, new Heard(now, heartbeat));
        stopped.remove(server);
    }

    /** A server stops, and is not waited for until it speaks again. */
    public void stopped(String server) {
        stopped.add(server);
    }

    /** A server is no more. */
    public void forget(String server) {
        servers.remove(server);
        stopped.remove(server);
    }

    /** The server's last sign of life; one at the epoch if there was none since the start. */
    public Heard last(String server) {
        return servers.getOrDefault(server, NEVER);
    }

    /** The servers that were heard of lately. */
    public Set<String> alive(Instant now) {
        return servers.keySet().stream().filter(server -> alive(server, now)).collect(Collectors.toSet());
    }

    /** Whether the server was heard of lately and has not said that it stops. */
    public boolean alive(String server, Instant now) {
        return !stopped.contains(server) && last(server).at().plus(silenceMax).isAfter(now);
    }
}
