package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One bulk connection of a session: chunks of payloads both ways, no order promised between payloads. Any thread
 * sends; receiving belongs to the event loop. The bytes sent are encrypted from where they lie.
 */
public final class BulkLink {
    private static final MemorySegment NO_BYTES = MemorySegment.ofArray(new byte[0]);

    private final ChannelHandlerContext channel;
    private final LinkOptions options;
    private final InFlight inFlight;
    private volatile @Nullable String closeReason;

    // event loop only
    private final ChunkDecoder decoder;
    private ChunkSink sink = new Nobody();
    private final ArrayDeque<ByteBuf> kept = new ArrayDeque<>();
    private boolean stalled;
    private boolean over;

    BulkLink(ChannelHandlerContext beforeThis, LinkOptions options) {
        this.options = options;
        this.decoder = new ChunkDecoder(options.chunkBytesMax());
        Inbound inbound = new Inbound();
        beforeThis.pipeline().addBefore(beforeThis.name(), "bulk", inbound);
        this.channel = beforeThis.pipeline().context(inbound);
        this.inFlight = new InFlight(options.inFlightBytes(), () -> sink.writable());
    }

    /** Says who takes the payloads from now on. Event loop only. */
    public void open(ChunkSink newSink) {
        sink = newSink;
    }

    /**
     * Sends one chunk. Its bytes must stay as they are until {@code taken} has run, which happens on the event loop
     * once the kernel has them or the connection is over. Never blocks.
     *
     * @param bytes native memory, 1 to {@code chunkBytesMax} bytes
     */
    public void send(long payload, long position, MemorySegment bytes, Runnable taken) {
        int length = Math.toIntExact(bytes.byteSize());
        if (length == 0 || length > options.chunkBytesMax()) {
            throw new IllegalArgumentException("chunk of " + length + " bytes; at most " + options.chunkBytesMax());
        }
        int whole = Wire.CHUNK_HEADER_BYTES + length;
        inFlight.give(whole);
        channel.executor().execute(() -> {
            ByteBuf header = channel.alloc().directBuffer(Wire.CHUNK_HEADER_BYTES);
            header.writeLongLE(payload).writeLongLE(position).writeIntLE(length).writeIntLE(0);
            var unusedHeader = channel.write(header);
            var unused = channel.writeAndFlush(Unpooled.wrappedBuffer(bytes.asByteBuffer()))
                    .addListener((ChannelFutureListener) done -> {
                        inFlight.take(whole);
                        taken.run();
                    });
        });
    }

    /** False while more bytes are in flight than the options allow; {@link ChunkSink#writable()} follows. */
    public boolean isWritable() {
        return !inFlight.isFull();
    }

    /** Blocks a thread that is not an event loop until the connection is writable or over. */
    public void awaitWritable() throws InterruptedException {
        inFlight.awaitRoom();
    }

    /** Runs on this connection's event loop. */
    public void execute(Runnable task) {
        channel.executor().execute(task);
    }

    /** Why the connection is over, or null while it lives. */
    public @Nullable String closeReason() {
        return closeReason;
    }

    /** Ends the connection. Any thread; the first reason stays. */
    public void close(String reason) {
        channel.executor().execute(() -> end(reason));
    }

    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        closeReason = reason;
        inFlight.close();
        kept.forEach(ByteBuf::release);
        kept.clear();
        var unused = channel.close();
        sink.closed(reason);
    }

    /** The sink has a place again for the chunk it had none for. Any thread. */
    public void resume() {
        channel.executor().execute(() -> {
            if (!over && stalled) {
                stalled = false;
                feed(Unpooled.EMPTY_BUFFER); // the chunk's header is all that the decoder keeps
                feedKept();
                if (!stalled) {
                    channel.channel().config().setAutoRead(true);
                }
            }
        });
    }

    private void feedKept() {
        while (!stalled && !kept.isEmpty()) {
            ByteBuf next = kept.getFirst();
            feed(next);
            if (!over && !next.isReadable()) {
                kept.removeFirst().release();
            }
        }
    }

    private void feed(ByteBuf bytes) {
        try {
            int from = bytes.readerIndex();
            int count = bytes.readableBytes();
            MemorySegment memory = count == 0 ? NO_BYTES : MemorySegment.ofBuffer(bytes.internalNioBuffer(from, count));
            int taken = (int) decoder.feed(memory, 0, count, sink);
            bytes.skipBytes(taken);
            if (decoder.isStalled()) {
                stalled = true;
                channel.channel().config().setAutoRead(false);
            }
        } catch (LinkException broken) {
            end("the peer broke the protocol: " + broken.getMessage());
        }
    }

    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            if (over) {
                bytes.release();
                return;
            }
            if (!stalled) {
                feed(bytes);
            }
            if (bytes.isReadable() && !over) {
                kept.add(bytes);
            } else {
                bytes.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            Spin.traffic();
            context.fireChannelReadComplete();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end(decoder.isBetweenChunks() ? "the peer closed the connection" : "the connection broke within a chunk");
            context.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            end("the connection failed: " + cause);
        }
    }

    private static final class Nobody implements ChunkSink {
        @Override
        public boolean begin(long payload, long position, int length) throws LinkException {
            throw new LinkException("payload bytes before the connection was opened");
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {}

        @Override
        public void end() {}

        @Override
        public void closed(String reason) {}
    }
}
