package io.penstock.gpuserver.software.ptx;

/** PTX text that cannot be compiled: what is wrong, on which line, in which instruction. */
public final class PtxException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Which of the driver's answers fits. */
    public enum Kind {
        /** Not PTX, or PTX that contradicts itself: CUDA_ERROR_INVALID_PTX. */
        INVALID(218),
        /** Correct PTX with an instruction or form this compiler lacks: CUDA_ERROR_INVALID_PTX, the text names it. */
        UNSUPPORTED_INSTRUCTION(218),
        /** A {@code .version} above what this compiler knows: CUDA_ERROR_UNSUPPORTED_PTX_VERSION. */
        UNSUPPORTED_VERSION(222),
        /** A {@code .target} above the device's compute capability: CUDA_ERROR_NO_BINARY_FOR_GPU. */
        UNSUPPORTED_TARGET(209),
        /** A symbol that no module of the link defines: CUDA_ERROR_INVALID_PTX. */
        UNRESOLVED_SYMBOL(218);

        private final int cudaResult;

        Kind(int cudaResult) {
            this.cudaResult = cudaResult;
        }

        /** The CUresult a driver answers with. */
        public int cudaResult() {
            return cudaResult;
        }
    }

    private final Kind kind;
    private final int line;
    private final String instruction;
    private final String reason;

    /** The line counts from 1; the instruction is its text as written, or empty where the fault is not in one. */
    public PtxException(Kind kind, int line, String instruction, String reason) {
        super("PTX line " + line + ": " + reason + (instruction.isEmpty() ? "" : " in `" + instruction + "`"));
        this.kind = kind;
        this.line = line;
        this.instruction = instruction;
        this.reason = reason;
    }

    /** The same, with the text of the instruction it was found in. */
    public PtxException in(String text) {
        return new PtxException(kind, line, text, reason);
    }

    /** Which of the driver's answers fits. */
    public Kind kind() {
        return kind;
    }

    /** The line of the text, counted from 1. */
    public int line() {
        return line;
    }

    /** The offending instruction as written, or empty. */
    public String instruction() {
        return instruction;
    }
}
