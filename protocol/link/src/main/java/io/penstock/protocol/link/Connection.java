package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A connection that Netty has made and whose handshake Netty's TLS handler has finished, and soon nothing of either: as soon as
 * the kernel has what they sent, the socket is duplicated, Netty's channel closed, and the event loop tells its owner when
 * there is something to read or room to write, and that the peer has gone. Event loop only; reader and writer belong to
 * whom the owner gives them.
 */
final class Connection {
    private static final EpollIoOps BYTES = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP);
    /** Told once and not in every turn: what it tells of is not read here. */
    private static final EpollIoOps END = EpollIoOps.EPOLLRDHUP.with(EpollIoOps.EPOLLET);

    private static final int EPOLLHUP = 0x10;
    private static final int GONE = EpollIoOps.EPOLLRDHUP.value() | EpollIoOps.EPOLLERR.value() | EPOLLHUP;

    /** Whose connection it is. What came before the socket is its own is told to it too. */
    interface Owner extends RecordReader.Sink {
        /** What one look brought has been delivered. */
        void turnEnded();

        /** The socket is its own: reader and writer are there. */
        void ready();

        /** The socket has something to read. */
        void readable();

        /** The socket has room again, which was asked for. */
        void writable();

        /** The peer has gone, though what it sent before may be unread: nobody reads now. */
        void peerGone();
    }

    private final ChannelHandlerContext netty;
    private final IoEventLoop loop;
    private final int readBytes;
    private final Owner owner;
    private @Nullable Socket socket;
    private @Nullable IoRegistration registration;
    private boolean reading = true;
    private boolean wantsRoom;
    private boolean closed;

    /** What there is once the socket is its own. */
    private record Socket(SocketDescriptor descriptor, RecordReader reader, RecordWriter writer) {}

    /**
     * @param beforeThis the place of Netty's pipeline before which what comes is heard until the socket is its own
     * @param readBytes how much is read at once
     */
    Connection(ChannelHandlerContext beforeThis, int readBytes, Owner owner) {
        this.readBytes = readBytes;
        this.owner = owner;
        Inbound inbound = new Inbound();
        beforeThis.pipeline().addBefore(beforeThis.name(), "link", inbound);
        this.netty = beforeThis.pipeline().context(inbound);
        this.loop = (IoEventLoop) netty.channel().eventLoop();
        // the handshake's handler may be what runs this, and has a record or two in its hands
        loop.execute(this::awaitKernel);
    }

    IoEventLoop loop() {
        return loop;
    }

    ChannelHandlerContext netty() {
        return netty;
    }

    /** Nothing of ours may leave before everything that Netty has sent has left. */
    private void awaitKernel() {
        ChannelHandlerContext tls = netty.pipeline().context(SslHandler.class);
        if (tls != null && !closed) {
            tls.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> loop.execute(this::takeOver));
        }
    }

    private void takeOver() {
        SslHandler handler = netty.pipeline().get(SslHandler.class);
        if (closed || handler == null || !netty.channel().isActive()) {
            return;
        }
        try {
            takeOver(netty.channel(), handler);
        } catch (IOException impossible) {
            owner.failed(impossible);
        }
    }

    private void takeOver(Channel channel, SslHandler handler) throws IOException {
        if (!(channel instanceof UnixChannel open)) {
            throw new IOException("a link on a Vert.x that was not made by Spin");
        }
        SocketDescriptor descriptor = new SocketDescriptor(open.fd().intValue());
        RecordReader reader = new RecordReader(handler.engine(), descriptor, channel.alloc(), readBytes, owner);
        RecordWriter writer = new RecordWriter(handler.engine(), descriptor, channel.alloc());
        socket = new Socket(descriptor, reader, writer);
        // what the handler holds and has not given to its engine goes to the reader now
        channel.pipeline().replace(handler, "records", new Rest(reader));
        var unused = channel.close();
        loop.register(new Handle(descriptor)).addListener(done -> {
            if (done.isSuccess() && !closed) {
                registration = (IoRegistration) done.getNow();
                submit();
            } else if (!closed) {
                owner.failed(new IOException("no place in the event loop", done.cause()));
            }
        });
        owner.ready();
        if (reading && !closed && reader.isHolding()) {
            owner.readable();
        }
    }

    RecordReader reader() {
        return ready().reader();
    }

    RecordWriter writer() {
        return ready().writer();
    }

    private Socket ready() {
        Socket mine = socket;
        if (mine == null) {
            throw new IllegalStateException("the connection is Netty's still");
        }
        return mine;
    }

    /** Whether the owner is told of what there is to read. */
    void setReading(boolean on) {
        reading = on;
        if (socket == null) {
            netty.channel().config().setAutoRead(on);
        }
        submit();
    }

    /** The owner is told once there is room to write. */
    void awaitRoom() {
        wantsRoom = true;
        submit();
    }

    /** The owner is told nothing more. Reader and writer are closed by whoever uses them, where it has been told of them. */
    void close() {
        closed = true;
        IoRegistration mine = registration;
        if (mine != null) {
            mine.cancel();
        }
        if (socket == null) {
            var unused = netty.close();
        }
    }

    /** Closes the reader, which may be what runs this. */
    void closeReader() {
        RecordReader mine = reader();
        try {
            loop.execute(mine::close);
        } catch (RejectedExecutionException ended) { // the loop, and with it everything that could be reading
            mine.close();
        }
    }

    private void submit() {
        IoRegistration mine = registration;
        if (mine != null && !closed) {
            EpollIoOps ops = reading ? BYTES : END;
            mine.submit(wantsRoom ? ops.with(EpollIoOps.EPOLLOUT) : ops);
        }
    }

    private void happened(EpollIoOps ops) {
        if (ops.contains(EpollIoOps.EPOLLOUT) && wantsRoom && !closed) {
            wantsRoom = false;
            owner.writable();
            if (!wantsRoom) {
                submit();
            }
        }
        boolean gone = (ops.value() & GONE) != 0;
        if (closed || !(gone || ops.contains(EpollIoOps.EPOLLIN))) {
            return;
        }
        if (reading) {
            owner.readable();
        } else if (gone) {
            owner.peerGone();
        }
    }

    /** The socket's place in the event loop. */
    private final class Handle implements EpollIoHandle {
        private final SocketDescriptor descriptor;

        Handle(SocketDescriptor descriptor) {
            this.descriptor = descriptor;
        }

        @Override
        public FileDescriptor fd() {
            return descriptor.forEpoll();
        }

        @Override
        public void handle(IoRegistration mine, IoEvent event) {
            happened(((EpollIoEvent) event).ops());
        }

        /** The loop ends. */
        @Override
        public void close() {
            if (!closed) {
                owner.failed(new IOException("the event loop ends"));
            }
        }
    }

    /** The owner's place in Netty's pipeline, until the socket is its own. */
    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            if (bytes.isReadable() && !closed) {
                owner.received(MemorySegment.ofBuffer(bytes.nioBuffer()), bytes.readableBytes());
            }
            bytes.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (!closed) {
                owner.turnEnded();
            }
            context.fireChannelReadComplete();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (socket == null && !closed) {
                owner.ended();
            }
            context.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (socket == null && !closed) {
                owner.failed(cause instanceof IOException known ? known : new IOException(cause));
            }
        }
    }

    /** Takes what Netty's TLS handler had received and not yet looked at. */
    private static final class Rest extends ChannelInboundHandlerAdapter {
        private final RecordReader reader;

        Rest(RecordReader reader) {
            this.reader = reader;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            reader.hold(bytes.nioBuffer());
            bytes.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (!(event instanceof SslCloseCompletionEvent)) { // says only that Netty's handler has gone
                context.fireUserEventTriggered(event);
            }
        }
    }
}
