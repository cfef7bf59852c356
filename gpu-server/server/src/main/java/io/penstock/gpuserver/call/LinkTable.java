package io.penstock.gpuserver.call;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The linker's states of a session. The driver writes into the logs that a state was made with until the state is
 * destroyed, so their memory lives exactly as long. Executor thread only.
 */
final class LinkTable {
    /** By the driver's handle. */
    private final Map<Long, State> states = new HashMap<>();

    /**
     * A state.
     *
     * @param memory of the options
     */
    private record State(JitOptions options, Arena memory) {}

    /** A state was made with these options. */
    void add(long state, JitOptions options, Arena memory) {
        states.put(state, new State(options, memory));
    }

    /** What a state was made with; null when there is no such state. */
    @Nullable
    JitOptions optionsOf(long state) {
        State found = states.get(state);
        return found == null ? null : found.options();
    }

    /** The driver has destroyed the state. */
    void remove(long state) {
        State gone = states.remove(state);
        if (gone != null) {
            gone.memory().close();
        }
    }

    int size() {
        return states.size();
    }

    /** No driver call follows. */
    void close() {
        states.values().forEach(state -> state.memory().close());
        states.clear();
    }
}
