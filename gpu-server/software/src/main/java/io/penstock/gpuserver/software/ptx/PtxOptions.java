package io.penstock.gpuserver.software.ptx;

/**
 * What the compiler may assume of its device.
 *
 * @param computeCapability major * 10 + minor; a higher {@code .target} is refused
 * @param ptxVersionMax highest {@code .version} accepted, major * 10 + minor
 * @param registersMax how many registers a thread of a kernel without {@code .maxnreg} may have; 0 leaves it to the compiler
 */
public record PtxOptions(int computeCapability, int ptxVersionMax, int registersMax) {
    /** The software GPU as it reports itself: compute capability 8.0, PTX up to 9.0. */
    public static final PtxOptions DEFAULT = new PtxOptions(80, 90, 0);

    /** The same with at most so many registers a thread; 0 leaves it to the compiler. */
    public PtxOptions withRegisters(int most) {
        return new PtxOptions(computeCapability, ptxVersionMax, most);
    }
}
