package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way out of one connection. Any thread puts, and any thread has what was put leave: one at a time writes,
 * and takes along what others put meanwhile. Nothing leaves before {@link #open}.
 */
final class Outbox {
    private static final int BUFFER_BYTES = 64 << 10;

    private enum State {
        /** Nobody writes. */
        IDLE,
        /** A thread writes, and looks for more before it stops. */
        WRITING,
        /** The kernel has yet to take what was written, or what was written before the outbox opened. */
        BLOCKED
    }

    private final ByteBufAllocator allocator;
    private final InFlight inFlight;
    private final Consumer<Throwable> broken;

    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private State state = State.BLOCKED;
    private boolean closed;
    private final ArrayDeque<ByteBuf> full = new ArrayDeque<>();
    private ByteBuf filling;
    private MemorySegment fillingMemory;
    private @Nullable ByteBuf spare;
    private @Nullable RecordWriter records;

    private Runnable wantsRoom = () -> {};

    // whoever writes, or nobody while the kernel has no room
    private @Nullable ByteBuf leaving;
    private ByteBuffer left = ByteBuffer.allocate(0);

    /** @param broken told, on any thread, that what was put can never leave; it is to close the outbox */
    Outbox(ByteBufAllocator allocator, InFlight inFlight, Consumer<Throwable> broken) {
        this.allocator = allocator;
        this.inFlight = inFlight;
        this.broken = broken;
        this.filling = allocator.directBuffer(BUFFER_BYTES);
        this.fillingMemory = memoryOf(filling);
    }

    /** Where a copy that is about to leave can still be changed; runs under the outbox's lock. */
    interface Stamp {
        void stamp(MemorySegment copy, long index);
    }

    /**
     * From now on what was put leaves by this. Once, on the event loop.
     *
     * @param askForRoom asks for a call of {@link #roomMade} once the kernel has room. Any thread
     */
    void open(RecordWriter through, Runnable askForRoom) {
        lock.lock();
        try {
            if (closed) {
                through.finish();
                return;
            }
            records = through;
            wantsRoom = askForRoom;
        } finally {
            lock.unlock();
        }
        roomMade();
    }

    /**
     * Copies bytes and pads them with zeros to a multiple of 8.
     *
     * @return false when the connection is over
     */
    boolean put(MemorySegment bytes, long offset, long length, Stamp stamp) {
        int padded = Math.toIntExact(length + 7 & -8);
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            makeRoom(padded);
            int at = filling.writerIndex();
            MemorySegment.copy(bytes, offset, fillingMemory, at, length);
            for (long pad = at + length; pad < at + padded; pad++) {
                fillingMemory.set(ValueLayout.JAVA_BYTE, pad, (byte) 0);
            }
            stamp.stamp(fillingMemory, at);
            filling.writerIndex(at + padded);
            inFlight.give(padded);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What was put leaves now, or with what another thread writes, or once the kernel has room again. */
    void leave() {
        lock.lock();
        try {
            if (state != State.IDLE || closed || isEmpty()) {
                return;
            }
            state = State.WRITING;
        } finally {
            lock.unlock();
        }
        write();
    }

    /** The outbox was not opened and will not be: what was put leaves by the channel, whose handlers encrypt it. Event loop. */
    void leaveBy(ChannelHandlerContext channel) {
        lock.lock();
        try {
            if (records != null || closed) {
                return;
            }
            full.add(filling);
            openNext(BUFFER_BYTES);
            for (ByteBuf next = full.poll(); next != null; next = full.poll()) {
                var unused = channel.write(next);
            }
        } finally {
            lock.unlock();
        }
        channel.flush();
    }

    /** The connection is over: what was put leaves only if a thread is writing. */
    void close() {
        boolean nobodyWrites;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            nobodyWrites = state != State.WRITING;
        } finally {
            lock.unlock();
        }
        if (nobodyWrites) {
            letGo();
        }
        inFlight.close();
    }

    private void write() {
        try {
            for (ByteBuf next = next(); next != null; next = next()) {
                if (through().write(left)) {
                    int bytes = next.readableBytes();
                    recycle(next);
                    inFlight.take(bytes);
                } else {
                    block();
                    return;
                }
            }
        } catch (RuntimeException | OutOfMemoryError cause) {
            stop();
            broken.accept(cause);
        }
        Spin.traffic();
    }

    /** The writer, in the middle of what it cannot finish: nothing can follow. */
    private void stop() {
        lock.lock();
        try {
            if (!closed) {
                state = State.BLOCKED;
                return;
            }
        } finally {
            lock.unlock();
        }
        letGo();
    }

    private RecordWriter through() {
        RecordWriter through = records;
        if (through == null) {
            throw new IllegalStateException("nothing leaves before the outbox is open");
        }
        return through;
    }

    /** The writer, with something left: nothing leaves until the kernel has room. */
    private void block() {
        boolean over;
        lock.lock();
        try {
            state = State.BLOCKED;
            over = closed;
        } finally {
            lock.unlock();
        }
        if (over) {
            letGo();
        } else {
            wantsRoom.run();
        }
    }

    /** Event loop: the kernel has room. */
    void roomMade() {
        lock.lock();
        try {
            if (state != State.BLOCKED || closed) {
                return;
            }
            state = State.WRITING;
        } finally {
            lock.unlock();
        }
        write();
    }

    /** The writer: what leaves next; null when there is nothing and it writes no more. */
    private @Nullable ByteBuf next() {
        lock.lock();
        try {
            ByteBuf rest = leaving;
            if (rest != null) {
                return rest;
            }
            ByteBuf next = full.poll();
            if (next == null && filling.isReadable()) {
                next = filling;
                openNext(BUFFER_BYTES);
            }
            if (next != null) {
                left = next.nioBuffer();
                leaving = next;
                return next;
            }
            state = State.IDLE;
            if (!closed) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        letGo();
        return null;
    }

    /** The writer: the kernel has all that was in this buffer. */
    private void recycle(ByteBuf written) {
        lock.lock();
        try {
            leaving = null;
            if (spare == null && written.capacity() == BUFFER_BYTES) {
                spare = written.clear();
            } else {
                written.release();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whoever is last, after the outbox was closed. */
    private void letGo() {
        RecordWriter through;
        lock.lock();
        try {
            full.forEach(ByteBuf::release);
            full.clear();
            filling.release();
            if (leaving != null) {
                leaving.release();
                leaving = null;
            }
            if (spare != null) {
                spare.release();
            }
            through = records;
        } finally {
            lock.unlock();
        }
        if (through != null) {
            through.finish();
        }
    }

    private boolean isEmpty() {
        return !filling.isReadable() && full.isEmpty();
    }

    private void makeRoom(int bytes) {
        if (filling.writableBytes() >= bytes) {
            return;
        }
        if (filling.isReadable()) {
            full.add(filling);
        } else {
            filling.release();
        }
        openNext(Math.max(bytes, BUFFER_BYTES));
    }

    private void openNext(int bytes) {
        ByteBuf kept = spare;
        if (kept != null && bytes <= kept.capacity()) {
            spare = null;
            filling = kept;
        } else {
            filling = allocator.directBuffer(bytes);
        }
        fillingMemory = memoryOf(filling);
    }

    private static MemorySegment memoryOf(ByteBuf buffer) {
        return MemorySegment.ofBuffer(buffer.internalNioBuffer(0, buffer.capacity()));
    }
}
