package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.function.IntSupplier;

/** Addresses reserved, memory created, and the one put at the other. */
interface VirtualMemoryCalls extends DriverCalls {
    /** CUmemAccessDesc: location {type, id}, flags. */
    int ACCESS_DESCRIPTION_BYTES = 12;
    /** CU_MEM_ACCESS_FLAGS_PROT_READ. */
    int ACCESS_READ = 1;

    private static boolean whole(long bytes) {
        return bytes > 0 && bytes % VirtualMemory.GRANULARITY_BYTES == 0;
    }

    @Override
    default int cuMemAddressReserve(long ptr, long size, long alignment, long addr, long flags) {
        return inContext(context -> {
            boolean aligned = alignment == 0 || (alignment & (alignment - 1)) == 0;
            if (ptr == 0 || !whole(size) || !aligned || flags != 0) {
                return CudaResult.INVALID_VALUE;
            }
            long address = machine().virtualMemory().reserve(size, alignment, addr);
            if (address == 0) {
                return CudaResult.OUT_OF_MEMORY;
            }
            machine().addBlock(address, size, Block.Kind.RESERVED, context, 0, null);
            NativeMemory.putLong(ptr, address);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemAddressFree(long ptr, long size) {
        return inContext(context -> {
            Block block = machine().blocks().at(ptr);
            if (block == null || block.kind() != Block.Kind.RESERVED) {
                return CudaResult.INVALID_VALUE;
            }
            if (!machine().virtualMemory().free(ptr, size)) {
                return CudaResult.INVALID_VALUE;
            }
            machine().blocks().remove(block);
            return CudaResult.SUCCESS;
        });
    }

    /** CUmemAllocationProp: type, handle types, location {type, id}, … */
    @Override
    default int cuMemCreate(long handle, long size, long prop, long flags) {
        return inContext(context -> {
            if (handle == 0 || prop == 0 || !whole(size) || flags != 0 || NativeMemory.getInt(prop) != 1) {
                return CudaResult.INVALID_VALUE;
            }
            boolean exported = NativeMemory.getInt(prop + 4) != 0;
            if (exported || NativeMemory.getInt(prop + 8) != PoolCalls.LOCATION_DEVICE) {
                return CudaResult.NOT_SUPPORTED;
            }
            return onDevice(NativeMemory.getInt(prop + 12), device -> {
                VirtualMemory.Physical memory = machine().virtualMemory().create(device, size);
                if (memory == null) {
                    return CudaResult.OUT_OF_MEMORY;
                }
                NativeMemory.putLong(handle, memory.hold(machine().handles()));
                return CudaResult.SUCCESS;
            });
        });
    }

    @Override
    default int cuMemRelease(long handle) {
        return inContext(context -> {
            VirtualMemory.Physical memory = machine().handles().get(handle, VirtualMemory.Physical.class);
            if (memory == null || !memory.letGo(machine().handles())) {
                return CudaResult.INVALID_VALUE;
            }
            machine().virtualMemory().release(memory);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemMap(long ptr, long size, long offset, long handle, long flags) {
        return inContext(context -> {
            VirtualMemory.Physical memory = machine().handles().get(handle, VirtualMemory.Physical.class);
            if (memory == null || !whole(size) || flags != 0) {
                return CudaResult.INVALID_VALUE;
            }
            return machine().virtualMemory().map(ptr, size, offset, memory);
        });
    }

    @Override
    default int cuMemUnmap(long ptr, long size) {
        return inContext(context ->
                whileNothingRuns(true, () -> machine().virtualMemory().unmap(ptr, size)));
    }

    /** Memory that a running kernel may hold an address of goes only when none runs. */
    private int whileNothingRuns(boolean takesAway, IntSupplier call) {
        if (!takesAway) {
            return call.getAsInt();
        }
        machine().memoryInUse().writeLock().lock();
        try {
            return call.getAsInt();
        } finally {
            machine().memoryInUse().writeLock().unlock();
        }
    }

    @Override
    default int cuMemSetAccess(long ptr, long size, long desc, long count) {
        return inContext(context -> {
            if (desc == 0 || count <= 0 || !whole(size)) {
                return CudaResult.INVALID_VALUE;
            }
            int flags = NativeMemory.getInt(desc + (count - 1) * ACCESS_DESCRIPTION_BYTES + 8);
            byte access = flags == PoolCalls.ACCESS_READ_WRITE ? AddressSpace.WRITTEN : (byte) flags;
            if (flags != 0 && flags != ACCESS_READ && flags != PoolCalls.ACCESS_READ_WRITE) {
                return CudaResult.INVALID_VALUE;
            }
            return whileNothingRuns(
                    access != AddressSpace.WRITTEN,
                    () -> machine().virtualMemory().setAccess(ptr, size, access));
        });
    }

    @Override
    default int cuMemGetAccess(long flags, long location, long ptr) {
        return inContext(context -> {
            if (machine().virtualMemory().mappingAt(ptr) == null) {
                return CudaResult.INVALID_VALUE;
            }
            boolean open = machine().space().accessible(ptr, 1);
            boolean written = machine().space().writable(ptr, 1);
            NativeMemory.putLong(flags, written ? PoolCalls.ACCESS_READ_WRITE : open ? ACCESS_READ : 0);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemGetAllocationGranularity(long granularity, long prop, int option) {
        if (!machine().initialised()) {
            return CudaResult.NOT_INITIALIZED;
        }
        if (granularity == 0 || prop == 0 || option < 0 || option > 1) {
            return CudaResult.INVALID_VALUE;
        }
        NativeMemory.putLong(granularity, VirtualMemory.GRANULARITY_BYTES);
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuMemGetAllocationPropertiesFromHandle(long prop, long handle) {
        return inContext(context -> {
            VirtualMemory.Physical memory = machine().handles().get(handle, VirtualMemory.Physical.class);
            if (memory == null || prop == 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.fill(prop, 32, (byte) 0);
            NativeMemory.putInt(prop, 1);
            NativeMemory.putInt(prop + 8, PoolCalls.LOCATION_DEVICE);
            NativeMemory.putInt(prop + 12, memory.device.ordinal());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemRetainAllocationHandle(long handle, long addr) {
        return inContext(context -> {
            VirtualMemory.Mapping mapping = machine().virtualMemory().mappingAt(addr);
            if (mapping == null) {
                return CudaResult.INVALID_VALUE;
            }
            machine().virtualMemory().retain(mapping.memory());
            NativeMemory.putLong(handle, mapping.memory().hold(machine().handles()));
            return CudaResult.SUCCESS;
        });
    }
}
