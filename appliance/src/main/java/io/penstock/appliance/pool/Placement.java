package io.penstock.appliance.pool;

import io.penstock.appliance.pool.Decision.Obstacle;
import io.penstock.appliance.pool.Decision.Placed;
import io.penstock.appliance.pool.Decision.Refused;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.LeaseRequest.Bytes;
import io.penstock.protocol.appliance.LeaseRequest.Fraction;
import io.penstock.protocol.appliance.LeaseRequest.MemoryWish;
import io.penstock.protocol.appliance.LeaseRequest.Whole;
import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.identity.LeasedGpu;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Where a lease goes: a pure function of the pool, the request and the policy.
 *
 * <p>All GPUs of a lease are on one server. A whole GPU is one that nobody else has any part of; a share never makes the
 * sum of promises exceed the GPU's memory. Among GPUs that fit, PACK takes those that are in use already, and of these
 * the ones with the least free memory; among servers, the one where the fewest untouched GPUs are touched, and of these
 * the one with the least free memory left afterwards. SPREAD prefers the contrary. Ties go to the lower index and to the
 * lower name, so that equal snapshots give equal answers.
 */
public final class Placement {
    private final List<PoolServer> known; // all of them
    private final List<PoolServer> pool; // those that the request would do with
    private final LeaseRequest request;
    private final PlacementPolicy policy;

    private Placement(List<PoolServer> pool, LeaseRequest request, PlacementPolicy policy) {
        this.known = pool;
        this.pool = pool.stream()
                .filter(server -> request.servers().isEmpty()
                        || request.servers().contains(server.name())
                        || request.servers().contains(server.id()))
                .toList();
        this.request = request;
        this.policy = policy;
    }

    /** Decides one request. */
    public static Decision decide(List<PoolServer> pool, LeaseRequest request, PlacementPolicy policy) {
        return new Placement(pool, request, policy).decide();
    }

    /** A choice of GPUs on one server. */
    private record Candidate(PoolServer server, List<PoolGpu> chosen) {
        long newlyTouched() {
            return chosen.stream().filter(PoolGpu::untouched).count();
        }

        long freeAfterwards(MemoryWish wish) {
            long free = server.gpus().stream().mapToLong(PoolGpu::freeBytes).sum();
            return free - chosen.stream().mapToLong(gpu -> wanted(gpu, wish)).sum();
        }
    }

    private Decision decide() {
        Comparator<Candidate> order = Comparator.comparingLong(Candidate::newlyTouched)
                .thenComparingLong(candidate -> candidate.freeAfterwards(request.memory()));
        Optional<Candidate> best = alive().map(server -> new Candidate(server, choose(server)))
                .filter(candidate -> candidate.chosen().size() == request.gpus())
                .min((policy == PlacementPolicy.PACK ? order : order.reversed())
                        .thenComparing(candidate -> candidate.server().name())
                        .thenComparing(candidate -> candidate.server().id()));
        return best.<Decision>map(this::placed).orElseGet(this::refused);
    }

    private Stream<PoolServer> alive() {
        return pool.stream().filter(PoolServer::alive);
    }

    private List<PoolGpu> choose(PoolServer server) {
        Comparator<PoolGpu> order = Comparator.comparing(PoolGpu::untouched).thenComparingLong(PoolGpu::freeBytes);
        return server.gpus().stream()
                .filter(this::fits)
                .sorted((policy == PlacementPolicy.PACK ? order : order.reversed()).thenComparingInt(PoolGpu::index))
                .limit(request.gpus())
                .toList();
    }

    private boolean fits(PoolGpu gpu) {
        long wanted = wanted(gpu, request.memory());
        return gpu.healthy()
                && wanted > 0
                && wanted <= gpu.freeBytes()
                && (!(request.memory() instanceof Whole) || gpu.untouched());
    }

    private boolean couldEverFit(PoolGpu gpu) {
        long wanted = wanted(gpu, request.memory());
        return wanted > 0 && wanted <= gpu.totalBytes();
    }

    private static long wanted(PoolGpu gpu, MemoryWish wish) {
        return switch (wish) {
            case Whole whole -> gpu.totalBytes();
            case Fraction fraction -> (long) Math.floor(gpu.totalBytes() * fraction.part());
            case Bytes bytes -> bytes.count();
        };
    }

    private Placed placed(Candidate candidate) {
        List<LeasedGpu> gpus = candidate.chosen().stream()
                .sorted(Comparator.comparingInt(PoolGpu::index))
                .map(gpu -> new LeasedGpu(gpu.uuid(), wanted(gpu, request.memory())))
                .toList();
        return new Placed(candidate.server().id(), gpus);
    }

    private Refused refused() {
        String of = request.servers().isEmpty() ? "" : " named " + String.join(" or ", request.servers());
        if (pool.isEmpty()) {
            String others = known.isEmpty() ? "" : "; known are " + names(known.stream());
            return new Refused(Obstacle.NONE_SUCH, "no GPU server" + of + " is registered" + others);
        }
        long most = mostOnOneServer(pool.stream(), this::couldEverFit);
        if (most < request.gpus()) {
            return new Refused(
                    Obstacle.NONE_SUCH,
                    "no server" + of + " has " + describeWish() + ", free or not; the most on one server is " + most
                            + ", and the largest GPU has " + new ByteSize(largestBytes()) + " ("
                            + names(pool.stream()) + ")");
        }
        if (alive().findAny().isEmpty()) {
            return new Refused(Obstacle.SILENT, "no GPU server" + of + " answers; known are " + names(pool.stream()));
        }
        long total = alive().mapToLong(server -> server.gpus().size()).sum();
        return new Refused(
                Obstacle.TAKEN,
                describeWish() + " on one server wanted; of " + total + " GPUs in "
                        + alive().count() + " servers, "
                        + alive().mapToLong(server -> count(server, this::fits)).sum()
                        + " would do now, at most " + mostOnOneServer(alive(), this::fits)
                        + " on one server; the most free memory of one GPU is "
                        + new ByteSize(mostFreeBytes()) + silent());
    }

    /** What is not heard of may be what is waited for. */
    private String silent() {
        List<PoolServer> silent =
                pool.stream().filter(server -> !server.alive()).toList();
        return silent.isEmpty() ? "" : "; not heard of: " + names(silent.stream());
    }

    private static long mostOnOneServer(Stream<PoolServer> servers, Predicate<PoolGpu> test) {
        return servers.mapToLong(server -> count(server, test)).max().orElse(0);
    }

    private static long count(PoolServer server, Predicate<PoolGpu> test) {
        return server.gpus().stream().filter(test).count();
    }

    private long largestBytes() {
        return pool.stream()
                .flatMap(server -> server.gpus().stream())
                .mapToLong(PoolGpu::totalBytes)
                .max()
                .orElse(0);
    }

    private long mostFreeBytes() {
        return alive().flatMap(server -> server.gpus().stream())
                .filter(PoolGpu::healthy)
                .mapToLong(PoolGpu::freeBytes)
                .max()
                .orElse(0);
    }

    private String describeWish() {
        String gpus = request.gpus() == 1 ? "1 GPU" : request.gpus() + " GPUs";
        return switch (request.memory()) {
            case Whole whole -> request.gpus() == 1 ? "1 whole GPU" : request.gpus() + " whole GPUs";
            case Fraction fraction -> gpus + " with " + fraction.part() + " of its memory";
            case Bytes bytes -> gpus + " with " + new ByteSize(bytes.count()) + " of memory";
        };
    }

    private static String names(Stream<PoolServer> servers) {
        return servers.map(PoolServer::name).sorted().toList().toString();
    }
}
