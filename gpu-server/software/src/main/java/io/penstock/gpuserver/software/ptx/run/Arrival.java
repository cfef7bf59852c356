package io.penstock.gpuserver.software.ptx.run;

/**
 * Lanes of one strand that have come to a collective.
 *
 * @param frame where their operands are
 * @param key what they named: each other, or the number of a barrier
 */
record Arrival(Strand strand, Frame frame, CollectiveSite site, int key, int lanes) {
    /** The lanes that must be here, of those that still live. */
    int awaited(int live) {
        return site.kind().barrier() ? live : key & live;
    }

    boolean meets(Arrival other) {
        return key == other.key && site.kind() == other.site.kind();
    }
}
