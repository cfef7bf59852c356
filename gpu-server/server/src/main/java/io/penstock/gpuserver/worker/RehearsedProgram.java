package io.penstock.gpuserver.worker;

import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.FrameHeader;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.SpecHash;
import io.penstock.protocol.codec.Writer;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkReceiver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The client's half of a rehearsal: says by frames what programs say most, launches, small and large copies, events and
 * waits. One thread plays; frames come on the link's event loop.
 */
final class RehearsedProgram implements LinkReceiver {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int CONTEXT = 1;
    private static final int THREAD = 1;
    private static final long MADE = 1L << 32;
    private static final long MODULE = MADE | 2;
    private static final long FUNCTION = MADE | 3;
    private static final long EVENT = MADE | 4;
    private static final int SMALL_BYTES = 64;
    private static final int LARGE_BYTES = 1 << 20;
    private static final int FRAME_BYTES = 4096;
    /** What a program needs to speak. */
    static final int MEMORY_BYTES = FRAME_BYTES + LARGE_BYTES;

    private static final int LAUNCHES = 4;
    private static final int ROUNDS_TO_ALLOCATION = 8;
    private static final int ROUNDS_TO_LARGE_COPIES = 16;
    private static final byte[] IMAGE = ".version 8.0\n.target sm_80\n".getBytes(StandardCharsets.US_ASCII);

    private final MemorySegment frame;
    private final MemorySegment large;
    private final Writer writer;
    private @Nullable Link link;
    private @Nullable BulkLink bulk;
    private long sequence;
    private long payload;
    private long memory;
    private int rounds;

    // written on the event loop
    private volatile boolean welcome;
    private volatile long replied;
    private volatile long answer;
    private volatile @Nullable String over;

    /** @param room {@link #MEMORY_BYTES} for the frames and payloads of one program at a time */
    RehearsedProgram(MemorySegment room) {
        this.frame = room.asSlice(0, FRAME_BYTES);
        this.large = room.asSlice(FRAME_BYTES, LARGE_BYTES);
        this.writer = new Writer(frame);
    }

    /** Says HELLO by the control connection and prepares what the rounds use. */
    void start(Link control, String ticket) throws IOException {
        link = control;
        send(
                FrameType.HELLO,
                0,
                0,
                body -> body.putU32(Limits.PROTOCOL_VERSION_MIN)
                        .putU32(Limits.PROTOCOL_VERSION_MAX)
                        .putBlock(MemorySegment.ofArray(SpecHash.bytes()))
                        .putString(ticket)
                        .putString("rehearsal")
                        .putU32((int) ProcessHandle.current().pid())
                        .putU32(1)
                        .putU64(0));
        await(() -> welcome);
    }

    /** Takes the bulk connection, and makes what every round uses. */
    void prepare(BulkLink bulkLink) throws IOException {
        bulk = bulkLink;
        call(
                CallNumbers.cuDevicePrimaryCtxRetain,
                body -> body.putHandle(MADE | CONTEXT).putI32(0).putU32(0));
        call(
                CallNumbers.cuModuleLoadData,
                body -> body.putHandle(MODULE)
                        .putBlock(MemorySegment.ofArray(new byte[32]))
                        .putU64(IMAGE.length)
                        .putU64(0)
                        .putBlock(MemorySegment.ofArray(IMAGE))
                        .putU64(0));
        call(
                CallNumbers.cuModuleGetFunction,
                body -> body.putHandle(FUNCTION).putHandle(MODULE).putString("rehearsed"));
        post(CallNumbers.cuEventCreate, body -> body.putHandle(EVENT).putU32(0));
        call(CallNumbers.cuMemAlloc_v2, body -> body.putU64(LARGE_BYTES));
        memory = answer;
    }

    /** What a step of a program may be: some launches, a few bytes each way, a wait; now and then memory and payload. */
    void playRound() throws IOException {
        rounds++;
        post(
                CallNumbers.cuMemcpyHtoDAsync_v2,
                body -> body.putU64(memory)
                        .putHandle(0)
                        .putU64(SMALL_BYTES)
                        .putU64(0)
                        .putBlock(large.asSlice(0, SMALL_BYTES)));
        for (int i = 0; i < LAUNCHES; i++) {
            post(CallNumbers.cuLaunchKernel, this::launch);
        }
        post(CallNumbers.cuLaunchKernelEx, this::launch);
        post(
                CallNumbers.cuMemsetD8Async,
                body -> body.putU64(memory).putU32(0).putU64(SMALL_BYTES).putHandle(0));
        post(CallNumbers.cuEventRecord, body -> body.putHandle(EVENT).putHandle(0));
        call(CallNumbers.cuStreamSynchronize, body -> body.putHandle(0));
        post(
                CallNumbers.cuMemcpyDtoHAsync_v2,
                body -> body.putU64(memory).putHandle(0).putU64(Integer.BYTES).putU64(++payload));
        call(CallNumbers.cuStreamSynchronize, body -> body.putHandle(0));
        call(
                CallNumbers.cuMemcpyDtoH_v2,
                body -> body.putU64(memory).putU64(Integer.BYTES).putU64(++payload));
        call(CallNumbers.cuEventSynchronize, body -> body.putHandle(EVENT));
        if (rounds % ROUNDS_TO_ALLOCATION == 0) {
            call(CallNumbers.cuMemAlloc_v2, body -> body.putU64(LARGE_BYTES));
            post(CallNumbers.cuMemFree_v2, body -> body.putU64(answer));
        }
        if (rounds % ROUNDS_TO_LARGE_COPIES == 0) {
            copyLarge();
        }
    }

    private void launch(Writer body) {
        body.putHandle(FUNCTION).putU32(0).putU32(0);
        body.putU32(1).putU32(1).putU32(1).putU32(1).putU32(1).putU32(1);
        body.putU32(0).putU32(0).putHandle(0);
        body.putU64(3 * Long.BYTES).putU64(memory).putU64(memory).putU64(1);
    }

    private void copyLarge() throws IOException {
        BulkLink to = bulk;
        if (to == null) {
            throw new IllegalStateException("no bulk connection yet");
        }
        long up = ++payload;
        post(
                CallNumbers.cuMemcpyHtoDAsync_v2,
                body -> body.putU64(memory).putHandle(0).putU64(LARGE_BYTES).putU64(up));
        try {
            for (int at = 0; at < LARGE_BYTES; at += Limits.BULK_CHUNK_BYTES_MAX) {
                to.awaitWritable();
                to.send(up, at, large.asSlice(at, Math.min(Limits.BULK_CHUNK_BYTES_MAX, LARGE_BYTES - at)), () -> {});
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopping);
        }
        long down = ++payload;
        call(
                CallNumbers.cuMemcpyDtoH_v2,
                body -> body.putU64(memory).putU64(LARGE_BYTES).putU64(down));
    }

    private void post(int number, Consumer<Writer> body) {
        send(number, THREAD, ++sequence, body);
    }

    private void call(int number, Consumer<Writer> body) throws IOException {
        long mine = ++sequence;
        send(number, THREAD, mine, body);
        await(() -> replied >= mine);
    }

    private void send(int type, int thread, long number, Consumer<Writer> body) {
        Link to = link;
        if (to == null) {
            throw new IllegalStateException("not connected yet");
        }
        writer.reset(frame.asSlice(FrameHeader.BYTES));
        body.accept(writer);
        int length = (int) (FrameHeader.BYTES + writer.finish());
        int context = type < FrameType.FIRST_CALL ? 0 : CONTEXT;
        new FrameHeader(length, type, 0, thread, context, number, 0).write(frame, 0);
        to.send(frame, 0, length);
    }

    /** What is waited for. */
    @FunctionalInterface
    private interface Arrival {
        boolean hasCome();
    }

    private void await(Arrival arrival) throws IOException {
        long until = System.nanoTime() + PATIENCE_NANOS;
        while (!arrival.hasCome()) {
            String reason = over;
            if (reason != null || System.nanoTime() - until > 0) {
                throw new IOException(reason == null ? "no answer to frame " + sequence : reason);
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void frame(MemorySegment source, long offset, int length) {
        int type = FrameHeader.type(source, offset);
        if ((FrameHeader.flags(source, offset) & FrameHeader.REPLY) != 0) {
            long body = offset + FrameHeader.BYTES;
            if (type == CallNumbers.cuMemAlloc_v2) {
                answer = source.get(ValueLayout.JAVA_LONG_UNALIGNED, body + 2 * Long.BYTES);
            }
            replied = source.get(ValueLayout.JAVA_LONG_UNALIGNED, body);
        } else if (type == FrameType.WELCOME) {
            welcome = true;
        }
    }

    @Override
    public void closed(String reason) {
        over = reason;
    }

    /** Lets go of the bytes that come down. */
    static final class Discarded implements ChunkSink {
        @Override
        public boolean begin(long id, long at, int length) {
            return true;
        }

        @Override
        public void bytes(MemorySegment source, long offset, int count) {}

        @Override
        public void end() {}

        @Override
        public void closed(String reason) {}
    }
}
