package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A session of one client with a software GPU, for tests that say each call as it travels; nothing in it waits. */
abstract class SoftwareSession {
    /** What the client may hold of the GPU's memory. */
    static final long LIMIT = 4 << 20;

    /** The client's handle of its context. */
    static final long CONTEXT = 1L << 32 | 1;

    @TempDir
    private Path folder;

    final Arena arena = Arena.ofShared();
    final SoftwareCudaDriver driver =
            new SoftwareCudaDriver(SoftwareConfig.of(1, 64L << 20, "test", OutputStream.nullOutputStream()));
    final Executors executors = new Executors(new ImageKeeper(new ImageCache(new ImagePlace(Path.of(""), 0, 1))));
    private final CallDispatcher dispatcher = new CallDispatcher(executors);
    MemoryLedger ledger;
    CallContext context;
    /** Of the latest call. */
    int result;

    @BeforeEach
    void start() {
        ledger = MemoryLedger.create(folder.resolve("ledger"), List.of(LIMIT));
        context = new CallContext(
                driver, ledger, new AtOnce(), new NoReplies(), (id, total, piece) -> CudaResult.SUCCESS, Runnable::run);
        long out = room(8);
        assertThat(driver.cuInit(0)).isZero();
        assertThat(driver.cuDevicePrimaryCtxRetain(out, 0)).isZero();
        context.handles().bind(HandleKind.CONTEXT, CONTEXT, NativeMemory.getLong(out));
        context.begin(1, 0, 1, 1, false);
    }

    @AfterEach
    void end() {
        driver.close();
        arena.close();
    }

    long room(long bytes) {
        return arena.allocate(bytes, 16).address();
    }

    /** Executes a call as a session does; its outs. */
    Reader call(int number, Consumer<Writer> request) {
        MemorySegment body = arena.allocate(1 << 12, 8);
        MemorySegment reply = arena.allocate(1 << 12, 8);
        Writer in = new Writer(body);
        Writer out = new Writer(reply);
        request.accept(in);
        context.begin(1, number, 1, 1, CallNumbers.isPosted(number));
        result = dispatcher.execute(number, context, new Reader(body.asSlice(0, in.finish())), out);
        return new Reader(reply.asSlice(0, out.finish()));
    }

    /** Nothing waits here: what is to follow the work follows it at once. */
    private final class AtOnce implements QuietWaits {
        @Override
        public void after(long lane, long owner, long[] events, IntConsumer task) {
            task.accept(driver.cuCtxSynchronize());
        }
    }

    /** A control frame that went down. */
    record Sent(int type, Reader body) {}

    final List<Sent> sent = new ArrayList<>();

    private final class NoReplies implements QuietReplies {
        @Override
        public void finish(Pending call, int with, Consumer<Writer> outs) {
            assertThat(with).isZero();
        }

        @Override
        public void send(int type, int thread, Consumer<Writer> body) {
            MemorySegment frame = arena.allocate(1 << 16, 8);
            Writer writer = new Writer(frame);
            body.accept(writer);
            sent.add(new Sent(type, new Reader(frame.asSlice(0, writer.finish()))));
        }
    }
}
