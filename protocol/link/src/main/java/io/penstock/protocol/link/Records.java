package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The TLS records of one connection whose handshake is over, in the place of Netty's handler and with its engine. Netty's way
 * costs a buffer, a promise and a walk through the pipeline for each record, which a call that is waited for pays four
 * times; here bytes are decrypted into one buffer, and encrypted and given to the kernel by the thread that has
 * them.
 *
 * <p>Receiving belongs to the event loop. {@link #write} and {@link #finish} may run on any thread, one at a time.
 */
final class Records extends ChannelInboundHandlerAdapter {
    /** 2^14 bytes of plain text, 256 that it may be longer when encrypted, and a header of 5 (RFC 8446, section 5.2). */
    private static final int RECORD_BYTES_MAX = (1 << 14) + 256 + 5;

    /** Room for what is decrypted at once. */
    private static final int PLAIN_BYTES = RECORD_BYTES_MAX;
    /** Records that leave with one system call. */
    private static final int BATCH_BYTES = 5 * RECORD_BYTES_MAX;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    /** Who gets what was in the records. */
    interface Sink {
        /** Plain bytes, at least one; they are only lent. Event loop. */
        void received(MemorySegment bytes, int count);

        /** The peer has said that it sends no more. Event loop. */
        void ended();
    }

    private final Sink sink;
    private final SSLEngine engine;
    private final Channel channel;

    // event loop only
    private final ByteBuf plain;
    private final MemorySegment plainMemory;
    private @Nullable ChannelHandlerContext context;
    private boolean over;

    // whoever writes
    private final SocketDescriptor socket;
    private final ByteBuf batch;
    private final long batchAddress;

    private Records(Channel channel, SSLEngine engine, Sink sink) {
        this.channel = channel;
        this.engine = ReferenceCountUtil.retain(engine);
        this.sink = sink;
        this.plain = channel.alloc().directBuffer(PLAIN_BYTES, PLAIN_BYTES);
        this.plainMemory = MemorySegment.ofBuffer(plain.internalNioBuffer(0, PLAIN_BYTES));
        this.batch = channel.alloc().directBuffer(BATCH_BYTES, BATCH_BYTES);
        this.batchAddress =
                MemorySegment.ofBuffer(batch.internalNioBuffer(0, BATCH_BYTES)).address();
        this.socket = new SocketDescriptor(((UnixChannel) channel).fd().intValue());
    }

    /**
     * Takes the place of the pipeline's TLS handler. Event loop, outside any handler's own reading: what the handler holds and
     * has not given to its engine comes here then. Nothing may have been written that it has not encrypted yet.
     *
     * @return null when there is none, or none any more
     * @throws IllegalStateException when the channel is not of native epoll: see {@link Spin#vertx}
     */
    static @Nullable Records takeOver(ChannelPipeline pipeline, Sink sink) {
        SslHandler handler = pipeline.get(SslHandler.class);
        if (handler == null || !pipeline.channel().isActive()) {
            return null;
        }
        if (!(pipeline.channel() instanceof UnixChannel)) {
            throw new IllegalStateException("a link on a Vert.x that was not made by Spin");
        }
        Records records = new Records(pipeline.channel(), handler.engine(), sink);
        pipeline.replace(handler, "records", records);
        return records;
    }

    // ---- receiving ----

    @Override
    public void handlerAdded(ChannelHandlerContext here) {
        context = here;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext here) {
        over = true;
        plain.release();
        ReferenceCountUtil.release(engine);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext here, Object event) {
        if (!(event instanceof SslCloseCompletionEvent)) { // says only that Netty's handler has gone
            here.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext here, Object message) {
        ByteBuf cipher = (ByteBuf) message;
        try {
            decrypt(cipher.internalNioBuffer(cipher.readerIndex(), cipher.readableBytes()));
        } catch (SSLException broken) {
            over = true;
            here.fireExceptionCaught(broken);
        } finally {
            cipher.release();
        }
    }

    /** Records need not be whole: the engine keeps what there is of one, as it did for Netty's handler before. */
    private void decrypt(ByteBuffer cipher) throws SSLException {
        ByteBuffer into = plain.internalNioBuffer(0, PLAIN_BYTES);
        boolean full = false;
        while ((cipher.hasRemaining() || full) && !over) {
            into.clear();
            SSLEngineResult result = engine.unwrap(cipher, into);
            int produced = result.bytesProduced();
            if (produced > 0) {
                sink.received(plainMemory, produced);
            }
            if (result.getStatus() == Status.CLOSED && !over) {
                over = true;
                sink.ended();
            } else if (produced == 0 && result.bytesConsumed() == 0 && cipher.hasRemaining()) {
                throw new SSLException(
                        cipher.remaining() + " bytes of TLS records that come to nothing: " + result.getStatus());
            }
            full = produced > 0 && (into.remaining() == 0 || result.getStatus() == Status.BUFFER_OVERFLOW);
        }
    }

    // ---- sending ----

    /**
     * Runs a task on the event loop as soon as the kernel has what others have written to the channel: nothing may be written
     * here before. Runs it also when the connection ends first.
     */
    void whenWritable(Runnable task) {
        later(Unpooled.EMPTY_BUFFER, task);
    }

    /**
     * Encrypts all of these bytes and gives them to the kernel.
     *
     * @param taken run on the event loop once the kernel has what it could not take now, or the connection is over
     * @return whether the kernel has them all; if not, nothing more may be written before {@code taken} has run
     */
    boolean write(ByteBuffer bytes, Runnable taken) {
        ByteBuf rest = null;
        boolean open = true;
        while (open && bytes.hasRemaining()) {
            ByteBuffer records = batch.internalNioBuffer(0, BATCH_BYTES);
            open = encrypt(bytes, records);
            records.flip();
            if (rest == null) {
                give(records);
            }
            if (records.hasRemaining()) {
                rest = rest == null ? channel.alloc().directBuffer(records.remaining()) : rest;
                rest.writeBytes(records);
            }
        }
        if (rest == null) {
            return true;
        }
        later(rest, taken);
        return false;
    }

    /** Says that no more will be sent, and lets go of what sending took. The last that is called. */
    void finish() {
        engine.closeOutbound();
        ByteBuffer records = batch.internalNioBuffer(0, BATCH_BYTES);
        encrypt(NOTHING, records);
        records.flip();
        give(records);
        socket.close();
        batch.release();
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

    private void give(ByteBuffer records) {
        if (records.hasRemaining()) {
            long sent = socket.send(batchAddress, records.remaining());
            records.position((int) Math.max(0, sent));
        }
    }

    private void later(ByteBuf bytes, Runnable task) {
        ChannelHandlerContext here = context;
        if (here == null) {
            throw new IllegalStateException("no place in a pipeline yet");
        }
        var unused = here.writeAndFlush(bytes).addListener((ChannelFutureListener) done -> task.run());
    }
}
