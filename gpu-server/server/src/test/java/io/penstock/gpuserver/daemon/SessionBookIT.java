package io.penstock.gpuserver.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.gpuserver.image.ImageFolders;
import io.penstock.gpuserver.worker.FrameClient;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers that end before their client had them; a shell stands for them. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set up before each test
final class SessionBookIT {
    private static final String WARM = "echo '{\"ready\": true}'; ";
    private static final String SERVES =
            "read assigned; echo '{\"listening\": {\"port\": 7, \"fingerprint\": \"f\"}}'; cat >/dev/null";

    @TempDir
    private Path folder;

    private Vertx vertx;
    private Context loop;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        loop = vertx.getOrCreateContext();
    }

    @AfterEach
    void stop() throws Exception {
        FrameClient.await(vertx.close());
    }

    /** Each worker of this pool takes a number from 1 upwards and does what the script says. */
    private WorkerPool workers(String script) {
        String number = "n=1; while ! mkdir " + folder + "/worker$n 2>/dev/null; do n=$((n + 1)); done; ";
        return new WorkerPool(List.of("sh", "-c", number + script), 0);
    }

    private SessionBook book(WorkerPool pool) {
        return new SessionBook(
                loop,
                pool,
                new LeaseBook(folder.resolve("ledgers")),
                new SessionBook.WorkerPlace(
                        "s-1",
                        "127.0.0.1",
                        0,
                        0,
                        Duration.ofMinutes(1),
                        new ImageFolders(folder.resolve("images"), 1, 1)));
    }

    private static Lease lease() {
        Instant now = Instant.now();
        return new Lease("l-1", "c-1", "ada", "s-1", List.of(new LeasedGpu("GPU-1", 1)), 0, now, now.plusSeconds(60));
    }

    private Future<SessionBook.Opened> open(SessionBook book) {
        Promise<SessionBook.Opened> opened = Promise.promise();
        loop.runOnContext(
                go -> book.open(lease(), new Fingerprint("00".repeat(32)), null).onComplete(opened));
        return opened.future();
    }

    private boolean isStarted(int worker) {
        return Files.exists(folder.resolve("worker" + worker));
    }

    @Test
    void oneThatEndsBeforeItIsWarmIsReplacedByAnother() throws Exception {
        try (WorkerPool pool = workers("[ $n = 1 ] && exit 1; [ $n = 2 ] && kill -9 $$; " + WARM + SERVES)) {
            assertThat(FrameClient.await(open(book(pool))).port()).isEqualTo(7);
            assertThat(isStarted(3)).isTrue();
        }
    }

    @Test
    void oneThatEndsWhenItIsAssignedIsReplacedByAnotherAndItsSeatIsFree() throws Exception {
        try (WorkerPool pool = workers(WARM + "[ $n = 1 ] && { read assigned; exit 9; }; " + SERVES)) {
            SessionBook book = book(pool);
            assertThat(FrameClient.await(open(book)).session().seat().slot())
                    .as("the first one's, or the next where that is not free yet")
                    .isIn(0, 1);
            await(() -> book.size() == 1);
        }
    }

    @Test
    void whereAllEndTheLastOnesEndIsTold() {
        try (WorkerPool pool = workers("exit 7")) {
            assertThatThrownBy(() -> FrameClient.await(open(book(pool))))
                    .hasMessageContaining("the worker process ended with status 7");
            assertThat(isStarted(3)).isTrue();
            assertThat(isStarted(4)).as("no more than two others are tried").isFalse();
        }
    }

    @Test
    void oneThatWasEndedOnPurposeIsNotReplaced() throws Exception {
        try (WorkerPool pool = workers(WARM + "read assigned; touch " + folder + "/assigned; read end; exit 0")) {
            SessionBook book = book(pool);
            Future<SessionBook.Opened> opened = open(book);
            await(() -> Files.exists(folder.resolve("assigned")));
            loop.runOnContext(go -> book.endWhere(session -> true, "the client is disabled"));
            assertThatThrownBy(() -> FrameClient.await(opened)).hasMessageContaining("the client is disabled");
            await(() -> book.size() == 0);
            assertThat(pool.size()).as("workers of a client that may have none").isZero();
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(until);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
