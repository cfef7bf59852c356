package io.penstock.gpuserver.software;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the driver keeps for one calling thread: its contexts, its default streams, its capture mode. That thread only. */
final class ThreadState {
    /** Current context first. */
    final ArrayDeque<Context> contexts = new ArrayDeque<>();

    /** The stream that handle 2 means in each context. */
    final Map<Context, Stream> perThreadStreams = new HashMap<>();

    int captureMode = Capture.MODE_GLOBAL;

    @Nullable
    Context current() {
        return contexts.peekFirst();
    }
}
