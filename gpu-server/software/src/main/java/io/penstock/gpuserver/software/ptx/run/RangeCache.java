package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import java.util.Arrays;

/** The allocation each memory instruction last touched, so that asking for it is rare. One thread only. */
public final class RangeCache {
    /** Set in the site of an instruction that writes: it has an entry of its own beside that of one that reads. */
    public static final int WRITES = 1 << 30;

    private static final int SITES = 64;
    private static final int ENTRIES = 2 * SITES;
    private static final int WRITES_SHIFT = 30 - 6;

    private final DeviceMemory memory;
    private final long[] starts = new long[ENTRIES];
    private final long[] ends = new long[ENTRIES];

    RangeCache(DeviceMemory memory) {
        this.memory = memory;
        // an empty range: no access fits in it
        Arrays.fill(starts, 1);
    }

    private static int entry(int site) {
        return (site & (SITES - 1)) | ((site & WRITES) >>> WRITES_SHIFT);
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
        DeviceMemory.Range range = (site & WRITES) != 0 ? memory.writableRangeOf(address) : memory.rangeOf(address);
        if (range == null || !inside(range.start(), range.end(), address, bytes)) {
            return false;
        }
        starts[entry] = range.start();
        ends[entry] = range.end();
        return true;
    }

    private static boolean inside(long start, long end, long address, int bytes) {
        return address >= start && address < end && end - address >= bytes;
    }
}
