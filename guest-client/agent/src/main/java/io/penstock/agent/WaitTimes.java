package io.penstock.agent;

import java.util.Arrays;

/**
 * How long waits took: their sum and the longest of them exactly, quantiles to within 7 %. Eight counters for each power of
 * two hold them, so that a wait costs an addition and no memory. Not safe for threads.
 */
public final class WaitTimes {
    private static final int PARTS_BITS = 3;
    private static final int PARTS = 1 << PARTS_BITS;

    private final long[] counters;
    private long count;
    private long total;
    private long longest;

    /** No wait yet. */
    public WaitTimes() {
        this.counters = new long[counter(Long.MAX_VALUE) + 1];
    }

    /** All waits of both. */
    public static WaitTimes sum(WaitTimes one, WaitTimes other) {
        WaitTimes sum = new WaitTimes();
        Arrays.setAll(sum.counters, at -> one.counters[at] + other.counters[at]);
        sum.count = one.count + other.count;
        sum.total = one.total + other.total;
        sum.longest = Math.max(one.longest, other.longest);
        return sum;
    }

    /** One more wait. */
    public void add(long nanos) {
        long time = Math.max(0, nanos);
        counters[counter(time)]++;
        count++;
        total += time;
        longest = Math.max(longest, time);
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    /** All together. */
    public long totalNanos() {
        return total;
    }

    /** The longest, or 0. */
    public long longestNanos() {
        return longest;
    }

    /**
     * The time that this part of the waits did not exceed; 0 without a wait.
     *
     * @param part above 0 and at most 1; 0.5 is the median
     */
    public long quantileNanos(double part) {
        long rank = Math.max(1, (long) Math.ceil(part * count));
        long passed = 0;
        for (int at = 0; at < counters.length; at++) {
            passed += counters[at];
            if (passed >= rank) {
                return Math.min(middle(at), longest);
            }
        }
        return longest;
    }

    /** Below {@code PARTS} a counter a value; above, the power of two and the three bits after its first one. */
    private static int counter(long time) {
        if (time < PARTS) {
            return (int) time;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(time) - PARTS_BITS;
        return (shift + 1) * PARTS + (int) (time >>> shift) - PARTS;
    }

    private static long middle(int counter) {
        if (counter < PARTS) {
            return counter;
        }
        int shift = counter / PARTS - 1;
        return ((long) (counter % PARTS + PARTS) << shift) + ((1L << shift) >> 1);
    }
}
