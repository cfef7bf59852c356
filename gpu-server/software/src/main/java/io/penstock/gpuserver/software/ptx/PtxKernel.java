package io.penstock.gpuserver.software.ptx;

import io.penstock.gpuserver.software.ptx.emit.CompiledFunction;
import io.penstock.gpuserver.software.ptx.run.Grid;
import io.penstock.gpuserver.software.ptx.run.Launch;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * One {@code .entry} function.
 *
 * <p>Any number of threads may launch it at once. Bytecode is made at the first launch, not at compile time.
 */
public final class PtxKernel {
    /** What PTX allows a block to have. */
    private static final int THREADS_PER_BLOCK_MAX = 1024;

    private static final int REGISTERS_MIN = 16;
    private static final int REGISTERS_MAX = 255;

    private final PtxModule module;
    private final int number;
    private final CompiledFunction compiled;
    private final int dynamicSharedStart;
    private final int registersMax;

    PtxKernel(PtxModule module, int number, CompiledFunction compiled, int dynamicSharedStart, int registersMax) {
        this.module = module;
        this.number = number;
        this.compiled = compiled;
        this.dynamicSharedStart = dynamicSharedStart;
        this.registersMax = registersMax;
    }

    /** The entry's name as the PTX spells it. */
    public String name() {
        return compiled.function().name();
    }

    /** The parameters in order; the packed block's size is the last one's offset + size. */
    public List<PtxParam> params() {
        return compiled.kernelParams();
    }

    /** Bytes of the packed parameter block. */
    public int paramBytes() {
        return params().isEmpty()
                ? 0
                : params().getLast().offset() + params().getLast().size();
    }

    /** Bytes of {@code .shared} variables a block needs before any dynamic ones. */
    public int staticSharedBytes() {
        return (int) compiled.sharedEnd();
    }

    /** Bytes of {@code .local} memory a thread needs, called functions not counted. */
    public int localBytesPerThread() {
        return (int) compiled.shape().frameBytes();
    }

    /** The largest block the kernel may be launched with: {@code .maxntid} or {@code .reqntid}, else 1024. */
    public int maxThreadsPerBlock() {
        for (String directive : List.of("reqntid", "maxntid")) {
            List<Integer> sizes = compiled.function().directives().get(directive);
            if (sizes != null && !sizes.isEmpty()) {
                return Math.min(THREADS_PER_BLOCK_MAX, sizes.stream().reduce(1, (a, b) -> a * b));
            }
        }
        return THREADS_PER_BLOCK_MAX;
    }

    /** What the text was made for: {@code .target sm_XY} as major * 10 + minor. */
    public int target() {
        return module.target(number);
    }

    /** Bytes of the module's {@code .const} variables: every kernel of a module sees all of them. */
    public int constantBytes() {
        return module.constantBytes();
    }

    /**
     * What a driver would report as registers per thread: an estimate from the registers live at once, no more than
     * {@code .maxnreg} or, where the entry has none, the compiler's options allow, and never fewer than 16.
     */
    public int registersPerThread() {
        return Math.clamp(
                compiled.registersLive(), REGISTERS_MIN, Math.clamp(registersAllowed(), REGISTERS_MIN, REGISTERS_MAX));
    }

    private int registersAllowed() {
        List<Integer> own = compiled.function().directives().get("maxnreg");
        int allowed = own == null || own.isEmpty() ? registersMax : own.getFirst();
        return allowed == 0 ? REGISTERS_MAX : allowed;
    }

    /** The length of the largest method of the kernel's bytecode, of which HotSpot compiles at most 8,000 bytes. */
    int longestMethodBytes() {
        return ClassFile.of().parse(compiled.classFile()).methods().stream()
                .flatMap(method -> method.findAttribute(Attributes.code()).stream())
                .mapToInt(CodeAttribute::codeLength)
                .max()
                .orElse(0);
    }

    /**
     * Runs the whole grid and returns when its last thread has ended; the calling thread does its share of the work.
     *
     * @param packedParams the parameter block as {@link #params} lays it out, at least {@link #paramBytes} long; read before
     *     the first thread starts
     * @param residentBlocks how many blocks a processor holds at the same time: so many may wait for each other
     * @throws PtxFault if a thread did what CUDA forbids, or the context cancelled the launch
     */
    public void launch(
            LaunchShape shape,
            MemorySegment packedParams,
            int residentBlocks,
            DeviceMemory memory,
            LaunchContext context) {
        MemorySegment params =
                MemorySegment.ofArray(packedParams.asSlice(0, paramBytes()).toArray(ValueLayout.JAVA_BYTE));
        int shared =
                shape.dynamicSharedBytes() > 0 ? dynamicSharedStart + shape.dynamicSharedBytes() : staticSharedBytes();
        Grid.run(new Launch(
                module.program(),
                number,
                shape,
                shared,
                module.reservedSharedBytes(),
                Math.max(1, residentBlocks),
                0,
                params,
                memory,
                context));
    }
}
