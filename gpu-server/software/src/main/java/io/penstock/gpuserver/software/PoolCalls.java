package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Memory in stream order, and the pools it comes from. */
interface PoolCalls extends DriverCalls {
    /** CU_MEM_LOCATION_TYPE_DEVICE. */
    int LOCATION_DEVICE = 1;
    /** CU_MEM_ACCESS_FLAGS_PROT_READWRITE. */
    int ACCESS_READ_WRITE = 3;

    private int onPool(long handle, ToIntFunction<MemoryPool> call) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        MemoryPool pool = machine().handles().get(handle, MemoryPool.class);
        return pool == null ? CudaResult.INVALID_VALUE : call.applyAsInt(pool);
    }

    /** The address is known at once; a failing allocation waits for frees that are still queued and tries again. */
    private int allocate(long dptr, long bytes, MemoryPool pool, Stream stream) {
        if (dptr == 0 || bytes == 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (bytes < 0) {
            return CudaResult.OUT_OF_MEMORY;
        }
        if (machine().captures().isCapturing(stream)) {
            return allocateByNode(dptr, bytes, pool, stream);
        }
        Context context = stream.context();
        Block block = take(context, bytes, pool);
        if (block == null) {
            machine().timeline().await(context.streams());
            block = take(context, bytes, pool);
        }
        if (block == null) {
            return CudaResult.OUT_OF_MEMORY;
        }
        NativeMemory.putLong(dptr, block.base());
        return CudaResult.SUCCESS;
    }

    /** In a capture it becomes a node that allocates from the pool's device, as if it had been added to the graph. */
    private int allocateByNode(long dptr, long bytes, MemoryPool pool, Stream stream) {
        Block block = machine().allocateForGraph(pool.device(), bytes);
        if (block == null) {
            return CudaResult.OUT_OF_MEMORY;
        }
        GraphAllocation allocation = new GraphAllocation(machine(), block, pool.properties(), new byte[0]);
        machine().graphAllocations().put(block.base(), allocation);
        if (!machine().captures().record(stream, new GraphMemoryWork.Allocate(allocation))) {
            allocation.letGo();
            return CudaResult.STREAM_CAPTURE_INVALIDATED;
        }
        NativeMemory.putLong(dptr, block.base());
        return CudaResult.SUCCESS;
    }

    private @Nullable Block take(Context context, long bytes, MemoryPool pool) {
        if (!pool.take(bytes)) {
            return null;
        }
        Block block = machine().allocate(context, bytes, Block.Kind.POOL, pool);
        if (block == null) {
            pool.gaveBack(bytes);
        }
        return block;
    }

    @Override
    default int cuMemAllocAsync(long dptr, long bytesize, long hStream) {
        return onStream(
                hStream,
                stream -> allocate(dptr, bytesize, stream.context().device().pool(), stream));
    }

    @Override
    default int cuMemAllocFromPoolAsync(long dptr, long bytesize, long pool, long hStream) {
        return onPool(pool, found -> onStream(hStream, stream -> allocate(dptr, bytesize, found, stream)));
    }

    @Override
    default int cuMemFreeAsync(long dptr, long hStream) {
        return onStream(hStream, stream -> {
            GraphAllocation allocation = machine().graphAllocations().get(dptr);
            if (machine().captures().isCapturing(stream)) {
                // "must therefore be passed the address of a graph allocation" (cuMemFreeAsync, during stream capture)
                return allocation != null && machine().captures().record(stream, new GraphMemoryWork.Free(allocation))
                        ? CudaResult.SUCCESS
                        : CudaResult.INVALID_VALUE;
            }
            if (allocation != null) {
                return freeOfGraph(allocation, stream);
            }
            Block block = machine().blocks().at(dptr);
            if (block == null || (block.kind() != Block.Kind.POOL && block.kind() != Block.Kind.DEVICE)) {
                return CudaResult.INVALID_VALUE;
            }
            machine().timeline().submit(stream, new FreeWork(machine(), block), List.of());
            return CudaResult.SUCCESS;
        });
    }

    /** The memory itself may go once the stream has come here. */
    private int freeOfGraph(GraphAllocation allocation, Stream stream) {
        if (!allocation.allocated()) {
            return CudaResult.INVALID_VALUE;
        }
        Operation before = machine().timeline().submit(stream, MarkWork.EMPTY, List.of());
        machine().timeline().await(before);
        return allocation.setAllocated(false) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
    }

    @Override
    default int cuDeviceGetDefaultMemPool(long pool_out, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putLong(pool_out, device.defaultPool().handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceGetMemPool(long pool, int dev) {
        return onDevice(dev, device -> {
            NativeMemory.putLong(pool, device.pool().handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuDeviceSetMemPool(int dev, long pool) {
        return onDevice(
                dev,
                device -> onPool(pool, found -> {
                    if (found.device() != device) {
                        return CudaResult.INVALID_VALUE;
                    }
                    device.setPool(found);
                    return CudaResult.SUCCESS;
                }));
    }

    /** CUmemPoolProps: allocation type, handle types, location {type, id}, an address for Windows, maximum size, … */
    @Override
    default int cuMemPoolCreate(long pool, long poolProps) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (pool == 0 || poolProps == 0 || NativeMemory.getInt(poolProps) != 1) {
            return CudaResult.INVALID_VALUE;
        }
        if (NativeMemory.getInt(poolProps + 4) != 0 || NativeMemory.getInt(poolProps + 8) != LOCATION_DEVICE) {
            return CudaResult.NOT_SUPPORTED; // exported pools and pools of host memory are not built
        }
        long maxBytes = NativeMemory.getLong(poolProps + 24);
        return onDevice(NativeMemory.getInt(poolProps + 12), device -> {
            MemoryPool made = new MemoryPool(device, machine().handles().take(), false, maxBytes);
            machine().handles().put(made.handle(), made);
            NativeMemory.putLong(pool, made.handle());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemPoolDestroy(long pool) {
        return onPool(pool, found -> {
            if (found.isDefault()) {
                return CudaResult.INVALID_VALUE;
            }
            machine().handles().remove(pool, MemoryPool.class);
            if (found.device().pool() == found) {
                found.device().setPool(found.device().defaultPool());
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemPoolTrimTo(long pool, long minBytesToKeep) {
        return onPool(pool, found -> CudaResult.SUCCESS);
    }

    @Override
    default int cuMemPoolGetAttribute(long pool, int attr, long value) {
        return onPool(pool, found -> {
            Long current = found.get(attr);
            if (current == null || value == 0) {
                return CudaResult.INVALID_VALUE;
            }
            if (MemoryPool.isFlag(attr)) {
                NativeMemory.putInt(value, current.intValue());
            } else {
                NativeMemory.putLong(value, current);
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemPoolSetAttribute(long pool, int attr, long value) {
        return onPool(pool, found -> {
            long wanted = MemoryPool.isFlag(attr) ? NativeMemory.getInt(value) : NativeMemory.getLong(value);
            return found.set(attr, wanted) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        });
    }

    /** Every device of the process can reach every pool already. */
    @Override
    default int cuMemPoolSetAccess(long pool, long map, long count) {
        return onPool(pool, found -> CudaResult.SUCCESS);
    }

    @Override
    default int cuMemPoolGetAccess(long flags, long memPool, long location) {
        return onPool(memPool, found -> {
            NativeMemory.putInt(flags, ACCESS_READ_WRITE);
            return CudaResult.SUCCESS;
        });
    }
}
