package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way out of one channel. Any thread puts; the event loop writes everything put since its last turn
 * with one flush. What may wait for what comes after it is put without asking for a flush.
 */
final class Outbox {
    private static final int BUFFER_BYTES = 64 << 10;

    private final ChannelHandlerContext channel;
    private final InFlight inFlight;
    private final Runnable flush = this::flush;

    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final ArrayDeque<ByteBuf> full = new ArrayDeque<>();
    private ByteBuf open;
    private MemorySegment openMemory;
    private boolean flushing;
    private boolean closed;

    Outbox(ChannelHandlerContext channel, InFlight inFlight) {
        this.channel = channel;
        this.inFlight = inFlight;
        this.open = channel.alloc().directBuffer(BUFFER_BYTES);
        this.openMemory = memoryOf(open);
    }

    /** Where a copy that is about to leave can still be changed; runs under the outbox's lock. */
    interface Stamp {
        void stamp(MemorySegment copy, long index);
    }

    /**
     * Copies bytes and pads them with zeros to a multiple of 8.
     *
     * @param leave whether they leave soon; if not, they wait for {@link #leave()} or for the next bytes that do
     * @return false when the channel is closed
     */
    boolean put(MemorySegment bytes, long offset, long length, Stamp stamp, boolean leave) {
        int padded = Math.toIntExact(length + 7 & -8);
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            makeRoom(padded);
            int at = open.writerIndex();
            MemorySegment.copy(bytes, offset, openMemory, at, length);
            for (long pad = at + length; pad < at + padded; pad++) {
                openMemory.set(ValueLayout.JAVA_BYTE, pad, (byte) 0);
            }
            stamp.stamp(openMemory, at);
            open.writerIndex(at + padded);
            inFlight.give(padded);
            if (leave) {
                flushSoon();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What was put and waits leaves: now on the event loop, which would need a turn more for its own task, and soon elsewhere. */
    void leave() {
        if (channel.executor().inEventLoop()) {
            flush();
            return;
        }
        lock.lock();
        try {
            if (!closed && (open.isReadable() || !full.isEmpty())) {
                flushSoon();
            }
        } finally {
            lock.unlock();
        }
    }

    private void flushSoon() {
        if (!flushing) {
            flushing = true;
            channel.executor().execute(flush);
        }
    }

    /** Event loop only: writes what is there. */
    void flush() {
        boolean wrote = false;
        for (ByteBuf next = next(); next != null; next = next()) {
            int bytes = next.readableBytes();
            var unused = channel.write(next).addListener((ChannelFutureListener) done -> inFlight.take(bytes));
            wrote = true;
        }
        if (wrote) {
            channel.flush();
            Spin.traffic();
        }
    }

    void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            full.forEach(ByteBuf::release);
            full.clear();
            open.release();
        } finally {
            lock.unlock();
        }
        inFlight.close();
    }

    private @Nullable ByteBuf next() {
        lock.lock();
        try {
            ByteBuf next = full.poll();
            if (next == null && !closed && open.isReadable()) {
                next = open;
                openNext(BUFFER_BYTES);
            }
            flushing = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void makeRoom(int bytes) {
        if (open.writableBytes() >= bytes) {
            return;
        }
        if (open.isReadable()) {
            full.add(open);
        } else {
            open.release();
        }
        openNext(Math.max(bytes, BUFFER_BYTES));
    }

    private void openNext(int bytes) {
        open = channel.alloc().directBuffer(bytes);
        openMemory = memoryOf(open);
    }

    private static MemorySegment memoryOf(ByteBuf buffer) {
        return MemorySegment.ofBuffer(buffer.internalNioBuffer(0, buffer.capacity()));
    }
}
