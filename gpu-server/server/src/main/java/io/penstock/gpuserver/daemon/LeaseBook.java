package io.penstock.gpuserver.daemon;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The leases in use here: for each its memory ledger and which of the ledger's slots are taken. A lease's ledger lives
 * as long as a session of it does. One thread.
 */
final class LeaseBook {
    /** A worker's place in a lease's ledger. */
    record Seat(String lease, Path ledger, int slot) {}

    private static final class Entry {
        private final Path path;
        private final MemoryLedger ledger;
        private final BitSet taken = new BitSet(MemoryLedger.SLOTS);

        Entry(Path path, MemoryLedger ledger) {
            this.path = path;
            this.ledger = ledger;
        }
    }

    private final Path folder;
    private final Map<String, Entry> entries = new HashMap<>();

    /** @param folder where ledgers lie; what an earlier daemon left there is removed */
    LeaseBook(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            try (var old = Files.list(folder)) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the ledgers' folder " + folder + " cannot be prepared", e);
        }
    }

    /** A free seat of the lease, or null when all are taken. */
    @Nullable
    Seat take(Lease lease) {
        Entry entry = entries.computeIfAbsent(lease.id(), id -> open(lease));
        int slot = entry.taken.nextClearBit(0);
        if (slot >= MemoryLedger.SLOTS) {
            return null;
        }
        entry.taken.set(slot);
        return new Seat(lease.id(), entry.path, slot);
    }

    /** The worker of this seat is gone: its memory returns to the lease. */
    void free(Seat seat) {
        Entry entry = entries.get(seat.lease());
        if (entry == null || !entry.taken.get(seat.slot())) {
            return;
        }
        entry.ledger.clear(seat.slot());
        entry.taken.clear(seat.slot());
        if (entry.taken.isEmpty()) {
            entries.remove(seat.lease());
            try {
                Files.deleteIfExists(entry.path);
            } catch (IOException e) {
                throw new UncheckedIOException("the ledger " + entry.path + " cannot be removed", e);
            }
        }
    }

    /** Bytes that the lease's sessions hold of its GPU number {@code gpu}. */
    long used(String lease, int gpu) {
        Entry entry = entries.get(lease);
        return entry == null ? 0 : entry.ledger.used(gpu);
    }

    /** Bytes that one worker holds, all GPUs together. */
    long usedBy(Seat seat) {
        Entry entry = entries.get(seat.lease());
        long sum = 0;
        for (int gpu = 0; entry != null && gpu < entry.ledger.gpus(); gpu++) {
            sum += entry.ledger.usedBy(seat.slot(), gpu);
        }
        return sum;
    }

    /** Bytes that one worker holds of its lease's GPU number {@code gpu}. */
    long usedBy(Seat seat, int gpu) {
        Entry entry = entries.get(seat.lease());
        return entry == null ? 0 : entry.ledger.usedBy(seat.slot(), gpu);
    }

    /** Leases with at least one session. */
    int size() {
        return entries.size();
    }

    private Entry open(Lease lease) {
        Path path = folder.resolve(UUID.randomUUID() + ".ledger");
        return new Entry(
                path,
                MemoryLedger.create(
                        path, lease.gpus().stream().map(LeasedGpu::memoryBytes).toList()));
    }
}
