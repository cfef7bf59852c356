package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What programs ask of and set on functions, and how many blocks of one fit. A library's kernel is launched and counted by
 * its own handle, but asked and set by the calls of kernels alone (driver 580).
 */
interface FunctionCalls extends DriverCalls {
    /** The function of a handle in the current context; a library kernel is loaded for it. Null when there is none. */
    default @Nullable Function function(Context context, long handle) {
        Function function = machine().handles().get(handle, Function.class);
        if (function != null) {
            return function;
        }
        Kernel kernel = machine().handles().get(handle, Kernel.class);
        LoadedModule module = kernel == null ? null : kernel.library().module(context);
        return module == null || kernel == null
                ? null
                : machine().handles().get(module.function(kernel.described().name()), Function.class);
    }

    /** Answers the call with the function, or what refuses it; a kernel is refused. */
    default int onFunction(long handle, ToIntFunction<Function> call) {
        return inContext(context -> {
            Function function = machine().handles().get(handle, Function.class);
            return function == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(function);
        });
    }

    /** The same where a kernel stands for its function in the current context. */
    default int onLaunchable(long handle, ToIntFunction<Function> call) {
        return inContext(context -> {
            Function function = function(context, handle);
            return function == null ? CudaResult.INVALID_HANDLE : call.applyAsInt(function);
        });
    }

    @Override
    default int cuFuncGetAttribute(long pi, int attrib, long hfunc) {
        return onFunction(hfunc, function -> {
            Integer value = function.attribute(attrib);
            if (value == null || pi == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putInt(pi, value);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuFuncSetAttribute(long hfunc, int attrib, int value) {
        return onFunction(
                hfunc, function -> Function.setAttribute(function.kernel(), function.settings(), attrib, value));
    }

    @Override
    default int cuFuncSetCacheConfig(long hfunc, int config) {
        return onFunction(
                hfunc, function -> config >= 0 && config <= 3 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE);
    }

    @Override
    default int cuFuncSetSharedMemConfig(long hfunc, int config) {
        return onFunction(
                hfunc, function -> config >= 0 && config <= 2 ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE);
    }

    @Override
    default int cuFuncGetModule(long hmod, long hfunc) {
        return onFunction(hfunc, function -> {
            NativeMemory.putLong(hmod, function.module().handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuFuncGetName(long name, long hfunc) {
        return onFunction(hfunc, function -> {
            NativeMemory.putLong(name, function.name().address());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuFuncGetParamInfo(long func, long paramIndex, long paramOffset, long paramSize) {
        return onFunction(
                func,
                function -> LibraryCalls.putParameter(function.kernel().params(), paramIndex, paramOffset, paramSize));
    }

    /** CU_FUNCTION_LOADING_STATE_LOADED: nothing is left to do at the first launch that a program could see. */
    @Override
    default int cuFuncIsLoaded(long state, long function) {
        return onFunction(function, found -> {
            NativeMemory.putInt(state, 1);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuFuncLoad(long function) {
        return onFunction(function, found -> CudaResult.SUCCESS);
    }

    @Override
    default int cuOccupancyMaxActiveBlocksPerMultiprocessor(
            long numBlocks, long func, int blockSize, long dynamicSMemSize) {
        return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize, dynamicSMemSize, 0);
    }

    @Override
    default int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
            long numBlocks, long func, int blockSize, long dynamicSMemSize, int flags) {
        return onLaunchable(func, function -> {
            if (numBlocks == 0 || blockSize <= 0 || dynamicSMemSize < 0 || (flags & ~1) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putInt(numBlocks, Occupancy.blocks(function, blockSize, dynamicSMemSize));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuOccupancyAvailableDynamicSMemPerBlock(long dynamicSmemSize, long func, int numBlocks, int blockSize) {
        return onLaunchable(func, function -> {
            if (dynamicSmemSize == 0 || numBlocks <= 0 || blockSize <= 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(dynamicSmemSize, Occupancy.dynamicSharedBytes(function, numBlocks, blockSize));
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuOccupancyMaxPotentialBlockSize(
            long minGridSize,
            long blockSize,
            long func,
            long blockSizeToDynamicSMemSize,
            long dynamicSMemSize,
            int blockSizeLimit) {
        return onLaunchable(func, function -> {
            if (blockSizeToDynamicSMemSize != 0) {
                return CudaResult.NOT_SUPPORTED; // a function of the program's, which may be in another process
            }
            int most = function.kernel().maxThreadsPerBlock();
            int largest = blockSizeLimit > 0 ? Math.min(blockSizeLimit, most) : most;
            int bestThreads = 0;
            int bestBlocks = 0;
            for (int threads = largest; threads > 0; threads -= threads % 32 == 0 ? 32 : threads % 32) {
                int blocks = Occupancy.blocks(function, threads, dynamicSMemSize);
                if (blocks * threads > bestBlocks * bestThreads) {
                    bestBlocks = blocks;
                    bestThreads = threads;
                }
            }
            Device device = function.module().context().device();
            Integer multiprocessors = DeviceAttributes.get(device, DeviceAttributes.MULTIPROCESSOR_COUNT);
            NativeMemory.putInt(minGridSize, bestBlocks * (multiprocessors == null ? 1 : multiprocessors));
            NativeMemory.putInt(blockSize, bestThreads);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuOccupancyMaxPotentialBlockSizeWithFlags(
            long minGridSize,
            long blockSize,
            long func,
            long blockSizeToDynamicSMemSize,
            long dynamicSMemSize,
            int blockSizeLimit,
            int flags) {
        return cuOccupancyMaxPotentialBlockSize(
                minGridSize, blockSize, func, blockSizeToDynamicSMemSize, dynamicSMemSize, blockSizeLimit);
    }
}
