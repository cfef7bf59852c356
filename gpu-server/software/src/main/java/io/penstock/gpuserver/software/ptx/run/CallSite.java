package io.penstock.gpuserver.software.ptx.run;

import java.util.List;

/**
 * Where a caller keeps arguments and wants results: offsets in its own frame.
 *
 * @param arguments the caller's slots in the order of the callee's parameters
 * @param results the caller's slots in the order of the callee's results
 */
public record CallSite(List<Slot> arguments, List<Slot> results) {
    /** Bytes in a frame. */
    public record Slot(long offset, long size) {}
}
