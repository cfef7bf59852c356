package io.penstock.protocol.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Unreachable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The control connection of one session: whole frames both ways, in order. Any thread sends; everything sent in one
 * turn of the event loop leaves with one write, unless a thread has it {@link #leave} before. Receiving belongs to the event loop, or
 * to a thread of the owner's ({@link #openFor}); keep-alive and closing belong to the event loop.
 *
 * <p>PING, PONG and ACK frames are the link's own and are not delivered. The link stamps {@code acknowledged} on what
 * it sends and sends a bare ACK when nothing else goes that way; it touches nothing else of a frame.
 */
public final class Link implements OpenLinks.Closing {
    /** How long a thread that is at work may take to read what a peer sent before it went. */
    private static final long PEER_GONE_MILLIS = 200;

    private final Connection connection;
    private final EventExecutor loop;
    private final LinkOptions options;
    private final InFlight inFlight;
    private final Outbox outbox;
    private final @Nullable Handshake handshake;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final Runnable leaveSoon = this::leaveInTurn;
    private final Acknowledgements acknowledgements;

    // any thread
    private volatile boolean reading = true;
    private volatile @Nullable String closeReason;
    private volatile long lastHeard = System.nanoTime();
    private volatile boolean pinged;

    // who receives; before anything is received, the event loop
    private final FrameDecoder decoder;
    private LinkReceiver receiver = new Nobody();
    private final FrameSink frames = this::receive;
    private final MemorySegment answer = Arena.ofAuto().allocate(64, 8);
    private boolean answered;
    private long peerAcknowledged;

    // written by the event loop
    private volatile boolean over;

    // event loop only
    private final MemorySegment control = Arena.ofAuto().allocate(64, 8);
    private boolean ready;
    private @Nullable LinkReader reader;
    private @Nullable ScheduledFuture<?> watch;
    private Runnable whenOver = () -> {};

    Link(ChannelHandlerContext beforeThis, LinkOptions options, @Nullable Handshake handshake) {
        this.options = options;
        this.handshake = handshake;
        this.decoder = new FrameDecoder(options.frameBytesMax());
        this.connection = new Connection(beforeThis, RecordReader.LITTLE, new FromSocket());
        this.loop = connection.loop();
        this.acknowledgements = new Acknowledgements(loop, this::acknowledge);
        this.inFlight = new InFlight(options.inFlightBytes(), () -> onLoop(() -> receiver.writable()));
        this.outbox = new Outbox(beforeThis.alloc(), inFlight, cause -> onLoop(() -> failed(cause)));
    }

    /** Says who receives from now on and starts the keep-alive. Event loop only. */
    public void open(LinkReceiver newReceiver) {
        receiver = newReceiver;
        long every = Math.max(10, options.pingAfter().toMillis() / 2);
        watch = loop.scheduleAtFixedRate(this::watchPeer, every, every, TimeUnit.MILLISECONDS);
    }

    /**
     * As {@link #open}, but a thread of the owner's receives: {@link LinkReceiver#frame}, {@link LinkReceiver#acknowledged} and
     * {@link LinkReceiver#turnEnded} are called by what that thread calls of the reader, and may block. Event loop only.
     *
     * @throws IOException when this process has no descriptor left to sleep on
     */
    public LinkReader openFor(LinkReceiver newReceiver) throws IOException {
        LinkReader made = new LinkReader(this);
        reader = made;
        open(newReceiver);
        return made;
    }

    @Override
    public void whenOver(Runnable task) {
        if (over) {
            task.run();
        } else {
            whenOver = task;
        }
    }

    /**
     * Sends a range of whole frames, each padded to 8 bytes except perhaps the last. The bytes are copied before the
     * call returns. Never blocks and never refuses: callers look at {@link #isWritable()} or {@link #awaitWritable()}.
     *
     * @return false when the link is over
     */
    public boolean send(MemorySegment frames, long offset, long length) {
        boolean put = outbox.put(frames, offset, length, acknowledgements);
        leaveSoon();
        return put;
    }

    /** As {@link #send}, but the frames may wait for what is sent next, or for {@link #leave()}, and leave with it. */
    public boolean sendWithNext(MemorySegment frames, long offset, long length) {
        return outbox.put(frames, offset, length, acknowledgements);
    }

    /** What was sent leaves now, on this thread, which encrypts it and gives it to the kernel. */
    public void leave() {
        outbox.leave();
    }

    /** What was sent leaves with the event loop's next turn. */
    public void leaveSoon() {
        if (leaving.compareAndSet(false, true)) {
            loop.execute(leaveSoon);
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
        acknowledgements.processed(sequence);
    }

    /** Asks the peer for a sign of life now, so that both ends stay awake for what is about to come. Event loop only. */
    public void rouse() {
        if (!over) {
            send(control, 0, ControlFrames.ping(control, Wire.TYPE_PING, System.nanoTime()));
        }
    }

    /** Stops or resumes reading from the peer, where the event loop reads. Any thread. */
    public void setReading(boolean on) {
        reading = on;
        onLoop(() -> {
            if (reader == null) {
                connection.setReading(reading);
            }
        });
    }

    /** Runs on the link's event loop, after what runs now. */
    public void execute(Runnable task) {
        loop.execute(task);
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

    @Override
    public void cut(String reason) {
        onLoop(() -> end(reason));
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private void goodbye(String reason) {
        if (over) {
            return;
        }
        ControlFrames.goodbye(reason, (frame, length) -> outbox.put(frame, 0, length, acknowledgements));
        if (ready) {
            outbox.leave();
        } else {
            outbox.leaveBy(connection.netty());
        }
        end(reason);
    }

    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        closeReason = reason;
        if (watch != null) {
            watch.cancel(false);
        }
        connection.close();
        outbox.close();
        LinkReader elsewhere = reader;
        if (elsewhere != null) {
            elsewhere.end();
        } else if (ready) {
            connection.closeReader();
        }
        receiver.closed(reason);
        whenOver.run();
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
                String reason = "the peer said goodbye: " + ControlFrames.reasonOf(source, offset, length);
                onLoop(() -> end(reason));
            }
            default -> receiver.frame(source, offset, length);
        }
    }

    private void answerPing(MemorySegment source, long offset, int length) throws LinkException {
        if (length != Wire.HEADER_BYTES + 8) {
            throw new LinkException("PING of " + length + " bytes; it has 40");
        }
        long opaque = source.get(Wire.U64, offset + Wire.HEADER_BYTES);
        answer(ControlFrames.ping(answer, Wire.TYPE_PONG, opaque));
    }

    /** Who receives: what is in {@code answer} leaves when the turn ends. */
    private void answer(int length) {
        outbox.put(answer, 0, length, acknowledgements);
        answered = true;
    }

    private void watchPeer() {
        LinkReader elsewhere = reader;
        if (elsewhere != null && elsewhere.isAway()) {
            // nothing is read, so nothing is answered: the peer hears that this end lives
            lastHeard = System.nanoTime();
            pinged = false;
            send(control, 0, ControlFrames.ping(control, Wire.TYPE_PING, System.nanoTime()));
            return;
        }
        if (!reading) {
            lastHeard = System.nanoTime();
        }
        long silent = System.nanoTime() - lastHeard;
        if (silent > options.deadAfter().toNanos()) {
            end("no word from the peer for " + options.deadAfter().toSeconds() + " s");
        } else if (silent > options.pingAfter().toNanos() && !pinged) {
            pinged = true;
            send(control, 0, ControlFrames.ping(control, Wire.TYPE_PING, System.nanoTime()));
        }
    }

    private void acknowledge() {
        if (!over) {
            send(control, 0, ControlFrames.acknowledge(control));
        }
    }

    /** Bytes have come, on the event loop or to who receives. */
    private void came(MemorySegment bytes, int count) {
        LinkReader elsewhere = reader;
        if (elsewhere == null || !elsewhere.keep(bytes, count)) {
            deliver(bytes, count);
        }
    }

    /** Who receives: bytes have come. */
    void deliver(MemorySegment bytes, int count) {
        lastHeard = System.nanoTime();
        pinged = false;
        try {
            decoder.feed(bytes, 0, count, frames);
        } catch (LinkException broken) {
            close("the peer broke the protocol: " + broken.getMessage());
        }
    }

    boolean isLast() {
        return decoder.isLast();
    }

    /** Who receives: what one look brought has been delivered. */
    void turnEnded() {
        if (!over) {
            Spin.traffic();
            receiver.turnEnded();
            if (acknowledgements.isLate()) {
                answer(ControlFrames.acknowledge(answer));
            }
            if (answered) {
                answered = false;
                outbox.leave();
            }
        }
    }

    private void failed(Throwable cause) {
        onLoop(() -> end("the connection failed: " + Unreachable.why(cause)));
    }

    private void peerEnded() {
        String reason =
                decoder.isBetweenFrames() ? "the peer closed the connection" : "the connection broke within a frame";
        onLoop(() -> end(reason));
    }

    private final class FromSocket implements Connection.Owner {
        @Override
        public void received(MemorySegment bytes, int count) {
            came(bytes, count);
        }

        @Override
        public void ended() {
            peerEnded();
        }

        @Override
        public void failed(IOException cause) {
            Link.this.failed(cause);
        }

        @Override
        public void turnEnded() {
            if (reader == null) {
                Link.this.turnEnded();
            }
        }

        @Override
        public void ready() {
            ready = true;
            outbox.open(connection.writer(), () -> loop.execute(connection::awaitRoom));
            LinkReader elsewhere = reader;
            if (elsewhere != null) {
                connection.setReading(false);
                elsewhere.begin(connection.reader());
            }
        }

        @Override
        public void readable() {
            if (connection.reader().read()) {
                Link.this.turnEnded();
            }
        }

        @Override
        public void writable() {
            outbox.roomMade();
        }

        @Override
        public void peerGone() {
            if (reader != null) {
                // its thread hears it too, unless it is at work for longer
                var unused = loop.schedule(Link.this::peerEnded, PEER_GONE_MILLIS, TimeUnit.MILLISECONDS);
                return;
            }
            // whether or not the owner wants to read now: nothing follows, and only who reads hears of the end
            while (!over && connection.reader().read()) {
                Link.this.turnEnded();
            }
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
