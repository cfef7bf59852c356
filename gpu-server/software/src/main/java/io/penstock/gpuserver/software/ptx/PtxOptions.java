package io.penstock.gpuserver.software.ptx;

/**
 * What the compiler may assume of its device.
 *
 * @param computeCapability major * 10 + minor; a higher {@code .target} is refused
 * @param ptxVersionMax highest {@code .version} accepted, major * 10 + minor
 */
public record PtxOptions(int computeCapability, int ptxVersionMax) {
    /** The software GPU as it reports itself: compute capability 8.0, PTX up to 9.0. */
    public static final PtxOptions DEFAULT = new PtxOptions(80, 90);
}
