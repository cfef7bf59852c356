package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;

/** The CUpointer_attributes of one pointer into a known block. */
record PointerAttributes(Machine machine, Block block, long pointer) {
    static final int SYNC_MEMOPS = 6;

    private static final int CONTEXT = 1;
    private static final int MEMORY_TYPE = 2;
    private static final int DEVICE_POINTER = 3;
    private static final int HOST_POINTER = 4;
    private static final int P2P_TOKENS = 5;
    private static final int BUFFER_ID = 7;
    private static final int IS_MANAGED = 8;
    private static final int DEVICE_ORDINAL = 9;
    private static final int IS_LEGACY_IPC_CAPABLE = 10;
    private static final int RANGE_START = 11;
    private static final int RANGE_SIZE = 12;
    private static final int MAPPED = 13;
    private static final int ALLOWED_HANDLE_TYPES = 14;
    private static final int IS_GPU_DIRECT_RDMA_CAPABLE = 15;
    private static final int ACCESS_FLAGS = 16;
    private static final int POOL_HANDLE = 17;
    private static final int MAPPING_SIZE = 18;
    private static final int MAPPING_BASE = 19;
    private static final int MEMORY_BLOCK_ID = 20;
    private static final int IS_HW_DECOMPRESS_CAPABLE = 21;

    private static final int TYPE_HOST = 1;
    private static final int TYPE_DEVICE = 2;
    private static final int NO_DEVICE = -2;

    /** Writes the attribute with its own width, or answers the refusal. */
    int put(int attribute, long at) {
        boolean host = block.isHost();
        switch (attribute) {
            case CONTEXT -> NativeMemory.putLong(at, block.context());
            case MEMORY_TYPE -> NativeMemory.putInt(at, host ? TYPE_HOST : TYPE_DEVICE);
            case DEVICE_POINTER -> NativeMemory.putLong(at, pointer);
            case HOST_POINTER -> {
                if (!host) {
                    return CudaResult.INVALID_VALUE;
                }
                NativeMemory.putLong(at, pointer);
            }
            case P2P_TOKENS -> {
                if (host) {
                    return CudaResult.INVALID_VALUE;
                }
                NativeMemory.fill(at, 16, (byte) 0);
            }
            case SYNC_MEMOPS -> putFlag(at, !host);
            case BUFFER_ID, MEMORY_BLOCK_ID -> NativeMemory.putLong(at, block.id());
            case IS_MANAGED, IS_GPU_DIRECT_RDMA_CAPABLE, IS_HW_DECOMPRESS_CAPABLE, IS_LEGACY_IPC_CAPABLE ->
                putFlag(at, false);
            case DEVICE_ORDINAL -> NativeMemory.putInt(at, block.device().ordinal());
            case RANGE_START, MAPPING_BASE -> NativeMemory.putLong(at, block.base());
            case RANGE_SIZE -> NativeMemory.putLong(at, block.bytes());
            case MAPPED -> putFlag(at, true);
            case ALLOWED_HANDLE_TYPES -> NativeMemory.putLong(at, 0);
            case ACCESS_FLAGS -> NativeMemory.putInt(at, PoolCalls.ACCESS_READ_WRITE);
            case POOL_HANDLE -> {
                MemoryPool pool = block.pool();
                NativeMemory.putLong(at, pool == null ? 0 : pool.handle());
            }
            case MAPPING_SIZE -> NativeMemory.putLong(at, mappingBytes());
            default -> {
                return CudaResult.INVALID_VALUE;
            }
        }
        return CudaResult.SUCCESS;
    }

    private long mappingBytes() {
        long step = AddressSpace.CHUNK_BYTES;
        boolean exact = block.kind() == Block.Kind.REGISTERED || block.kind() == Block.Kind.HOST;
        return exact ? block.bytes() : (block.bytes() + step - 1) / step * step;
    }

    /** C's bool where one is asked for takes one byte; programs pass an int of zero as well as a bool. */
    private static void putFlag(long at, boolean value) {
        NativeMemory.putByte(at, (byte) (value ? 1 : 0));
    }

    /** What the plural form writes where the attribute does not apply; the pointer is 0 for a known block. */
    static void putUnknown(int attribute, long at, long pointer) {
        switch (attribute) {
            case CONTEXT, DEVICE_POINTER, RANGE_START, RANGE_SIZE, BUFFER_ID, MEMORY_BLOCK_ID, POOL_HANDLE ->
                NativeMemory.putLong(at, 0);
            case HOST_POINTER -> NativeMemory.putLong(at, pointer);
            case MEMORY_TYPE -> NativeMemory.putInt(at, 0);
            case DEVICE_ORDINAL -> NativeMemory.putInt(at, NO_DEVICE);
            case IS_MANAGED, MAPPED, IS_LEGACY_IPC_CAPABLE -> putFlag(at, false);
            default -> {
                // CUDA leaves it as it was
            }
        }
    }
}
