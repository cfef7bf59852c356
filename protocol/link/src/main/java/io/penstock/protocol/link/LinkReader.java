package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Receives the frames of a link on a thread of its owner's, where they are to be worked on: no other thread has to be woken for
 * them. Made by {@link Link#openFor}. While that thread works on a frame nothing is read; the event loop keeps the
 * connection alive meanwhile and hears when the peer goes.
 *
 * <p>Everything but {@link #wake()} belongs to that one thread.
 */
public final class LinkReader implements AutoCloseable {
    private static final long AWAY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Link link;
    private final SocketWait wait;
    /** What came before the socket was the link's own: the event loop's until {@link #records} is there. */
    private ByteBuf early = Unpooled.EMPTY_BUFFER;

    private volatile @Nullable RecordReader records;
    // the owner's thread only; fields, since what captures is made anew each time
    private final BooleanSupplier quiet = this::isQuiet;
    private BooleanSupplier awaited = () -> true;
    private boolean hasRecords;

    private volatile boolean over;
    private volatile boolean sleeping;
    private volatile long looked = System.nanoTime();
    // guarded by this
    private boolean closed;

    LinkReader(Link link) throws IOException {
        this.link = link;
        this.wait = new SocketWait();
    }

    // ---- the event loop ----

    /** Keeps bytes until the owner's thread may have them; false when it has begun to read itself. */
    boolean keep(MemorySegment bytes, int count) {
        if (records != null) {
            return false;
        }
        if (!early.isReadable()) {
            early = Unpooled.buffer(count);
        }
        early.writeBytes(bytes.asSlice(0, count).asByteBuffer());
        return true;
    }

    /** From now on the owner's thread reads. */
    void begin(RecordReader socket) {
        synchronized (this) {
            if (closed) {
                socket.close();
                return;
            }
            records = socket;
        }
        wait.wake();
    }

    void end() {
        over = true;
        wait.wake();
    }

    /** Whether the owner's thread has been at work for a while, so that nothing was read. */
    boolean isAway() {
        return !sleeping && System.nanoTime() - looked > AWAY_NANOS;
    }

    // ---- the owner's thread ----

    /**
     * Delivers the frames that one look at the socket brings.
     *
     * @return whether it brought anything
     */
    public boolean read() {
        RecordReader from = records;
        if (from == null || over) {
            return false;
        }
        looked = System.nanoTime();
        boolean came = deliverEarly();
        came |= from.read();
        if (came) {
            link.turnEnded();
        }
        return came;
    }

    private boolean deliverEarly() {
        int count = early.readableBytes();
        if (count == 0) {
            return false;
        }
        MemorySegment bytes = Arena.ofAuto().allocate(count, 8).copyFrom(MemorySegment.ofBuffer(early.nioBuffer()));
        early = Unpooled.EMPTY_BUFFER;
        link.deliver(bytes, count);
        return true;
    }

    /** Whether there is something to {@link #read()}, or the link is over. */
    public boolean isReady() {
        RecordReader from = records;
        return over || (from != null && (early.isReadable() || from.isReady()));
    }

    /** While a frame is delivered: whether nothing that came with it is still to be delivered. */
    public boolean isLast() {
        return link.isLast();
    }

    /** Whether the link has ended, so that nothing more comes. */
    public boolean isOver() {
        return over;
    }

    /**
     * Sleeps until something comes, the link ends, or somebody wakes it; may return for no reason.
     *
     * @param still whether there is still nothing else to do
     */
    public void await(BooleanSupplier still) {
        RecordReader from = records;
        sleeping = true;
        hasRecords = from != null;
        awaited = still;
        wait.sleep(from == null ? -1 : from.socketNumber(), quiet);
        looked = System.nanoTime();
        sleeping = false;
    }

    private boolean isQuiet() {
        RecordReader from = records;
        return !over && hasRecords == (from != null) && (from == null || !from.isHolding()) && awaited.getAsBoolean();
    }

    /** Has {@link #await} return. Any thread. */
    public void wake() {
        wait.wake();
    }

    /** The thread reads no more; the link is over, or about to be. */
    @Override
    public synchronized void close() {
        closed = true;
        over = true;
        RecordReader from = records;
        if (from != null) {
            from.close();
        }
        wait.close();
    }
}
