package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent rehearses is whole sessions, and nothing of them stays. */
@Timeout(60)
final class RehearsalIT {
    private static final int SESSIONS = 20;
    private static final int ROUNDS = 120;
    private static final long KEPT_BYTES = 2L << 20;

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "loops awake for {0} us without work")
    @ValueSource(ints = {0, 200})
    void everySessionPlaysEveryRoundAndNothingOfItStays(int microseconds) throws Exception {
        Vertx vertx = Spin.vertx(3, Duration.ofNanos(1000L * microseconds));
        long before = channels();
        long reservedBefore = reserved();
        try {
            assertThat(play(vertx, user(), SESSIONS)).isEqualTo(SESSIONS * ROUNDS);
            assertThat(folder).isEmptyDirectory();
            FakeProgram.eventually(() -> channels() <= before, "the channels of its programs are closed");
            FakeProgram.eventually(() -> reserved() - reservedBefore < KEPT_BYTES, "their native memory is back");
        } finally {
            FakePool.await(vertx.close());
        }
    }

    @Test
    void aRehearsalThatFailsLeavesNothing() throws Exception {
        Vertx vertx = Spin.vertx(3, Duration.ZERO);
        try {
            assertThat(play(vertx, user() + 1, SESSIONS)).as("nobody is let in").isZero();
            assertThat(folder).isEmptyDirectory();
        } finally {
            FakePool.await(vertx.close());
        }
    }

    @Test
    void aProgramThatComesMeanwhileIsServedAndEndsIt() throws Exception {
        FakePool pool = new FakePool();
        Vertx vertx = Spin.vertx(3, Duration.ZERO);
        BlockingQueue<String> notices = new LinkedBlockingQueue<>();
        try {
            LeaseRequest request = new LeaseRequest(1, new LeaseRequest.Whole(), "tester", List.of());
            LeaseHolder lease =
                    FakePool.await(LeaseHolder.acquire(vertx, pool.applianceClient(vertx), request, notices::add));
            Agent agent = new Agent(vertx, pool.client(), lease, folder, notices::add, ConnectionWatch.NOBODY);
            agent.rehearse();
            FakeProgram.eventually(() -> rehearsing() == 1, "the rehearsal has begun");
            try (FakeProgram program =
                    new FakeProgram(agent.socket(), new ProgramEnd(64 << 10, 512 << 10), notices).greeted()) {
                FakeProgram.eventually(() -> rehearsing() == 0, "the rehearsal is over");
                program.send(program.shim.frame(CallKinds.WAITED_FOR, new byte[16]));
                assertThat(FakeProgram.type(program.receive())).isEqualTo(CallKinds.WAITED_FOR);
            }
            assertThat(FakePool.await(agent.counts()).sessions())
                    .as("what people are told")
                    .isLessThanOrEqualTo(1);
            FakePool.await(agent.close("the test is over"));
        } finally {
            FakePool.await(vertx.close());
            pool.close();
        }
        assertThat(notices).isEmpty();
    }

    private static long rehearsing() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("rehearsal"))
                .count();
    }

    private int play(Vertx vertx, long user, int sessions) {
        return Rehearsal.play(((VertxInternal) vertx).createEventLoopContext(), user, folder, sessions);
    }

    private static long user() throws Exception {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    private static long reserved() {
        System.gc();
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    private static long channels() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(RehearsalIT::isChannel).count();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static boolean isChannel(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains("penstock-rehearsal");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}
