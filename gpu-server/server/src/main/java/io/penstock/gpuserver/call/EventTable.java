package io.penstock.gpuserver.call;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where each of the program's events was last recorded, and which of them are being watched. Any thread. */
final class EventTable {
    /**
     * The latest record of an event.
     *
     * @param sequence the recording call's own number
     */
    record Recorded(long context, long stream, long sequence) {}

    private final Map<Long, Recorded> recorded = new ConcurrentHashMap<>();
    // guarded by itself
    private final Set<Long> watched = new HashSet<>();

    void record(long event, Recorded where) {
        recorded.put(event, where);
    }

    @Nullable
    Recorded find(long event) {
        return recorded.get(event);
    }

    /** Forgets an event that is destroyed; where it was last recorded, or null. */
    @Nullable
    Recorded remove(long event) {
        return recorded.remove(event);
    }

    boolean startWatch(long event) {
        synchronized (watched) {
            return watched.add(event);
        }
    }

    void endWatch(long event) {
        synchronized (watched) {
            watched.remove(event);
        }
    }
}
