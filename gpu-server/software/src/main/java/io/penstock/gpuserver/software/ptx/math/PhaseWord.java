package io.penstock.gpuserver.software.ptx.math;

/**
 * What an mbarrier object holds, in a word of 64 bits whose layout is ours: PTX ISA, "Contents of the mbarrier object", says
 * only what is in it. From the lowest bit on: arrivals pending in this phase, arrivals expected in each; then, from the highest bit down,
 * the phase's parity and a mark that there is an object at all.
 */
public final class PhaseWord {
    /** The most arrivals that a phase may expect. */
    public static final int COUNT_MAX = (1 << 20) - 1;

    private static final int EXPECTED = 20;
    private static final int PARITY = 63;
    private static final long OBJECT = 1L << 62;

    private PhaseWord() {}

    /** The first phase of an object that expects so many arrivals. */
    public static long first(int count) {
        return OBJECT | ((long) count << EXPECTED) | count;
    }

    /** Whether the word is an mbarrier object. */
    public static boolean isObject(long word) {
        return (word & OBJECT) != 0;
    }

    /** Arrivals that the phase still waits for. */
    public static int pending(long word) {
        return (int) word & COUNT_MAX;
    }

    /** 0 in the first phase, 1 in the next, and so on in turn. */
    public static int parity(long word) {
        return (int) (word >>> PARITY);
    }

    /** After arrivals; those that drop out are not expected in later phases. */
    public static long arrive(long word, int arrivals, int dropped) {
        int expected = ((int) (word >>> EXPECTED) & COUNT_MAX) - dropped;
        int pending = pending(word) - arrivals;
        long parity = word >>> PARITY;
        return pending == 0
                ? ((parity ^ 1) << PARITY) | first(expected)
                : (parity << PARITY) | OBJECT | ((long) expected << EXPECTED) | pending;
    }
}
