package io.penstock.agent;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One program's Unix socket: the opening message, then doorbells both ways, then the program's death. Event loop only.
 *
 * <p>A fork may keep the socket open after the program died, so its process is looked at as well, twice a second.
 */
final class ProgramConnection extends ChannelInboundHandlerAdapter {
    private static final int OPENING_SECONDS = 10;
    private static final int LOOK_MILLIS = 500;
    private static final byte ACCEPTED = 0;
    private static final byte BELL = 1;

    private final EpollDomainSocketChannel socket;
    private final long ownUser;
    private final int frameBytesMax;
    private final BiFunction<ProgramConnection, Channel, SessionRelay> opened;
    private final Consumer<String> notices;
    private final ByteBuf opening = Unpooled.buffer(ChannelLayout.OPENING_BYTES, ChannelLayout.OPENING_BYTES);

    private ProcessMark process = ProcessMark.NONE;
    private @Nullable SessionRelay relay;
    private boolean closed;

    /**
     * @param ownUser the only user id that is let in
     * @param opened makes the session of a program whose channel is mapped
     * @param notices told why a program was turned away
     */
    ProgramConnection(
            EpollDomainSocketChannel socket,
            long ownUser,
            int frameBytesMax,
            BiFunction<ProgramConnection, Channel, SessionRelay> opened,
            Consumer<String> notices) {
        this.socket = socket;
        this.ownUser = ownUser;
        this.frameBytesMax = frameBytesMax;
        this.opened = opened;
        this.notices = notices;
    }

    /** The process at the other end. */
    int pid() {
        return process.pid();
    }

    /** Wakes the program's receiver. */
    void ring() {
        if (!closed) {
            socket.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {BELL}), socket.voidPromise());
        }
    }

    /** Ends the connection; the session, if there is one, is told that the program is gone. */
    void close() {
        socket.close();
    }

    /** Whether the socket is gone, so that the program can see nothing any more. */
    boolean isClosed() {
        return closed;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws IOException {
        PeerCredentials peer = socket.peerCredentials();
        if (peer.uid() != ownUser) {
            turnAway("process " + peer.pid() + " of user " + peer.uid() + " knocked; only user " + ownUser + " may");
            return;
        }
        process = ProcessMark.of(peer.pid());
        context.executor().schedule(this::giveUp, OPENING_SECONDS, TimeUnit.SECONDS);
        context.executor().schedule(this::lookAtProcess, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (closed) {
                return;
            }
            if (relay == null) {
                bytes.readBytes(opening, Math.min(opening.writableBytes(), bytes.readableBytes()));
                if (!opening.isWritable()) {
                    open();
                }
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (relay != null) {
            relay.rung();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closed = true;
        opening.release();
        if (relay != null) {
            relay.programGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset by the peer is its death and needs no word; channelInactive follows.
        if (!(cause instanceof IOException)) {
            notices.accept("the connection of process " + pid() + " failed: " + cause);
        }
        socket.close();
    }

    private void open() {
        long magic = opening.readLongLE();
        int version = opening.readIntLE();
        int number = opening.readIntLE();
        long bytes = opening.readLongLE();
        try {
            if (magic != ChannelLayout.MAGIC || version != ChannelLayout.VERSION) {
                throw new ChannelException("it does not speak version " + ChannelLayout.VERSION
                        + " of the local channel: magic " + Long.toHexString(magic) + ", version " + version);
            }
            Channel channel = Channel.open(process.pid(), number, bytes, frameBytesMax);
            socket.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ACCEPTED}), socket.voidPromise());
            relay = opened.apply(this, channel);
        } catch (ChannelException refused) {
            turnAway("process " + process.pid() + " was turned away: " + refused.getMessage());
        }
    }

    private void turnAway(String reason) {
        notices.accept(reason);
        socket.close();
    }

    private void giveUp() {
        if (!closed && relay == null) {
            turnAway("process " + process.pid() + " said nothing for " + OPENING_SECONDS + " s");
        }
    }

    private void lookAtProcess() {
        if (closed) {
            return;
        }
        if (process.isAlive()) {
            socket.eventLoop().schedule(this::lookAtProcess, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            socket.close();
        }
    }
}
