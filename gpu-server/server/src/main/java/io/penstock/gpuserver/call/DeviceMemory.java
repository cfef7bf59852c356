package io.penstock.gpuserver.call;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What this session has allocated, in bytes asked for, and the lease's ledger that bounds it. Any thread.
 */
public final class DeviceMemory {
    /** An allocation: on which GPU of the lease, and how large. */
    record Block(int gpu, long bytes) {}

    private final MemoryLedger ledger;
    private final Map<Long, Block> blocks = new ConcurrentHashMap<>();
    /** How often a program has had a handle back that it or somebody mapped, by the driver's handle. */
    private final Map<Long, Integer> retained = new ConcurrentHashMap<>();

    DeviceMemory(MemoryLedger ledger) {
        this.ledger = ledger;
    }

    /** Takes memory from the lease before the driver is asked; false when the lease has not that much left. */
    boolean reserve(int gpu, long bytes) {
        return ledger.reserve(gpu, bytes);
    }

    /** The driver refused: back to the lease. */
    void unreserve(int gpu, long bytes) {
        ledger.release(gpu, bytes);
    }

    /** The driver granted what was reserved. */
    void record(long key, int gpu, long bytes) {
        blocks.put(key, new Block(gpu, bytes));
    }

    /** The block of this key (a device pointer, or a handle of something that holds memory), or null. */
    @Nullable
    Block find(long key) {
        return blocks.get(key);
    }

    /** Forgets a block without giving its memory back yet; null when there is none. */
    @Nullable
    Block remove(long key) {
        return blocks.remove(key);
    }

    /** Forgets a block that was recorded just now: somebody else keeps the account of it. */
    Block take(long key) {
        Block block = blocks.remove(key);
        if (block == null) {
            throw new IllegalStateException("no block 0x" + Long.toHexString(key));
        }
        return block;
    }

    /** A program has had the handle of memory back from an address: it will release it once more. */
    void retain(long handle) {
        retained.merge(handle, 1, Integer::sum);
    }

    /** A program releases a handle; true where it had had it back, so that this was not the release of the memory. */
    boolean releasesRetained(long handle) {
        Integer times = retained.get(handle);
        if (times == null) {
            return false;
        }
        retained.computeIfPresent(handle, (key, count) -> count == 1 ? null : count - 1);
        return true;
    }

    /** GPUs of the lease. */
    int gpus() {
        return ledger.gpus();
    }

    /** A removed block's memory is free again in the driver. */
    void release(Block block) {
        ledger.release(block.gpu(), block.bytes());
    }

    /** Bytes of a GPU that the lease allows. */
    public long limit(int gpu) {
        return ledger.limit(gpu);
    }

    /** Bytes of a GPU that all sessions of the lease hold. */
    public long used(int gpu) {
        return ledger.used(gpu);
    }
}
