package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.DeviceMemory;
import java.util.Arrays;

/** The allocation each memory instruction last touched, so that asking for it is rare. One thread only. */
final class RangeCache {
    private static final int ENTRIES = 64;

    private final DeviceMemory memory;
    private final long[] starts = new long[ENTRIES];
    private final long[] ends = new long[ENTRIES];

    RangeCache(DeviceMemory memory) {
        this.memory = memory;
        // an empty range: no access fits in it
        Arrays.fill(starts, 1);
    }

    long start(int site) {
        return starts[site & (ENTRIES - 1)];
    }

    long end(int site) {
        return ends[site & (ENTRIES - 1)];
    }

    /** Whether the bytes lie in one live allocation, which is then what the site remembers. */
    boolean covers(int site, long address, int bytes) {
        int entry = site & (ENTRIES - 1);
        if (inside(starts[entry], ends[entry], address, bytes)) {
            return true;
        }
        DeviceMemory.Range range = memory.rangeOf(address);
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
