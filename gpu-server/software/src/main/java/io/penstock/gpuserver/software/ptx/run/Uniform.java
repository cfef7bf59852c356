package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.ValueLayout;
import java.time.Instant;

/** Values that are the same in every lane: parameters, clocks, addresses of the frame. */
public final class Uniform {
    private Uniform() {}

    /** Writes one int to the lanes of the mask. */
    public static void fill(int mask, int[] to, int value) {
        for (int i = 0; i < Warp.LANES; i++) {
            to[i] = (mask >>> i & 1) != 0 ? value : to[i];
        }
    }

    /** Writes one long to the lanes of the mask. */
    public static void fill(int mask, long[] to, long value) {
        for (int i = 0; i < Warp.LANES; i++) {
            to[i] = (mask >>> i & 1) != 0 ? value : to[i];
        }
    }

    /** Up to four bytes of the kernel's parameters, zero-extended; the compiler has checked offset and alignment. */
    public static int param32(Warp warp, int offset, int bytes) {
        checkParam(warp, offset, bytes);
        long address = warp.block().paramAddress() + offset;
        return switch (bytes) {
            case 1 -> Loads.ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
            case 2 -> Loads.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address) & 0xffff;
            default -> Loads.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
        };
    }

    /** Eight bytes of the kernel's parameters. */
    public static long param64(Warp warp, int offset) {
        checkParam(warp, offset, Long.BYTES);
        return Loads.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, warp.block().paramAddress() + offset);
    }

    /** Cycles of a clock that runs at 1 GHz. */
    public static long clock() {
        return System.nanoTime();
    }

    /** Nanoseconds since the epoch. */
    public static long globalTimer() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** {@code trap}: faults if any lane takes part. */
    public static void trap(Warp warp, int mask) {
        if (mask != 0) {
            throw warp.fault(PtxFault.Kind.TRAP, Integer.numberOfTrailingZeros(mask), "trap");
        }
    }

    private static void checkParam(Warp warp, int offset, int bytes) {
        if (offset < 0 || offset > warp.block().paramBytes() - bytes) {
            throw warp.fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    bytes + " bytes at offset " + offset + " of " + warp.block().paramBytes() + " parameter bytes");
        }
    }
}
