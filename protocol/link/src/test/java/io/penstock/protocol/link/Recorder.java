package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a link delivers, for tests; and the frames that they send. */
final class Recorder implements LinkReceiver {
    private static final int CALL = 300;

    private final BlockingQueue<Long> sequences = new LinkedBlockingQueue<>();
    final BlockingQueue<Long> acknowledgements = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();

    static void send(Link link, long sequence, int length) {
        link.send(frame(sequence, length), 0, length);
    }

    static MemorySegment frame(long sequence, int length) {
        MemorySegment frame = Arena.ofAuto().allocate(length, 8);
        frame.set(Wire.U32, Wire.LENGTH, length);
        frame.set(Wire.U16, Wire.TYPE, (short) CALL);
        frame.set(Wire.U64, Wire.SEQUENCE, sequence);
        return frame;
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    long next() throws InterruptedException {
        Long sequence = sequences.poll(10, TimeUnit.SECONDS);
        assertThat(sequence).as("a frame within 10 s").isNotNull();
        return sequence;
    }

    /** Frames that came and were not asked for with {@link #next}. */
    int waiting() {
        return sequences.size();
    }

    String reason() throws Exception {
        return over.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void frame(MemorySegment source, long offset, int length) {
        if (Wire.type(source, offset) == CALL) {
            sequences.add(Wire.sequence(source, offset));
        }
    }

    @Override
    public void acknowledged(long sequence) {
        acknowledgements.add(sequence);
    }

    @Override
    public void closed(String reason) {
        over.complete(reason);
    }
}
