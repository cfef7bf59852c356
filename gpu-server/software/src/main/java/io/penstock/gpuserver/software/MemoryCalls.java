package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;

/** Device memory and host memory that the driver knows: allocated, registered, freed, measured. */
interface MemoryCalls extends DriverCalls {
    /** Rows of cuMemAllocPitch start at multiples of this. */
    long PITCH_BYTES = 512;
    /** cuMemHostAlloc: portable, device map, write-combined. */
    int HOST_ALLOC_FLAGS_KNOWN = 7;
    /** cuMemHostRegister: portable, device map, I/O memory, read only. */
    int HOST_REGISTER_FLAGS_KNOWN = 15;
    /** What every host block is, whatever was asked: portable and mapped. */
    int HOST_FLAGS_ALWAYS = 3;

    private int allocate(Context context, long dptr, long bytes) {
        int refusal = machine().captures().refuseUnsafe(machine().thread());
        if (refusal != CudaResult.SUCCESS) {
            return refusal;
        }
        Block block = machine().allocate(context, bytes, Block.Kind.DEVICE, null);
        if (block == null) {
            return CudaResult.OUT_OF_MEMORY;
        }
        NativeMemory.putLong(dptr, block.base());
        return CudaResult.SUCCESS;
    }

    @Override
    default int cuMemAlloc_v2(long dptr, long bytesize) {
        return inContext(context -> {
            if (dptr == 0 || bytesize == 0) {
                return CudaResult.INVALID_VALUE;
            }
            return bytesize < 0 ? CudaResult.OUT_OF_MEMORY : allocate(context, dptr, bytesize);
        });
    }

    @Override
    default int cuMemAllocPitch_v2(long dptr, long pPitch, long widthInBytes, long height, int elementSizeBytes) {
        return inContext(context -> {
            boolean element = elementSizeBytes == 4 || elementSizeBytes == 8 || elementSizeBytes == 16;
            if (dptr == 0 || pPitch == 0 || widthInBytes <= 0 || height <= 0 || !element) {
                return CudaResult.INVALID_VALUE;
            }
            long pitch = (widthInBytes + PITCH_BYTES - 1) & -PITCH_BYTES;
            if (Math.multiplyHigh(pitch, height) != 0 || pitch * height < 0) {
                return CudaResult.OUT_OF_MEMORY;
            }
            int result = allocate(context, dptr, pitch * height);
            if (result == CudaResult.SUCCESS) {
                NativeMemory.putLong(pPitch, pitch);
            }
            return result;
        });
    }

    /** Waits for the device, as the real call does: nothing that was ordered before can still use the memory. */
    @Override
    default int cuMemFree_v2(long dptr) {
        if (dptr == 0 && machine().initialised()) {
            return CudaResult.SUCCESS;
        }
        Block block = machine().blocks().at(dptr);
        Context owner = block == null ? null : machine().handles().get(block.context(), Context.class);
        return inContextOf(owner, context -> {
            GraphAllocation allocation = machine().graphAllocations().get(dptr);
            boolean own = block != null && (block.kind() == Block.Kind.DEVICE || block.kind() == Block.Kind.POOL);
            if (!own && (allocation == null || !allocation.allocated())) {
                return CudaResult.INVALID_VALUE;
            }
            int refusal = machine().captures().refuseUnsafe(machine().thread());
            if (refusal != CudaResult.SUCCESS) {
                return refusal;
            }
            machine().timeline().await(context.streams());
            if (context.fault() != 0) {
                return context.fault();
            }
            boolean freed = allocation == null ? machine().freeBlock(dptr) : allocation.setAllocated(false);
            return freed ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuMemGetInfo_v2(long free, long total) {
        return inContext(context -> {
            Heap heap = context.device().heap();
            NativeMemory.putLong(free, heap.freeBytes());
            NativeMemory.putLong(total, heap.totalBytes());
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemGetAddressRange_v2(long pbase, long psize, long dptr) {
        return inContext(context -> {
            Block block = machine().blocks().find(dptr);
            if (block == null || block.isHost() || block.kind() == Block.Kind.ARRAY) {
                return CudaResult.NOT_FOUND;
            }
            if (pbase != 0) {
                NativeMemory.putLong(pbase, block.base());
            }
            if (psize != 0) {
                NativeMemory.putLong(psize, block.bytes());
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemHostAlloc(long pp, long bytesize, int flags) {
        return inContext(context -> {
            if (pp == 0 || bytesize == 0 || (flags & ~HOST_ALLOC_FLAGS_KNOWN) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            int access = LibC.PROT_READ | LibC.PROT_WRITE;
            long at = bytesize < 0
                    ? LibC.MAP_FAILED
                    : LibC.mmap(0, bytesize, access, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS, -1, 0);
            if (at == LibC.MAP_FAILED) {
                return CudaResult.OUT_OF_MEMORY;
            }
            machine().addBlock(at, bytesize, Block.Kind.HOST, context, flags | HOST_FLAGS_ALWAYS, null);
            NativeMemory.putLong(pp, at);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemAllocHost_v2(long pp, long bytesize) {
        return cuMemHostAlloc(pp, bytesize, 0);
    }

    @Override
    default int cuMemFreeHost(long p) {
        return inContext(context -> {
            Block block = machine().blocks().at(p);
            if (block == null || block.kind() != Block.Kind.HOST) {
                return CudaResult.INVALID_VALUE;
            }
            machine().timeline().await(context.streams());
            return machine().freeHost(block) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        });
    }

    @Override
    default int cuMemHostRegister_v2(long p, long bytesize, int flags) {
        return inContext(context -> {
            if (p == 0 || bytesize <= 0 || (flags & ~HOST_REGISTER_FLAGS_KNOWN) != 0) {
                return CudaResult.INVALID_VALUE;
            }
            if (machine().blocks().overlaps(p, bytesize)) {
                return CudaResult.HOST_MEMORY_ALREADY_REGISTERED;
            }
            machine().addBlock(p, bytesize, Block.Kind.REGISTERED, context, flags | HOST_FLAGS_ALWAYS, null);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemHostUnregister(long p) {
        return inContext(context -> {
            Block block = machine().blocks().at(p);
            if (block == null || block.kind() != Block.Kind.REGISTERED) {
                return CudaResult.HOST_MEMORY_NOT_REGISTERED;
            }
            machine().timeline().await(context.streams());
            return machine().blocks().remove(block) ? CudaResult.SUCCESS : CudaResult.HOST_MEMORY_NOT_REGISTERED;
        });
    }

    @Override
    default int cuMemHostGetDevicePointer_v2(long pdptr, long p, int flags) {
        return inContext(context -> {
            Block block = machine().blocks().find(p);
            if (block == null || !block.isHost() || flags != 0) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putLong(pdptr, p);
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuMemHostGetFlags(long pFlags, long p) {
        return inContext(context -> {
            Block block = machine().blocks().find(p);
            if (block == null || !block.isHost()) {
                return CudaResult.INVALID_VALUE;
            }
            NativeMemory.putInt(pFlags, block.flags());
            return CudaResult.SUCCESS;
        });
    }
}
