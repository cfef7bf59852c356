package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayList;
import java.util.List;

/**
 * What the attributes of cuLaunchKernelEx ask for.
 *
 * @param result 0, or the CUresult that refuses them
 * @param cooperative whether all blocks must run at once
 * @param eventsAfter handles of events to be recorded when the kernel has ended
 */
record LaunchAttributes(int result, boolean cooperative, List<Long> eventsAfter) {
    private static final int ATTRIBUTE_BYTES = 72;
    private static final int VALUE_OFFSET = 8;
    private static final int ATTRIBUTES_MAX = 64;

    private static final int COOPERATIVE = 2;
    private static final int CLUSTER_DIMENSION = 4;
    private static final int PROGRAMMATIC_EVENT = 7;
    private static final int LAUNCH_COMPLETION_EVENT = 12;

    /** Hints (cache windows, priorities, programmatic order) are taken and have no effect. */
    static LaunchAttributes read(long attributes, int count) {
        List<Long> events = new ArrayList<>();
        boolean cooperative = false;
        if (count < 0 || count > ATTRIBUTES_MAX || (count > 0 && attributes == 0)) {
            return refused(CudaResult.INVALID_VALUE);
        }
        for (int i = 0; i < count; i++) {
            long at = attributes + (long) i * ATTRIBUTE_BYTES;
            long value = at + VALUE_OFFSET;
            switch (NativeMemory.getInt(at)) {
                case COOPERATIVE -> cooperative = NativeMemory.getInt(value) != 0;
                case CLUSTER_DIMENSION -> {
                    long blocks = (long) NativeMemory.getInt(value)
                            * NativeMemory.getInt(value + 4)
                            * NativeMemory.getInt(value + 8);
                    if (blocks != 1) {
                        return refused(CudaResult.INVALID_CLUSTER_SIZE);
                    }
                }
                case PROGRAMMATIC_EVENT, LAUNCH_COMPLETION_EVENT -> events.add(NativeMemory.getLong(value));
                default -> {
                    // a hint
                }
            }
        }
        return new LaunchAttributes(CudaResult.SUCCESS, cooperative, events);
    }

    private static LaunchAttributes refused(int result) {
        return new LaunchAttributes(result, false, List.of());
    }
}
