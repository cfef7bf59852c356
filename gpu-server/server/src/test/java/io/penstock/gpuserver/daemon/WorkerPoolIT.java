package io.penstock.gpuserver.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers that end before anybody had them; a shell stands for them. */
@Timeout(60)
final class WorkerPoolIT {
    @TempDir
    private Path folder;

    private static WorkerPool of(String script) {
        return new WorkerPool(List.of("sh", "-c", script), 0);
    }

    @Test
    void aWorkerThatEndsBeforeItIsWarmIsReplacedByAnother() throws Exception {
        String diesTwice = "mkdir " + folder + "/a 2>/dev/null && exit 1; mkdir " + folder
                + "/b 2>/dev/null && kill -9 $$; echo '{\"ready\": true}'; cat >/dev/null";
        try (WorkerPool pool = of(diesTwice)) {
            assertThat(pool.take().get(30, TimeUnit.SECONDS).isAlive()).isTrue();
        }
    }

    @Test
    void whereNoneGetsWarmTheLastOnesEndIsTold() {
        try (WorkerPool pool = of("exit 7")) {
            assertThatThrownBy(() -> pool.take().get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("the worker process ended with status 7");
        }
    }
}
