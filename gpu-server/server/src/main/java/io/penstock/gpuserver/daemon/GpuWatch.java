package io.penstock.gpuserver.daemon;

import io.penstock.gpuserver.device.Gpu;
import io.penstock.gpuserver.device.GpuFacts;
import io.penstock.gpuserver.device.Inventory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at GPUs when somebody asks, off the event loop, and shares a look with all who ask within {@link #FRESH_MILLIS}:
 * however many programs poll NVML, each GPU is read at most that often. The daemon's event loop only.
 */
final class GpuWatch {
    private static final long FRESH_MILLIS = 100;
    /** A GPU that fell off the bus may hold NVML for ever; the look goes on, and nobody waits for it. */
    private static final long PATIENCE_SECONDS = 2;

    private static final Logger log = LoggerFactory.getLogger(GpuWatch.class);

    private record Look(long millis, Future<GpuFacts> facts) {
        boolean serves(long now) {
            return !facts.isComplete() || (facts.succeeded() && now - millis < FRESH_MILLIS);
        }
    }

    private final Vertx vertx;
    private final Inventory inventory;
    private final InstantSource clock;
    private final Map<String, Look> looks = new HashMap<>();

    GpuWatch(Vertx vertx, Inventory inventory, InstantSource clock) {
        this.vertx = vertx;
        this.inventory = inventory;
        this.clock = clock;
    }

    /** The GPU's facts, no older than a moment. */
    Future<GpuFacts> facts(Gpu gpu) {
        long now = clock.millis();
        Look last = looks.get(gpu.report().uuid());
        if (last == null || !last.serves(now)) {
            last = new Look(now, vertx.executeBlocking(() -> inventory.facts(gpu), false));
            looks.put(gpu.report().uuid(), last);
        }
        return last.facts.timeout(PATIENCE_SECONDS, TimeUnit.SECONDS).recover(failed -> {
            if (failed instanceof TimeoutException) {
                log.warn(
                        "{} does not say how it fares: NVML has not returned for {} s",
                        gpu.report().uuid(),
                        PATIENCE_SECONDS);
                return Future.succeededFuture(GpuFacts.NONE);
            }
            return Future.failedFuture(failed);
        });
    }
}
