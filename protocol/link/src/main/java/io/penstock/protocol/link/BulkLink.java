package io.penstock.protocol.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.IoEventLoop;
import io.penstock.protocol.identity.Unreachable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One bulk connection of a session: chunks of payloads both ways, no order promised between payloads. Any thread
 * sends; receiving belongs to the event loop. The bytes sent are encrypted from where they lie.
 */
public final class BulkLink implements OpenLinks.Closing {
    private static final MemorySegment NO_BYTES = MemorySegment.ofArray(new byte[0]);

    private final Connection connection;
    private final IoEventLoop loop;
    private final LinkOptions options;
    private final InFlight inFlight;
    private volatile @Nullable String closeReason;

    // event loop only
    private final ChunkDecoder decoder;
    private ChunkSink sink = new Nobody();
    /** What came behind a chunk for which the sink had no place: no more than one look at the socket brings. */
    private final ArrayDeque<MemorySegment> kept = new ArrayDeque<>();

    private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>();
    private boolean stalled;
    private boolean ready;
    private boolean over;
    private Runnable whenOver = () -> {};

    BulkLink(ChannelHandlerContext beforeThis, LinkOptions options) {
        this.options = options;
        this.decoder = new ChunkDecoder(options.chunkBytesMax());
        this.connection = new Connection(beforeThis, RecordReader.MUCH, new FromSocket());
        this.loop = connection.loop();
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
        ByteBuffer header = ByteBuffer.allocateDirect(Wire.CHUNK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(payload).putLong(position).putInt(length).putInt(0).flip();
        Runnable gone = () -> {
            inFlight.take(whole);
            taken.run();
        };
        loop.execute(() -> {
            outgoing.add(new Outgoing(header, bytes.asByteBuffer(), gone));
            pump();
        });
    }

    /** A chunk on its way; its buffers say how far it is. */
    private record Outgoing(ByteBuffer header, ByteBuffer bytes, Runnable gone) {}

    /** Gives the kernel what it has room for. */
    private void pump() {
        for (Outgoing next = outgoing.peek(); next != null && (ready || over); next = outgoing.peek()) {
            if (!over
                    && !(connection.writer().write(next.header)
                            && connection.writer().write(next.bytes))) {
                connection.awaitRoom();
                return;
            }
            outgoing.remove();
            next.gone.run();
        }
        Spin.traffic();
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
        loop.execute(task);
    }

    /** Why the connection is over, or null while it lives. */
    public @Nullable String closeReason() {
        return closeReason;
    }

    /** Ends the connection. Any thread; the first reason stays. */
    public void close(String reason) {
        loop.execute(() -> end(reason));
    }

    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        closeReason = reason;
        inFlight.close();
        kept.clear();
        connection.close();
        if (ready) {
            connection.writer().finish();
            connection.closeReader();
        }
        pump();
        sink.closed(reason);
        whenOver.run();
    }

    @Override
    public void whenOver(Runnable task) {
        if (over) {
            task.run();
        } else {
            whenOver = task;
        }
    }

    @Override
    public void cut(String reason) {
        close(reason);
    }

    /** The sink has a place again for the chunk it had none for. Any thread. */
    public void resume() {
        loop.execute(() -> {
            if (!over && stalled) {
                stalled = false;
                feed(NO_BYTES); // the chunk's header is all that the decoder keeps
                while (!stalled && !over && !kept.isEmpty()) {
                    feed(kept.removeFirst());
                }
                if (!stalled && !over) {
                    connection.setReading(true);
                }
            }
        });
    }

    private void feed(MemorySegment bytes) {
        try {
            long taken = decoder.feed(bytes, 0, bytes.byteSize(), sink);
            if (taken < bytes.byteSize() && !over) {
                kept.addFirst(copyOf(bytes.asSlice(taken)));
            }
            if (decoder.isStalled() && !stalled) {
                stalled = true;
                connection.setReading(false);
            }
        } catch (LinkException broken) {
            end("the peer broke the protocol: " + broken.getMessage());
        }
    }

    private static MemorySegment copyOf(MemorySegment lent) {
        return Arena.ofAuto().allocate(lent.byteSize(), 8).copyFrom(lent);
    }

    private void ended() {
        end(decoder.isBetweenChunks() ? "the peer closed the connection" : "the connection broke within a chunk");
    }

    private final class FromSocket implements Connection.Owner {
        @Override
        public void received(MemorySegment bytes, int count) {
            if (stalled) {
                kept.add(copyOf(bytes.asSlice(0, count)));
            } else if (!over) {
                feed(bytes.asSlice(0, count));
            }
        }

        @Override
        public void turnEnded() {
            Spin.traffic();
        }

        @Override
        public void ready() {
            ready = true;
            pump();
        }

        @Override
        public void readable() {
            var unused = connection.reader().read();
            Spin.traffic();
        }

        @Override
        public void writable() {
            pump();
        }

        @Override
        public void peerGone() {
            // the sink is to have what was sent before, as soon as it has a place for it
        }

        @Override
        public void ended() {
            BulkLink.this.ended();
        }

        @Override
        public void failed(IOException cause) {
            end("the connection failed: " + Unreachable.why(cause));
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
