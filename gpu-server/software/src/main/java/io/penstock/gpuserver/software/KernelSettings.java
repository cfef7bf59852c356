package io.penstock.gpuserver.software;

/** What a program may set on a kernel before it launches it. Any thread. */
final class KernelSettings {
    /** Shared memory of a block without asking for more. */
    static final int SHARED_BYTES_DEFAULT = 48 << 10;

    private volatile int maxDynamicSharedBytes;
    private volatile int carveoutPercent = -1;

    KernelSettings(int staticSharedBytes) {
        maxDynamicSharedBytes = Math.max(0, SHARED_BYTES_DEFAULT - staticSharedBytes);
    }

    int maxDynamicSharedBytes() {
        return maxDynamicSharedBytes;
    }

    int carveoutPercent() {
        return carveoutPercent;
    }

    void setMaxDynamicSharedBytes(int bytes) {
        maxDynamicSharedBytes = bytes;
    }

    void setCarveoutPercent(int percent) {
        carveoutPercent = percent;
    }
}
