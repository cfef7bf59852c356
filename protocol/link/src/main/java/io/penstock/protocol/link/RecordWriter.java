package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * The TLS records that leave on one connection whose handshake is over: encrypted and given to the kernel by the thread that has
 * what they hold. Any thread, one at a time.
 */
final class RecordWriter {
    /** 2^14 bytes of plain text, 256 that it may be longer when encrypted, and a header of 5 (RFC 8446, section 5.2). */
    static final int RECORD_BYTES_MAX = (1 << 14) + 256 + 5;

    /** Records that leave with one system call. */
    private static final int BATCH_BYTES = 5 * RECORD_BYTES_MAX;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final SSLEngine engine;
    private final SocketDescriptor socket;
    private final ByteBuf batch;
    /** From its position to its limit: records that the kernel does not have yet. */
    private final ByteBuffer records;

    private final long address;
    /** Nothing can leave any more; the connection's end is told to whoever receives. */
    private boolean broken;

    /** @param engine kept until {@link #finish} */
    RecordWriter(SSLEngine engine, SocketDescriptor socket, ByteBufAllocator allocator) {
        this.engine = ReferenceCountUtil.retain(engine);
        this.socket = socket;
        this.batch = allocator.directBuffer(BATCH_BYTES, BATCH_BYTES);
        this.records = batch.nioBuffer(0, BATCH_BYTES);
        this.address = MemorySegment.ofBuffer(records).address();
        records.limit(0);
    }

    /**
     * Encrypts these bytes and gives them to the kernel, as far as it has room.
     *
     * @return whether it has them all; if not, this is to be called again with what is left of them, before any others, once the
     *     socket has room. What can never leave counts as taken
     */
    boolean write(ByteBuffer bytes) {
        while (give()) {
            if (!bytes.hasRemaining()) {
                return true;
            }
            if (broken) {
                bytes.position(bytes.limit());
                return true;
            }
            encrypt(bytes);
        }
        return false;
    }

    /** Says that no more will be sent, and lets go of what sending took. The last that is called. */
    void finish() {
        if (give()) {
            engine.closeOutbound();
            encrypt(NOTHING);
            var unused = give();
        }
        batch.release();
        ReferenceCountUtil.release(engine);
        socket.endSending();
    }

    /** As much as there is room for. */
    private void encrypt(ByteBuffer bytes) {
        records.clear();
        try {
            boolean more = true;
            while (more && records.remaining() >= RECORD_BYTES_MAX) {
                broken |= engine.wrap(bytes, records).getStatus() != Status.OK;
                more = !broken && bytes.hasRemaining();
            }
        } catch (SSLException impossible) {
            broken = true;
        }
        records.flip();
    }

    /** Whether the kernel has all records, or will never take any. */
    private boolean give() {
        while (records.hasRemaining()) {
            int sent = socket.send(address, records.position(), records.limit());
            if (sent < 0) {
                broken = true;
                records.position(records.limit());
            } else if (sent == 0) {
                return false;
            } else {
                records.position(records.position() + sent);
            }
        }
        return true;
    }
}
