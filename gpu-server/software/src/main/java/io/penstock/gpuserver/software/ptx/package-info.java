/**
 * Turns PTX text into JVM bytecode and runs grids of it on the CPU; knows nothing of contexts, streams or modules' life.
 *
 * <p>The room's law: a wrong program gets an error, never a wrong answer. What the compiler does not know is a {@link
 * io.penstock.gpuserver.software.ptx.PtxException} naming the instruction and its line; what a running kernel may not do is a {@link
 * io.penstock.gpuserver.software.ptx.PtxFault} with CUDA's own number. A kernel's address never reaches memory that the
 * {@link io.penstock.gpuserver.software.ptx.DeviceMemory} did not hand out.
 *
 * <p>A driver around it does, once a module: {@code PtxCompiler.compile}, allocate and fill each global, {@code bind};
 * and for each launch {@code PtxKernel.launch}, which returns when the whole grid is done.
 */
@NullMarked
package io.penstock.gpuserver.software.ptx;

import org.jspecify.annotations.NullMarked;
