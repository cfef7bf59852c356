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
    private final long out;
    private final FunctionAttributes attributes;
    private final long[] layout = new long[2 * (Limits.KERNEL_PARAMETER_BYTES_MAX / 4)];
    private int device;
    private int parameters;

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
        attributes.write(to);
        to.putU32(parameters).putU32(device);
        for (int i = 0; i < 2 * parameters; i++) {
            to.putU64(layout[i]);
        }
    }
}
