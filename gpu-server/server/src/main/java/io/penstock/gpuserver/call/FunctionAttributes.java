package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;

/**
 * The attributes of a function, or of a kernel on one device: a kernel's settings are each device's own. Learnt by a
 * waiter, written by the executor.
 */
final class FunctionAttributes {
    private static final int ATTRIBUTES = 32;
    private static final int ATTRIBUTES_KNOWN = 16;

    private final long out;
    private final int[] values = new int[ATTRIBUTES];
    private long mask;

    FunctionAttributes(Arena arena) {
        this.out = arena.allocate(Integer.BYTES).address();
    }

    int ofFunction(CudaDriver driver, long function) {
        return learn(attribute -> driver.cuFuncGetAttribute(out, attribute, function));
    }

    int ofKernel(CudaDriver driver, long kernel, int device) {
        return learn(attribute -> driver.cuKernelGetAttribute(out, attribute, kernel, device));
    }

    /** Asks the driver for one attribute, which it leaves in {@link #out}. */
    @FunctionalInterface
    private interface Question {
        int ask(int attribute);
    }

    /** An older driver does not know every attribute; the result is a failure only where it answers none. */
    private int learn(Question question) {
        int refusal = CudaResult.SUCCESS;
        for (int attribute = 0; attribute < ATTRIBUTES_KNOWN; attribute++) {
            int result = question.ask(attribute);
            if (result == CudaResult.SUCCESS) {
                mask |= 1L << attribute;
                values[attribute] = NativeMemory.getInt(out);
            } else if (refusal == CudaResult.SUCCESS) {
                refusal = result;
            }
        }
        return mask == 0 ? refusal : CudaResult.SUCCESS;
    }

    void write(Writer to) {
        to.putU64(mask);
        for (int value : values) {
            to.putI32(value);
        }
    }
}
