package io.penstock.appliance.pool;

import io.penstock.protocol.appliance.ClientStatus;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.Lease;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** The pool in numbers, and what a person should look at; pure functions over what the lists show. */
public final class Overview {
    private static final Duration CERTIFICATE_WARNING = Duration.ofDays(3);

    private Overview() {}

    /** The numbers. */
    public static JsonObject numbers(List<ServerStatus> servers, List<ClientStatus> clients, List<Lease> leases) {
        List<GpuStatus> gpus = servers.stream()
                .filter(ServerStatus::alive)
                .flatMap(server -> server.gpus().stream())
                .toList();
        long utilization = Math.round(gpus.stream()
                .mapToInt(gpu -> gpu.usage().utilizationPercent())
                .average()
                .orElse(0));
        return new JsonObject()
                .put(
                        "servers",
                        new JsonObject().put("total", servers.size()).put("alive", count(servers, ServerStatus::alive)))
                .put(
                        "gpus",
                        new JsonObject()
                                .put("total", gpus.size())
                                .put("healthy", count(gpus, gpu -> gpu.usage().healthy()))
                                .put("leased", count(gpus, gpu -> !gpu.holders().isEmpty()))
                                .put("memory", sum(gpus, gpu -> gpu.gpu().memoryBytes()))
                                .put("leasedMemory", sum(gpus, GpuStatus::leasedBytes))
                                .put("usedMemory", sum(gpus, gpu -> gpu.usage().usedBytes()))
                                .put("utilization", utilization))
                .put(
                        "clients",
                        new JsonObject()
                                .put("total", clients.size())
                                .put("enabled", count(clients, ClientStatus::enabled))
                                .put(
                                        "holding",
                                        leases.stream()
                                                .map(Lease::client)
                                                .distinct()
                                                .count()))
                .put("leases", leases.size());
    }

    /** What needs a person, the worst first. */
    public static List<Attention> attention(List<ServerStatus> servers, List<ClientStatus> clients, Instant now) {
        List<Attention> found = new ArrayList<>();
        if (servers.isEmpty()) {
            found.add(Attention.ofPool("no_server", "info", "No GPU server is in the pool yet."));
        }
        for (ServerStatus server : servers) {
            if (!server.alive()) {
                String heard = server.lastHeard().equals(Instant.EPOCH)
                        ? "since the appliance started"
                        : "since " + server.lastHeard();
                found.add(new Attention(
                        "server_silent",
                        "error",
                        "Server " + server.name() + " has not been heard of " + heard + "; it gets no new leases.",
                        "server",
                        server.id()));
                continue;
            }
            for (GpuStatus gpu : server.gpus()) {
                if (!gpu.usage().healthy()) {
                    found.add(new Attention(
                            "gpu_unhealthy",
                            "error",
                            "GPU " + gpu.gpu().index() + " (" + gpu.gpu().name() + ") of server " + server.name()
                                    + " reports a fault; it gets no new leases.",
                            "server",
                            server.id()));
                }
            }
        }
        for (ClientStatus client : clients) {
            if (client.enabled() && client.certificateExpires().isBefore(now.plus(CERTIFICATE_WARNING))) {
                found.add(new Attention(
                        "certificate_expires",
                        "warning",
                        "The certificate of client " + client.name() + " ends at " + client.certificateExpires()
                                + "; it renews itself when the machine next uses a GPU, or the machine must be let in again.",
                        "client",
                        client.id()));
            }
        }
        return found;
    }

    private static <T> long count(List<T> all, Predicate<T> which) {
        return all.stream().filter(which).count();
    }

    private static <T> long sum(List<T> all, ToLongFunction<T> what) {
        return all.stream().mapToLong(what).sum();
    }
}
