package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** A word of the channel on which threads of the program sleep. Waking is a no-op unless the word says so. */
final class FutexWord {
    private static final VarHandle INT = U32.varHandle();

    private FutexWord() {}

    /** To be called after the store that the sleepers wait for; wakes one of them. */
    static void wakeOne(MemorySegment memory, long offset) {
        wake(memory, offset, 1);
    }

    /** To be called after the store that the sleepers wait for; wakes all of them. */
    static void wakeAll(MemorySegment memory, long offset) {
        wake(memory, offset, Integer.MAX_VALUE);
    }

    /** Takes a sleeper's flag down without a system call; true when it was up, so that the caller rings instead. */
    static boolean lower(MemorySegment memory, long offset) {
        VarHandle.fullFence();
        return (int) INT.getOpaque(memory, offset) != 0 && (int) INT.getAndSet(memory, offset, 0) != 0;
    }

    private static void wake(MemorySegment memory, long offset, int count) {
        if (lower(memory, offset)) {
            LibC.futexWake(memory.address() + offset, count);
        }
    }
}
