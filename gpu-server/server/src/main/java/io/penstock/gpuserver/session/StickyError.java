package io.penstock.gpuserver.session;

import io.penstock.protocol.codec.CudaResult;

/** Errors that stay: once one has happened every call of that context returns it, until the process ends. */
final class StickyError {
    private StickyError() {}

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
