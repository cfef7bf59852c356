package io.penstock.appliance.signin;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts wrong passwords, so that nobody can guess: so many in a while from one address, and so many from all together.
 * Safe for all threads.
 */
final class Tries {
    private static final int OF_ONE_MAX = 5;
    private static final int OF_ALL_MAX = 30;
    private static final int ADDRESSES_MAX = 4096;
    private static final Duration WHILE = Duration.ofMinutes(1);
    private static final String ALL = "";

    private final Map<String, ArrayDeque<Instant>> wrong = new LinkedHashMap<>();

    /** How long this address must wait before its next try; zero when it may try now. */
    synchronized Duration pause(String address, Instant now) {
        Duration own = left(address, OF_ONE_MAX, now);
        Duration all = left(ALL, OF_ALL_MAX, now);
        return own.compareTo(all) > 0 ? own : all;
    }

    /** A try from this address was wrong. */
    synchronized void wrong(String address, Instant now) {
        if (wrong.size() >= ADDRESSES_MAX && !wrong.containsKey(address)) {
            wrong.keySet().stream().filter(key -> !key.equals(ALL)).findFirst().ifPresent(wrong::remove);
        }
        note(address, OF_ONE_MAX, now);
        note(ALL, OF_ALL_MAX, now);
    }

    /** A try from this address was right. */
    synchronized void right(String address) {
        wrong.remove(address);
    }

    private void note(String key, int max, Instant now) {
        ArrayDeque<Instant> times = wrong.computeIfAbsent(key, fresh -> new ArrayDeque<>());
        times.addLast(now);
        while (times.size() > max) {
            times.removeFirst();
        }
    }

    private Duration left(String key, int max, Instant now) {
        ArrayDeque<Instant> times = wrong.get(key);
        if (times == null || times.size() < max) {
            return Duration.ZERO;
        }
        Duration until = Duration.between(now, times.getFirst().plus(WHILE));
        return until.isNegative() ? Duration.ZERO : until;
    }
}
