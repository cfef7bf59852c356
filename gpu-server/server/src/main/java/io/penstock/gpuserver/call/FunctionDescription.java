package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;

/**
 * What a client must know of a function to answer for it and to pack its parameters: attributes, and each parameter's
 * offset and size. Learnt by a waiter, written by the executor.
 */
final class FunctionDescription {
    private static final int ATTRIBUTES = 32;
    private static final int ATTRIBUTES_KNOWN = 16;

    private final long out;
    private final int[] attributes = new int[ATTRIBUTES];
    private final long[] layout = new long[2 * (Limits.KERNEL_PARAMETER_BYTES_MAX / 4)];
    private long mask;
    private int parameters;

    FunctionDescription(Arena arena) {
        this.out = arena.allocate(16, 8).address();
    }

    /** Asks the driver; also has the code loaded, so that the first launch does not wait for the GPU. */
    void learn(CudaDriver driver, HandleKind kind, long function) {
        boolean kernel = kind == HandleKind.KERNEL;
        int device = 0;
        if (driver.cuCtxGetDevice(out) == CudaResult.SUCCESS) {
            device = NativeMemory.getInt(out);
        }
        for (int attribute = 0; attribute < ATTRIBUTES_KNOWN; attribute++) {
            int result = kernel
                    ? driver.cuKernelGetAttribute(out, attribute, function, device)
                    : driver.cuFuncGetAttribute(out, attribute, function);
            if (result == CudaResult.SUCCESS) {
                mask |= 1L << attribute;
                attributes[attribute] = NativeMemory.getInt(out);
            }
        }
        while (2 * parameters < layout.length && parameter(driver, kernel, function) == CudaResult.SUCCESS) {
            layout[2 * parameters] = NativeMemory.getLong(out);
            layout[2 * parameters + 1] = NativeMemory.getLong(out + 8);
            parameters++;
        }
        if (!kernel) {
            driver.cuFuncLoad(function);
        } else if (driver.cuKernelGetFunction(out, function) == CudaResult.SUCCESS) {
            driver.cuFuncLoad(NativeMemory.getLong(out));
        }
    }

    private int parameter(CudaDriver driver, boolean kernel, long function) {
        return kernel
                ? driver.cuKernelGetParamInfo(function, parameters, out, out + 8)
                : driver.cuFuncGetParamInfo(function, parameters, out, out + 8);
    }

    void write(Writer to) {
        to.putU64(mask);
        for (int attribute : attributes) {
            to.putI32(attribute);
        }
        to.putU32(parameters).putU32(0);
        for (int i = 0; i < 2 * parameters; i++) {
            to.putU64(layout[i]);
        }
    }
}
