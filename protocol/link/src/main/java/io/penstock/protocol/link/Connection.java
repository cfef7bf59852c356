package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a link, which Netty has connected and Netty's TLS handler has shaken hands on, with nothing of either left around
 * it: the event loop tells it when there is something to read or room to write, and that the peer has gone.
 * Event loop only, but for {@link #reader} where another thread receives.
 */
final class Connection {
    private static final EpollIoOps BYTES = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP);
    /** Told once and not in every turn: what it tells of is not read here. */
    private static final EpollIoOps END = EpollIoOps.EPOLLRDHUP.with(EpollIoOps.EPOLLET);

    private static final EpollIoOps GONE =
            EpollIoOps.EPOLLRDHUP.with(EpollIoOps.EPOLLERR).with(EpollIoOps.valueOf(0x10)); // EPOLLHUP

    /** Whose socket it is. */
    interface Owner extends RecordReader.Sink {
        /** The socket has something to read. */
        void readable();

        /** The peer has gone, though what it sent before may be unread. */
        void peerGone();
    }

    private final IoEventLoop loop;
    private final Owner owner;
    private final SocketDescriptor socket;
    private final RecordReader reader;
    private final RecordWriter writer;
    private @Nullable IoRegistration registration;
    private boolean reads;
    private boolean wantsRoom;
    private boolean closed;

    private Connection(Channel channel, SslHandler handler, Owner owner) throws IOException {
        this.loop = (IoEventLoop) channel.eventLoop();
        this.owner = owner;
        this.socket = new SocketDescriptor(((UnixChannel) channel).fd().intValue());
        this.reader = new RecordReader(handler.engine(), socket, channel.alloc(), owner);
        this.writer = new RecordWriter(handler.engine(), socket, channel.alloc(), () -> loop.execute(this::awaitRoom));
    }

    /**
     * Takes the connection over from a channel of Netty's, which is closed. Outside any handler's own reading: what the TLS handler
     * holds and has not given to its engine is delivered from here. Nothing may have been written that the kernel does not have.
     *
     * @param deadAfter how long the peer's kernel may leave unanswered what was sent to it
     * @return null when there is no TLS, or no connection any more
     * @throws IllegalStateException when the channel is not of native epoll: see {@link Spin#vertx}
     * @throws IOException when the process has no descriptor left
     */
    static @Nullable Connection takeOver(Channel channel, Duration deadAfter, Owner owner) throws IOException {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null || !channel.isActive()) {
            return null;
        }
        if (!(channel instanceof UnixChannel)) {
            throw new IllegalStateException("a link on a Vert.x that was not made by Spin");
        }
        channel.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, Math.toIntExact(deadAfter.toMillis()));
        Connection connection = new Connection(channel, handler, owner);
        channel.pipeline().replace(handler, "records", new Rest(connection.reader));
        var unused = channel.close();
        return connection;
    }

    /** Begins, once: from now on the owner is told. */
    void begin(boolean reading) {
        loop.register(new Handle()).addListener(done -> {
            if (done.isSuccess() && !closed) {
                registration = (IoRegistration) done.getNow();
                reads = reading;
                submit();
            } else if (!closed) {
                owner.failed(new IOException("no place in the event loop", done.cause()));
            }
        });
    }

    RecordReader reader() {
        return reader;
    }

    RecordWriter writer() {
        return writer;
    }

    SocketDescriptor socket() {
        return socket;
    }

    /** Whether the owner is told of what there is to read. */
    void setReading(boolean reading) {
        reads = reading;
        submit();
    }

    /** The owner is told nothing more. Its reader and writer are closed by whoever uses them. */
    void close() {
        closed = true;
        IoRegistration mine = registration;
        if (mine != null) {
            mine.cancel();
        }
    }

    /** As {@link #close}, where nobody has been given reader and writer. */
    void abandon() {
        close();
        writer.finish();
        reader.close();
    }

    private void awaitRoom() {
        wantsRoom = true;
        submit();
    }

    private void submit() {
        IoRegistration mine = registration;
        if (mine != null && !closed) {
            EpollIoOps ops = reads ? BYTES : END;
            mine.submit(wantsRoom ? ops.with(EpollIoOps.EPOLLOUT) : ops);
        }
    }

    private void happened(EpollIoOps ops) {
        if (ops.contains(EpollIoOps.EPOLLOUT) && wantsRoom && !closed) {
            wantsRoom = !writer.roomMade();
            if (!wantsRoom) {
                submit();
            }
        }
        boolean gone = (ops.value() & GONE.value()) != 0;
        if (closed) {
            return;
        }
        if (reads) {
            owner.readable();
        } else if (gone) {
            owner.peerGone();
        }
    }

    /** The socket's place in the event loop. */
    private final class Handle implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return socket.forEpoll();
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

    /** Takes what Netty's TLS handler had received and not yet looked at. */
    private static final class Rest extends ChannelInboundHandlerAdapter {
        private final RecordReader reader;

        Rest(RecordReader reader) {
            this.reader = reader;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            reader.take(bytes.nioBuffer());
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
