package io.penstock.gpuserver.worker;

import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.FrameHeader;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.SpecHash;
import io.penstock.protocol.codec.Writer;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkReceiver;
import io.vertx.core.Future;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client in Java that speaks frames as the shim and the agent together do. Any thread. */
public final class FrameClient implements LinkReceiver {
    /** A frame from the worker: its type and a copy of its body. */
    public record Came(int type, int flags, int thread, int context, MemorySegment body) {
        public Reader reader() {
            return new Reader(body);
        }
    }

    /** A reply taken apart. */
    public record Reply(int result, Reader outs) {}

    private static final int PATIENCE_SECONDS = 20;

    private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final BlockingQueue<Came> others = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();
    private final Map<Long, MemorySegment> down = new ConcurrentHashMap<>();
    private final Map<Long, Long> arrived = new ConcurrentHashMap<>();
    private @Nullable Link link;
    private @Nullable BulkLink bulk;
    private long sequence;

    /** Connects its control connection, and a bulk connection if it has a ticket for one. */
    public static FrameClient connect(LinkClient client, int port) throws Exception {
        FrameClient frames = new FrameClient();
        frames.link = await(client.control("127.0.0.1", port, frames));
        return frames;
    }

    public void connectBulk(LinkClient client, int port, String ticket) throws Exception {
        bulk = await(client.bulk("127.0.0.1", port, ticket, link -> new Bytes()));
    }

    public static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends HELLO and gives the answer. */
    public Came hello(String ticket, String... variables) throws InterruptedException {
        send(FrameType.HELLO, 0, 0, 0, 0, body -> {
            body.putU32(Limits.PROTOCOL_VERSION_MIN).putU32(Limits.PROTOCOL_VERSION_MAX);
            body.putBlock(MemorySegment.ofArray(SpecHash.bytes()));
            body.putString(ticket).putString("test").putU32(1).putU32(1).putU64(variables.length);
            for (String variable : variables) {
                body.putString(variable);
            }
        });
        return next();
    }

    /** The next frame that is no reply. */
    public Came next() throws InterruptedException {
        Came came = others.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (came == null) {
            throw new AssertionError("no frame for " + PATIENCE_SECONDS + " s; over: " + over.getNow("no"));
        }
        return came;
    }

    /** Calls and waits. */
    public Reply call(int number, int thread, int context, Consumer<Writer> body) throws Exception {
        return start(number, thread, context, body).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Calls and goes on. */
    public synchronized CompletableFuture<Reply> start(int number, int thread, int context, Consumer<Writer> body) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        long mine = ++sequence;
        waiting.put(mine, reply);
        send(number, 0, thread, context, mine, body);
        return reply;
    }

    /** Posts; answers the sequence number. */
    public synchronized long post(int number, int thread, int context, Consumer<Writer> body) {
        if (!CallNumbers.isPosted(number)) {
            throw new IllegalArgumentException(CallNumbers.name(number) + " is not posted");
        }
        send(number, 0, thread, context, ++sequence, body);
        return sequence;
    }

    /** Sends a control frame that takes a sequence number. */
    public synchronized void control(int type, Consumer<Writer> body) {
        send(type, 0, 1, 0, ++sequence, body);
    }

    void send(int type, int flags, int thread, int context, long frameSequence, Consumer<Writer> body) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(Limits.FRAME_BYTES_MAX, 8);
            Writer writer = new Writer(frame.asSlice(FrameHeader.BYTES));
            body.accept(writer);
            int length = (int) (FrameHeader.BYTES + writer.finish());
            new FrameHeader(length, type, flags, thread, context, frameSequence, 0).write(frame, 0);
            control().send(frame, 0, length);
        }
    }

    /** Sends raw bytes as a frame would go. */
    public void sendRaw(MemorySegment bytes) {
        control().send(bytes, 0, bytes.byteSize());
    }

    /** Sends a payload in chunks. */
    public void payload(long id, MemorySegment bytes) throws InterruptedException {
        BulkLink to = bulk;
        if (to == null) {
            throw new IllegalStateException("no bulk connection");
        }
        for (long at = 0; at < bytes.byteSize(); at += Limits.BULK_CHUNK_BYTES_MAX) {
            to.awaitWritable();
            to.send(id, at, bytes.asSlice(at, Math.min(Limits.BULK_CHUNK_BYTES_MAX, bytes.byteSize() - at)), () -> {});
        }
    }

    /** Says where a payload down goes. */
    public void expect(long id, MemorySegment destination) {
        down.put(id, destination);
        arrived.put(id, 0L);
    }

    public void awaitPayload(long id) throws InterruptedException {
        MemorySegment destination = down.get(id);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (destination != null && arrived.getOrDefault(id, 0L) < destination.byteSize()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("payload " + id + " has " + arrived.get(id) + " bytes");
            }
            Thread.sleep(1);
        }
    }

    public Link control() {
        Link now = link;
        if (now == null) {
            throw new IllegalStateException("not connected");
        }
        return now;
    }

    public String reason() throws Exception {
        return over.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void frame(MemorySegment source, long offset, int length) {
        byte[] copy = source.asSlice(offset + FrameHeader.BYTES, length - FrameHeader.BYTES)
                .toArray(ValueLayout.JAVA_BYTE);
        MemorySegment body = Arena.ofAuto().allocate(Math.max(8, copy.length), 8);
        MemorySegment.copy(MemorySegment.ofArray(copy), 0, body, 0, copy.length);
        Came came = new Came(
                FrameHeader.type(source, offset),
                FrameHeader.flags(source, offset),
                FrameHeader.thread(source, offset),
                FrameHeader.context(source, offset),
                body.asSlice(0, copy.length));
        if ((came.flags() & FrameHeader.REPLY) == 0) {
            others.add(came);
            return;
        }
        Reader reader = came.reader();
        CompletableFuture<Reply> reply = waiting.remove(reader.readU64());
        if (reply != null) {
            int result = reader.readI32();
            reader.readU32();
            reply.complete(new Reply(result, reader));
        }
    }

    @Override
    public void closed(String reason) {
        over.complete(reason);
        waiting.values().forEach(reply -> reply.completeExceptionally(new IllegalStateException(reason)));
    }

    /** Where the bytes of payloads go. */
    private final class Bytes implements ChunkSink {
        private long payload;
        private long position;

        @Override
        public boolean begin(long id, long at, int length) {
            payload = id;
            position = at;
            return true;
        }

        @Override
        public void end() {}

        @Override
        public void bytes(MemorySegment source, long offset, int count) {
            MemorySegment destination = down.get(payload);
            if (destination != null) {
                MemorySegment.copy(source, offset, destination, position, count);
                position += count;
                arrived.merge(payload, (long) count, Long::sum);
            }
        }

        @Override
        public void closed(String reason) {}
    }

    /** Loads an image by its digest into module handle {@code index}; bytes 0 sends none. The CUresult. */
    public int load(int context, int index, byte[] digest, long payload, long bytes) throws Exception {
        return call(
                        CallNumbers.cuModuleLoadData,
                        1,
                        context,
                        body -> body.putHandle(1L << 32 | index)
                                .putBlock(MemorySegment.ofArray(digest))
                                .putU64(bytes)
                                .putU64(payload)
                                .putU64(0))
                .result();
    }

    /** Loads a module of PTX, which travels in the call itself; the CUresult. */
    public int loadText(int context, long module, String ptx) throws Exception {
        byte[] image = ptx.getBytes(StandardCharsets.UTF_8);
        return call(
                        CallNumbers.cuModuleLoadData,
                        1,
                        context,
                        body -> body.putHandle(module)
                                .putBlock(MemorySegment.ofArray(new byte[32]))
                                .putU64(image.length)
                                .putU64(0)
                                .putBlock(MemorySegment.ofArray(image))
                                .putU64(0))
                .result();
    }

    /** So many bytes of noise, always the same. */
    public static MemorySegment random(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(3).nextBytes(noise);
        MemorySegment memory = Arena.ofAuto().allocate(bytes, 8);
        memory.copyFrom(MemorySegment.ofArray(noise));
        return memory;
    }
}
