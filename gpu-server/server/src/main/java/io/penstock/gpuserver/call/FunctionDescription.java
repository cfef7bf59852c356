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
    private static final int UNKNOWN = -1;

    private final long out;
    private final FunctionAttributes attributes;
    private final long[] layout = new long[2 * (Limits.KERNEL_PARAMETER_BYTES_MAX / 4)];
    private int device;
    private int parameters;
    private boolean complete;

    FunctionDescription(Arena arena) {
        this.out = arena.allocate(16, 8).address();
        this.attributes = new FunctionAttributes(arena);
    }

    /** Asks the driver; also has the code loaded, so that the first launch does not wait for the GPU. */
    void learn(CudaDriver driver, HandleKind kind, long function) {
        boolean kernel = kind == HandleKind.KERNEL;
        if (driver.cuCtxGetDevice(out) == CudaResult.SUCCESS) {
            device = NativeMemory.getInt(out);
        }
        if (kernel) {
            attributes.ofKernel(driver, function, device);
        } else {
            attributes.ofFunction(driver, function);
        }
        int result = parameter(driver, kernel, function);
        while (result == CudaResult.SUCCESS && 2 * parameters < layout.length) {
            layout[2 * parameters] = NativeMemory.getLong(out);
            layout[2 * parameters + 1] = NativeMemory.getLong(out + 8);
            parameters++;
            result = parameter(driver, kernel, function);
        }
        // that there is no further one is told so; any other refusal tells nothing, as that of a kernel without a
        // context
        complete = result == CudaResult.INVALID_VALUE;
        if (!kernel) {
            driver.cuFuncLoad(function);
        } else if (driver.cuKernelGetFunction(out, function) == CudaResult.SUCCESS) {
            driver.cuFuncLoad(NativeMemory.getLong(out));
        }
    }

    /** Whether the driver has told every parameter; it does so in a context only, and in none where a kernel has failed. */
    boolean isComplete() {
        return complete;
    }

    /** The driver's name of it; empty where it has none to tell. */
    String name(CudaDriver driver, HandleKind kind, long function) {
        int result =
                kind == HandleKind.KERNEL ? driver.cuKernelGetName(out, function) : driver.cuFuncGetName(out, function);
        return result == CudaResult.SUCCESS ? NativeMemory.getString(NativeMemory.getLong(out)) : "";
    }

    private int parameter(CudaDriver driver, boolean kernel, long function) {
        return kernel
                ? driver.cuKernelGetParamInfo(function, parameters, out, out + 8)
                : driver.cuFuncGetParamInfo(function, parameters, out, out + 8);
    }

    void write(Writer to) {
        attributes.write(to);
        to.putU32(complete ? parameters : UNKNOWN).putU32(device);
        for (int i = 0; complete && i < 2 * parameters; i++) {
            to.putU64(layout[i]);
        }
    }
}
