package io.penstock.protocol.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Unreachable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The control connection of one session: whole frames both ways, in order. Any thread sends; everything sent in one
 * turn of the event loop leaves with one write, unless a thread has it {@link #leave} before. Receiving, keep-alive and closing
 * belong to the event loop.
 *
 * <p>PING, PONG and ACK frames are the link's own and are not delivered. The link stamps {@code acknowledged} on what
 * it sends and sends a bare ACK when nothing else goes that way; it touches nothing else of a frame.
 */
public final class Link {
    private static final int ACK_AFTER_FRAMES = 256;
    private static final long ACK_AFTER_MILLIS = 20;

    private final ChannelHandlerContext channel;
    private final LinkOptions options;
    private final InFlight inFlight;
    private final Outbox outbox;
    private final @Nullable Handshake handshake;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final Runnable leaveSoon = this::leaveInTurn;
    private final Outbox.Stamp stamp = this::stampAcknowledged;

    // any thread
    private volatile long processed;
    private volatile long stamped;
    private volatile boolean reading = true;
    private volatile @Nullable String closeReason;

    // event loop only
    private final FrameDecoder decoder;
    private LinkReceiver receiver = new Nobody();
    private final FrameSink frames = this::receive;
    private final MemorySegment control = Arena.ofAuto().allocate(64, 8);
    private long peerAcknowledged;
    private long lastHeard = System.nanoTime();
    private boolean pinged;
    private boolean tookOver;
    private boolean over;
    private @Nullable ScheduledFuture<?> watch;
    private @Nullable ScheduledFuture<?> ackTimer;

    Link(ChannelHandlerContext beforeThis, LinkOptions options, @Nullable Handshake handshake) {
        this.options = options;
        this.handshake = handshake;
        this.decoder = new FrameDecoder(options.frameBytesMax());
        Inbound inbound = new Inbound();
        beforeThis.pipeline().addBefore(beforeThis.name(), "link", inbound);
        this.channel = beforeThis.pipeline().context(inbound);
        this.inFlight = new InFlight(options.inFlightBytes(), () -> onLoop(() -> receiver.writable()));
        this.outbox = new Outbox(channel.alloc(), inFlight, cause -> onLoop(() -> failed(cause)));
        // the handshake's handler may be what runs this, and has a record or two in its hands
        channel.executor().execute(this::takeOver);
    }

    private void takeOver() {
        tookOver = true;
        try {
            Records records = over ? null : Records.takeOver(channel.pipeline(), new FromRecords());
            if (records != null) {
                outbox.open(records);
            }
        } catch (RuntimeException impossible) {
            failed(impossible);
        }
    }

    /** Says who receives from now on and starts the keep-alive. Event loop only. */
    public void open(LinkReceiver newReceiver) {
        receiver = newReceiver;
        long every = Math.max(10, options.pingAfter().toMillis() / 2);
        watch = channel.executor().scheduleAtFixedRate(this::watchPeer, every, every, TimeUnit.MILLISECONDS);
    }

    /**
     * Sends a range of whole frames, each padded to 8 bytes except perhaps the last. The bytes are copied before the
     * call returns. Never blocks and never refuses: callers look at {@link #isWritable()} or {@link #awaitWritable()}.
     *
     * @return false when the link is over
     */
    public boolean send(MemorySegment frames, long offset, long length) {
        boolean put = outbox.put(frames, offset, length, stamp);
        leaveSoon();
        return put;
    }

    /** As {@link #send}, but the frames may wait for what is sent next, or for {@link #leave()}, and leave with it. */
    public boolean sendWithNext(MemorySegment frames, long offset, long length) {
        return outbox.put(frames, offset, length, stamp);
    }

    /** What was sent leaves now, on this thread, which encrypts it and gives it to the kernel. */
    public void leave() {
        outbox.leave();
    }

    /** What was sent leaves with the event loop's next turn. */
    public void leaveSoon() {
        if (leaving.compareAndSet(false, true)) {
            channel.executor().execute(leaveSoon);
        }
    }

    private void leaveInTurn() {
        leaving.set(false);
        outbox.leave();
    }

    /** False while more bytes are in flight than the options allow; {@link LinkReceiver#writable()} follows. */
    public boolean isWritable() {
        return !inFlight.isFull();
    }

    /** Blocks a thread that is not an event loop until the link is writable or over. */
    public void awaitWritable() throws InterruptedException {
        inFlight.awaitRoom();
    }

    /** Everything the peer sent up to this sequence number is processed; the peer will be told. Any thread. */
    public void acknowledge(long sequence) {
        processed = sequence;
    }

    /** Asks the peer for a sign of life now, so that both ends stay awake for what is about to come. Event loop only. */
    public void rouse() {
        if (!over) {
            sendOwn(ControlFrames.ping(control, Wire.TYPE_PING, System.nanoTime()));
        }
    }

    /** Stops or resumes reading from the peer. Any thread. */
    public void setReading(boolean on) {
        reading = on;
        channel.channel().config().setAutoRead(on);
    }

    /** Runs on the link's event loop, after what runs now. */
    public void execute(Runnable task) {
        channel.executor().execute(task);
    }

    /** Who is at both ends, and under which protection; null only when the connection is not TLS. */
    public @Nullable Handshake handshake() {
        return handshake;
    }

    /** Why the link is over, or null while it lives. */
    public @Nullable String closeReason() {
        return closeReason;
    }

    /** Says GOODBYE with the reason, then closes. Any thread; the first reason stays. */
    public void close(String reason) {
        onLoop(() -> goodbye(reason));
    }

    private void onLoop(Runnable task) {
        if (channel.executor().inEventLoop()) {
            task.run();
        } else {
            channel.executor().execute(task);
        }
    }

    private void goodbye(String reason) {
        if (over) {
            return;
        }
        ControlFrames.goodbye(reason, (frame, length) -> outbox.put(frame, 0, length, stamp));
        if (tookOver) {
            outbox.leave();
        } else {
            outbox.leaveBy(channel);
        }
        end(reason);
    }

    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        closeReason = reason;
        cancel(watch);
        cancel(ackTimer);
        outbox.close();
        var unused = channel.close();
        receiver.closed(reason);
    }

    private static void cancel(@Nullable ScheduledFuture<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void stampAcknowledged(MemorySegment copy, long at) {
        long now = processed;
        if (now > copy.get(Wire.U64, at + Wire.ACKNOWLEDGED)) {
            copy.set(Wire.U64, at + Wire.ACKNOWLEDGED, now);
        }
        stamped = now;
    }

    private void receive(MemorySegment source, long offset, int length) throws LinkException {
        if (over) {
            return;
        }
        long acknowledged = source.get(Wire.U64, offset + Wire.ACKNOWLEDGED);
        if (acknowledged > peerAcknowledged) {
            peerAcknowledged = acknowledged;
            receiver.acknowledged(acknowledged);
        }
        switch (Wire.type(source, offset)) {
            case Wire.TYPE_ACK, Wire.TYPE_PONG -> {}
            case Wire.TYPE_PING -> answerPing(source, offset, length);
            case Wire.TYPE_GOODBYE -> {
                receiver.frame(source, offset, length);
                end("the peer said goodbye: " + ControlFrames.reasonOf(source, offset, length));
            }
            default -> receiver.frame(source, offset, length);
        }
    }

    private void answerPing(MemorySegment source, long offset, int length) throws LinkException {
        if (length != Wire.HEADER_BYTES + 8) {
            throw new LinkException("PING of " + length + " bytes; it has 40");
        }
        long opaque = source.get(Wire.U64, offset + Wire.HEADER_BYTES);
        sendOwn(ControlFrames.ping(control, Wire.TYPE_PONG, opaque));
    }

    private void sendOwn(int length) {
        outbox.put(control, 0, length, stamp);
        leaveSoon();
    }

    private void watchPeer() {
        if (!reading) {
            lastHeard = System.nanoTime();
        }
        long silent = System.nanoTime() - lastHeard;
        if (silent > options.deadAfter().toNanos()) {
            end("no word from the peer for " + options.deadAfter().toSeconds() + " s");
        } else if (silent > options.pingAfter().toNanos() && !pinged) {
            pinged = true;
            sendOwn(ControlFrames.ping(control, Wire.TYPE_PING, System.nanoTime()));
        }
    }

    private void acknowledgeSoon() {
        long behind = processed - stamped;
        if (behind >= ACK_AFTER_FRAMES) {
            sendOwn(ControlFrames.acknowledge(control));
        } else if (ackTimer == null) {
            ackTimer = channel.executor()
                    .schedule(
                            () -> {
                                ackTimer = null;
                                if (processed > stamped && !over) {
                                    sendOwn(ControlFrames.acknowledge(control));
                                }
                            },
                            ACK_AFTER_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void received(MemorySegment bytes, int count) {
        lastHeard = System.nanoTime();
        pinged = false;
        try {
            decoder.feed(bytes, 0, count, frames);
        } catch (LinkException broken) {
            goodbye("the peer broke the protocol: " + broken.getMessage());
        }
    }

    private void failed(Throwable cause) {
        end("the connection failed: " + Unreachable.why(cause));
    }

    private void peerEnded() {
        end(decoder.isBetweenFrames() ? "the peer closed the connection" : "the connection broke within a frame");
    }

    private final class FromRecords implements Records.Sink {
        @Override
        public void received(MemorySegment bytes, int count) {
            Link.this.received(bytes, count);
        }

        @Override
        public void ended() {
            peerEnded();
        }
    }

    /** The link's place in the channel's pipeline: hears of its turns and its end, and of bytes until the records are its own. */
    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            int count = bytes.readableBytes();
            received(MemorySegment.ofBuffer(bytes.internalNioBuffer(bytes.readerIndex(), count)), count);
            bytes.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (!over) {
                Spin.traffic();
                receiver.turnEnded();
                acknowledgeSoon();
            }
            context.fireChannelReadComplete();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            peerEnded();
            context.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            failed(cause);
        }
    }

    /** Until the owner opens the link nothing is read, so nobody is told. */
    private static final class Nobody implements LinkReceiver {
        @Override
        public void frame(MemorySegment source, long offset, int length) throws LinkException {
            throw new LinkException("a frame before the link was opened");
        }

        @Override
        public void closed(String reason) {}
    }
}
