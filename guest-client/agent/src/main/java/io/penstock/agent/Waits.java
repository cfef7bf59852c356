package io.penstock.agent;

import java.util.Map;
import java.util.TreeMap;

/** How often a program waited for the reply to which call, by the number in the reply's header. Event loop only. */
final class Waits {
    private static final int NUMBERS = 1 << 16;

    private final long[] byNumber = new long[NUMBERS];

    /** Counts a reply. */
    void count(int call) {
        byNumber[call & (NUMBERS - 1)]++;
    }

    /** The calls that were waited for at all. */
    Map<Integer, Long> byNumber() {
        Map<Integer, Long> waited = new TreeMap<>();
        for (int number = 0; number < NUMBERS; number++) {
            if (byNumber[number] > 0) {
                waited.put(number, byNumber[number]);
            }
        }
        return waited;
    }
}
