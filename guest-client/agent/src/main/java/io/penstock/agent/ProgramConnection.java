package io.penstock.agent;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One program's Unix socket: the opening message, then doorbells both ways
 * (or an NVML library's questions), then the program's death. Event loop only.
 *
 * <p>A fork may keep the socket open after the program died, so its process is looked at as well, twice a second.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails on the socket arrives as exceptionCaught or channelInactive
final class ProgramConnection extends ChannelInboundHandlerAdapter {
    private static final int OPENING_SECONDS = 10;
    private static final int LOOK_MILLIS = 500;
    private static final byte ACCEPTED = 0;
    private static final byte BELL = 1;

    private final EpollDomainSocketChannel socket;
    private final long ownUser;
    private final AgentParts parts;
    private final BiFunction<ProgramConnection, Channel, SessionRelay> opened;
    private final ByteBuf opening = Unpooled.buffer(Opening.BYTES, Opening.BYTES);

    private ProcessMark process = ProcessMark.NONE;
    /** Ends with the opening message: a timer keeps the program's session in memory until it fires. */
    private @Nullable ScheduledFuture<?> patience;

    private @Nullable SessionRelay relay;
    private @Nullable SnapshotTeller teller;
    private boolean closed;

    /**
     * @param ownUser the only user id that is let in
     * @param opened makes the session of a program whose channel is mapped
     */
    ProgramConnection(
            EpollDomainSocketChannel socket,
            long ownUser,
            AgentParts parts,
            BiFunction<ProgramConnection, Channel, SessionRelay> opened) {
        this.socket = socket;
        this.ownUser = ownUser;
        this.parts = parts;
        this.opened = opened;
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
        patience = context.executor().schedule(this::giveUp, OPENING_SECONDS, TimeUnit.SECONDS);
        context.executor().schedule(this::lookAtProcess, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (closed) {
                return;
            }
            if (opening.isWritable()) {
                bytes.readBytes(opening, Math.min(opening.writableBytes(), bytes.readableBytes()));
                if (!opening.isWritable()) {
                    open();
                }
            }
            if (teller != null) {
                teller.read(bytes);
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
        stopTheClock();
        opening.release();
        if (relay != null) {
            relay.programGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset by the peer is its death and needs no word; channelInactive follows.
        if (!(cause instanceof IOException)) {
            parts.notices().accept("the connection of process " + pid() + " failed: " + cause);
        }
        socket.close();
    }

    private void stopTheClock() {
        if (patience != null) {
            patience.cancel(false);
        }
    }

    private void open() {
        stopTheClock();
        try {
            Opening read = Opening.of(opening);
            if (read.isNvml()) {
                teller = new SnapshotTeller(socket, parts.snapshots(), parts.notices());
                return;
            }
            int frameBytesMax = parts.limits().frameBytesMax();
            Channel channel = Channel.open(process.pid(), read.memory(), read.bytes(), frameBytesMax);
            socket.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ACCEPTED}), socket.voidPromise());
            relay = opened.apply(this, channel);
        } catch (ChannelException refused) {
            turnAway("process " + process.pid() + " was turned away: " + refused.getMessage());
        }
    }

    private void turnAway(String reason) {
        parts.notices().accept(reason);
        socket.close();
    }

    private void giveUp() {
        if (!closed && relay == null && teller == null) {
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
