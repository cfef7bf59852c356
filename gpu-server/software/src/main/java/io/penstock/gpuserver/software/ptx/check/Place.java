package io.penstock.gpuserver.software.ptx.check;

/**
 * Where a variable lives.
 *
 * @param space the window its addresses count in
 * @param offset bytes from the window's start; the variable's number for GLOBAL
 * @param size bytes
 * @param elementBytes bytes of one element
 */
public record Place(Space space, long offset, long size, int elementBytes) {
    /** The windows of memory that an instruction can name. */
    public enum Space {
        /** Device memory; {@code .const} too. */
        GLOBAL,
        /** The block's own. */
        SHARED,
        /** The thread's own, counted from the running function's frame. */
        FRAME,
        /** The kernel's parameter block. */
        PARAM
    }
}
