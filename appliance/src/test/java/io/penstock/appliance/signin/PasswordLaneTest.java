package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.appliance.refusal.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PasswordLaneTest {
    private static final long PACE = 200;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void oneAtATimeWhateverComesIn() throws Exception {
        PasswordLane lane = new PasswordLane(vertx, () -> false, PACE);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<Integer>> all = new ArrayList<>();
        for (int source = 0; source < 20; source++) {
            all.add(lane.pass("a" + source, false, () -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                Thread.sleep(5);
                return inside.decrementAndGet();
            }));
        }
        await(Future.join(all));
        assertThat(most.get()).isOne();
    }

    @Test
    void whoIsKnownDoesNotWaitForStrangers() throws Exception {
        PasswordLane lane = new PasswordLane(vertx, () -> true, PACE);
        List<String> order = new ArrayList<>(); // the lane's thread alone writes
        List<Future<Boolean>> all = new ArrayList<>();
        Instant begun = Instant.now();
        for (int stranger = 0; stranger < 4; stranger++) {
            all.add(lane.pass("stranger" + stranger, false, () -> order.add("stranger")));
        }
        await(lane.pass("home", true, () -> order.add("home")));
        assertThat(order.subList(0, 2)).containsExactly("stranger", "home");
        await(Future.join(all));
        assertThat(Duration.between(begun, Instant.now())).isGreaterThan(Duration.ofMillis(3 * PACE));
    }

    @Test
    void whoCameFirstIsHeardFirst() throws Exception {
        PasswordLane lane = new PasswordLane(vertx, () -> false, PACE);
        List<Integer> order = new ArrayList<>(); // the lane's thread alone writes
        List<Future<Boolean>> all = new ArrayList<>();
        for (int source = 0; source < PasswordLane.WAITING_MAX; source++) {
            int number = source;
            all.add(lane.pass("a" + source, false, () -> order.add(number)));
        }
        await(Future.join(all));
        assertThat(order).isSorted();
    }

    @Test
    void fullLaneHasRoomForTheNextOneAndForEachSourceOnce() throws Exception {
        PasswordLane lane = new PasswordLane(vertx, () -> false, PACE);
        CountDownLatch open = new CountDownLatch(1);
        Future<Boolean> first = lane.pass("first", false, () -> open.await(10, TimeUnit.SECONDS));
        List<Future<String>> waiting = new ArrayList<>();
        for (int source = 0; source < PasswordLane.WAITING_MAX; source++) {
            waiting.add(lane.pass("a" + source, false, () -> "heard"));
        }
        assertThat(lane.pass("a0", false, () -> "twice").cause()).isInstanceOf(Refusal.class);
        Future<String> late = lane.pass("the right person", false, () -> "in");
        List<Future<String>> lost = waiting.stream().filter(Future::failed).toList();
        assertThat(lost).hasSize(1);
        assertThat(lost.getFirst().cause()).hasMessageContaining("lost its place");
        open.countDown();
        assertThat(await(first)).isTrue();
        assertThat(await(late)).isEqualTo("in");
    }

    @Test
    void failureOfOneDoesNotStopTheNext() throws Exception {
        PasswordLane lane = new PasswordLane(vertx, () -> false, PACE);
        Future<String> broken = lane.pass("a", false, () -> {
            throw new IllegalStateException("broken");
        });
        assertThat(await(lane.pass("b", false, () -> "heard"))).isEqualTo("heard");
        assertThatThrownBy(() -> await(broken)).hasRootCauseMessage("broken");
    }
}
