package io.penstock.gpuserver.driver;

import java.lang.foreign.Arena;

/** Zeroed native memory for out-parameters, 16-byte aligned, that goes when this closes. One thread. */
public final class Scratch implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();

    /** The address of {@code bytes} zero bytes. */
    public long room(long bytes) {
        return arena.allocate(bytes, 16).address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
