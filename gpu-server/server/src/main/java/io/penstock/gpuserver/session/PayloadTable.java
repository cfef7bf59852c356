package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Payloads;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.LinkException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Payloads on their way up. Bytes may arrive before the call that names them: they wait in blocks of native memory. Bulk
 * event loops put, the executor walks; a block goes to the GPU as soon as it is full.
 */
final class PayloadTable implements Payloads {
    private static final int BLOCK_BYTES = Limits.BULK_CHUNK_BYTES_MAX;
    /** What one client may make the worker keep before it is cut off: the largest single copy must fit. */
    private static final long STAGED_BYTES_MAX = 16L << 30;

    private static final int POOLED_BLOCKS_MAX = 256;

    private static final class Incoming {
        private final List<@Nullable Block> blocks = new ArrayList<>();
    }

    private static final class Block {
        private final MemorySegment memory = Arena.ofAuto().allocate(BLOCK_BYTES, 64);
        private int filled;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    // guarded by lock
    private final Map<Long, Incoming> incoming = new HashMap<>();
    private final ArrayDeque<Block> pool = new ArrayDeque<>();
    private long staged;
    private @Nullable String ended;

    /** What takes the chunks of one bulk connection; {@code ended} is told why that connection is over. */
    ChunkSink inlet(Consumer<String> ended) {
        return new Inlet(ended);
    }

    /** One bulk connection's chunks; its event loop only. */
    private final class Inlet implements ChunkSink {
        private final Consumer<String> ended;
        private long payload;
        private long position;
        private int left;
        private @Nullable Block block;
        private int filled;

        Inlet(Consumer<String> ended) {
            this.ended = ended;
        }

        @Override
        public boolean begin(long id, long at, int length) throws LinkException {
            if (at > Limits.PAYLOAD_BYTES_MAX - length) {
                throw new LinkException(
                        "payload " + id + " reaches byte " + (at + length) + "; at most " + Limits.PAYLOAD_BYTES_MAX);
            }
            payload = id;
            position = at;
            left = length;
            return true;
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) throws LinkException {
            int taken = 0;
            while (taken < count) {
                int within = (int) (position % BLOCK_BYTES);
                Block into = block;
                if (into == null) {
                    into = blockFor(payload, (int) (position / BLOCK_BYTES));
                    block = into;
                }
                int part = Math.min(count - taken, BLOCK_BYTES - within);
                MemorySegment.copy(source, offset + taken, into.memory, within, part);
                taken += part;
                position += part;
                left -= part;
                filled += part;
                if (left == 0 || within + part == BLOCK_BYTES) {
                    filled(into, filled);
                    block = null;
                    filled = 0;
                }
            }
        }

        @Override
        public void end() {}

        @Override
        public void closed(String reason) {
            ended.accept(reason);
        }
    }

    private Block blockFor(long payload, int index) throws LinkException {
        lock.lock();
        try {
            List<@Nullable Block> blocks = incoming.computeIfAbsent(payload, id -> new Incoming()).blocks;
            while (blocks.size() <= index) {
                blocks.add(null);
            }
            Block block = blocks.get(index);
            if (block == null) {
                if (staged + BLOCK_BYTES > STAGED_BYTES_MAX) {
                    throw new LinkException(
                            staged + " bytes of payload wait for their calls; at most " + STAGED_BYTES_MAX);
                }
                staged += BLOCK_BYTES;
                block = pool.isEmpty() ? new Block() : pool.remove();
                blocks.set(index, block);
            }
            return block;
        } finally {
            lock.unlock();
        }
    }

    private void filled(Block block, int count) {
        lock.lock();
        try {
            block.filled += count;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int walk(long id, long total, Piece piece) {
        if (total < 0 || total > Limits.PAYLOAD_BYTES_MAX) {
            throw new ProtocolException(
                    "payload of " + Long.toUnsignedString(total) + " bytes; at most " + Limits.PAYLOAD_BYTES_MAX);
        }
        int result = CudaResult.SUCCESS;
        for (long position = 0; position < total; position += BLOCK_BYTES) {
            int bytes = (int) Math.min(BLOCK_BYTES, total - position);
            int index = (int) (position / BLOCK_BYTES);
            Block block = await(id, index, bytes);
            if (result == CudaResult.SUCCESS) {
                result = piece.take(position, block.memory.address(), bytes);
            }
            recycle(id, index, block);
        }
        lock.lock();
        try {
            incoming.remove(id);
        } finally {
            lock.unlock();
        }
        return result;
    }

    private Block await(long id, int index, int bytes) {
        lock.lock();
        try {
            while (true) {
                if (ended != null) {
                    throw new ProtocolException("the session ended while payload " + id + " was under way: " + ended);
                }
                Incoming payload = incoming.get(id);
                Block block = payload == null || payload.blocks.size() <= index ? null : payload.blocks.get(index);
                if (block != null && block.filled >= bytes) {
                    return block;
                }
                arrived.await();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new ProtocolException("the worker is stopping");
        } finally {
            lock.unlock();
        }
    }

    private void recycle(long id, int index, Block block) {
        lock.lock();
        try {
            Incoming payload = incoming.get(id);
            if (payload != null) {
                payload.blocks.set(index, null);
            }
            staged -= BLOCK_BYTES;
            block.filled = 0;
            if (pool.size() < POOLED_BLOCKS_MAX) {
                pool.add(block);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will come: whoever waits is told. */
    void end(String reason) {
        lock.lock();
        try {
            ended = reason;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
