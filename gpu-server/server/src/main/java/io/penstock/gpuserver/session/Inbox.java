package io.penstock.gpuserver.session;

import io.penstock.protocol.link.LinkReader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a session's executor waits for: the frames of its link, which it receives itself, and tasks that other threads have for
 * it. The executor only, but for {@link #post}.
 */
final class Inbox implements AutoCloseable {
    /** Asking the kernel for bytes costs a system call, so whoever asks without pause is answered from memory in between. */
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(2);

    private final LinkReader reader;
    private final long spinNanos;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final BooleanSupplier nothingElse = tasks::isEmpty;
    private long looked;

    /** @param spinNanos how long an idle executor looks before it sleeps */
    Inbox(LinkReader reader, long spinNanos) {
        this.reader = reader;
        this.spinNanos = spinNanos;
    }

    /** Any thread: runs a task on the executor before its next frame. */
    void post(Runnable task) {
        tasks.add(task);
        reader.wake();
    }

    void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Delivers the frames that have come. */
    void receive() {
        var unused = reader.read();
    }

    /** While a frame is delivered: whether there is nothing else to do. */
    boolean isLast() {
        return reader.isLast() && tasks.isEmpty();
    }

    /** Whether there is nothing to do, as far as was known 2 µs ago. */
    boolean isIdle() {
        if (!tasks.isEmpty()) {
            return false;
        }
        long now = System.nanoTime();
        if (now - looked < LOOK_NANOS) {
            return true;
        }
        looked = now;
        return !reader.isReady();
    }

    boolean isOver() {
        return reader.isOver();
    }

    /** Waits until there is something to do. */
    void await() {
        long until = System.nanoTime() + spinNanos;
        while (spinNanos > 0 && System.nanoTime() < until) {
            if (!tasks.isEmpty() || reader.isReady()) {
                return;
            }
            Thread.onSpinWait();
        }
        reader.await(nothingElse);
    }

    @Override
    public void close() {
        reader.close();
    }
}
