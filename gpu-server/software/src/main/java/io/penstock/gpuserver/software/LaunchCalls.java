package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxParam;
import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Launches: what is wrong with one is said at the call; what goes wrong in it, by whatever the context is asked next. */
interface LaunchCalls extends FunctionCalls {
    /** CU_LAUNCH_PARAM_BUFFER_POINTER and CU_LAUNCH_PARAM_BUFFER_SIZE. */
    int EXTRA_POINTER = 1;
    /** See {@link #EXTRA_POINTER}. */
    int EXTRA_BYTES = 2;
    /** Pairs in {@code extra} before it must end. */
    int EXTRA_PAIRS_MAX = 8;

    @Override
    default int cuLaunchKernel(
            long f,
            int gridDimX,
            int gridDimY,
            int gridDimZ,
            int blockDimX,
            int blockDimY,
            int blockDimZ,
            int sharedMemBytes,
            long hStream,
            long kernelParams,
            long extra) {
        LaunchShape shape =
                new LaunchShape(gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes, false);
        return launch(f, shape, hStream, kernelParams, extra);
    }

    @Override
    default int cuLaunchCooperativeKernel(
            long f,
            int gridDimX,
            int gridDimY,
            int gridDimZ,
            int blockDimX,
            int blockDimY,
            int blockDimZ,
            int sharedMemBytes,
            long hStream,
            long kernelParams) {
        LaunchShape shape =
                new LaunchShape(gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ, sharedMemBytes, true);
        return launch(f, shape, hStream, kernelParams, 0);
    }

    @Override
    default int cuLaunchKernelEx(long config, long f, long kernelParams, long extra) {
        if (config == 0) {
            return CudaResult.INVALID_VALUE;
        }
        LaunchAttributes attributes =
                LaunchAttributes.read(NativeMemory.getLong(config + 40), NativeMemory.getInt(config + 48));
        if (attributes.result() != CudaResult.SUCCESS) {
            return attributes.result();
        }
        LaunchShape shape = new LaunchShape(
                NativeMemory.getInt(config),
                NativeMemory.getInt(config + 4),
                NativeMemory.getInt(config + 8),
                NativeMemory.getInt(config + 12),
                NativeMemory.getInt(config + 16),
                NativeMemory.getInt(config + 20),
                NativeMemory.getInt(config + 24),
                attributes.cooperative());
        long hStream = NativeMemory.getLong(config + 32);
        int result = launch(f, shape, hStream, kernelParams, extra);
        for (long event : attributes.eventsAfter()) {
            if (result == CudaResult.SUCCESS) {
                result = machine().recordEvent(event, stream(machine().current(), hStream));
            }
        }
        return result;
    }

    private int launch(long f, LaunchShape shape, long hStream, long kernelParams, long extra) {
        return onFunction(
                f,
                function -> onStream(hStream, stream -> {
                    if (function.module().context() != stream.context()) {
                        return CudaResult.INVALID_HANDLE;
                    }
                    int refusal = refuse(function, shape);
                    if (refusal != CudaResult.SUCCESS) {
                        return refusal;
                    }
                    MemorySegment block = Arena.ofAuto().allocate(Math.max(1, function.parameterBytes()), 16);
                    int packed = pack(function, block, kernelParams, extra);
                    if (packed == CudaResult.SUCCESS) {
                        stream.enqueue(new KernelWork(function, shape, block));
                    }
                    return packed;
                }));
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
