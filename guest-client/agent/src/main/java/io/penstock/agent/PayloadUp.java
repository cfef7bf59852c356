package io.penstock.agent;

import io.penstock.protocol.link.BulkLink;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Payload on its way from a program's slab to the worker: cut into chunks, spread over the bulk connections that can
 * take more. The bytes are encrypted from where the program left them. Event loop only.
 */
final class PayloadUp {
    private final UpSlab slab;
    private final List<BulkLink> links;
    private final int chunkBytesMax;
    private final Executor loop;
    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
    private int nextLink;
    private int underWay;
    private long bytes;

    /**
     * @param links the bulk connections that are up; grows while the session opens
     * @param loop the event loop that calls this; the connections have others
     */
    PayloadUp(UpSlab slab, List<BulkLink> links, int chunkBytesMax, Executor loop) {
        this.slab = slab;
        this.links = links;
        this.chunkBytesMax = chunkBytesMax;
        this.loop = loop;
    }

    /** One chunk of the slab, cut into pieces as it is sent. */
    private static final class Outgoing {
        private final long payload;
        private final long offset;
        private final UpSlab.Chunk chunk;
        private long sent;
        private int underWay;

        Outgoing(long payload, long offset, UpSlab.Chunk chunk) {
            this.payload = payload;
            this.offset = offset;
            this.chunk = chunk;
        }

        boolean isSent() {
            return sent == chunk.bytes().byteSize();
        }
    }

    /** Takes what a PAYLOAD frame names and sends what the connections take now. */
    void take(MemorySegment frame, long at, int length) throws ChannelException {
        if (length != Frames.PAYLOAD_BYTES) {
            throw new ChannelException("a PAYLOAD frame of " + length + " bytes; it has " + Frames.PAYLOAD_BYTES);
        }
        long payload = frame.get(Frames.U64, at + Frames.PAYLOAD_ID);
        long offset = frame.get(Frames.U64, at + Frames.PAYLOAD_OFFSET);
        long position = frame.get(Frames.U64, at + Frames.PAYLOAD_POSITION);
        long size = frame.get(Frames.U64, at + Frames.PAYLOAD_LENGTH);
        if (payload == 0 || offset < 0) {
            throw new ChannelException("a PAYLOAD frame for payload " + payload + " at offset " + offset);
        }
        waiting.add(new Outgoing(payload, offset, slab.take(position, size)));
        bytes += size;
        pump();
    }

    /** Sends what waits, as far as the connections take it. */
    void pump() {
        while (!waiting.isEmpty()) {
            BulkLink link = writable();
            if (link == null) {
                return;
            }
            Outgoing next = waiting.getFirst();
            send(link, next);
            if (next.isSent()) {
                waiting.removeFirst();
            }
        }
    }

    /** Forgets what no connection has taken yet: the session is over. */
    void drop() {
        waiting.clear();
    }

    /** Whether no connection reads the program's memory any more, so that it may be unmapped. */
    boolean isIdle() {
        return underWay == 0;
    }

    /** Bytes taken so far. */
    long bytes() {
        return bytes;
    }

    private void send(BulkLink link, Outgoing chunk) {
        long size = Math.min(chunkBytesMax, chunk.chunk.bytes().byteSize() - chunk.sent);
        MemorySegment piece = chunk.chunk.bytes().asSlice(chunk.sent, size);
        long offset = chunk.offset + chunk.sent;
        chunk.sent += size;
        chunk.underWay++;
        underWay++;
        link.send(chunk.payload, offset, piece, () -> loop.execute(() -> sent(chunk)));
    }

    private void sent(Outgoing chunk) {
        chunk.underWay--;
        underWay--;
        if (chunk.underWay == 0 && chunk.isSent()) {
            slab.release(chunk.chunk);
        }
    }

    private @Nullable BulkLink writable() {
        for (int i = 0; i < links.size(); i++) {
            BulkLink link = links.get((nextLink + i) % links.size());
            if (link.isWritable()) {
                nextLink = (nextLink + i + 1) % links.size();
                return link;
            }
        }
        return null;
    }
}
