package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Everything one launch needs to know.
 *
 * @param kernel the entry's number in the program
 * @param sharedBytes shared memory of a block, dynamic bytes included
 * @param reservedBytes shared memory behind it that the kernel's libraries keep for themselves, 0 where none asks for it
 * @param residentBlocks how many blocks a processor holds at the same time, at least 1
 * @param workspace address of the words by which the blocks of a cooperative grid wait for each other, 0 for other grids
 * @param params the parameter block, at least as long as the kernel's parameters
 */
public record Launch(
        Program program,
        int kernel,
        LaunchShape shape,
        int sharedBytes,
        int reservedBytes,
        int residentBlocks,
        long workspace,
        MemorySegment params,
        DeviceMemory memory,
        LaunchContext context) {
    /** What a GPU of compute capability 8.0 keeps of each block's shared memory (CUDA C++ Programming Guide, 20.7). */
    public static final int RESERVED_BYTES = 1024;

    private static final int WORKSPACE_BYTES = 8;
    private static final int RESERVED_ALIGNMENT = 128;

    /** The same launch with a workspace, the size and a word of zero: kernels find it by {@code %envreg1} and {@code %envreg2}. */
    Launch cooperative(Arena arena) {
        MemorySegment words = arena.allocate(WORKSPACE_BYTES, WORKSPACE_BYTES);
        words.set(ValueLayout.JAVA_INT, 0, WORKSPACE_BYTES);
        DeviceMemory.Range own = new DeviceMemory.Range(words.address(), words.address() + WORKSPACE_BYTES);
        DeviceMemory both = new DeviceMemory() {
            @Override
            public @Nullable Range rangeOf(long address) {
                return address >= own.start() && address < own.end() ? own : memory.rangeOf(address);
            }

            @Override
            public @Nullable Range constantRangeOf(long address) {
                return memory.constantRangeOf(address);
            }

            @Override
            public @Nullable Range writableRangeOf(long address) {
                return address >= own.start() && address < own.end() ? own : memory.writableRangeOf(address);
            }
        };
        return new Launch(
                program,
                kernel,
                shape,
                sharedBytes,
                reservedBytes,
                residentBlocks,
                words.address(),
                params,
                both,
                context);
    }

    /** Where in a block's shared memory the reserved part begins: at the end where there is none. */
    int reservedStart() {
        return (sharedBytes + RESERVED_ALIGNMENT - 1) & -RESERVED_ALIGNMENT;
    }

    /** All that a block's threads may touch of its shared memory. */
    int sharedEnd() {
        return reservedBytes == 0 ? sharedBytes : reservedStart() + reservedBytes;
    }
}
