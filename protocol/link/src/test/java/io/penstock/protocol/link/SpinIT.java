package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a loop watches is looked at while it is awake and asked before it sleeps. */
@Timeout(30)
final class SpinIT {
    private Vertx vertx = Spin.vertx(1, Duration.ZERO);

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private ContextInternal context() {
        return ((VertxInternal) vertx).createEventLoopContext();
    }

    private static final class Counting implements Spin.Source {
        private final AtomicInteger looks = new AtomicInteger();
        private final AtomicInteger sleeps = new AtomicInteger();
        private final AtomicBoolean full = new AtomicBoolean();
        private final CountDownLatch taken = new CountDownLatch(1);

        @Override
        public boolean look() {
            looks.incrementAndGet();
            boolean took = full.getAndSet(false);
            if (took) {
                taken.countDown();
            }
            return took;
        }

        @Override
        public boolean sleep() {
            sleeps.incrementAndGet();
            return !full.get();
        }
    }

    @Test
    void aSourceIsAskedBeforeTheLoopSleepsAndWhatCameMeanwhileIsTaken() throws Exception {
        Counting source = new Counting();
        ContextInternal context = context();
        context.runOnContext(go -> {
            Spin.watch(source);
            source.full.set(true);
        });
        assertThat(source.taken.await(5, TimeUnit.SECONDS)).isTrue();
        Thread.sleep(50);
        assertThat(source.sleeps).hasPositiveValue();
        int looks = source.looks.get();
        Thread.sleep(100);
        assertThat(source.looks).as("a loop without spinning sleeps").hasValue(looks);
    }

    @Test
    void anAwakeLoopTakesWhatComesWithoutBeingWoken() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        vertx = Spin.vertx(1, Duration.ofSeconds(20));
        Counting source = new Counting();
        context().runOnContext(go -> {
            Spin.watch(source);
            Spin.traffic();
        });
        Thread.sleep(100);
        source.full.set(true);
        assertThat(source.taken.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(source.sleeps).hasValue(0);
    }

    @Test
    void aSourceThatIsNotWatchedAnyMoreIsLeftAlone() throws Exception {
        Counting source = new Counting();
        CountDownLatch gone = new CountDownLatch(1);
        ContextInternal context = context();
        context.runOnContext(go -> {
            Spin.watch(source);
            Spin.unwatch(source);
            gone.countDown();
        });
        assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
        int looks = source.looks.get();
        CountDownLatch later = new CountDownLatch(1);
        context.runOnContext(go -> later.countDown());
        assertThat(later.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(source.looks).hasValue(looks);
    }
}
