package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker rehearses is whole sessions, and nothing of them stays. */
@Timeout(60)
final class RehearsalIT {
    private static final int SESSIONS = 20;
    private static final int ROUNDS = 120;
    private static final long KEPT_BYTES = 4L << 20;

    @Test
    void everySessionPlaysEveryRoundAndNothingOfItStays() throws Exception {
        List<String> before = leftovers();
        long reservedBefore = reserved();
        Vertx vertx = Spin.vertx(3, Duration.ZERO);
        try {
            assertThat(Rehearsal.play(vertx, Duration.ZERO, SESSIONS)).isEqualTo(SESSIONS * ROUNDS);
            for (int looks = 0; looks < 500 && executors() > 0; looks++) {
                Thread.sleep(10);
            }
            assertThat(executors()).as("threads of its sessions").isZero();
            for (int looks = 0; looks < 100 && reserved() - reservedBefore > KEPT_BYTES; looks++) {
                Thread.sleep(100);
            }
            assertThat(reserved() - reservedBefore)
                    .as("bytes of native memory that stay")
                    .isLessThanOrEqualTo(KEPT_BYTES);
        } finally {
            FrameClient.await(vertx.close());
        }
        assertThat(leftovers()).isEqualTo(before);
    }

    private static long executors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("executor|waiter-[0-9]+"))
                .count();
    }

    private static long reserved() throws InterruptedException {
        System.gc();
        Thread.sleep(200); // memory is given back by a thread of its own
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    private static List<String> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(Path::getFileName)
                    .map(Path::toString)
                    .filter(name -> name.startsWith("penstock-rehearsal-"))
                    .toList();
        }
    }
}
