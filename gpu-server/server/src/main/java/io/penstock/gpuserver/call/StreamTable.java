package io.penstock.gpuserver.call;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The live streams of each context, so that a wait for a context can be a wait for its streams. Executor thread only.
 */
final class StreamTable {
    private final Map<Long, Set<Long>> byContext = new HashMap<>();
    private final Map<Long, Long> contexts = new HashMap<>();
    private final Set<Long> legacyUsed = new HashSet<>();
    private final Set<Long> capturing = new HashSet<>();
    private long lastLegacy;

    void add(long context, long stream) {
        byContext.computeIfAbsent(context, key -> new HashSet<>()).add(stream);
        contexts.put(stream, context);
    }

    void remove(long stream) {
        Long context = contexts.remove(stream);
        if (context != null) {
            Set<Long> streams = byContext.get(context);
            if (streams != null) {
                streams.remove(stream);
            }
        }
        capturing.remove(stream);
    }

    void contextGone(long context) {
        Set<Long> streams = byContext.remove(context);
        if (streams != null) {
            streams.forEach(stream -> {
                contexts.remove(stream);
                capturing.remove(stream);
            });
        }
        legacyUsed.remove(context);
        lastLegacy = 0;
    }

    long contextOf(long stream, long otherwise) {
        Long context = contexts.get(stream);
        return context == null ? otherwise : context;
    }

    void legacyUsed(long context) {
        if (context != lastLegacy) {
            lastLegacy = context;
            legacyUsed.add(context);
        }
    }

    void setCapturing(long stream, boolean is) {
        if (is) {
            capturing.add(stream);
        } else {
            capturing.remove(stream);
        }
    }

    /** Whether any stream began a capture that has not ended; it may have spread to others. */
    boolean anyCapturing() {
        return !capturing.isEmpty();
    }

    /** Streams on which work of the context may be pending: those it made, and the legacy stream if it was used. */
    long[] busy(long context) {
        Set<Long> streams = byContext.getOrDefault(context, Set.of());
        boolean legacy = legacyUsed.contains(context);
        long[] busy = new long[streams.size() + (legacy ? 1 : 0)];
        int count = 0;
        for (long stream : streams) {
            if (!capturing.contains(stream)) {
                busy[count++] = stream;
            }
        }
        if (legacy) {
            busy[count++] = 0;
        }
        return count == busy.length ? busy : Arrays.copyOf(busy, count);
    }
}
