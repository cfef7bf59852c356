package io.penstock.gpuserver.call;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How much memory of each leased GPU is taken, exact over all worker processes of the lease. One memory-mapped file a
 * lease: the limits, and for each worker a slot with its bytes on each GPU. The sum over the slots never exceeds the
 * limit.
 *
 * <p>A slot is written by its worker only, while it holds the file's lock word; so a worker killed at any instant
 * leaves amounts that are true, and the daemon gives them back by clearing the slot. Any thread of any process.
 */
public final class MemoryLedger {
    /** Worker processes that one lease may have at a time. */
    public static final int SLOTS = 64;

    private static final int LOOKS = 64;
    private static final long MAGIC = 0x3152_4547_4445_4C50L; // "PLEDGER1"
    private static final long GPUS = 8;
    private static final long LOCK = 16;
    private static final long LIMITS = 64;
    private static final int GPUS_MAX = 64;
    private static final long AMOUNTS = LIMITS + 8L * GPUS_MAX;
    private static final long BYTES = AMOUNTS + 8L * GPUS_MAX * SLOTS;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;
    private static final VarHandle WORD = U64.varHandle();

    private final MemorySegment file;
    private final int slot;
    private final int gpus;

    private MemoryLedger(Path path, int slot, StandardOpenOption... how) throws IOException {
        this.slot = slot;
        try (FileChannel channel = FileChannel.open(path, how)) {
            this.file = channel.map(MapMode.READ_WRITE, 0, BYTES, Arena.ofAuto());
        }
        this.gpus = (int) file.get(U64, GPUS);
    }

    /**
     * Makes the file of a lease; the daemon's part.
     *
     * @param limits bytes allowed on each GPU, in the lease's order
     */
    public static MemoryLedger create(Path path, List<Long> limits) {
        if (limits.isEmpty() || limits.size() > GPUS_MAX) {
            throw new IllegalArgumentException("a ledger of " + limits.size() + " GPUs; 1 to " + GPUS_MAX);
        }
        try {
            try (Arena temporary = Arena.ofConfined();
                    FileChannel channel = FileChannel.open(
                            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MemorySegment fresh = channel.map(MapMode.READ_WRITE, 0, BYTES, temporary);
                fresh.set(U64, GPUS, limits.size());
                for (int gpu = 0; gpu < limits.size(); gpu++) {
                    fresh.set(U64, LIMITS + 8L * gpu, limits.get(gpu));
                }
                fresh.set(U64, 0, MAGIC);
            }
            return open(path, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("the lease's ledger " + path + " cannot be made", e);
        }
    }

    /**
     * Opens the file of a lease.
     *
     * @param slot the caller's slot, 0 to {@link #SLOTS} - 1, which nobody else writes
     */
    public static MemoryLedger open(Path path, int slot) {
        if (slot < 0 || slot >= SLOTS) {
            throw new IllegalArgumentException("slot " + slot + "; 0 to " + (SLOTS - 1));
        }
        try {
            MemoryLedger ledger = new MemoryLedger(path, slot, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (ledger.file.get(U64, 0) != MAGIC) {
                throw new IOException(path + " is not a ledger");
            }
            return ledger;
        } catch (IOException e) {
            throw new UncheckedIOException("the lease's ledger " + path + " cannot be opened", e);
        }
    }

    /** Takes bytes of a GPU for this slot; false, and nothing is taken, when the lease does not have that many left. */
    public boolean reserve(int gpu, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("reserving " + bytes + " bytes");
        }
        lock();
        try {
            if (bytes > limit(gpu) - used(gpu)) {
                return false;
            }
            add(gpu, bytes);
            return true;
        } finally {
            unlock();
        }
    }

    /** Gives bytes of this slot back. */
    public void release(int gpu, long bytes) {
        lock();
        try {
            if (bytes < 0 || bytes > usedHere(gpu)) {
                throw new IllegalArgumentException(
                        "releasing " + bytes + " bytes of GPU " + gpu + "; this slot holds " + usedHere(gpu));
            }
            add(gpu, -bytes);
        } finally {
            unlock();
        }
    }

    /** Bytes the lease allows on a GPU. */
    public long limit(int gpu) {
        return file.get(U64, LIMITS + 8L * checked(gpu));
    }

    /** Bytes of a GPU taken by all slots. */
    public long used(int gpu) {
        long sum = 0;
        for (int each = 0; each < SLOTS; each++) {
            sum += (long) WORD.getVolatile(file, amount(each, gpu));
        }
        return sum;
    }

    /** Bytes of a GPU taken by this slot. */
    public long usedHere(int gpu) {
        return usedBy(slot, gpu);
    }

    /** Bytes of a GPU taken by any slot. */
    public long usedBy(int anySlot, int gpu) {
        return (long) WORD.getVolatile(file, amount(anySlot, gpu));
    }

    /** Number of GPUs of the lease. */
    public int gpus() {
        return gpus;
    }

    /** Gives back everything of a worker that is no more; the daemon's part, after the process has ended. */
    public void clear(int deadSlot) {
        WORD.compareAndSet(file, LOCK, deadSlot + 1L, 0L);
        for (int gpu = 0; gpu < gpus; gpu++) {
            WORD.setVolatile(file, amount(deadSlot, gpu), 0L);
        }
    }

    private void add(int gpu, long bytes) {
        WORD.setVolatile(file, amount(slot, gpu), usedHere(gpu) + bytes);
    }

    private void lock() {
        int looks = 0;
        while (!WORD.compareAndSet(file, LOCK, 0L, slot + 1L)) {
            if (++looks % LOOKS == 0) {
                LockSupport.parkNanos(1000);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private void unlock() {
        WORD.setVolatile(file, LOCK, 0L);
    }

    private static long amount(int slot, int gpu) {
        return AMOUNTS + 8L * ((long) slot * GPUS_MAX + checked(gpu));
    }

    private static int checked(int gpu) {
        if (gpu < 0 || gpu >= GPUS_MAX) {
            throw new IndexOutOfBoundsException("GPU " + gpu);
        }
        return gpu;
    }
}
