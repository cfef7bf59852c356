package io.penstock.gpuserver.software.ptx;

import org.jspecify.annotations.Nullable;

/** What a running grid asks of the driver around it; called from the grid's threads, several at once. */
public interface LaunchContext {
    /** True ends the grid soon with {@link PtxFault.Kind#LAUNCH_TIMEOUT}; polled often, so it must be a plain volatile read. */
    boolean cancelled();

    /** Text of the device's printf, in the order each thread wrote it. */
    void print(String text);

    /** What a failed assertion says. */
    void complain(String text);

    /** How many bytes of stack the functions that a kernel calls may take in each thread (CU_LIMIT_STACK_SIZE). */
    long stackBytes();

    /** The device's malloc: the address of fresh device memory that {@link DeviceMemory#rangeOf} knows, or 0 when the heap is full. */
    long malloc(long bytes);

    /** The device's free of what {@link #malloc} gave; 0 is ignored. */
    void free(long address);

    /** The texture that a kernel names by its object, or null where there is none. */
    @Nullable
    Texture texture(long object);

    /** The texels of the surface that a kernel names by its object, or null where there is none. */
    @Nullable
    Texels surface(long object);
}
