package io.penstock.agent;

/** A server refused what it was asked, and why; the CUDA result is what the program's {@code cuInit} returns. */
final class SessionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The code of a refusal for good: the lease or its client has been taken out of the pool. */
    static final String REVOKED = "REVOKED";

    private static final int CUDA_ERROR_SYSTEM_NOT_READY = 802;

    private final int cudaResult;
    private final String code;

    SessionRefusedException(int cudaResult, String code, String text) {
        super(text);
        this.cudaResult = cudaResult;
        this.code = code;
    }

    /** What every question comes to once the lease is over. */
    static SessionRefusedException revoked(String text) {
        return new SessionRefusedException(CUDA_ERROR_SYSTEM_NOT_READY, REVOKED, text);
    }

    /** Whether it makes no sense to ask again. */
    boolean isFinal() {
        return code.equals(REVOKED);
    }

    int cudaResult() {
        return cudaResult;
    }
}
