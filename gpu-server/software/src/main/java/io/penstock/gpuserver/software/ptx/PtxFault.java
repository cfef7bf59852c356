package io.penstock.gpuserver.software.ptx;

/**
 * A running kernel did what CUDA forbids, or was cancelled; the grid stopped, its memory effects up to then stay.
 *
 * <p>Unchecked, because it crosses generated code; {@link PtxKernel#launch} is the only place it leaves the engine.
 */
public final class PtxFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What happened, with the CUresult that a driver reports for it. */
    public enum Kind {
        ILLEGAL_ADDRESS(700),
        LAUNCH_TIMEOUT(702),
        ASSERT(710),
        ILLEGAL_INSTRUCTION(715),
        MISALIGNED_ADDRESS(716),
        INVALID_ADDRESS_SPACE(717),
        INVALID_PC(718),
        TRAP(719),
        /** Calls took more stack than there is, which CUDA reports as an unspecified launch failure. */
        STACK_OVERFLOW(719);

        private final int cudaResult;

        Kind(int cudaResult) {
            this.cudaResult = cudaResult;
        }

        /** The CUresult that a driver reports, sticky for the context. */
        public int cudaResult() {
            return cudaResult;
        }
    }

    private final Kind kind;

    /** The message says which kernel, thread, address and size, as far as known. */
    public PtxFault(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What happened. */
    public Kind kind() {
        return kind;
    }
}
