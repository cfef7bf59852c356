package io.penstock.gpuserver.call;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The live streams of each context, and which of them may have work under way, so that a wait for a context can be a wait
 * for those: libraries keep dozens of streams that they never use. Executor thread only, but for {@link #passed}.
 */
final class StreamTable {
    private final Map<Long, Set<Long>> byContext = new HashMap<>();
    private final Map<Long, Long> contexts = new HashMap<>();
    /** By context, the streams that calls named since they were last seen idle, and the mark before which they did. */
    private final Map<Long, Map<Long, Long>> used = new HashMap<>();

    private final Set<Long> capturing = new HashSet<>();
    private final ConcurrentLinkedQueue<Mark> passed = new ConcurrentLinkedQueue<>();
    private long marks;
    private long lastUsed;

    /** A moment in the life of a context: its streams that might have had work under way. */
    static final class Mark {
        private final long number;
        private final long context;
        private final long[] streams;

        private Mark(long number, long context, long[] streams) {
            this.number = number;
            this.context = context;
            this.streams = streams;
        }

        long[] streams() {
            return streams;
        }
    }

    void add(long context, long stream) {
        byContext.computeIfAbsent(context, key -> new HashSet<>()).add(stream);
        contexts.put(stream, context);
    }

    void remove(long stream) {
        Long context = contexts.remove(stream);
        if (context != null) {
            byContext.getOrDefault(context, new HashSet<>()).remove(stream);
            used.getOrDefault(context, new HashMap<>()).remove(stream);
        }
        capturing.remove(stream);
        lastUsed = 0;
    }

    void contextGone(long context) {
        Set<Long> streams = byContext.remove(context);
        if (streams != null) {
            streams.forEach(stream -> {
                contexts.remove(stream);
                capturing.remove(stream);
            });
        }
        used.remove(context);
        lastUsed = 0;
    }

    long contextOf(long stream, long otherwise) {
        Long context = contexts.get(stream);
        return context == null ? otherwise : context;
    }

    /** A call names one of the streams that a program or the worker made: work may be under way on it. */
    void used(long stream) {
        if (stream == lastUsed) {
            return;
        }
        lastUsed = stream;
        Long context = contexts.get(stream);
        if (context != null) {
            used.computeIfAbsent(context, key -> new HashMap<>()).put(stream, marks);
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

    /** Whether a stream of this context began a capture that has not ended. */
    boolean anyCapturing(long context) {
        return capturing.stream().anyMatch(stream -> Objects.equals(contexts.get(stream), context));
    }

    /**
     * This moment: the streams on which work of the context may be under way. The legacy stream is always among them, since
     * calls that name no stream use it.
     */
    Mark mark(long context) {
        for (Mark over = passed.poll(); over != null; over = passed.poll()) {
            idle(over);
        }
        lastUsed = 0;
        List<Long> busy = new ArrayList<>();
        for (long stream : used.getOrDefault(context, Map.of()).keySet()) {
            if (!capturing.contains(stream)) {
                busy.add(stream);
            }
        }
        busy.add(0L);
        return new Mark(
                marks++, context, busy.stream().mapToLong(Long::longValue).toArray());
    }

    /** Everything of a mark is done: streams that no call has named since have nothing under way. Any thread. */
    void passed(Mark mark) {
        passed.add(mark);
    }

    private void idle(Mark over) {
        Map<Long, Long> streams = used.get(over.context);
        if (streams == null) {
            return;
        }
        for (long stream : over.streams) {
            Long since = streams.get(stream);
            if (since != null && since <= over.number) {
                streams.remove(stream);
            }
        }
    }
}
