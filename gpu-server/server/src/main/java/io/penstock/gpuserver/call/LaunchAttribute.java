package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.HandleKind;

/** The driver's CUlaunchAttribute: 72 bytes, an id and a value of 64 bytes in which two ids carry an event. */
final class LaunchAttribute {
    static final int BYTES = 72;

    private static final int VALUE = 8;
    private static final int PROGRAMMATIC_EVENT = 7;
    private static final int LAUNCH_COMPLETION_EVENT = 12;

    private LaunchAttribute() {}

    /** Replaces the wire handle in an attribute, if it has one; false when it is invalid. */
    static boolean translate(CallContext context, long address) {
        int id = NativeMemory.getInt(address);
        return (id != PROGRAMMATIC_EVENT && id != LAUNCH_COMPLETION_EVENT)
                || context.handles().toNative(HandleKind.EVENT, address + VALUE, 1);
    }
}
