package io.penstock.appliance.vsphere;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Work on other threads is heard of, however it ends. */
class ThreadsTest {
    @Test
    void errorsReachWhoeverWaits() {
        Vertx vertx = Vertx.vertx();
        try (Threads threads = new Threads(vertx)) {
            assertThat(threads.run(() -> {
                                throw new OutOfMemoryError("for a test");
                            })
                            .toCompletionStage())
                    .failsWithin(5, TimeUnit.SECONDS)
                    .withThrowableOfType(ExecutionException.class)
                    .withMessageContaining("for a test");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
