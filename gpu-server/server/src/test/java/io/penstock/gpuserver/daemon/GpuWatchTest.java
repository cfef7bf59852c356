package io.penstock.gpuserver.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.device.Gpu;
import io.penstock.gpuserver.device.GpuFacts;
import io.penstock.gpuserver.device.Inventory;
import io.penstock.gpuserver.device.SoftwareInventory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class GpuWatchTest {
    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong millis = new AtomicLong(1000);
    private final AtomicInteger looks = new AtomicInteger();
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final Inventory gpus = new SoftwareInventory(2, 1 << 20, "server-1");
    private final GpuWatch watch = new GpuWatch(vertx, new Counted(), () -> Instant.ofEpochMilli(millis.get()));

    @AfterEach
    void close() throws Exception {
        mayEnd.countDown();
        done(vertx.close());
    }

    @Test
    void thoseWhoAskWhileALookIsUnderWayShareIt() throws Exception {
        Future<GpuFacts> one = watch.facts(gpus.look().get(0));
        millis.addAndGet(1000);
        Future<GpuFacts> two = watch.facts(gpus.look().get(0));
        mayEnd.countDown();
        assertThat(done(one)).isSameAs(done(two));
        assertThat(looks).hasValue(1);
    }

    @Test
    void aLookServesForAMomentAndForItsGpuOnly() throws Exception {
        mayEnd.countDown();
        done(watch.facts(gpus.look().get(0)));
        millis.addAndGet(99);
        done(watch.facts(gpus.look().get(0)));
        assertThat(looks).hasValue(1);
        done(watch.facts(gpus.look().get(1)));
        assertThat(looks).hasValue(2);
        millis.addAndGet(1);
        done(watch.facts(gpus.look().get(0)));
        assertThat(looks).hasValue(3);
    }

    @Test
    void aLookThatDoesNotEndIsNotWaitedForNorBegunAgain() throws Exception {
        assertThat(done(watch.facts(gpus.look().get(0)))).isSameAs(GpuFacts.NONE);
        assertThat(done(watch.facts(gpus.look().get(0)))).isSameAs(GpuFacts.NONE);
        assertThat(looks).hasValue(1);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** The software GPUs, whose looks are counted and end when they may. */
    private final class Counted implements Inventory {
        @Override
        public List<Gpu> look() {
            return gpus.look();
        }

        @Override
        public GpuFacts facts(Gpu gpu) {
            looks.incrementAndGet();
            try {
                assertThat(mayEnd.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException stopping) {
                throw new IllegalStateException(stopping);
            }
            return gpus.facts(gpu);
        }

        @Override
        public int driverVersion() {
            return gpus.driverVersion();
        }

        @Override
        public Map<String, String> system() {
            return gpus.system();
        }
    }
}
