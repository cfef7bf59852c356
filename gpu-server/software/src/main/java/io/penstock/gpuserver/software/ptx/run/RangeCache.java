package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The allocation each memory instruction last touched, so that asking for it is rare. One thread only. */
public final class RangeCache {
    /** Set in the site of an instruction that writes: it has an entry of its own beside that of one that reads. */
    public static final int WRITES = 1 << 30;

    /** Set in the site of an instruction that reads constants. */
    public static final int CONSTANT = 1 << 31;

    private static final int SITES = 64;
    private static final int ENTRIES = 4 * SITES;
    private static final int KIND = WRITES | CONSTANT;
    private static final int KIND_SHIFT = 30 - 6;

    private final DeviceMemory memory;
    private final long[] starts = new long[ENTRIES];
    private final long[] ends = new long[ENTRIES];

    RangeCache(DeviceMemory memory) {
        this.memory = memory;
        // an empty range: no access fits in it
        Arrays.fill(starts, 1);
    }

    private static int entry(int site) {
        return (site & (SITES - 1)) | ((site & KIND) >>> KIND_SHIFT);
    }

    long start(int site) {
        return starts[entry(site)];
    }

    long end(int site) {
        return ends[entry(site)];
    }

    /** Whether the bytes lie in one live allocation, which is then what the site remembers. */
    boolean covers(int site, long address, int bytes) {
        int entry = entry(site);
        if (inside(starts[entry], ends[entry], address, bytes)) {
            return true;
        }
        DeviceMemory.Range range = rangeOf(site, address);
        if (range == null || !inside(range.start(), range.end(), address, bytes)) {
            return false;
        }
        starts[entry] = range.start();
        ends[entry] = range.end();
        return true;
    }

    private DeviceMemory.@Nullable Range rangeOf(int site, long address) {
        return switch (site & KIND) {
            case WRITES -> memory.writableRangeOf(address);
            case CONSTANT -> memory.constantRangeOf(address);
            default -> memory.rangeOf(address);
        };
    }

    private static boolean inside(long start, long end, long address, int bytes) {
        return address >= start && address < end && end - address >= bytes;
    }
}
