package io.penstock.protocol.link;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Decides, once in each turn of one event loop, whether it looks at its sockets or sleeps on them, and has it look at
 * what else it watches. Its loop's thread only.
 */
final class LoopStrategy implements SelectStrategy {
    private static final FastThreadLocal<@Nullable LoopStrategy> OF_THREAD = new FastThreadLocal<>();

    private final long spinNanos;
    private Spin.Source[] sources = {};
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
        return spinNanos > 0;
    }

    void watch(Spin.Source source) {
        Spin.Source[] more = new Spin.Source[sources.length + 1];
        System.arraycopy(sources, 0, more, 0, sources.length);
        more[sources.length] = source;
        sources = more;
    }

    void unwatch(Spin.Source source) {
        Spin.Source[] now = sources;
        for (int i = 0; i < now.length; i++) {
            if (now[i] == source) {
                Spin.Source[] fewer = new Spin.Source[now.length - 1];
                System.arraycopy(now, 0, fewer, 0, i);
                System.arraycopy(now, i + 1, fewer, i, fewer.length - i);
                sources = fewer;
                return;
            }
        }
    }

    @Override
    public int calculateStrategy(IntSupplier select, boolean hasTasks) throws Exception {
        if (!known) {
            known = true;
            OF_THREAD.set(this);
        }
        if (lookAround() || hasTasks) {
            return select.get();
        }
        if (spinNanos > 0 && System.nanoTime() - lastTraffic < spinNanos) {
            return SelectStrategy.BUSY_WAIT;
        }
        return maySleep() ? SelectStrategy.SELECT : select.get();
    }

    private boolean lookAround() {
        boolean found = false;
        for (Spin.Source source : sources) {
            found |= source.look();
        }
        if (found) {
            traffic();
        }
        return found;
    }

    private boolean maySleep() {
        boolean may = true;
        for (Spin.Source source : sources) {
            may &= source.sleep();
        }
        return may;
    }
}
