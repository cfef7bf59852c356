package io.penstock.gpuserver.software.ptx;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One {@code .entry} function.
 *
 * <p>Any number of threads may launch it at once. Bytecode is made at the first launch, not at compile time.
 */
public final class PtxKernel {
    private final String name;
    private final List<PtxParam> params;

    PtxKernel(String name, List<PtxParam> params) {
        this.name = name;
        this.params = List.copyOf(params);
    }

    /** The entry's name as the PTX spells it. */
    public String name() {
        return name;
    }

    /** The parameters in order; the packed block's size is the last one's offset + size. */
    public List<PtxParam> params() {
        return params;
    }

    /** Bytes of {@code .shared} variables a block needs before any dynamic ones. */
    public int staticSharedBytes() {
        return 0;
    }

    /** Bytes of {@code .local} memory a thread needs, called functions not counted. */
    public int localBytesPerThread() {
        return 0;
    }

    /** The largest block the kernel may be launched with: {@code .maxntid} or {@code .reqntid}, else 1024. */
    public int maxThreadsPerBlock() {
        return 1024;
    }

    /** What a driver would report as registers per thread: an estimate from the registers live at once. */
    public int registersPerThread() {
        return 16;
    }

    /**
     * Runs the whole grid and returns when its last thread has ended; the calling thread does its share of the work.
     *
     * @param packedParams the parameter block as {@link #params} lays it out; read before the first thread starts
     * @throws PtxFault if a thread did what CUDA forbids, or the context cancelled the launch
     */
    public void launch(LaunchShape shape, MemorySegment packedParams, DeviceMemory memory, LaunchContext context) {
        throw new PtxFault(PtxFault.Kind.ILLEGAL_INSTRUCTION, name + ": the engine is not landed yet");
    }
}
