package io.penstock.appliance;

import static io.penstock.appliance.EnrolmentIT.assertRefused;
import static io.penstock.appliance.TestInstallation.GPU_BYTES;
import static io.penstock.appliance.TestInstallation.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.lease.LeaseTerms;
import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.GpuHolder;
import io.penstock.protocol.appliance.GpuStatus;
import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.appliance.Heartbeat;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.LeaseRequest.Bytes;
import io.penstock.protocol.appliance.LeaseRequest.Fraction;
import io.penstock.protocol.appliance.LeaseRequest.MemoryWish;
import io.penstock.protocol.appliance.LeaseRequest.Whole;
import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseVerifier;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases through the whole appliance: granted, accounted, renewed, ended; and what servers are told. */
@SuppressWarnings("NullAway.Init") // set up before each test
class LeaseIT {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final LeaseTerms TERMS = new LeaseTerms(Duration.ofHours(1), Duration.ofSeconds(15));

    @TempDir
    private Path folder;

    private TestInstallation house;
    private Identity server;
    private Identity client;
    private ApplianceClient asServer;
    private ApplianceClient asClient;

    @BeforeEach
    void start() throws Exception {
        house = TestInstallation.start(folder, TestInstallation.configWith(TERMS));
        server = house.server("gpu1", 2);
        client = house.enrol(PeerKind.CLIENT, "laptop");
        asServer = house.as(server);
        asClient = house.as(client);
    }

    @AfterEach
    void stop() throws Exception {
        house.close();
    }

    private static LeaseRequest want(int gpus, MemoryWish memory) {
        return new LeaseRequest(gpus, memory, "ada", List.of());
    }

    @Test
    void aLeaseThatItsServerCallsAbandonedEndsAndNoOtherServersWordCounts() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        List<String> abandoned = List.of(grant.lease().id(), "unknown");
        ApplianceClient other = house.as(house.server("gpu2", 1));
        await(other.heartbeat(new Heartbeat(List.of(), List.of(), abandoned)));
        assertThat(await(asClient.renew(grant.lease().id())).lease().id())
                .isEqualTo(grant.lease().id());
        await(asServer.heartbeat(new Heartbeat(List.of(), List.of(), abandoned)));
        assertRefused(
                410,
                ApplianceException.LEASE_ENDED,
                () -> await(asClient.renew(grant.lease().id())));
        assertThat(await(asServer.revocations(Revocations.NONE.version(), SOON)).leases())
                .containsExactly(grant.lease().id());
    }

    @Test
    void grantIsALeaseThatTheServerAccepts() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Fraction(0.25))));
        assertThat(grant.serverName()).isEqualTo("gpu1");
        assertThat(grant.port()).isEqualTo(7444);
        Lease lease =
                new LeaseVerifier(server.authority()).verify(grant.text(), client.peer(), server.peer(), Instant.now());
        assertThat(lease).isEqualTo(grant.lease());
        assertThat(lease.gpus()).containsExactly(new LeasedGpu("GPU-gpu1-0", GPU_BYTES / 4));
    }

    @Test
    void memoryIsAccountedToTheByte() throws Exception {
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            grants.add(await(asClient.acquire(want(1, new Bytes(GPU_BYTES / 3)))));
        }
        assertThat(gpus().get(0).leasedBytes()).isEqualTo(GPU_BYTES / 3 * 3);
        assertThat(gpus().get(0).holders()).hasSize(3);
        long rest = GPU_BYTES - GPU_BYTES / 3 * 3;
        await(asClient.acquire(want(1, new Bytes(rest))));
        assertThat(gpus().get(0).leasedBytes()).isEqualTo(GPU_BYTES);
        assertThat(gpus().get(1).leasedBytes()).isZero();
        for (Grant grant : grants) {
            await(asClient.release(grant.lease().id()));
        }
        assertThat(gpus().get(0).leasedBytes()).isEqualTo(rest);
    }

    @Test
    void everyClientSeesWhoHoldsAGpuAndSinceWhenAndNobodyElsesLease() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Fraction(0.25))));
        ApplianceClient neighbour = house.as(house.enrol(PeerKind.CLIENT, "neighbour"));
        GpuHolder holder = new GpuHolder("laptop", grant.lease().issued(), GPU_BYTES / 4);
        assertThat(holders(neighbour)).containsExactly(holder);
        assertThat(await(neighbour.leases())).isEmpty();
        TimeUnit.MILLISECONDS.sleep(1100);
        assertThat(await(asClient.renew(grant.lease().id())).lease().issued())
                .as("a renewal is a newer signature")
                .isAfter(holder.since());
        assertThat(holders(neighbour)).as("since the grant").containsExactly(holder);
        assertThat(await(asClient.leases()).getFirst().since()).isEqualTo(holder.since());
        await(asClient.release(grant.lease().id()));
        assertThat(holders(neighbour)).isEmpty();
    }

    private static List<GpuHolder> holders(ApplianceClient asWhom) throws Exception {
        return await(asWhom.servers()).getFirst().gpus().getFirst().holders();
    }

    @Test
    void refusalSaysWhatIsThere() throws Exception {
        await(asClient.acquire(want(1, new Whole())));
        assertRefused(409, "no_gpu_free", () -> await(asClient.acquire(want(2, new Whole()))));
        assertRefused(409, "never_fits", () -> await(asClient.acquire(want(3, new Whole()))));
        assertRefused(409, "never_fits", () -> await(asClient.acquire(want(1, new Bytes(GPU_BYTES + 1)))));
        assertRefused(
                409,
                "never_fits",
                () -> await(asClient.acquire(new LeaseRequest(1, new Whole(), "ada", List.of("elsewhere")))));
    }

    @Test
    void manyAtOnceNeverGetMoreThanThereIs() throws Exception {
        List<Future<Grant>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            asked.add(asClient.acquire(want(1, new Fraction(0.25))));
        }
        int granted = 0;
        for (Future<Grant> one : asked) {
            try {
                await(one);
                granted++;
            } catch (ApplianceException e) {
                assertThat(e.code()).isEqualTo("no_gpu_free");
            }
        }
        assertThat(granted).isEqualTo(8);
        assertThat(gpus()).allSatisfy(gpu -> assertThat(gpu.leasedBytes()).isEqualTo(GPU_BYTES));
    }

    @Test
    void serverLearnsOfAReleaseAtOnce() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        Revocations before = await(asServer.revocations(-1, Duration.ZERO));
        assertThat(before.ends(grant.lease())).isFalse();
        Future<Revocations> next = asServer.revocations(before.version(), Duration.ofSeconds(30));
        long start = System.nanoTime();
        await(asClient.release(grant.lease().id()));
        assertThat(await(next).ends(grant.lease())).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    }

    @Test
    void serverLearnsOfADisabledClientAtOnce() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        Revocations before = await(asServer.revocations(-1, Duration.ZERO));
        Future<Revocations> next = asServer.revocations(before.version(), Duration.ofSeconds(30));
        long start = System.nanoTime();
        await(house.administrator().setClientEnabled(client.peer().id(), false));
        Revocations told = await(next);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        assertThat(told.clients()).containsExactly(client.peer().id());
        assertThat(told.ends(grant.lease())).isTrue();
        assertThat(await(house.administrator().leases())).isEmpty();
        assertThat(gpus()).allSatisfy(gpu -> assertThat(gpu.leasedBytes()).isZero());
        assertRefused(403, "disabled", () -> await(asClient.acquire(want(1, new Whole()))));

        await(house.administrator().setClientEnabled(client.peer().id(), true));
        Revocations after = await(asServer.revocations(told.version(), Duration.ofSeconds(5)));
        assertThat(after.clients()).isEmpty();
        assertThat(after.ends(grant.lease())).as("the old lease stays over").isTrue();
    }

    @Test
    void questionWithoutNewsIsAnsweredAfterItsWait() throws Exception {
        Revocations now = await(asServer.revocations(-1, Duration.ofSeconds(30)));
        long start = System.nanoTime();
        assertThat(await(asServer.revocations(now.version(), Duration.ofSeconds(1))))
                .isEqualTo(now);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
    }

    @Test
    void renewedLeaseLivesAndAnotherDies() throws Exception {
        Grant kept = await(asClient.acquire(want(1, new Whole())));
        Grant lost = await(asClient.acquire(want(1, new Whole())));
        house.pushClock(TERMS.patience().minusSeconds(10));
        Grant renewed = await(asClient.renew(kept.lease().id()));
        assertThat(renewed.lease().expires()).isAfter(kept.lease().expires());
        assertThat(renewed.lease().gpus()).isEqualTo(kept.lease().gpus());
        Revocations before = await(asServer.revocations(-1, Duration.ZERO));
        Future<Revocations> next = asServer.revocations(before.version(), Duration.ofSeconds(30));
        house.pushClock(Duration.ofSeconds(11));
        Revocations told = await(next);
        assertThat(told.ends(lost.lease())).isTrue();
        assertThat(told.ends(kept.lease())).isFalse();
        assertRefused(
                410, "lease_ended", () -> await(asClient.renew(lost.lease().id())));
        assertThat(await(asClient.leases()))
                .singleElement()
                .satisfies(lease ->
                        assertThat(lease.lease().id()).isEqualTo(kept.lease().id()));
    }

    @Test
    void leaseOfAnotherClientIsOutOfReach() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        ApplianceClient other = house.as(house.enrol(PeerKind.CLIENT, "other"));
        assertRefused(
                404, "lease_unknown", () -> await(other.renew(grant.lease().id())));
        assertRefused(
                404, "lease_unknown", () -> await(other.release(grant.lease().id())));
        assertThatThrownBy(() -> await(other.release(grant.lease().id())))
                .hasMessage("there is no lease " + grant.lease().id() + " of this client");
        assertThatThrownBy(() -> await(house.administrator().release("nope")))
                .as("an administrator is no client")
                .hasMessage("there is no lease nope");
        assertThat(await(other.leases())).isEmpty();
        assertThat(await(asClient.leases())).hasSize(1);
        await(house.administrator().release(grant.lease().id()));
        assertThat(await(asClient.leases())).isEmpty();
        await(asClient.release(grant.lease().id()));
    }

    @Test
    void silentServerGetsNoLeasesUntilItSpeaksAgain() throws Exception {
        house.pushClock(Duration.ofSeconds(16));
        assertThat(await(asClient.servers()))
                .singleElement()
                .satisfies(status -> assertThat(status.alive()).isFalse());
        assertRefused(409, "no_server", () -> await(asClient.acquire(want(1, new Whole()))));
        await(asServer.heartbeat(TestInstallation.heartbeat("gpu1", 2, true)));
        await(asClient.acquire(want(1, new Whole())));
    }

    @Test
    void aServerThatStopsIsOfferedToNobodyFromThatMomentUntilItSpeaksAgain() throws Exception {
        Instant heard = await(asClient.servers()).getFirst().lastHeard();
        await(asServer.stops());
        assertThat(await(asClient.servers())).singleElement().satisfies(status -> {
            assertThat(status.alive()).isFalse();
            assertThat(status.lastHeard()).isEqualTo(heard);
        });
        assertRefused(409, "no_server", () -> await(asClient.acquire(want(1, new Whole()))));
        assertRefused(403, "forbidden", () -> await(asClient.stops()));
        await(asServer.heartbeat(TestInstallation.heartbeat("gpu1", 2, true)));
        await(asClient.acquire(want(1, new Whole())));
    }

    @Test
    void unhealthyGpuIsNotLent() throws Exception {
        await(asServer.heartbeat(TestInstallation.heartbeat("gpu1", 2, false)));
        assertRefused(409, "no_gpu_free", () -> await(asClient.acquire(want(1, new Fraction(0.1)))));
    }

    @Test
    void leasesSurviveARestartAndNobodyIsBlamedForThePause() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        house.stop();
        house.pushClock(TERMS.patience().multipliedBy(2));
        house.restart();
        await(asServer.heartbeat(TestInstallation.heartbeat("gpu1", 2, true)));
        assertThat(gpus().get(0).leasedBytes()).isEqualTo(GPU_BYTES);
        await(asClient.renew(grant.lease().id()));
        Revocations afterRestart = await(asServer.revocations(1, Duration.ofSeconds(30)));
        assertThat(afterRestart.ends(grant.lease())).isFalse();
    }

    @Test
    void deletedServersLeasesEnd() throws Exception {
        Grant grant = await(asClient.acquire(want(1, new Whole())));
        await(house.administrator().deleteServer(server.peer().id()));
        assertThat(await(house.administrator().servers())).isEmpty();
        assertRefused(
                410, "lease_ended", () -> await(asClient.renew(grant.lease().id())));
        assertRefused(
                403, "not_a_member", () -> await(asServer.heartbeat(TestInstallation.heartbeat("gpu1", 2, true))));
    }

    @Test
    void serverThatDidNotIntroduceItselfIsAskedTo() throws Exception {
        ApplianceClient fresh = house.as(house.enrol(PeerKind.SERVER, "gpu2"));
        assertRefused(409, "not_registered", () -> await(fresh.heartbeat(TestInstallation.heartbeat("gpu2", 1, true))));
    }

    @Test
    void rolesAreNotExchangeable() {
        assertRefused(403, "forbidden", () -> await(asServer.acquire(want(1, new Whole()))));
        assertRefused(403, "forbidden", () -> await(asClient.register(TestInstallation.report("gpu1", 1))));
        assertRefused(403, "forbidden", () -> await(asClient.clients()));
        assertRefused(403, "forbidden", () -> await(asClient.createToken(PeerKind.CLIENT, Duration.ofDays(1), null)));
        assertRefused(403, "forbidden", () -> await(asClient.setClientEnabled("x", true)));
    }

    private List<GpuStatus> gpus() throws Exception {
        ServerStatus status = await(house.administrator().servers()).getFirst();
        return status.gpus();
    }
}
