package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The TLS records that leave on one connection whose handshake is over: encrypted and given to the kernel by the thread that has
 * what they hold. Any thread, one at a time; what the kernel has no room for leaves on the event loop.
 */
final class RecordWriter {
    /** 2^14 bytes of plain text, 256 that it may be longer when encrypted, and a header of 5 (RFC 8446, section 5.2). */
    static final int RECORD_BYTES_MAX = (1 << 14) + 256 + 5;

    /** Records that leave with one system call. */
    private static final int BATCH_BYTES = 5 * RECORD_BYTES_MAX;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final SSLEngine engine;
    private final SocketDescriptor socket;
    private final ByteBufAllocator allocator;
    private final Runnable wantsRoom;
    private final ByteBuf batch;
    private final ByteBuffer batchBytes;
    private final long batchAddress;

    // whoever writes; the event loop from the moment at which it is asked for room until there was
    private @Nullable ByteBuf rest;
    private Runnable taken = () -> {};

    /**
     * @param engine kept until {@link #finish}
     * @param wantsRoom asks for a call of {@link #roomMade} on the event loop as soon as the kernel has room. Any thread
     */
    RecordWriter(SSLEngine engine, SocketDescriptor socket, ByteBufAllocator allocator, Runnable wantsRoom) {
        this.engine = ReferenceCountUtil.retain(engine);
        this.socket = socket;
        this.allocator = allocator;
        this.wantsRoom = wantsRoom;
        this.batch = allocator.directBuffer(BATCH_BYTES, BATCH_BYTES);
        this.batchBytes = batch.nioBuffer(0, BATCH_BYTES);
        this.batchAddress = MemorySegment.ofBuffer(batchBytes).address();
    }

    /**
     * Encrypts all of these bytes and gives them to the kernel.
     *
     * @param whenTaken run on the event loop once the kernel has what it could not take now
     * @return whether the kernel has them all; if not, nothing more may be written before {@code whenTaken} has run
     */
    boolean write(ByteBuffer bytes, Runnable whenTaken) {
        ByteBuf late = null;
        boolean open = true;
        while (open && bytes.hasRemaining()) {
            ByteBuffer records = batchBytes.clear();
            open = encrypt(bytes, records);
            records.flip();
            if (late == null) {
                open &= give(records);
            }
            if (records.hasRemaining() && open) {
                late = late == null ? allocator.directBuffer(records.remaining()) : late;
                late.writeBytes(records);
            }
        }
        if (late == null) {
            return true;
        }
        rest = late;
        taken = whenTaken;
        wantsRoom.run();
        return false;
    }

    /** Event loop: gives the kernel what it had no room for; answers whether it has everything now. */
    boolean roomMade() {
        ByteBuf late = rest;
        if (late == null) {
            return true;
        }
        int sent = socket.send(MemorySegment.ofBuffer(late.nioBuffer()).address(), 0, late.readableBytes());
        late.skipBytes(Math.max(0, sent));
        if (sent >= 0 && late.isReadable()) {
            return false;
        }
        late.release();
        rest = null;
        taken.run();
        return true;
    }

    /** Says that no more will be sent, and lets go of what sending took. The last that is called. */
    void finish() {
        ByteBuf late = rest;
        if (late == null) {
            engine.closeOutbound();
            ByteBuffer records = batchBytes.clear();
            encrypt(NOTHING, records);
            records.flip();
            give(records);
        } else {
            rest = null;
            late.release();
        }
        batch.release();
        ReferenceCountUtil.release(engine);
        socket.endSending();
    }

    /** As much as there is room for; false when the engine encrypts no more. */
    private boolean encrypt(ByteBuffer bytes, ByteBuffer records) {
        try {
            do {
                if (engine.wrap(bytes, records).getStatus() != Status.OK) {
                    return false;
                }
            } while (bytes.hasRemaining() && records.remaining() >= RECORD_BYTES_MAX);
            return true;
        } catch (SSLException broken) {
            return false; // the connection ends by what is received, or by silence
        }
    }

    /** False when the kernel will never take any more. */
    private boolean give(ByteBuffer records) {
        if (!records.hasRemaining()) {
            return true;
        }
        int sent = socket.send(batchAddress, 0, records.remaining());
        records.position(Math.max(0, sent));
        return sent >= 0;
    }
}
