package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;

/**
 * CUDA_KERNEL_NODE_PARAMS of version 2, 72 bytes: function, grid, block, shared bytes, kernelParams, extra, kernel, context.
 */
final class KernelNodeParams {
    private static final int KERNEL_PARAMS = 40;
    private static final int EXTRA = 48;
    private static final int KERNEL = 56;
    private static final int BYTES = 72;

    private KernelNodeParams() {}

    static Launch read(FunctionCalls calls, Context context, long at) {
        long handle = NativeMemory.getLong(at);
        Function function = calls.function(context, handle == 0 ? NativeMemory.getLong(at + KERNEL) : handle);
        if (function == null) {
            return new Launch(CudaResult.INVALID_HANDLE, null);
        }
        LaunchShape shape = new LaunchShape(
                NativeMemory.getInt(at + 8),
                NativeMemory.getInt(at + 12),
                NativeMemory.getInt(at + 16),
                NativeMemory.getInt(at + 20),
                NativeMemory.getInt(at + 24),
                NativeMemory.getInt(at + 28),
                NativeMemory.getInt(at + 32),
                false);
        return Launch.prepare(
                function, shape, NativeMemory.getLong(at + KERNEL_PARAMS), NativeMemory.getLong(at + EXTRA));
    }

    /** The parameter values are the node's own and live as long as it does; so do the pointers to them. */
    static void write(KernelWork work, long at) {
        NativeMemory.fill(at, BYTES, (byte) 0);
        Function function = work.function();
        LaunchShape shape = work.shape();
        NativeMemory.putLong(at, function.module().function(function.kernel().name()));
        int[] sizes = {shape.gridX(), shape.gridY(), shape.gridZ(), shape.blockX(), shape.blockY(), shape.blockZ()};
        for (int i = 0; i < sizes.length; i++) {
            NativeMemory.putInt(at + 8 + 4L * i, sizes[i]);
        }
        NativeMemory.putInt(at + 32, shape.dynamicSharedBytes());
        List<PtxParam> params = function.kernel().params();
        long pointers = work.pointers().address();
        for (int i = 0; i < params.size(); i++) {
            NativeMemory.putLong(
                    pointers + 8L * i,
                    work.parameters().address() + params.get(i).offset());
        }
        NativeMemory.putLong(at + KERNEL_PARAMS, params.isEmpty() ? 0 : pointers);
        NativeMemory.putLong(at + 64, function.module().context().handle());
    }
}
