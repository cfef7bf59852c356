package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.util.Locale;

/**
 * Turns the addresses of an access into native ones, lane by lane, or faults: nothing else in the engine makes one.
 *
 * <p>Every method fills the warp's {@code raw} for the lanes of the mask. {@code bytes} is what the access touches at each
 * address, a power of two that the address must be a multiple of.
 */
public final class Addresses {
    /** Where the block's shared memory appears in the generic address space. */
    public static final long SHARED_WINDOW = 0x0100_0000_0000L;

    /** Where a thread's local memory appears. */
    public static final long LOCAL_WINDOW = 0x0200_0000_0000L;

    /** Where the kernel's parameters appear. */
    public static final long PARAM_WINDOW = 0x0300_0000_0000L;

    /** How far each window reaches. */
    public static final long WINDOW_BYTES = 0x0100_0000_0000L;

    private Addresses() {}

    /** Addresses in device memory; the site is the instruction's own number, for its memory of the last allocation. */
    public static void global(Warp warp, int mask, long[] addresses, long offset, int bytes, int site) {
        RangeCache ranges = warp.block().ranges();
        long first = ranges.start(site);
        long last = ranges.end(site) - bytes;
        long[] raw = warp.raw;
        if (mask == -1 && last >= first) {
            long outside = 0;
            long all = 0;
            for (int i = 0; i < Warp.LANES; i++) {
                long address = addresses[i] + offset;
                raw[i] = address;
                outside |= (address - first) | (last - address);
                all |= address;
            }
            if (outside >= 0 && (all & (bytes - 1)) == 0) {
                return;
            }
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            raw[lane] = checkGlobal(warp, lane, addresses[lane] + offset, bytes, site);
        }
    }

    /** Offsets into the block's shared memory. */
    public static void shared(Warp warp, int mask, long[] addresses, long offset, int bytes) {
        long base = warp.block().sharedAddress();
        long last = (long) warp.block().sharedBytes() - bytes;
        long[] raw = warp.raw;
        if (mask == -1) {
            long outside = 0;
            long all = 0;
            for (int i = 0; i < Warp.LANES; i++) {
                long address = addresses[i] + offset;
                raw[i] = base + address;
                outside |= address | (last - address);
                all |= address;
            }
            if (outside >= 0 && (all & (bytes - 1)) == 0) {
                return;
            }
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            raw[lane] = base + check(warp, lane, addresses[lane] + offset, bytes, last);
        }
    }

    /** Offsets into each thread's own local memory, as {@code .local} variables have them. */
    public static void local(Warp warp, int mask, long[] addresses, long offset, int bytes) {
        long base = warp.localAddress();
        long stride = warp.localStride();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            warp.raw[lane] = base + lane * stride + check(warp, lane, addresses[lane] + offset, bytes, stride - bytes);
        }
    }

    /** One offset for all lanes, counted from the running function's frame. */
    public static void frame(Warp warp, int mask, Frame frame, long offset, int bytes) {
        long stride = warp.localStride();
        long address = frame.localBase + offset;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            warp.raw[lane] = warp.localAddress() + lane * stride + check(warp, lane, address, bytes, stride - bytes);
        }
    }

    /** Offsets into the kernel's parameter block. */
    public static void param(Warp warp, int mask, long[] addresses, long offset, int bytes) {
        long last = warp.block().paramBytes() - bytes;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            warp.raw[lane] = warp.block().paramAddress() + check(warp, lane, addresses[lane] + offset, bytes, last);
        }
    }

    /** Generic addresses: device memory, or one of the windows. */
    public static void generic(Warp warp, int mask, long[] addresses, long offset, int bytes, int site) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            warp.raw[lane] = genericAddress(warp, lane, addresses[lane] + offset, bytes, site);
        }
    }

    static long genericAddress(Warp warp, int lane, long address, int bytes, int site) {
        if (isIn(address, SHARED_WINDOW)) {
            return warp.block().sharedAddress()
                    + check(
                            warp,
                            lane,
                            address - SHARED_WINDOW,
                            bytes,
                            warp.block().sharedBytes() - bytes);
        }
        if (isIn(address, LOCAL_WINDOW)) {
            long stride = warp.localStride();
            return warp.localAddress()
                    + lane * stride
                    + check(warp, lane, address - LOCAL_WINDOW, bytes, stride - bytes);
        }
        if (isIn(address, PARAM_WINDOW)) {
            return warp.block().paramAddress()
                    + check(
                            warp,
                            lane,
                            address - PARAM_WINDOW,
                            bytes,
                            warp.block().paramBytes() - bytes);
        }
        return checkGlobal(warp, lane, address, bytes, site);
    }

    /** Whether a generic address lies in the window that begins there. */
    public static boolean isIn(long address, long window) {
        return address >= window && address - window < WINDOW_BYTES;
    }

    static long checkGlobal(Warp warp, int lane, long address, int bytes, int site) {
        return source(warp, lane, address, bytes, bytes, site);
    }

    /** An address in device memory, aligned for one size, of which fewer bytes may be read. */
    static long source(Warp warp, int lane, long address, int bytes, int alignment, int site) {
        checkAlignment(warp, lane, address, alignment);
        if (!warp.block().ranges().covers(site, address, bytes)) {
            boolean readable = (site & RangeCache.WRITES) != 0
                    && warp.block().ranges().covers(site & ~RangeCache.WRITES, address, bytes);
            throw outside(warp, lane, address, bytes, readable);
        }
        return address;
    }

    private static PtxFault outside(Warp warp, int lane, long address, int bytes, boolean readable) {
        if (readable) {
            return warp.fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    lane,
                    String.format(Locale.ROOT, "%d bytes at 0x%x may be read and not written", bytes, address));
        }
        return warp.fault(
                PtxFault.Kind.ILLEGAL_ADDRESS,
                lane,
                String.format(Locale.ROOT, "%d bytes at 0x%x belong to no allocation", bytes, address));
    }

    private static long check(Warp warp, int lane, long offset, int bytes, long last) {
        checkAlignment(warp, lane, offset, bytes);
        if (offset < 0 || offset > last) {
            throw warp.fault(
                    PtxFault.Kind.ILLEGAL_ADDRESS,
                    lane,
                    bytes + " bytes at offset " + offset + " of a space of " + (last + bytes) + " bytes");
        }
        return offset;
    }

    private static void checkAlignment(Warp warp, int lane, long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw warp.fault(
                    PtxFault.Kind.MISALIGNED_ADDRESS,
                    lane,
                    String.format(Locale.ROOT, "0x%x is not a multiple of %d", address, bytes));
        }
    }
}
