package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;

/** What a pointer is. */
interface PointerCalls extends DriverCalls {
    /** The single form refuses a pointer that the driver does not know and writes nothing. */
    @Override
    default int cuPointerGetAttribute(long data, int attribute, long ptr) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        Block block = machine().pointed(ptr);
        if (data == 0 || block == null) {
            return CudaResult.INVALID_VALUE;
        }
        return new PointerAttributes(machine(), block, ptr).put(attribute, data);
    }

    /** The plural form always succeeds; for what is not so it writes what CUDA writes. */
    @Override
    default int cuPointerGetAttributes(int numAttributes, long attributes, long data, long ptr) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (numAttributes <= 0 || attributes == 0 || data == 0) {
            return CudaResult.INVALID_VALUE;
        }
        Block block = machine().pointed(ptr);
        for (int i = 0; i < numAttributes; i++) {
            int attribute = NativeMemory.getInt(attributes + 4L * i);
            long at = NativeMemory.getLong(data + 8L * i);
            boolean known = block != null
                    && new PointerAttributes(machine(), block, ptr).put(attribute, at) == CudaResult.SUCCESS;
            if (!known) {
                PointerAttributes.putUnknown(attribute, at, block == null ? ptr : 0);
            }
        }
        return CudaResult.SUCCESS;
    }

    /** Only synchronous memory operations (6) can be set, and memory behaves so already. */
    @Override
    default int cuPointerSetAttribute(long value, int attribute, long ptr) {
        return inContext(context ->
                attribute == PointerAttributes.SYNC_MEMOPS && machine().isDeviceRange(ptr, 1)
                        ? CudaResult.SUCCESS
                        : CudaResult.INVALID_VALUE);
    }
}
