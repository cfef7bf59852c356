package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.HandleKind;

/**
 * The handles of one session: what travels on one side, what the driver knows on the other.
 *
 * <p>A wire handle is generation << 32 | index, 0 is NULL. Handles are made by the client, except those that first
 * appear in an out-parameter: these are made here and have bit 31 of the index set. Executor thread only.
 */
public interface HandleTable {
    /** What {@link #nativeOf} gives for a handle that is unknown, stale or of another kind. */
    long INVALID = -1;

    /** The driver's handle; 0 for 0, and the driver's own numbers for the legacy and per-thread streams. */
    long nativeOf(HandleKind kind, long wire);

    /** The wire handle of a driver's handle, made now if it is new; 0 for 0. */
    long wireOf(HandleKind kind, long nativeHandle);

    /** Enters a handle that the client made. */
    void bind(HandleKind kind, long wire, long nativeHandle);

    /** Ends a handle; its wire form is invalid from now on. */
    void drop(HandleKind kind, long wire);

    /** Replaces wire handles by the driver's, in place; false at the first that is invalid. */
    default boolean toNative(HandleKind kind, long address, long count) {
        for (long i = 0; i < count; i++) {
            long at = address + i * Long.BYTES;
            long nativeHandle = nativeOf(kind, NativeMemory.getLong(at));
            if (nativeHandle == INVALID) {
                return false;
            }
            NativeMemory.putLong(at, nativeHandle);
        }
        return true;
    }

    /** Replaces the driver's handles by wire handles, in place. */
    default void toWire(HandleKind kind, long address, long count) {
        for (long i = 0; i < count; i++) {
            long at = address + i * Long.BYTES;
            NativeMemory.putLong(at, wireOf(kind, NativeMemory.getLong(at)));
        }
    }
}
