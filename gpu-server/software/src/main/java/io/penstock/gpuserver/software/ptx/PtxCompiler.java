package io.penstock.gpuserver.software.ptx;

import java.util.List;

/** The way in: PTX text to a module whose kernels can be launched once {@link PtxModule#bind} has been called. */
public final class PtxCompiler {
    private PtxCompiler() {}

    /** Compiles one text; every external function it calls must be one of the device's own (vprintf, malloc, …). */
    public static PtxModule compile(String ptxText, PtxOptions options) throws PtxException {
        return link(List.of(ptxText), options);
    }

    /** Compiles several texts into one module, as cuLink does: an {@code .extern} of one is found among the others. */
    public static PtxModule link(List<String> ptxTexts, PtxOptions options) throws PtxException {
        throw new PtxException(
                PtxException.Kind.UNSUPPORTED_INSTRUCTION,
                1,
                "",
                ptxTexts.size() + " texts: the compiler is not landed yet " + options);
    }
}
