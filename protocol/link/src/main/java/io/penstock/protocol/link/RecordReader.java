package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The TLS records that come on one connection whose handshake is over: read into one buffer, decrypted into another, and lent
 * to the sink. Records need not come whole: the engine keeps what there is of one. One thread at a time.
 */
final class RecordReader implements AutoCloseable {
    /** So many bytes are read at once where little comes and an answer is waited for. */
    static final int LITTLE = 2 * RecordWriter.RECORD_BYTES_MAX;
    /** And so many where much comes. */
    static final int MUCH = 8 * RecordWriter.RECORD_BYTES_MAX;

    /** Who gets what was in the records, on the thread that reads. */
    interface Sink {
        /** Plain bytes, at least one; they are only lent. */
        void received(MemorySegment bytes, int count);

        /** The peer has said that it sends no more. */
        void ended();

        /** Nothing more can come. */
        void failed(IOException cause);
    }

    private final Sink sink;
    private final SSLEngine engine;
    private final SocketDescriptor socket;
    private final ByteBuf cipher;
    private final ByteBuffer cipherBytes;
    private final long cipherAddress;
    private final ByteBuf plain;
    private final ByteBuffer plainBytes;
    private final MemorySegment plainMemory;
    /** Bytes in {@code cipher} that have not been decrypted. */
    private int held;

    private boolean peerEnded;
    private @Nullable IOException failure;
    private boolean over;

    /**
     * @param engine kept until this is closed
     * @param readBytes how much is read at once
     */
    RecordReader(SSLEngine engine, SocketDescriptor socket, ByteBufAllocator allocator, int readBytes, Sink sink) {
        this.engine = ReferenceCountUtil.retain(engine);
        this.socket = socket;
        this.sink = sink;
        this.cipher = allocator.directBuffer(readBytes, readBytes);
        this.cipherBytes = cipher.nioBuffer(0, readBytes);
        this.cipherAddress = MemorySegment.ofBuffer(cipherBytes).address();
        this.plain = allocator.directBuffer(RecordWriter.RECORD_BYTES_MAX, RecordWriter.RECORD_BYTES_MAX);
        this.plainBytes = plain.nioBuffer(0, RecordWriter.RECORD_BYTES_MAX);
        this.plainMemory = MemorySegment.ofBuffer(plainBytes);
    }

    int socketNumber() {
        return socket.number();
    }

    /** Whether there is something to {@link #read}: takes what the kernel has, and delivers nothing. */
    boolean isReady() {
        if (over) {
            return false;
        }
        if (held == 0 && !peerEnded && failure == null) {
            try {
                int came = socket.receive(cipherAddress, cipherBytes.capacity());
                held = Math.max(0, came);
                peerEnded = came < 0;
            } catch (IOException broken) {
                failure = broken;
            }
        }
        return isHolding();
    }

    /** Whether the latest look at the socket brought something that has not been delivered. */
    boolean isHolding() {
        return held > 0 || peerEnded || failure != null;
    }

    /**
     * Delivers what one look at the socket brings.
     *
     * @return whether there was anything, an end included
     */
    boolean read() {
        if (!isReady()) {
            return false;
        }
        int bytes = held;
        held = 0;
        if (bytes > 0) {
            decrypt(cipherBytes.clear().limit(bytes));
        } else if (peerEnded) {
            end();
        } else {
            fail(failure == null ? new IOException("nothing more comes") : failure);
        }
        return true;
    }

    /** Takes what somebody else had read from the socket before, which is less than a record; {@link #read} delivers it. */
    void hold(ByteBuffer read) {
        if (read.remaining() > cipherBytes.capacity() - held) {
            failure = new IOException(read.remaining() + " bytes that nobody has looked at, before the link's own");
            return;
        }
        cipherBytes.clear().position(held);
        held += read.remaining();
        cipherBytes.put(read);
    }

    private void decrypt(ByteBuffer records) {
        ByteBuffer into = plainBytes;
        boolean full = false;
        try {
            while ((records.hasRemaining() || full) && !over) {
                into.clear();
                SSLEngineResult result = engine.unwrap(records, into);
                int produced = result.bytesProduced();
                if (produced > 0) {
                    sink.received(plainMemory, produced);
                }
                if (result.getStatus() == Status.CLOSED) {
                    end();
                } else if (produced == 0 && result.bytesConsumed() == 0 && records.hasRemaining()) {
                    throw new SSLException(
                            records.remaining() + " bytes of TLS records that come to nothing: " + result.getStatus());
                }
                full = produced > 0 && (into.remaining() == 0 || result.getStatus() == Status.BUFFER_OVERFLOW);
            }
        } catch (SSLException broken) {
            fail(broken);
        }
    }

    private void end() {
        if (!over) {
            over = true;
            sink.ended();
        }
    }

    private void fail(IOException cause) {
        if (!over) {
            over = true;
            sink.failed(cause);
        }
    }

    /** What was received and not delivered is lost. Once; not while it delivers. */
    @Override
    public void close() {
        over = true;
        cipher.release();
        plain.release();
        ReferenceCountUtil.release(engine);
        socket.letGo();
    }
}
