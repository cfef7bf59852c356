package io.penstock.agent;

import io.penstock.protocol.codec.CallNumbers;
import java.util.Map;
import java.util.TreeMap;

/** How often a program waited for the reply to which call. Event loop only. */
final class Waits {
    private final long[] byNumber = new long[CallNumbers.LAST + 1];

    /** Counts a reply; a number that no call has is not counted. */
    void count(int call) {
        if (call >= 0 && call < byNumber.length) {
            byNumber[call]++;
        }
    }

    /** The calls that were waited for at all, by name. */
    Map<String, Long> byName() {
        Map<String, Long> named = new TreeMap<>();
        for (int number = 0; number < byNumber.length; number++) {
            if (byNumber[number] > 0) {
                named.put(CallNumbers.name(number), byNumber[number]);
            }
        }
        return named;
    }
}
