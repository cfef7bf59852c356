package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A driver that records what it is asked and whose streams stop and go as a test says. Device memory is host memory;
 * copies happen at once. It says what it is by its device's name.
 */
final class FakeCudaDriver implements CudaDriver {
    static final long TOTAL_BYTES = 1L << 30;

    private record Mark(long stream, long moment) {}

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final Map<Long, MemorySegment> blocks = new ConcurrentSkipListMap<>();
    private final Set<Long> stopped = ConcurrentHashMap.newKeySet();
    private final Map<Long, Mark> marks = new ConcurrentHashMap<>();
    private final AtomicLong handles = new AtomicLong(0x1000);
    private final ThreadLocal<Long> current = ThreadLocal.withInitial(() -> 0L);
    private final Set<String> threads = ConcurrentHashMap.newKeySet();
    private final Object moved = new Object();
    /** An image that this driver does not survive. */
    static final String BREAKS = ".version 8.0 // breaks";

    private volatile int launchResult = CudaResult.SUCCESS;
    private volatile int contextResult = CudaResult.SUCCESS;
    private volatile long devicePointerMoved;

    List<String> calls() {
        return calls;
    }

    /** Names of the threads that issued anything in order. */
    Set<String> threads() {
        return threads;
    }

    int liveBlocks() {
        return blocks.size();
    }

    void stop(long stream) {
        stopped.add(stream);
    }

    void go(long stream) {
        stopped.remove(stream);
        synchronized (moved) {
            moved.notifyAll();
        }
    }

    void failLaunches(int result) {
        launchResult = result;
    }

    /** A kernel has failed so: from now on the driver says it of streams, and describes no function. */
    void failContext(int result) {
        contextResult = result;
    }

    /** The GPU will see registered memory so far from where the host has it. */
    void moveDevicePointers(long bytes) {
        devicePointerMoved = bytes;
    }

    private int did(String call) {
        calls.add(call);
        threads.add(Thread.currentThread().getName());
        return CudaResult.SUCCESS;
    }

    private int make(long out, String call) {
        NativeMemory.putLong(out, handles.incrementAndGet());
        return did(call);
    }

    @Override
    public int cuInit(int flags) {
        return did("cuInit");
    }

    @Override
    public int cuDriverGetVersion(long out) {
        NativeMemory.putInt(out, 13000);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDeviceGetCount(long out) {
        NativeMemory.putInt(out, 1);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDeviceGetName(long name, int length, int device) {
        NativeMemory.putString(name, "Fake device for tests", length);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDeviceTotalMem_v2(long out, int device) {
        NativeMemory.putLong(out, TOTAL_BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuDevicePrimaryCtxRetain(long out, int device) {
        NativeMemory.putLong(out, 0x77);
        return did("cuDevicePrimaryCtxRetain");
    }

    @Override
    public int cuCtxSetCurrent(long context) {
        current.set(context);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuCtxGetDevice(long out) {
        NativeMemory.putInt(out, 0);
        return current.get() == 0 ? CudaResult.INVALID_CONTEXT : CudaResult.SUCCESS;
    }

    @Override
    public int cuMemAlloc_v2(long out, long bytes) {
        MemorySegment block = Arena.ofAuto().allocate(bytes, 512);
        blocks.put(block.address(), block);
        NativeMemory.putLong(out, block.address());
        return did("cuMemAlloc_v2");
    }

    @Override
    public int cuMemFree_v2(long pointer) {
        did("cuMemFree_v2");
        return blocks.remove(pointer) == null ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS;
    }

    @Override
    public int cuMemGetInfo_v2(long free, long total) {
        NativeMemory.putLong(free, TOTAL_BYTES);
        NativeMemory.putLong(total, TOTAL_BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemHostAlloc(long out, long bytes, int flags) {
        MemorySegment block = Arena.ofAuto().allocate(bytes, 512);
        blocks.put(-block.address(), block);
        NativeMemory.putLong(out, block.address());
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemHostRegister_v2(long address, long bytes, int flags) {
        return did("cuMemHostRegister_v2 " + bytes);
    }

    @Override
    public int cuMemHostGetDevicePointer_v2(long out, long address, int flags) {
        NativeMemory.putLong(out, address + devicePointerMoved);
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuMemHostUnregister(long address) {
        return did("cuMemHostUnregister");
    }

    @Override
    public int cuMemcpyHtoDAsync_v2(long target, long source, long bytes, long stream) {
        NativeMemory.copy(source, target, bytes);
        return did("cuMemcpyHtoDAsync_v2 " + bytes);
    }

    @Override
    public int cuMemcpyDtoHAsync_v2(long target, long source, long bytes, long stream) {
        NativeMemory.copy(source, target, bytes);
        return did("cuMemcpyDtoHAsync_v2 " + bytes);
    }

    @Override
    public int cuStreamCreate(long out, int flags) {
        return make(out, "cuStreamCreate");
    }

    @Override
    public int cuEventCreate(long out, int flags) {
        NativeMemory.putLong(out, handles.incrementAndGet());
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventRecord(long event, long stream) {
        marks.put(event, new Mark(stream, System.nanoTime()));
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventQuery(long event) {
        Mark mark = marks.get(event);
        return mark != null && stopped.contains(mark.stream()) ? CudaResult.NOT_READY : CudaResult.SUCCESS;
    }

    @Override
    public int cuMemsetD32Async(long dstDevice, int ui, long n, long hStream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuStreamQuery(long stream) {
        if (contextResult != CudaResult.SUCCESS) {
            return contextResult;
        }
        return stopped.contains(stream) ? CudaResult.NOT_READY : CudaResult.SUCCESS;
    }

    @Override
    public int cuStreamSynchronize(long stream) {
        return cuStreamQuery(stream);
    }

    @Override
    public int cuEventSynchronize(long event) {
        synchronized (moved) {
            while (cuEventQuery(event) == CudaResult.NOT_READY) {
                try {
                    moved.wait(1000);
                } catch (InterruptedException stopping) {
                    Thread.currentThread().interrupt();
                    return CudaResult.UNKNOWN;
                }
            }
        }
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuLaunchKernel(
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
        did("cuLaunchKernel " + gridDimX);
        return launchResult;
    }

    @Override
    public int cuModuleLoadDataEx(long module, long image, int count, long options, long values) {
        String text = NativeMemory.getString(image);
        if (text.equals(BREAKS)) {
            throw new StackOverflowError();
        }
        return make(module, "cuModuleLoadDataEx " + text);
    }

    @Override
    public int cuModuleGetFunction(long function, long module, long name) {
        return make(function, "cuModuleGetFunction " + NativeMemory.getString(name));
    }

    @Override
    public int cuFuncGetParamInfo(long function, long index, long offset, long size) {
        if (contextResult != CudaResult.SUCCESS) {
            return CudaResult.INVALID_CONTEXT;
        }
        if (index > 1) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putLong(offset, index * 8);
        NativeMemory.putLong(size, 8);
        return CudaResult.SUCCESS;
    }
}
