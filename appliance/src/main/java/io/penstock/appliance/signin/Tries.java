package io.penstock.appliance.signin;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counts tries to sign in by the network that they come from, so that guessing is slow there and nowhere else; and tells whether so many
 * guess that strangers must take turns. A try counts as soon as it is heard, and is forgiven when it was right. Bounded in memory. Safe
 * for all threads.
 */
final class Tries {
    private static final int OF_ONE_MAX = 5;
    private static final int OF_ALL_MANY = 30;
    private static final int SOURCES_MAX = 4096;
    private static final int KNOWN_MAX = 256;
    private static final int NETWORK_BYTES =
            8; // one customer's share of IPv6: whoever has one address there has all 2^64
    private static final Duration WHILE = Duration.ofMinutes(1);

    private final Map<String, ArrayDeque<Instant>> heard = new LinkedHashMap<>();
    private final ArrayDeque<Instant> all = new ArrayDeque<>();
    private final Set<String> known = new LinkedHashSet<>();

    /** Where an address belongs: an IPv4 address is its own source, an IPv6 address is one with all of its /64. */
    static String source(String address) {
        try {
            InetAddress parsed = InetAddress.ofLiteral(address);
            return parsed instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), NETWORK_BYTES)) + "/64"
                    : parsed.getHostAddress();
        } catch (IllegalArgumentException e) {
            return address; // a local socket's, for instance
        }
    }

    /** How long this source must wait before its next try; zero when it may try now. */
    synchronized Duration pause(String source, Instant now) {
        ArrayDeque<Instant> times = heard.get(source);
        if (times == null || times.size() < OF_ONE_MAX) {
            return Duration.ZERO;
        }
        Duration until = Duration.between(now, times.getFirst().plus(WHILE));
        return until.isNegative() ? Duration.ZERO : until;
    }

    /** A try from this source is heard. */
    synchronized void heard(String source, Instant now) {
        if (heard.size() >= SOURCES_MAX && !heard.containsKey(source)) {
            heard.remove(heard.keySet().iterator().next());
        }
        note(heard.computeIfAbsent(source, fresh -> new ArrayDeque<>()), OF_ONE_MAX, now);
        note(all, OF_ALL_MANY, now);
    }

    /** The try of this source that was heard last was right. */
    synchronized void right(String source) {
        heard.remove(source);
        all.pollLast();
        if (known.size() >= KNOWN_MAX && !known.contains(source)) {
            known.remove(known.iterator().next());
        }
        known.add(source);
    }

    /** Whether somebody signed in from there since the appliance started. */
    synchronized boolean isKnown(String source) {
        return known.contains(source);
    }

    /** Whether more wrong tries were heard lately than people make. */
    synchronized boolean areMany(Instant now) {
        return all.size() >= OF_ALL_MANY && now.isBefore(all.getFirst().plus(WHILE));
    }

    private static void note(ArrayDeque<Instant> times, int max, Instant now) {
        times.addLast(now);
        while (times.size() > max) {
            times.removeFirst();
        }
    }
}
