package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.HashMap;
import java.util.Map;

/**
 * Attributes of a kernel node: values of 64 bytes by CUlaunchAttributeID. Cooperative launch is one that is obeyed; a
 * cluster of several blocks is refused; the others are hints.
 */
final class KernelNodeAttributes {
    static final int COOPERATIVE = 2;

    private static final int CLUSTER_DIMENSION = 4;
    private static final int LAST = 16;
    private static final int BYTES = 64;

    private final Map<Integer, byte[]> values = new HashMap<>();

    static boolean known(int attribute) {
        return attribute >= 1 && attribute <= LAST;
    }

    void get(int attribute, long at) {
        NativeMemory.putBytes(at, values.getOrDefault(attribute, new byte[BYTES]));
    }

    int set(int attribute, long at) {
        if (attribute == CLUSTER_DIMENSION) {
            long blocks = (long) NativeMemory.getInt(at) * NativeMemory.getInt(at + 4) * NativeMemory.getInt(at + 8);
            if (blocks > 1) {
                return CudaResult.INVALID_CLUSTER_SIZE;
            }
        }
        values.put(attribute, NativeMemory.getBytes(at, BYTES));
        return CudaResult.SUCCESS;
    }

    void copy(KernelNodeAttributes other) {
        values.clear();
        values.putAll(other.values);
    }

    boolean cooperative() {
        byte[] value = values.get(COOPERATIVE);
        return value != null && value[0] != 0;
    }
}
