package io.penstock.appliance.pool;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlacementTest {
    private static final long GIB = 1L << 30;
    private static final long TOTAL = 16 * GIB;

    /** A server whose GPUs of 16 GiB have these many GiB leased. */
    private static PoolServer server(String name, long... leasedGib) {
        List<PoolGpu> gpus = new ArrayList<>();
        for (int index = 0; index < leasedGib.length; index++) {
            gpus.add(new PoolGpu(name + index, index, TOTAL, leasedGib[index] * GIB, true));
        }
        return new PoolServer(name, name, true, gpus);
    }

    private static LeaseRequest want(int gpus, MemoryWish memory, String... servers) {
        return new LeaseRequest(gpus, memory, "ada", List.of(servers));
    }

    private static List<String> pack(LeaseRequest request, PoolServer... pool) {
        return placed(Placement.decide(List.of(pool), request, PlacementPolicy.PACK));
    }

    private static List<String> spread(LeaseRequest request, PoolServer... pool) {
        return placed(Placement.decide(List.of(pool), request, PlacementPolicy.SPREAD));
    }

    private static List<String> placed(Decision decision) {
        assertThat(decision).isInstanceOf(Placed.class);
        return ((Placed) decision).gpus().stream().map(LeasedGpu::uuid).toList();
    }

    private static Refused refused(LeaseRequest request, PoolServer... pool) {
        Decision decision = Placement.decide(List.of(pool), request, PlacementPolicy.PACK);
        assertThat(decision).isInstanceOf(Refused.class);
        return (Refused) decision;
    }

    @Test
    void sharesGatherOnGpusAlreadyShared() {
        assertThat(pack(want(1, new Bytes(4 * GIB)), server("a", 0, 8), server("b", 0, 0)))
                .containsExactly("a1");
        assertThat(pack(want(1, new Bytes(4 * GIB)), server("a", 0, 14), server("b", 12, 0)))
                .containsExactly("b0");
    }

    @Test
    void shareTakesTheSmallestHoleOfTheFullestServer() {
        assertThat(pack(want(1, new Bytes(4 * GIB)), server("a", 2, 10, 11, 13)))
                .containsExactly("a2");
        assertThat(pack(want(1, new Bytes(4 * GIB)), server("a", 2, 10, 11), server("b", 13, 6)))
                .containsExactly("b1");
    }

    @Test
    void wholeGpusAreTakenWhereTheServerIsFullest() {
        assertThat(pack(want(1, new Whole()), server("a", 0, 0), server("b", 16, 0)))
                .containsExactly("b1");
        assertThat(pack(want(2, new Whole()), server("a", 0, 8, 0), server("b", 0, 0, 0)))
                .containsExactly("a0", "a2");
    }

    @Test
    void spreadTakesTheEmptiest() {
        assertThat(spread(want(1, new Bytes(GIB)), server("a", 0, 8), server("b", 0, 0)))
                .containsExactly("b0");
        assertThat(spread(want(2, new Fraction(0.5)), server("a", 0, 8, 2))).containsExactly("a0", "a2");
    }

    @Test
    void sharedGpuIsNotAWholeOne() {
        assertThat(refused(want(1, new Whole()), server("a", 1)).obstacle()).isEqualTo(Obstacle.TAKEN);
    }

    @Test
    void gpusOfOneLeaseAreOnOneServer() {
        Refused refused = refused(want(2, new Whole()), server("a", 0, 16), server("b", 16, 0));
        assertThat(refused.obstacle()).isEqualTo(Obstacle.TAKEN);
        assertThat(refused.reason())
                .contains("2 whole GPUs on one server")
                .contains("of 4 GPUs in 2 servers, 2 would do now, at most 1 on one server");
    }

    @Test
    void fractionIsOfEachGpusOwnMemoryRoundedDown() {
        PoolServer odd = new PoolServer("a", "a", true, List.of(new PoolGpu("a0", 0, 10, 0, true)));
        Decision decision = Placement.decide(List.of(odd), want(1, new Fraction(0.33)), PlacementPolicy.PACK);
        assertThat(decision).isEqualTo(new Placed("a", List.of(new LeasedGpu("a0", 3))));
    }

    @Test
    void fractionTooSmallForAByteIsRefused() {
        PoolServer tiny = new PoolServer("a", "a", true, List.of(new PoolGpu("a0", 0, 10, 0, true)));
        assertThat(refused(want(1, new Fraction(0.01)), tiny).obstacle()).isEqualTo(Obstacle.NONE_SUCH);
    }

    @Test
    void whatNoServerHasIsRefusedForGood() {
        Refused many = refused(want(3, new Whole()), server("a", 16, 16), server("b", 16));
        assertThat(many.obstacle()).isEqualTo(Obstacle.NONE_SUCH);
        assertThat(many.reason()).contains("3 whole GPUs").contains("the most on one server is 2");
        Refused much = refused(want(1, new Bytes(TOTAL + 1)), server("a", 0));
        assertThat(much.obstacle()).isEqualTo(Obstacle.NONE_SUCH);
        assertThat(much.reason())
                .contains("the most on one server is 0, and the largest GPU has " + new ByteSize(TOTAL) + " ([a])");
    }

    @Test
    void deadServersAndSickGpusAreLeftOut() {
        PoolServer dead = new PoolServer("a", "a", false, server("a", 0).gpus());
        PoolServer sick = new PoolServer("b", "b", true, List.of(new PoolGpu("b0", 0, TOTAL, 0, false)));
        assertThat(pack(want(1, new Whole()), dead, sick, server("c", 0))).containsExactly("c0");
        assertThat(refused(want(1, new Whole()), dead).reason()).isEqualTo("no GPU server answers; known are [a]");
        assertThat(refused(want(1, new Whole()), sick).obstacle()).isEqualTo(Obstacle.TAKEN);
        assertThat(refused(want(1, new Whole(), "a"), dead).obstacle()).isEqualTo(Obstacle.SILENT);
    }

    @Test
    void anEmptyPoolRefusesForGood() {
        assertThat(refused(want(1, new Whole())))
                .isEqualTo(new Refused(Obstacle.NONE_SUCH, "no GPU server is registered"));
    }

    @Test
    void whatOnlyASilentServerHasIsWaitedFor() {
        PoolServer silent =
                new PoolServer("big", "big", false, server("big", 0, 0).gpus());
        Refused refused = refused(want(2, new Whole()), server("a", 0), silent);
        assertThat(refused.obstacle()).isEqualTo(Obstacle.TAKEN);
        assertThat(refused.reason()).contains("1 would do now", "not heard of: [big]");
        assertThat(refused(want(3, new Whole()), server("a", 0), silent).obstacle())
                .isEqualTo(Obstacle.NONE_SUCH);
    }

    @Test
    void onlyNamedServersAreConsidered() {
        assertThat(pack(want(1, new Whole(), "b"), server("a", 0), server("b", 0)))
                .containsExactly("b0");
        assertThat(refused(want(1, new Whole(), "z"), server("a", 0)))
                .isEqualTo(new Refused(Obstacle.NONE_SUCH, "no GPU server named z is registered; known are [a]"));
    }

    /** Random leases come and go; at no time is a GPU promised twice, and what is refused would really not fit. */
    @ParameterizedTest
    @EnumSource(PlacementPolicy.class)
    void promisesNeverExceedAGpusMemory(PlacementPolicy policy) {
        Random random = new Random(20261123);
        Map<String, Long> leased = new HashMap<>();
        List<List<LeasedGpu>> leases = new ArrayList<>();
        for (int step = 0; step < 2000; step++) {
            if (!leases.isEmpty() && random.nextInt(3) == 0) {
                leases.remove(random.nextInt(leases.size()))
                        .forEach(gpu -> leased.merge(gpu.uuid(), -gpu.memoryBytes(), Long::sum));
                continue;
            }
            List<PoolServer> pool = pool(leased);
            LeaseRequest request = randomRequest(random);
            switch (Placement.decide(pool, request, policy)) {
                case Placed placed -> {
                    placed.gpus().forEach(gpu -> leased.merge(gpu.uuid(), gpu.memoryBytes(), Long::sum));
                    leases.add(placed.gpus());
                    assertThat(placed.gpus()).hasSize(request.gpus());
                    assertThat(placed.gpus()).allMatch(gpu -> gpu.uuid().startsWith(placed.server()));
                    assertThat(leased.values()).allMatch(bytes -> bytes >= 0 && bytes <= TOTAL);
                }
                case Refused refused ->
                    assertThat(pool)
                            .noneMatch(server -> server.gpus().stream()
                                            .filter(gpu -> fits(gpu, request.memory()))
                                            .count()
                                    >= request.gpus());
            }
        }
        assertThat(leased.values()).anyMatch(bytes -> bytes > 0);
    }

    private static List<PoolServer> pool(Map<String, Long> leased) {
        List<PoolServer> pool = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            List<PoolGpu> gpus = new ArrayList<>();
            for (int index = 0; index < 4; index++) {
                gpus.add(new PoolGpu(name + index, index, TOTAL, leased.getOrDefault(name + index, 0L), true));
            }
            pool.add(new PoolServer(name, name, true, gpus));
        }
        return pool;
    }

    private static LeaseRequest randomRequest(Random random) {
        int gpus = 1 + random.nextInt(4);
        return switch (random.nextInt(3)) {
            case 0 -> want(gpus, new Whole());
            case 1 -> want(gpus, new Fraction((1 + random.nextInt(100)) / 100.0));
            default -> want(gpus, new Bytes(1 + random.nextLong(TOTAL)));
        };
    }

    private static boolean fits(PoolGpu gpu, MemoryWish wish) {
        return switch (wish) {
            case Whole whole -> gpu.leasedBytes() == 0;
            case Fraction fraction -> gpu.leasedBytes() + (long) Math.floor(TOTAL * fraction.part()) <= TOTAL;
            case Bytes bytes -> gpu.leasedBytes() + bytes.count() <= TOTAL;
        };
    }
}
