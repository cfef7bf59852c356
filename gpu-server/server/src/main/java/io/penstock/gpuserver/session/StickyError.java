package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Pending;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;

/** Errors that stay: once one has happened every call of that context returns it. */
final class StickyError {
    /** CU_LIMIT_STACK_SIZE, which every context has. */
    private static final int LIMIT_STACK_SIZE = 0;

    private StickyError() {}

    /**
     * Whether an error has ended the context of the call that returned it. It need not be so: a call may wait for the stream
     * of another context. The driver is asked for something small there, which it denies in a context that is lost. Any
     * thread.
     */
    static boolean hasEnded(CudaDriver driver, Pending.Caller caller) {
        if (caller.context() == 0) {
            return false;
        }
        try (Scratch scratch = new Scratch()) {
            long word = scratch.room(Long.BYTES);
            // a thread that was never in a lost context is not let in
            boolean lost = driver.cuCtxPushCurrent_v2(caller.context()) != CudaResult.SUCCESS;
            if (!lost) {
                lost = driver.cuCtxGetLimit(word, LIMIT_STACK_SIZE) != CudaResult.SUCCESS;
                driver.cuCtxPopCurrent_v2(word);
            }
            return lost;
        }
    }

    static boolean is(int result) {
        return switch (result) {
            case CudaResult.ILLEGAL_ADDRESS,
                    CudaResult.LAUNCH_TIMEOUT,
                    CudaResult.ASSERT,
                    CudaResult.HARDWARE_STACK_ERROR,
                    CudaResult.ILLEGAL_INSTRUCTION,
                    CudaResult.MISALIGNED_ADDRESS,
                    CudaResult.INVALID_ADDRESS_SPACE,
                    CudaResult.INVALID_PC,
                    CudaResult.LAUNCH_FAILED,
                    CudaResult.ECC_UNCORRECTABLE -> true;
            default -> false;
        };
    }
}
