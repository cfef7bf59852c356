package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.EndsUnderWay;

/**
 * The software GPU as a {@code CudaDriver}: what a worker loads where there is no NVIDIA hardware.
 *
 * <p>Its devices call themselves {@value Device#NAME} and report compute capability 8.0. Calls may come from any number
 * of threads, each with its own current context, as in CUDA. Closing gives all memory back; nothing may be called after.
 */
public final class SoftwareCudaDriver
        implements ErrorCalls,
                DeviceCalls,
                ContextCalls,
                MemoryCalls,
                ArrayCalls,
                ArrayCopyCalls,
                TextureCalls,
                SurfaceCalls,
                MemsetCalls,
                StreamCalls,
                EventCalls,
                ModuleCalls,
                LibraryCalls,
                LaunchCalls,
                PoolCalls,
                VirtualMemoryCalls,
                PointerCalls,
                GraphCalls,
                GraphEdgeCalls,
                GraphNodeCalls,
                GraphMemoryCalls,
                GraphHostCalls,
                CaptureCalls,
                EndsUnderWay,
                AutoCloseable {
    private final Machine machine;

    public SoftwareCudaDriver(SoftwareConfig config) {
        machine = new Machine(config);
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void close() {
        machine.close();
    }
}
