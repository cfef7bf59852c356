package io.penstock.cli;

import io.penstock.protocol.appliance.GpuHolder;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.LeaseStatus;
import io.penstock.protocol.appliance.ServerStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock list}: the pool's GPUs, how much of each is free to be leased, and who holds the rest. */
@Command(
        name = "list",
        description = "Lists the pool's GPUs, what is free of them, who holds the rest, and this machine's leases.")
final class ListCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1L << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "For programs: one JSON object")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = Console.spec(spec).commandLine().getOut();
        Membership member = Membership.load(Settings.of(System.getenv()), EventLoop.start());
        List<ServerStatus> servers = Explanation.await(member.appliance().servers());
        List<LeaseStatus> leases = Explanation.await(member.appliance().leases());
        out.println(json ? asJson(servers, leases).encodePrettily() : asText(servers, leases));
        return ExitStatus.OK;
    }

    /** The pool as a table, below it who holds what of it, and this machine's leases. */
    static String asText(List<ServerStatus> servers, List<LeaseStatus> leases) {
        if (servers.isEmpty()) {
            return "The pool has no server yet. On a machine with GPUs: penstock-gpu-server enroll URL TOKEN";
        }
        Table gpus = new Table("SERVER", "ADDRESS", "STATE", "GPU", "FREE/TOTAL MiB", "HELD BY", "NAME");
        Table holders = new Table("HOLDER", "SERVER", "GPU", "MiB", "SINCE");
        for (ServerStatus server : servers) {
            String address = server.report().host() + ":" + server.report().port();
            if (server.gpus().isEmpty()) {
                gpus.add(server.name(), address, state(server), "-", "-", "-", "no GPU");
            }
            for (GpuStatus gpu : server.gpus()) {
                gpus.add(
                        server.name(),
                        address,
                        gpu.usage().healthy() ? state(server) : "unhealthy",
                        gpu.gpu().index(),
                        free(server, gpu) / MEBIBYTE + "/" + gpu.gpu().memoryBytes() / MEBIBYTE,
                        heldBy(gpu),
                        gpu.gpu().name());
                for (GpuHolder holder : gpu.holders()) {
                    holders.add(
                            holder.client(),
                            server.name(),
                            gpu.gpu().index(),
                            holder.memoryBytes() / MEBIBYTE,
                            seconds(holder.since()));
                }
            }
        }
        String held = holders.isEmpty() ? "" : "\n\n" + holders;
        return gpus + held + (leases.isEmpty() ? "" : "\n\nThis machine's leases:\n" + leaseTable(leases));
    }

    /** The same for programs; sizes in MiB. */
    static JsonObject asJson(List<ServerStatus> servers, List<LeaseStatus> leases) {
        JsonArray gpus = new JsonArray();
        for (ServerStatus server : servers) {
            for (GpuStatus gpu : server.gpus()) {
                gpus.add(new JsonObject()
                        .put("server", server.name())
                        .put(
                                "address",
                                server.report().host() + ":" + server.report().port())
                        .put("alive", server.alive())
                        .put("healthy", gpu.usage().healthy())
                        .put("index", gpu.gpu().index())
                        .put("uuid", gpu.gpu().uuid())
                        .put("name", gpu.gpu().name())
                        .put("kind", gpu.gpu().kind())
                        .put("computeCapability", gpu.gpu().computeCapability())
                        .put("totalMemoryMib", gpu.gpu().memoryBytes() / MEBIBYTE)
                        .put("freeMemoryMib", free(server, gpu) / MEBIBYTE)
                        .put("leases", gpu.holders().size())
                        .put("holders", holders(gpu)));
            }
        }
        JsonArray held = new JsonArray();
        leases.forEach(lease -> held.add(lease.toJson()));
        return new JsonObject().put("gpus", gpus).put("leases", held);
    }

    /** The names alone, each once. */
    private static String heldBy(GpuStatus gpu) {
        List<String> names =
                gpu.holders().stream().map(GpuHolder::client).distinct().toList();
        return names.isEmpty() ? "-" : String.join(", ", names);
    }

    private static JsonArray holders(GpuStatus gpu) {
        JsonArray holders = new JsonArray();
        for (GpuHolder holder : gpu.holders()) {
            holders.add(new JsonObject()
                    .put("client", holder.client())
                    .put("since", holder.since().toString())
                    .put("memoryMib", holder.memoryBytes() / MEBIBYTE));
        }
        return holders;
    }

    private static Table leaseTable(List<LeaseStatus> leases) {
        Table table = new Table("LEASE", "USER", "SERVER", "GPUS", "MiB EACH", "SINCE", "RENEW BY");
        for (LeaseStatus status : leases) {
            table.add(
                    status.lease().id(),
                    status.lease().user(),
                    status.serverName(),
                    status.lease().gpus().size(),
                    status.lease().gpus().getFirst().memoryBytes() / MEBIBYTE,
                    seconds(status.since()),
                    seconds(status.renewBy()));
        }
        return table;
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** What could be leased now, bytes. */
    private static long free(ServerStatus server, GpuStatus gpu) {
        return server.alive() && gpu.usage().healthy() ? gpu.gpu().memoryBytes() - gpu.leasedBytes() : 0;
    }

    private static String state(ServerStatus server) {
        return server.alive() ? "up" : "silent, " + lastHeard(server);
    }

    /** When a silent server was last heard of, in words; an appliance that was started since does not know. */
    static String lastHeard(ServerStatus server) {
        return server.lastHeard().equals(Instant.EPOCH)
                ? "not heard of since the appliance was started"
                : "last heard of at " + seconds(server.lastHeard());
    }
}
