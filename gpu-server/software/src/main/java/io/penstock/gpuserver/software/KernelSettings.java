package io.penstock.gpuserver.software;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What a program may set on a kernel before it launches it. Any thread. */
final class KernelSettings {
    /** Shared memory of a block without asking for more. */
    static final int SHARED_BYTES_DEFAULT = 48 << 10;

    private static final int CARVEOUT_DEFAULT = -1;

    private final IntSupplier sharedBytesElse;
    private final IntSupplier carveoutElse;
    private volatile @Nullable Integer maxDynamicSharedBytes;
    private volatile @Nullable Integer carveoutPercent;

    private KernelSettings(IntSupplier sharedBytesElse, IntSupplier carveoutElse) {
        this.sharedBytesElse = sharedBytesElse;
        this.carveoutElse = carveoutElse;
    }

    KernelSettings(int staticSharedBytes) {
        this(() -> Math.max(0, SHARED_BYTES_DEFAULT - staticSharedBytes), () -> CARVEOUT_DEFAULT);
    }

    /** Those of this kernel's function in a context: what is set on the kernel holds for it until something is set on it. */
    KernelSettings ofFunction() {
        return new KernelSettings(this::maxDynamicSharedBytes, this::carveoutPercent);
    }

    int maxDynamicSharedBytes() {
        return valueOf(maxDynamicSharedBytes, sharedBytesElse);
    }

    int carveoutPercent() {
        return valueOf(carveoutPercent, carveoutElse);
    }

    private static int valueOf(@Nullable Integer set, IntSupplier otherwise) {
        return set == null ? otherwise.getAsInt() : set;
    }

    void setMaxDynamicSharedBytes(int bytes) {
        maxDynamicSharedBytes = bytes;
    }

    void setCarveoutPercent(int percent) {
        carveoutPercent = percent;
    }
}
