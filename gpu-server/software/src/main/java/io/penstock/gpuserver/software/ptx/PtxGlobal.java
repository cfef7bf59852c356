package io.penstock.gpuserver.software.ptx;

/**
 * A module-scope variable that needs device memory, {@code .global} or {@code .const} alike.
 *
 * @param name as the PTX spells it; what cuModuleGetGlobal asks for
 * @param space where the PTX declares it
 * @param size bytes, at least 1
 * @param alignment bytes, a power of two
 * @param visible whether the PTX exports the name to other modules; the driver finds it by name either way
 */
public record PtxGlobal(String name, Space space, long size, int alignment, boolean visible) {
    /** The state space of the declaration; both live in device memory. */
    public enum Space {
        GLOBAL,
        CONST
    }
}
