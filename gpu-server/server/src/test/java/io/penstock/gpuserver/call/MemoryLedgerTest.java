package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sum of all slots never exceeds the limit, whoever races or dies. */
final class MemoryLedgerTest {
    @TempDir
    private Path folder;

    @Test
    void grantsUpToTheLimitAndNotAByteMore() {
        MemoryLedger ledger = MemoryLedger.create(folder.resolve("one"), List.of(100L, 50L));
        assertThat(ledger.reserve(0, 100)).isTrue();
        assertThat(ledger.reserve(0, 1)).isFalse();
        assertThat(ledger.reserve(1, 50)).isTrue();
        ledger.release(0, 40);
        assertThat(ledger.reserve(0, 41)).isFalse();
        assertThat(ledger.reserve(0, 40)).isTrue();
    }

    @Test
    void anAmountThatWouldOverflowIsRefused() {
        MemoryLedger ledger = MemoryLedger.create(folder.resolve("one"), List.of(100L));
        assertThat(ledger.reserve(0, 10)).isTrue();
        assertThat(ledger.reserve(0, Long.MAX_VALUE)).isFalse();
        assertThatThrownBy(() -> ledger.reserve(0, -1)).hasMessageContaining("-1");
    }

    @Test
    void aSlotCannotGiveBackWhatAnotherHolds() {
        Path file = folder.resolve("one");
        MemoryLedger one = MemoryLedger.create(file, List.of(100L));
        MemoryLedger two = MemoryLedger.open(file, 2);
        assertThat(two.reserve(0, 60)).isTrue();
        assertThat(one.used(0)).isEqualTo(60);
        assertThatThrownBy(() -> one.release(0, 60)).hasMessageContaining("this slot holds 0");
    }

    @Test
    void whatADeadWorkerHeldReturns() {
        Path file = folder.resolve("one");
        MemoryLedger daemon = MemoryLedger.create(file, List.of(100L));
        assertThat(MemoryLedger.open(file, 7).reserve(0, 100)).isTrue();
        assertThat(daemon.used(0)).isEqualTo(100);
        daemon.clear(7);
        assertThat(daemon.used(0)).isZero();
        assertThat(daemon.reserve(0, 100)).isTrue();
    }

    @Test
    void isExactOverManyWriters() throws Exception {
        Path file = folder.resolve("one");
        MemoryLedger daemon = MemoryLedger.create(file, List.of(1000L));
        List<Callable<Integer>> writers = new ArrayList<>();
        for (int slot = 1; slot <= 4; slot++) {
            MemoryLedger own = MemoryLedger.open(file, slot);
            writers.add(() -> {
                int granted = 0;
                for (int i = 0; i < 2000; i++) {
                    granted += own.reserve(0, 1) ? 1 : 0;
                }
                return granted;
            });
        }
        int granted = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (var each : threads.invokeAll(writers)) {
                granted += each.get();
            }
        }
        assertThat(granted).isEqualTo(1000);
        assertThat(daemon.used(0)).isEqualTo(1000);
    }

    @Test
    void anotherFileIsNoLedger() throws Exception {
        Path file = folder.resolve("other");
        Files.writeString(file, "not a ledger");
        assertThatThrownBy(() -> MemoryLedger.open(file, 1)).hasMessageContaining("cannot be opened");
    }
}
