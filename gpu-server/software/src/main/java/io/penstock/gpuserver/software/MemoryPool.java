package io.penstock.gpuserver.software;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A pool of stream-ordered memory of one device. Any thread; guarded by itself.
 *
 * <p>Memory comes straight from the device's heap, so what is used is what is reserved and trimming finds nothing; the
 * release threshold is kept because programs read it back.
 */
final class MemoryPool {
    static final int REUSE_FOLLOW_EVENT_DEPENDENCIES = 1;
    static final int REUSE_ALLOW_OPPORTUNISTIC = 2;
    static final int REUSE_ALLOW_INTERNAL_DEPENDENCIES = 3;
    static final int RELEASE_THRESHOLD = 4;
    static final int RESERVED_CURRENT = 5;
    static final int RESERVED_HIGH = 6;
    static final int USED_CURRENT = 7;
    static final int USED_HIGH = 8;

    private final Device device;
    private final long handle;
    private final boolean isDefault;
    private final long maxBytes;

    // guarded by this
    private final int[] reuse = {1, 1, 1};
    private long releaseThreshold;
    private long usedBytes;
    private long usedHighBytes;

    /** @param maxBytes of all memory taken at the same time; 0 leaves it to the device */
    MemoryPool(Device device, long handle, boolean isDefault, long maxBytes) {
        this.maxBytes = maxBytes == 0 ? Long.MAX_VALUE : maxBytes;
        this.device = device;
        this.handle = handle;
        this.isDefault = isDefault;
    }

    Device device() {
        return device;
    }

    long handle() {
        return handle;
    }

    /** CUmemPoolProps: pinned memory of the device, exported to nobody. */
    byte[] properties() {
        return ByteBuffer.allocate(GraphMemoryCalls.PROPERTIES_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 1)
                .putInt(8, PoolCalls.LOCATION_DEVICE)
                .putInt(12, device.ordinal())
                .putLong(24, maxBytes == Long.MAX_VALUE ? 0 : maxBytes)
                .array();
    }

    boolean isDefault() {
        return isDefault;
    }

    /** Charges so many bytes; false when the pool may not have so much. */
    synchronized boolean take(long bytes) {
        if (bytes > maxBytes - usedBytes) {
            return false;
        }
        usedBytes += bytes;
        usedHighBytes = Math.max(usedHighBytes, usedBytes);
        return true;
    }

    synchronized void gaveBack(long bytes) {
        usedBytes -= bytes;
    }

    /** Whether the attribute is one of 32 bits; the others are of 64. */
    static boolean isFlag(int attribute) {
        return attribute >= REUSE_FOLLOW_EVENT_DEPENDENCIES && attribute <= REUSE_ALLOW_INTERNAL_DEPENDENCIES;
    }

    /** The attribute's value, or null when there is no such attribute. */
    synchronized @Nullable Long get(int attribute) {
        return switch (attribute) {
            case REUSE_FOLLOW_EVENT_DEPENDENCIES, REUSE_ALLOW_OPPORTUNISTIC, REUSE_ALLOW_INTERNAL_DEPENDENCIES ->
                (long) reuse[attribute - 1];
            case RELEASE_THRESHOLD -> releaseThreshold;
            case RESERVED_CURRENT, USED_CURRENT -> usedBytes;
            case RESERVED_HIGH, USED_HIGH -> usedHighBytes;
            default -> null;
        };
    }

    /** Sets what can be set; high-water marks can only be put back with 0. False when CUDA would refuse. */
    synchronized boolean set(int attribute, long value) {
        switch (attribute) {
            case REUSE_FOLLOW_EVENT_DEPENDENCIES, REUSE_ALLOW_OPPORTUNISTIC, REUSE_ALLOW_INTERNAL_DEPENDENCIES ->
                reuse[attribute - 1] = (int) value;
            case RELEASE_THRESHOLD -> releaseThreshold = value;
            case RESERVED_HIGH, USED_HIGH -> {
                if (value != 0) {
                    return false;
                }
                usedHighBytes = usedBytes;
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
