/**
 * The software GPU: {@code CudaDriver} in Java, with CUDA's order, limits and error codes, running PTX on the CPU.
 *
 * <p>Where to look: {@code *Calls} are the C functions by family, each checking what the driver checks and answering
 * CUDA's code; {@link io.penstock.gpuserver.software.Timeline} decides when work runs;
 * {@link io.penstock.gpuserver.software.AddressSpace} and {@link io.penstock.gpuserver.software.Heap} decide where memory
 * lies; {@code .ptx} compiles and runs kernels. A CUDA result is a value here, never an exception.
 */
@NullMarked
package io.penstock.gpuserver.software;

import org.jspecify.annotations.NullMarked;
