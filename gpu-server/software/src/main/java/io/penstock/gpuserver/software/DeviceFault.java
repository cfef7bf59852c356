package io.penstock.gpuserver.software;

/** Running work did what CUDA forbids; the context is lost with this CUresult. */
final class DeviceFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final int result;

    DeviceFault(int result, String text) {
        super(text);
        this.result = result;
    }

    int result() {
        return result;
    }
}
