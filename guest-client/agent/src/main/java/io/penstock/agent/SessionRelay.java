package io.penstock.agent;

import io.netty.channel.EventLoop;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.IdleCores;
import io.penstock.protocol.link.LinkException;
import io.penstock.protocol.link.LinkReceiver;
import io.penstock.protocol.link.Spin;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One program's session: moves frames between its rings and its worker's control connection, payload between its slabs
 * and the bulk connections, and never looks into a body. Full on one side pauses the other. Event loop only.
 *
 * <p>GREETING (the program's HELLO is awaited) → OPENING (a worker is sought) → OPEN → ENDED. However it ends, the program
 * gets a REFUSED or GOODBYE frame if it can still read, and then the end of its socket.
 */
final class SessionRelay {
    private static final int CUDA_ERROR_DEVICE_UNAVAILABLE = 46;
    private static final long LINGER_NANOS = 2_000;

    private enum State {
        GREETING,
        OPENING,
        OPEN,
        ENDED
    }

    private final EventLoop loop;
    private final ProgramConnection program;
    private final Channel channel;
    private final SessionOpener opener;
    private final Consumer<String> notices;
    private final Consumer<SessionRelay> ended;
    private final Downstream down;
    private final Farewell farewell;
    private final List<BulkLink> bulk = new ArrayList<>();
    private final PayloadUp payloadUp;
    private final PayloadDown payloadDown;
    private final FromProgram fromProgram = new FromProgram();

    private State state = State.GREETING;
    private @Nullable WorkerLinks links;
    private boolean bulkReady;
    private boolean leaving;
    private boolean waitedFor;
    private boolean blocked;
    private boolean unmapped;
    private @Nullable MemorySegment runSource;
    private long runFrom;
    private long runTo;
    private long acknowledged;
    private long acknowledgedDown;
    private long acknowledgedShown;
    private final CallLedger calls = new CallLedger();
    private final Vigil vigil = new Vigil();

    SessionRelay(
            EventLoop loop,
            ProgramConnection program,
            Channel channel,
            AgentParts parts,
            Consumer<SessionRelay> ended) {
        this.loop = loop;
        this.program = program;
        this.channel = channel;
        this.opener = parts.opener();
        this.notices = parts.notices();
        this.ended = ended;
        this.down = new Downstream(channel.down(), program::ring, this::pauseControl);
        this.farewell = new Farewell(loop, program, down);
        this.payloadUp = new PayloadUp(channel.upSlab(), bulk, parts.limits().chunkBytesMax(), loop);
        this.payloadDown = new PayloadDown(channel.downSlab(), new FromBulk());
        Spin.watch(fromProgram);
    }

    /** What went through so far. */
    SessionCounts counts() {
        return calls.counts(links == null ? 0 : 1, payloadUp.bytes(), payloadDown.bytes());
    }

    /** The program rang: there are frames, or there is room. */
    void rung() {
        if (state == State.ENDED) {
            return;
        }
        try {
            down.roomMade();
            payloadDown.roomMade();
            drain();
        } catch (ChannelException broken) {
            brokeTheRules(broken);
        }
    }

    /** The program's socket closed: it ended or gave up. */
    void programGone() {
        end("process " + program.pid() + " is gone");
        unmapWhenIdle();
    }

    /** Ends the session for a reason of the agent's own; the program is told. */
    void end(String reason) {
        if (state == State.ENDED) {
            return;
        }
        boolean refused = state != State.OPEN;
        state = State.ENDED;
        closeLinks(reason);
        farewell.say(refused ? Frames.refused(CUDA_ERROR_DEVICE_UNAVAILABLE, reason) : Frames.goodbye(reason));
        ended.accept(this);
    }

    // ---- up ----

    /** One batch: what was taken is sent, and other programs have their turn, before the next. */
    private boolean drain() throws ChannelException {
        blocked = state == State.OPENING || !isWritable();
        if (blocked) {
            return false;
        }
        boolean took = channel.up().drain(this::take);
        collectRun();
        if (took && state == State.OPEN && !waitedFor && Spin.lasts()) {
            // what is posted costs a record of its own unless something follows; a wait follows within a microsecond
            channel.up().linger(LINGER_NANOS);
            channel.up().drain(this::take);
            collectRun();
        }
        if (links != null) {
            links.control().leave();
        }
        return took;
    }

    /** The ring that brings the program's frames, looked at in every turn of the event loop: without garbage. */
    private final class FromProgram implements Spin.Source {
        @Override
        public boolean look() {
            if (state == State.ENDED || blocked) {
                return false;
            }
            try {
                channel.up().wake();
                if (drain()) {
                    return true;
                }
                if (links != null && vigil.isDue(System.nanoTime()) && IdleCores.any()) {
                    links.control().rouse();
                }
                return false;
            } catch (ChannelException broken) {
                brokeTheRules(broken);
                return false;
            }
        }

        @Override
        public boolean sleep() {
            if (state == State.ENDED || blocked) {
                return true;
            }
            try {
                return channel.up().sleep();
            } catch (ChannelException broken) {
                brokeTheRules(broken);
                return true;
            }
        }
    }

    private void resume() {
        blocked = false;
        if (state != State.ENDED) {
            guarded(this::drain);
        }
    }

    private boolean isWritable() {
        return links == null || links.control().isWritable();
    }

    private boolean take(MemorySegment source, long at, int length) throws ChannelException {
        int type = Frames.type(source, at);
        if (state == State.GREETING) {
            greet(source, at, length);
            return true;
        }
        if (state != State.OPEN) {
            blocked = true;
            return false;
        }
        acknowledged = Math.max(acknowledged, Frames.acknowledged(source, at));
        switch (type) {
            case Frames.PAYLOAD -> {
                if (!bulkReady) {
                    blocked = true;
                    return false;
                }
                payloadUp.take(source, at, length);
            }
            case Frames.ACK, Frames.PONG -> {}
            case Frames.PING -> down.frame(Frames.pong(source, at, length));
            case Frames.HELLO, Frames.WELCOME, Frames.REFUSED ->
                throw new ChannelException("a frame of type " + type + " from a program whose session is open");
            default -> extendRun(source, at, length, type);
        }
        return true;
    }

    private void extendRun(MemorySegment source, long at, int length, int type) {
        if (runSource == null || runTo != at) {
            collectRun();
            runSource = source;
            runFrom = at;
        }
        runTo = at + Frames.padded(length);
        leaving |= type == Frames.GOODBYE;
        waitedFor = CallKinds.isWaitedFor(type) || (Frames.flags(source, at) & Frames.FLAG_WANTS_REPLY) != 0;
        if (type >= Frames.FIRST_CALL) {
            if (waitedFor) {
                long now = System.nanoTime();
                calls.asked(type, length, Frames.thread(source, at), now);
                if (Spin.lasts()) {
                    vigil.began(now);
                }
            } else {
                calls.posted(type, length);
            }
        }
    }

    /**
     * Hands the frames taken since the last time to the worker's connection, in one piece; they leave with the batch.
     * Their memory is the ring's to use again from then on.
     */
    private void collectRun() {
        MemorySegment source = runSource;
        if (links == null) {
            return;
        }
        links.control().acknowledge(acknowledged);
        if (source != null) {
            runSource = null;
            links.control().sendWithNext(source, runFrom, runTo - runFrom);
        }
    }

    // ---- opening ----

    private void greet(MemorySegment source, long at, int length) throws ChannelException {
        if (Frames.type(source, at) != Frames.HELLO) {
            throw new ChannelException("a frame of type " + Frames.type(source, at) + " before HELLO");
        }
        Frames.helloWithTicket(source, at, length, "");
        MemorySegment hello = MemorySegment.ofArray(new byte[length]);
        MemorySegment.copy(source, at, hello, 0, length);
        List<String> variables = HelloVariables.of(hello);
        state = State.OPENING;
        opener.open(program.pid(), variables, new FromWorker(), payloadDown::inlet)
                .onComplete(opened -> {
                    if (opened.succeeded()) {
                        opened(opened.result(), hello);
                    } else {
                        refused(opened.cause());
                    }
                });
    }

    private void opened(WorkerLinks worker, MemorySegment hello) {
        links = worker;
        if (state == State.ENDED) {
            closeLinks("the program is gone");
            return;
        }
        guarded(() -> {
            MemorySegment complete = Frames.helloWithTicket(hello, 0, (int) hello.byteSize(), worker.ticket());
            worker.control().send(complete, 0, complete.byteSize());
            state = State.OPEN;
            drain();
        });
    }

    /** The worker knows its client now; before, it would turn payload connections away. */
    private void connectBulk(WorkerLinks worker) {
        // the connections belong to other event loops, and so does the moment at which the last of them is up
        worker.bulk()
                .connect()
                .onComplete(connected -> loop.execute(() -> {
                    if (connected.succeeded()) {
                        bulkConnected(connected.result());
                    } else {
                        fail("the payload connections to the worker failed: "
                                + connected.cause().getMessage());
                    }
                }));
    }

    private void bulkConnected(List<BulkLink> connected) {
        bulk.addAll(connected);
        bulkReady = !bulk.isEmpty();
        if (state == State.ENDED) {
            closeLinks("the session is over");
        } else {
            resume();
        }
    }

    private void refused(Throwable cause) {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        String reason = String.valueOf(cause.getMessage());
        notices.accept("no GPU for process " + program.pid() + ": " + reason);
        int result =
                cause instanceof SessionRefusedException refusal ? refusal.cudaResult() : CUDA_ERROR_DEVICE_UNAVAILABLE;
        farewell.say(Frames.refused(result, reason));
        ended.accept(this);
    }

    // ---- down ----

    /** What comes from the worker on the control connection. */
    private final class FromWorker implements LinkReceiver {
        private boolean worksOver;

        @Override
        public void frame(MemorySegment source, long offset, int length) throws LinkException {
            if (state == State.ENDED) {
                return;
            }
            int type = Frames.type(source, offset);
            worksOver |= type == Frames.GOODBYE || type == Frames.REFUSED;
            if (type == Frames.WELCOME && links != null) {
                connectBulk(links);
            }
            acknowledgedShown = Math.max(acknowledgedShown, Frames.acknowledged(source, offset));
            try {
                down.frame(source, offset, length);
            } catch (ChannelException broken) {
                brokeTheRules(broken);
            }
            if (type >= Frames.FIRST_CALL && (Frames.flags(source, offset) & Frames.FLAG_REPLY) != 0) {
                calls.replied(type, length, Frames.thread(source, offset), System.nanoTime());
                vigil.ended();
            } else {
                calls.pushed(length);
            }
        }

        @Override
        public void turnEnded() {
            if (state == State.ENDED) {
                return;
            }
            try {
                showAcknowledgement();
                down.turnEnded();
            } catch (ChannelException broken) {
                brokeTheRules(broken);
            }
        }

        @Override
        public void acknowledged(long sequence) {
            acknowledgedDown = sequence;
        }

        @Override
        public void writable() {
            resume();
        }

        @Override
        public void closed(String reason) {
            if (worksOver) {
                finish();
            } else {
                fail("the connection to the worker ended: " + reason);
            }
        }
    }

    /** What the worker has processed is told when no frame of this turn told it. */
    private void showAcknowledgement() throws ChannelException {
        if (acknowledgedDown > acknowledgedShown) {
            acknowledgedShown = acknowledgedDown;
            down.frame(Frames.acknowledgement(acknowledgedDown));
        }
    }

    private void pauseControl(boolean paused) {
        if (links != null) {
            links.control().setReading(!paused);
        }
    }

    /** What the bulk connections, which have event loops of their own, want done on this one. */
    private final class FromBulk implements PayloadDown.Owner {
        @Override
        public void chunksCame() {
            onLoop(() -> {
                payloadDown.announce(down::frame);
                down.turnEnded();
            });
        }

        @Override
        public void writable() {
            onLoop(payloadUp::pump);
        }

        @Override
        public void failed(String reason) {
            onLoop(() -> fail(reason));
        }

        private void onLoop(Step step) {
            loop.execute(() -> {
                if (state != State.ENDED) {
                    guarded(step);
                }
            });
        }
    }

    // ---- the end ----

    /** A step that may find the program breaking the rules, which ends its session. */
    private interface Step {
        void run() throws ChannelException;
    }

    private void guarded(Step step) {
        try {
            step.run();
        } catch (ChannelException broken) {
            brokeTheRules(broken);
        }
    }

    private void brokeTheRules(ChannelException how) {
        fail("process " + program.pid() + " broke the rules of its channel: " + how.getMessage());
    }

    /** Ends the session for a reason that the person should hear, unless the program has said goodbye itself. */
    private void fail(String reason) {
        if (state != State.ENDED) {
            if (!leaving) {
                notices.accept(reason);
            }
            end(reason);
        }
    }

    /** The worker has said why it ends; the program reads that itself. */
    private void finish() {
        if (state != State.ENDED) {
            state = State.ENDED;
            closeLinks("the session is over");
            farewell.closeWhenRead();
            ended.accept(this);
        }
    }

    private void closeLinks(String reason) {
        WorkerLinks worker = links;
        if (worker != null) {
            worker.control().close(reason);
            bulk.forEach(link -> link.close(reason));
            payloadUp.drop();
            payloadDown.drop();
            worker.closer().run();
        }
    }

    /** The program's memory is unmapped once no connection reads from it; closed connections let go of it soon. */
    private void unmapWhenIdle() {
        if (unmapped) {
            return;
        }
        if (payloadUp.isIdle() && payloadDown.isIdle()) {
            unmapped = true;
            Spin.unwatch(fromProgram);
            channel.close();
        } else {
            farewell.later(this::unmapWhenIdle);
        }
    }
}
