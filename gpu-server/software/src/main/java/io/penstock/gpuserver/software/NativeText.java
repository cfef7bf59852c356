package io.penstock.gpuserver.software;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A text that C reads by pointer for as long as this object lives. */
record NativeText(MemorySegment bytes) {
    NativeText(String text) {
        this(Arena.ofAuto().allocateFrom(text, StandardCharsets.UTF_8));
    }

    long address() {
        return bytes.address();
    }
}
