package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.LaunchShape;
import java.lang.foreign.MemorySegment;

/**
 * Everything one launch needs to know.
 *
 * @param kernel the entry's number in the program
 * @param sharedBytes shared memory of a block, dynamic bytes included
 * @param params the parameter block, at least as long as the kernel's parameters
 */
public record Launch(
        Program program,
        int kernel,
        LaunchShape shape,
        int sharedBytes,
        MemorySegment params,
        DeviceMemory memory,
        LaunchContext context) {}
