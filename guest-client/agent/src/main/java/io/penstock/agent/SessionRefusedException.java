package io.penstock.agent;

/** A server refused to open a session, and why; the CUDA result is what the program's {@code cuInit} returns. */
final class SessionRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int cudaResult;

    SessionRefusedException(int cudaResult, String text) {
        super(text);
        this.cudaResult = cudaResult;
    }

    int cudaResult() {
        return cudaResult;
    }
}
