package io.penstock.protocol.link;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Decides, once in each turn of one event loop, whether it looks at its sockets or sleeps on them, and has it look at
 * what else it watches. Its loop's thread only.
 */
final class LoopStrategy implements SelectStrategy {
    private static final FastThreadLocal<@Nullable LoopStrategy> OF_THREAD = new FastThreadLocal<>();

    private final long spinNanos;
    /** Copied on each change: a source may leave while it is looked at. */
    private final CopyOnWriteArrayList<Spin.Source> sources = new CopyOnWriteArrayList<>();

    private boolean known;
    private long lastTraffic = System.nanoTime();

    LoopStrategy(long spinNanos) {
        this.spinNanos = spinNanos;
    }

    /** The strategy of the loop that runs this. */
    static LoopStrategy ofThisLoop() {
        LoopStrategy mine = OF_THREAD.get();
        if (mine == null) {
            throw new IllegalStateException(
                    Thread.currentThread().getName() + " is no event loop of a Vert.x made by Spin");
        }
        return mine;
    }

    /** Keeps the loop that runs this awake; on any other thread nothing happens. */
    static void traffic() {
        LoopStrategy mine = OF_THREAD.get();
        if (mine != null && mine.spinNanos > 0) {
            mine.lastTraffic = System.nanoTime();
        }
    }

    boolean spins() {
        return Spin.isLasting(spinNanos);
    }

    void watch(Spin.Source source) {
        sources.add(source);
    }

    void unwatch(Spin.Source source) {
        sources.remove(source);
    }

    @Override
    public int calculateStrategy(IntSupplier select, boolean hasTasks) throws Exception {
        if (!known) {
            known = true;
            OF_THREAD.set(this);
        }
        lookAround();
        if (hasTasks) {
            return select.get();
        }
        if (spinNanos > 0 && System.nanoTime() - lastTraffic < spinNanos) {
            return SelectStrategy.BUSY_WAIT;
        }
        return maySleep() ? SelectStrategy.SELECT : select.get();
    }

    private void lookAround() {
        boolean found = false;
        for (Spin.Source source : sources) {
            found |= source.look();
        }
        if (found) {
            traffic();
        }
    }

    private boolean maySleep() {
        boolean may = true;
        for (Spin.Source source : sources) {
            may &= source.sleep();
        }
        return may;
    }
}
