package io.penstock.agent;

import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Payload on its way to a program. Each bulk connection copies its chunks into the slab on an event loop of its own; the
 * program is told of them in the order in which they lie there, which is the order in which it frees them.
 */
final class PayloadDown {
    /** What the session's own event loop does for the connections, which run on others. */
    interface Owner {
        /** Chunks are complete: {@link PayloadDown#announce} is to be called. */
        void chunksCame();

        /** A connection takes payload of the program again. */
        void writable();

        /** A connection ended, or the program broke the rules of the slab: the session ends with this reason. */
        void failed(String reason);
    }

    /** Tells the program of a chunk. */
    @FunctionalInterface
    interface Teller {
        void tell(MemorySegment payloadFrame) throws ChannelException;
    }

    private final DownSlab slab;
    private final Owner owner;
    private final AtomicBoolean due = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private final List<BulkLink> stalled = new ArrayList<>();
    private int unfinished;
    private boolean over;
    private long bytes;

    PayloadDown(DownSlab slab, Owner owner) {
        this.slab = slab;
        this.owner = owner;
    }

    /** A stretch of the slab. Filled by one connection; the rest is guarded by the lock. */
    private static final class Chunk {
        private final long payload;
        private final long offset;
        private final long position;
        private final int length;
        private int filled;
        private boolean complete;

        Chunk(long payload, long offset, long position, int length) {
            this.payload = payload;
            this.offset = offset;
            this.position = position;
            this.length = length;
        }
    }

    /** What takes the chunks of one connection. */
    ChunkSink inlet(BulkLink link) {
        return new Inlet(link);
    }

    /** The session's loop: tells the program of every complete chunk that no incomplete one lies before. */
    void announce(Teller teller) throws ChannelException {
        due.set(false);
        for (Chunk chunk = complete(); chunk != null; chunk = complete()) {
            teller.tell(Frames.payload(chunk.payload, chunk.offset, chunk.position, chunk.length));
        }
    }

    /** The program rang: connections that had no room try again. */
    void roomMade() {
        lock.lock();
        try {
            stalled.forEach(BulkLink::resume);
            stalled.clear();
        } finally {
            lock.unlock();
        }
    }

    /** The session is over: what still comes falls away. */
    void drop() {
        lock.lock();
        try {
            over = true;
        } finally {
            lock.unlock();
        }
        roomMade();
    }

    /** Whether no connection writes to the program's memory any more, so that it may be unmapped; after {@link #drop}. */
    boolean isIdle() {
        lock.lock();
        try {
            return unfinished == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that came for the program. */
    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Chunk complete() {
        lock.lock();
        try {
            return chunks.isEmpty() || !chunks.peekFirst().complete ? null : chunks.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /** One connection's chunks; its event loop only. */
    private final class Inlet implements ChunkSink {
        private final BulkLink link;
        private @Nullable Chunk chunk;

        Inlet(BulkLink link) {
            this.link = link;
        }

        @Override
        public boolean begin(long payload, long position, int length) {
            lock.lock();
            try {
                bytes += length;
                long place = over ? -1 : slab.take(length);
                if (over) {
                    return true;
                }
                if (place < 0) {
                    bytes -= length;
                    stalled.add(link);
                    return false;
                }
                chunk = new Chunk(payload, position, place, length);
                chunks.add(chunk);
                unfinished++;
                return true;
            } catch (ChannelException broken) {
                owner.failed(String.valueOf(broken.getMessage()));
                return true;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {
            Chunk filling = chunk;
            if (filling != null) {
                slab.put(filling.position + filling.filled, source, offset, count);
                filling.filled += count;
            }
        }

        @Override
        public void end() {
            Chunk filled = chunk;
            if (filled == null) {
                return;
            }
            chunk = null;
            lock.lock();
            try {
                filled.complete = true;
                unfinished--;
            } finally {
                lock.unlock();
            }
            if (due.compareAndSet(false, true)) {
                owner.chunksCame();
            }
        }

        @Override
        public void writable() {
            owner.writable();
        }

        @Override
        public void closed(String reason) {
            lock.lock();
            try {
                unfinished -= chunk == null ? 0 : 1;
                chunk = null;
                stalled.remove(link);
            } finally {
                lock.unlock();
            }
            owner.failed("a payload connection to the worker ended: " + reason);
        }
    }
}
