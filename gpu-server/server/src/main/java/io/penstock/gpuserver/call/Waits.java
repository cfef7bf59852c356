package io.penstock.gpuserver.call;

import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Everything that blocks. Tasks run on waiter threads, in the order given for one lane; lanes do not wait for each
 * other. Called from the executor thread.
 */
public interface Waits {
    /**
     * Once all these events have completed, runs a task with the context current.
     *
     * @param lane tasks of one lane run in order; use the stream
     * @param events recorded before this call; the task owns them afterwards
     * @param task gets 0 or the first CUresult with which waiting failed
     */
    void after(long lane, long context, long[] events, IntConsumer task);

    /**
     * As {@link #after}, for a task that takes a moment and blocks on nothing once {@code may} holds: while the executor
     * has nothing else to do it looks itself whether the events have passed, which spares a change of threads.
     */
    void soon(long lane, long context, long[] events, BooleanSupplier may, IntConsumer task);

    /** Whether a lane has nothing to do, so that something finished already may be told at once. */
    boolean isIdle(long lane);

    /** Blocks the executor until every task given so far for a lane has run. */
    void drain(long lane) throws InterruptedException;
}
