package io.penstock.protocol.link;

import io.netty.util.concurrent.EventExecutor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** How far this end has processed what the peer sent: told with whatever else is sent, or alone when nothing is. Any thread. */
final class Acknowledgements implements Outbox.Stamp {
    private static final int AFTER_FRAMES = 256;
    private static final long AFTER_MILLIS = 20;

    private final EventExecutor loop;
    private final Runnable alone;
    private final AtomicBoolean waiting = new AtomicBoolean();
    private volatile long processed;
    private volatile long told;

    /** @param alone tells it, on the event loop, though nothing else is sent */
    Acknowledgements(EventExecutor loop, Runnable alone) {
        this.loop = loop;
        this.alone = alone;
    }

    /** Everything up to this sequence number is processed. */
    void processed(long sequence) {
        processed = sequence;
    }

    @Override
    public void stamp(MemorySegment copy, long index) {
        long now = processed;
        if (now > copy.get(Wire.U64, index + Wire.ACKNOWLEDGED)) {
            copy.set(Wire.U64, index + Wire.ACKNOWLEDGED, now);
        }
        told = now;
    }

    /** Whether the peer has been told too little to wait; if it knows less than everything, it is told in a while. */
    boolean isLate() {
        long behind = processed - told;
        if (behind > 0 && behind < AFTER_FRAMES && waiting.compareAndSet(false, true)) {
            var unused = loop.schedule(this::tell, AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
        return behind >= AFTER_FRAMES;
    }

    private void tell() {
        waiting.set(false);
        if (processed > told) {
            alone.run();
        }
    }
}
