package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.protocol.codec.CudaResult;

/** Launches: what is wrong with one is said at the call; what goes wrong in it, by whatever the context is asked next. */
interface LaunchCalls extends FunctionCalls {
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
        return onLaunchable(
                f,
                function -> onStream(hStream, stream -> {
                    if (function.module().context() != stream.context()) {
                        return CudaResult.INVALID_HANDLE;
                    }
                    Launch launch = Launch.prepare(function, shape, kernelParams, extra);
                    return launch.work() == null ? launch.result() : enqueue(stream, launch.work());
                }));
    }
}
