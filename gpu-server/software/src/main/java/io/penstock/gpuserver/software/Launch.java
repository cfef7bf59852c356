package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A launch that was asked for, with its parameters copied, or what refuses it.
 *
 * @param result 0, or the CUresult of the call
 * @param work what is to be queued; null unless the result is 0
 */
record Launch(int result, @Nullable KernelWork work) {
    /** CU_LAUNCH_PARAM_BUFFER_POINTER and CU_LAUNCH_PARAM_BUFFER_SIZE. */
    private static final int EXTRA_POINTER = 1;

    private static final int EXTRA_BYTES = 2;
    private static final int EXTRA_PAIRS_MAX = 8;

    /** Checks all that CUDA checks before it queues a launch. */
    static Launch prepare(Function function, LaunchShape shape, long kernelParams, long extra) {
        int refusal = refuse(function, shape);
        if (refusal != CudaResult.SUCCESS) {
            return new Launch(refusal, null);
        }
        MemorySegment block = KernelWork.blockFor(function);
        int packed = pack(function, block, kernelParams, extra);
        return new Launch(packed, packed == CudaResult.SUCCESS ? new KernelWork(function, shape, block) : null);
    }

    /** The limits that a launch is checked against before it is queued. */
    private static int refuse(Function function, LaunchShape shape) {
        int gridX = DeviceAttributes.MAX_GRID_DIM_X;
        int blockX = DeviceAttributes.MAX_BLOCK_DIM_X;
        boolean inLimits = within(shape.gridX(), gridX)
                && within(shape.gridY(), gridX + 1)
                && within(shape.gridZ(), gridX + 2)
                && within(shape.blockX(), blockX)
                && within(shape.blockY(), blockX + 1)
                && within(shape.blockZ(), blockX + 2);
        if (!inLimits || shape.threadsPerBlock() > function.kernel().maxThreadsPerBlock()) {
            return CudaResult.INVALID_VALUE;
        }
        int shared = shape.dynamicSharedBytes();
        if (shared < 0 || shared > function.settings().maxDynamicSharedBytes()) {
            return CudaResult.INVALID_VALUE;
        }
        if (shape.cooperative()) {
            long resident = Occupancy.blocks(function, shape.threadsPerBlock(), shared);
            Device device = function.module().context().device();
            Integer multiprocessors = DeviceAttributes.get(device, DeviceAttributes.MULTIPROCESSOR_COUNT);
            if (multiprocessors == null || shape.blocks() > resident * multiprocessors) {
                return CudaResult.COOPERATIVE_LAUNCH_TOO_LARGE;
            }
        }
        return CudaResult.SUCCESS;
    }

    private static boolean within(int value, int attribute) {
        return value >= 1 && value <= DeviceAttributes.limit(attribute);
    }

    /** Fills the parameter block from an array of pointers, or from the one buffer that {@code extra} names. */
    private static int pack(Function function, MemorySegment block, long kernelParams, long extra) {
        List<PtxParam> params = function.kernel().params();
        if (kernelParams != 0 && extra != 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (extra != 0) {
            return packExtra(function, block, extra);
        }
        if (params.isEmpty()) {
            return CudaResult.SUCCESS;
        }
        if (kernelParams == 0) {
            return CudaResult.INVALID_VALUE;
        }
        for (int i = 0; i < params.size(); i++) {
            long value = NativeMemory.getLong(kernelParams + 8L * i);
            if (value == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.copy(
                    value,
                    block.address() + params.get(i).offset(),
                    params.get(i).size());
        }
        return CudaResult.SUCCESS;
    }

    /** A buffer that is too small leaves the rest zero; one that is larger than the parameters is refused with 701. */
    private static int packExtra(Function function, MemorySegment block, long extra) {
        long buffer = 0;
        long bytes = 0;
        for (int pair = 0; pair < EXTRA_PAIRS_MAX; pair++) {
            long key = NativeMemory.getLong(extra + 16L * pair);
            if (key == 0) {
                break;
            }
            long value = NativeMemory.getLong(extra + 16L * pair + 8);
            if (key == EXTRA_POINTER) {
                buffer = value;
            } else if (key == EXTRA_BYTES) {
                bytes = NativeMemory.getLong(value);
            } else {
                return CudaResult.INVALID_VALUE;
            }
        }
        if (buffer == 0 && function.parameterBytes() > 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (Long.compareUnsigned(bytes, function.parameterBytes()) > 0) {
            return CudaResult.LAUNCH_OUT_OF_RESOURCES;
        }
        NativeMemory.copy(buffer, block.address(), bytes);
        return CudaResult.SUCCESS;
    }
}
