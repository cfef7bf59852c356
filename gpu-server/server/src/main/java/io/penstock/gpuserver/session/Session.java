package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.CallContext;
import io.penstock.gpuserver.call.CallDispatcher;
import io.penstock.gpuserver.call.Executors;
import io.penstock.gpuserver.call.MappedMemory;
import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.call.Pending;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameHeader;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.SpecHash;
import io.penstock.protocol.codec.Writer;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkException;
import io.penstock.protocol.link.LinkReceiver;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client process's session: one thread, which never waits for the GPU, receives its frames and executes them in their order.
 * Ends when the link does, or with a reason the client reads.
 */
public final class Session implements LinkReceiver {
    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final int REPLY_OUTS = FrameHeader.BYTES + 16;

    /**
     * What a session is given.
     *
     * @param id names it
     * @param server the server's name
     * @param ticket that its HELLO must present
     * @param bulkTickets each opens one bulk connection
     * @param spinNanos how long the idle executor looks for work before it sleeps
     */
    public record Terms(String id, String server, String ticket, Set<String> bulkTickets, long spinNanos) {}

    private final Terms terms;
    private final DriverFactory drivers;
    private final MemoryLedger ledger;
    private final PayloadTable payloads = new PayloadTable();
    private final CompletableFuture<Client> client = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    // event loop of the control link only
    private @Nullable Link link;

    // event loops of the bulk links, guarded by itself
    private final Set<String> bulkTickets;

    private volatile @Nullable CompletableFuture<DriverStart> anticipated;
    private final CompletableFuture<Downlink> linked = new CompletableFuture<>();
    private volatile @Nullable Downlink downlink;
    private volatile @Nullable Inbox received;
    private volatile @Nullable MappedMemory mapped;

    // executor thread only
    private final MemorySegment replyFrame = Arena.ofAuto().allocate(Limits.FRAME_BYTES_MAX, 8);
    private final Reader reader = new Reader(replyFrame);
    private final Writer writer = new Writer(replyFrame);
    private final Executors executors;
    private final CallDispatcher dispatcher;
    private @Nullable CallContext context;
    private @Nullable WaiterThreads waits;
    private long lastSequence;
    private boolean greeted;

    /**
     * The program being served, as its HELLO named it.
     *
     * @param start how long the driver took to be ready for it, for people
     */
    public record Client(String program, int pid, String start) {}

    public Session(Terms terms, DriverFactory drivers, MemoryLedger ledger, ImageKeeper images) {
        this.terms = terms;
        this.drivers = drivers;
        this.ledger = ledger;
        this.executors = new Executors(images);
        this.dispatcher = new CallDispatcher(executors);
        this.bulkTickets = new HashSet<>(terms.bulkTickets());
    }

    /** Completes when the client was welcomed. */
    public CompletableFuture<Client> client() {
        return client;
    }

    /** Completes with the reason when the session is over and the executor has stopped. */
    public CompletableFuture<String> ended() {
        return ended;
    }

    /** Begins on a control connection; a second one is turned away. Event loop. */
    public void begin(Link control) {
        if (link != null) {
            control.open(new TurnedAway());
            control.close("this worker has its client already");
            return;
        }
        link = control;
        Downlink down = new Downlink(control, this::tellBefore);
        downlink = down;
        linked.complete(down);
        try {
            Inbox inbox = new Inbox(control.openFor(this), terms.spinNanos());
            received = inbox;
            Thread.ofPlatform().name("executor").daemon().start(() -> execute(inbox));
        } catch (IOException full) {
            log.error("session {}: its link cannot be read", terms.id(), full);
            end("an error in the worker: " + full.getMessage());
        }
    }

    /** Takes a bulk connection. Its event loop. */
    public void beginBulk(BulkLink bulk, String ticket) throws LinkException {
        Downlink down = downlink;
        synchronized (bulkTickets) {
            if (!bulkTickets.remove(ticket)) {
                throw new LinkException("this ticket opens nothing here");
            }
        }
        if (down == null) {
            throw new LinkException("a bulk connection before its control connection");
        }
        bulk.open(payloads.inlet(reason -> {
            if (!ended.isDone()) {
                end("a bulk connection ended: " + reason);
            }
        }));
        down.addBulk(bulk);
    }

    /** Ends the session with a reason that the client reads. Any thread. */
    public void end(String reason) {
        Link control = link;
        if (control == null) {
            ended.complete(reason);
        } else {
            control.close(reason);
        }
    }

    @Override
    public void frame(MemorySegment source, long offset, int length) throws LinkException {
        int type = FrameHeader.type(source, offset);
        if (!greeted && type != FrameType.HELLO) {
            throw new LinkException("the first frame is " + FrameType.name(type) + ", not HELLO");
        }
        if (greeted && type == FrameType.HELLO) {
            throw new LinkException("a second HELLO");
        }
        greeted = true;
        if (type != FrameType.GOODBYE) {
            inbox().runTasks();
            execute(source, offset, length);
        }
    }

    @Override
    public void closed(String reason) {
        payloads.end(reason);
        Downlink down = downlink;
        if (down != null) {
            down.close(reason);
        }
        ended.complete(reason);
    }

    /** What must have been told before anything that may prove work done: text that it printed, memory that it changed. */
    private void tellBefore() {
        drivers.flushOutput();
        MappedMemory memory = mapped;
        if (memory != null) {
            memory.send();
        }
    }

    private Link requireLink() {
        Link control = link;
        if (control == null) {
            throw new IllegalStateException("no link yet");
        }
        return control;
    }

    private Inbox inbox() {
        Inbox inbox = received;
        if (inbox == null) {
            throw new IllegalStateException("no link yet");
        }
        return inbox;
    }

    private Downlink down() {
        Downlink down = downlink;
        if (down == null) {
            throw new IllegalStateException("no link yet");
        }
        return down;
    }

    private void execute(Inbox inbox) {
        BooleanSupplier idle = inbox::isIdle;
        try (inbox) {
            while (!inbox.isOver()) {
                inbox.runTasks();
                inbox.receive();
                WaiterThreads waiting = waits;
                if (waiting != null) {
                    waiting.settle(idle);
                }
                inbox.await();
            }
        } catch (ProtocolException broken) {
            end("the client broke the protocol: " + broken.getMessage());
        } catch (RuntimeException | Error bug) {
            broken(bug);
        } finally {
            executors.close();
            WaiterThreads waiting = waits;
            if (waiting != null) {
                waiting.close();
            }
        }
    }

    /** A bug of ours: no call of this session can be relied on to be answered any more. Any thread. */
    private void broken(Throwable bug) {
        log.error("session {}: a bug in the worker", terms.id(), bug);
        end("an error in the worker: " + bug);
    }

    private void execute(MemorySegment frames, long at, int length) {
        int type = FrameHeader.type(frames, at);
        if (waits != null && (type < FrameType.FIRST_CALL || CallNumbers.isPosted(type))) {
            // a launch may block while the driver's queue is full
            waits.handOver();
        }
        MemorySegment body = frames.asSlice(at + FrameHeader.BYTES, length - FrameHeader.BYTES);
        if (type == FrameType.HELLO) {
            greet(Hello.read(body));
            return;
        }
        if (context == null) {
            return; // refused: the link is closing
        }
        if (type >= FrameType.FIRST_CALL || FrameType.sequenced(type)) {
            long sequence = FrameHeader.sequence(frames, at);
            if (sequence != lastSequence + 1) {
                throw new ProtocolException("frame " + sequence + " after " + lastSequence);
            }
            lastSequence = sequence;
        }
        if (type >= FrameType.FIRST_CALL) {
            call(context, frames, at, type, body);
        } else {
            control(context, type, reader.reset(body));
        }
        requireLink().acknowledge(lastSequence);
    }

    private void call(CallContext calls, MemorySegment frames, long at, int number, MemorySegment body) {
        int flags = FrameHeader.flags(frames, at);
        int thread = FrameHeader.thread(frames, at);
        boolean posted = CallNumbers.isPosted(number) && (flags & FrameHeader.WANTS_REPLY) == 0;
        int result = calls.begin(lastSequence, number, thread, FrameHeader.context(frames, at), posted);
        writer.reset(replyFrame.asSlice(REPLY_OUTS));
        if (result == CudaResult.SUCCESS) {
            result = dispatcher.execute(number, calls, reader.reset(body), writer);
        }
        requireLink().acknowledge(lastSequence); // a reply takes it along
        if (result == CallDispatcher.DEFERRED || (posted && result == CudaResult.SUCCESS)) {
            return;
        }
        Pending call = calls.present();
        if (posted) {
            down().failed(call, result);
        } else {
            boolean outs = result == CudaResult.SUCCESS || AlwaysAnswered.is(number);
            down().reply(call, result, replyFrame, outs ? writer.finish() : 0, inbox().isLast());
        }
    }

    private void control(CallContext calls, int type, Reader in) {
        switch (type) {
            case FrameType.ABANDON -> calls.abandon((int) in.readU64());
            case FrameType.COUNTS -> {
                long asked = in.readU64();
                long launches = calls.launches();
                if (asked != launches) {
                    log.error("session {}: the client posted {} launches, {} were issued", terms.id(), asked, launches);
                }
                down().send(
                                FrameType.COUNTS,
                                0,
                                body -> body.putU64(launches).putU64(0).putU64(0));
            }
            case FrameType.MAPPED -> calls.mapped().take(in);
            case FrameType.CALLBACK_DONE -> calls.callbackDone(in.readU64());
            default -> throw new ProtocolException("a frame " + FrameType.name(type) + " from a client");
        }
    }

    private void greet(Hello hello) {
        if (!MessageDigest.isEqual(
                hello.ticket().getBytes(StandardCharsets.UTF_8), terms.ticket().getBytes(StandardCharsets.UTF_8))) {
            end("the ticket opens nothing here");
            return;
        }
        if (hello.versionMin() > Limits.PROTOCOL_VERSION_MAX || hello.versionMax() < Limits.PROTOCOL_VERSION_MIN) {
            refuse(
                    CudaResult.SYSTEM_DRIVER_MISMATCH,
                    "the client speaks protocol " + hello.versionMin() + " to "
                            + hello.versionMax() + ", this server " + Limits.PROTOCOL_VERSION_MIN + " to "
                            + Limits.PROTOCOL_VERSION_MAX + ": install the client that belongs to the server");
            return;
        }
        if (!hello.specHash().equals(SpecHash.HEX)) {
            refuse(
                    CudaResult.SYSTEM_DRIVER_MISMATCH,
                    "client and server were built from different descriptions of the"
                            + " calls: install the client that belongs to the server");
            return;
        }
        DriverStart start = started(hello);
        if (start == null) {
            refuse(
                    CudaResult.SYSTEM_NOT_READY,
                    "the program's CUDA_* variables are not those that were announced: the driver has read them already");
            return;
        }
        CudaDriver driver = start.driver();
        if (start.result() != CudaResult.SUCCESS) {
            refuse(start.result(), "cuInit on the server returned " + CudaResult.name(start.result()));
            return;
        }
        long described = System.nanoTime();
        WaiterThreads waiting =
                new WaiterThreads(driver, terms.spinNanos(), down()::leave, inbox()::post, this::broken);
        waits = waiting;
        CallContext calls = new CallContext(driver, ledger, waiting, down(), payloads, inbox()::post);
        context = calls;
        mapped = calls.mapped();
        down().judgeBy(driver);
        welcome(driver, calls);
        client.complete(new Client(
                hello.program(),
                hello.pid(),
                "the driver took %d ms to open, %d ms for cuInit, %d ms to describe itself"
                        .formatted(
                                start.openMillis(),
                                start.initMillis(),
                                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - described))));
    }

    /**
     * Begins with the driver before the client has come, for a program of these variables; a HELLO with others is turned
     * away. At most once, before {@link #begin}.
     */
    public void anticipate(List<String> environment) {
        CompletableFuture<DriverStart> soon = new CompletableFuture<>();
        anticipated = soon;
        Thread.ofPlatform().name("driver-start").daemon().start(() -> {
            try {
                soon.complete(start(environment));
            } catch (RuntimeException | Error failed) {
                soon.completeExceptionally(failed);
            }
        });
    }

    private @Nullable DriverStart started(Hello hello) {
        CompletableFuture<DriverStart> soon = anticipated;
        if (soon == null) {
            return start(hello.environment());
        }
        DriverStart start = soon.join();
        return start.isFor(hello.environment()) ? start : null;
    }

    private DriverStart start(List<String> environment) {
        return DriverStart.of(
                drivers,
                environment,
                new ProgramOutput(new OutputFrames(linked::join, 1), new OutputFrames(linked::join, 2)));
    }

    private void welcome(CudaDriver driver, CallContext calls) {
        int version;
        try (Scratch scratch = new Scratch()) {
            long word = scratch.room(Long.BYTES);
            driver.cuDriverGetVersion(word);
            version = NativeMemory.getInt(word);
        }
        down().send(FrameType.WELCOME, 0, body -> {
            body.putU32(Limits.PROTOCOL_VERSION_MAX).putU32(version);
            body.putString(terms.server()).putString(terms.id());
            DeviceSnapshots.write(driver, calls.memory(), body);
        });
    }

    private void refuse(int result, String text) {
        down().send(FrameType.REFUSED, 0, body -> body.putI32(result).putString(text));
        end(text);
    }

    private static final class TurnedAway implements LinkReceiver {
        @Override
        public void frame(MemorySegment source, long offset, int length) {}

        @Override
        public void closed(String reason) {}
    }
}
