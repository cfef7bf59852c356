package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.PtxCompiler;
import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.PtxModule;
import io.penstock.gpuserver.software.ptx.PtxOptions;
import io.penstock.protocol.codec.CudaResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image compiled for one context, or why it cannot be.
 *
 * @param result 0, or the CUresult that refuses the image
 * @param log for the program's error log; empty when nothing is wrong
 * @param isOfPtx whether there was PTX to compile, so that whoever wrote it wants the reason
 * @param module the compiled module; null unless the result is 0
 */
record Compilation(
        int result, String log, boolean isOfPtx, @Nullable PtxModule module) {
    private static final Logger LOG = LoggerFactory.getLogger(Compilation.class);

    static Compilation of(ModuleImage image) {
        if (image.result() != CudaResult.SUCCESS) {
            return refused(image.result(), image.reason(), false);
        }
        try {
            return new Compilation(
                    CudaResult.SUCCESS,
                    "",
                    true,
                    PtxCompiler.link(image.ptx(), PtxOptions.DEFAULT.withRegisters(image.registersMax())));
        } catch (PtxException wrong) {
            return refused(wrong.kind().cudaResult(), String.valueOf(wrong.getMessage()), true);
        }
    }

    private static Compilation refused(int result, String reason, boolean isOfPtx) {
        LOG.info("an image is refused with {}: {}", result, reason);
        return new Compilation(result, reason, isOfPtx, null);
    }
}
