package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.MemorySegment;

/** A kernel node's parameters as the driver shows them, on their way to the client: its handles, and packed values. */
final class KernelParameters {
    private static final long BUFFER_POINTER = 1;
    private static final long BUFFER_SIZE = 2;
    private static final int PAIRS_MAX = 8;

    private KernelParameters() {}

    /** Puts the packed values behind CUDA_KERNEL_NODE_PARAMS, and wire handles in it. */
    static void write(CallContext context, long params, Writer out) {
        long function = NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.func);
        long kernel = NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kern);
        long pointers = NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kernelParams);
        long extra = NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.extra);
        if (extra != 0) {
            out.putBytes(buffer(extra));
        } else {
            pack(context.driver(), function, kernel, pointers, out);
        }
        name(context, params, function, kernel);
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kernelParams, 0);
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.extra, 0);
        context.handles().toWire(HandleKind.CONTEXT, params + Layouts.CUDA_KERNEL_NODE_PARAMS.ctx, 1);
    }

    private static MemorySegment buffer(long extra) {
        long address = 0;
        long bytes = 0;
        for (int pair = 0; pair < PAIRS_MAX; pair++) {
            long key = NativeMemory.getLong(extra + 16L * pair);
            long value = NativeMemory.getLong(extra + 16L * pair + 8);
            if (key == BUFFER_POINTER) {
                address = value;
            } else if (key == BUFFER_SIZE) {
                bytes = NativeMemory.getLong(value);
            } else {
                break;
            }
        }
        boolean sound = address != 0 && bytes > 0 && bytes <= Limits.KERNEL_PARAMETER_BYTES_MAX;
        return sound ? NativeMemory.all().asSlice(address, bytes) : MemorySegment.NULL;
    }

    /** Copies each value to where the kernel's layout has it. */
    private static void pack(CudaDriver driver, long function, long kernel, long pointers, Writer out) {
        if (pointers == 0) {
            out.putBytes(MemorySegment.NULL);
            return;
        }
        try (Scratch scratch = new Scratch()) {
            long offset = scratch.room(Long.BYTES);
            long size = scratch.room(Long.BYTES);
            long packed = scratch.room(Limits.KERNEL_PARAMETER_BYTES_MAX);
            long end = 0;
            for (long i = 0; ; i++) {
                int result = function != 0
                        ? driver.cuFuncGetParamInfo(function, i, offset, size)
                        : driver.cuKernelGetParamInfo(kernel, i, offset, size);
                long next = NativeMemory.getLong(offset) + NativeMemory.getLong(size);
                if (result != CudaResult.SUCCESS || next > Limits.KERNEL_PARAMETER_BYTES_MAX) {
                    break;
                }
                NativeMemory.copy(
                        NativeMemory.getLong(pointers + Long.BYTES * i),
                        packed + NativeMemory.getLong(offset),
                        NativeMemory.getLong(size));
                end = next;
            }
            out.putBytes(NativeMemory.all().asSlice(packed, end));
        }
    }

    /** The client knows a function, or the kernel whose function this is; 0 for both when it knows neither. */
    private static void name(CallContext context, long params, long function, long kernel) {
        HandleTable handles = context.handles();
        long asFunction = function == 0 ? 0 : handles.known(HandleKind.FUNCTION, function);
        long named = kernel != 0 ? kernel : asFunction == 0 ? kernelOf(context, function) : 0;
        long asKernel = named == 0 ? 0 : handles.known(HandleKind.KERNEL, named);
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.func, asFunction);
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kern, asKernel);
    }

    private static long kernelOf(CallContext context, long function) {
        long[] found = {0};
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            context.handles().each(HandleKind.KERNEL, kernel -> {
                boolean asked = kernel == function
                        || (context.driver().cuKernelGetFunction(out, kernel) == CudaResult.SUCCESS
                                && NativeMemory.getLong(out) == function);
                if (asked) {
                    found[0] = kernel;
                }
            });
        }
        return found[0];
    }
}
