package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.session.DriverFactory;
import io.penstock.gpuserver.session.ProgramOutput;
import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A driver without a GPU for {@link Rehearsal}: what a rehearsed program calls succeeds and does nothing, and work is over at
 * every fourth look at it. Any thread.
 *
 * <p>There are several of it because the compiler trusts what it has seen: code that has met one or two drivers only
 * is compiled for just these, and thrown away when the genuine one comes.
 */
abstract sealed class StandInDriver implements CudaDriver, DriverFactory {
    private static final int VERSION = 13000;
    private static final long MEMORY_BYTES = 1L << 40;
    private static final int PARAMETERS = 3;
    private static final long PINNED_BYTES = 2L << 20;

    private final AtomicLong handles = new AtomicLong(1L << 40);
    private final AtomicLong looks = new AtomicLong();
    /** Sessions take turns, and nobody looks at what their copies bring. */
    private final MemorySegment pinned = Arena.ofAuto().allocate(PINNED_BYTES, 64);

    /** The first of three. */
    static final class First extends StandInDriver {}

    /** The second. */
    static final class Second extends StandInDriver {}

    /** The third. */
    static final class Third extends StandInDriver {}

    /** One of each. */
    static List<StandInDriver> all() {
        return List.of(new First(), new Second(), new Third());
    }

    @Override
    public CudaDriver open(List<String> environment, ProgramOutput output) {
        return this;
    }

    private int make(long out) {
        NativeMemory.putLong(out, handles.addAndGet(1L << 21));
        return CudaResult.SUCCESS;
    }

    private int look() {
        return looks.incrementAndGet() % 4 == 0 ? CudaResult.SUCCESS : CudaResult.NOT_READY;
    }

    @Override
    public int cuInit(int flags) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDriverGetVersion(long out) {
        NativeMemory.putInt(out, VERSION);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDeviceGetCount(long out) {
        NativeMemory.putInt(out, 1);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDeviceTotalMem_v2(long out, int device) {
        NativeMemory.putLong(out, MEMORY_BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDevicePrimaryCtxRetain(long out, int device) {
        return make(out);
    }

    @Override
    public int cuCtxSetCurrent(long context) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuCtxGetDevice(long out) {
        NativeMemory.putInt(out, 0);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuModuleLoadDataEx(long out, long image, int count, long options, long values) {
        return make(out);
    }

    @Override
    public int cuModuleGetFunction(long out, long module, long name) {
        return make(out);
    }

    @Override
    public int cuFuncGetParamInfo(long function, long index, long offset, long size) {
        if (index >= PARAMETERS) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putLong(offset, index * Long.BYTES);
        NativeMemory.putLong(size, Long.BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuFuncLoad(long function) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemAlloc_v2(long out, long bytes) {
        return make(out);
    }

    @Override
    public int cuMemFree_v2(long pointer) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemGetInfo_v2(long free, long total) {
        NativeMemory.putLong(free, MEMORY_BYTES);
        NativeMemory.putLong(total, MEMORY_BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemHostAlloc(long out, long bytes, int flags) {
        NativeMemory.putLong(out, pinned.address());
        return bytes <= PINNED_BYTES ? CudaResult.SUCCESS : CudaResult.OUT_OF_MEMORY;
    }

    @Override
    public int cuMemcpyHtoDAsync_v2(long target, long source, long bytes, long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemcpyDtoHAsync_v2(long target, long source, long bytes, long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemsetD8Async(long target, int value, long bytes, long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuStreamQuery(long stream) {
        return look();
    }

    @Override
    public int cuStreamSynchronize(long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventCreate(long out, int flags) {
        return make(out);
    }

    @Override
    public int cuEventRecord(long event, long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventQuery(long event) {
        return look();
    }

    @Override
    public int cuEventSynchronize(long event) {
        return CudaResult.SUCCESS;
    }

    @Override
    @SuppressWarnings("checkstyle:parameternumber") // the driver's
    public int cuLaunchKernel(
            long function,
            int gridX,
            int gridY,
            int gridZ,
            int blockX,
            int blockY,
            int blockZ,
            int sharedBytes,
            long stream,
            long parameters,
            long extra) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuLaunchKernelEx(long config, long function, long parameters, long extra) {
        return CudaResult.SUCCESS;
    }
}
