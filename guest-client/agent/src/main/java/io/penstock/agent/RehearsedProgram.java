package io.penstock.agent;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The program's half of a rehearsed session: posts, waits and copies through rings and slabs as programs do. One thread. */
final class RehearsedProgram implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long RING_BYTES = 1L << 16;
    private static final long SLAB_BYTES = 1L << 20;
    private static final int POSTED = 6;
    private static final int POSTED_BODY_BYTES = 80;
    private static final int ROUNDS_TO_PAYLOAD = 16;
    private static final int CHUNK_BYTES = 1 << 14;
    /** Versions, hash, ticket, program, process, threads, variables: all empty but for their lengths. */
    private static final int HELLO_BODY_BYTES = 8 + 32 + 8 + 8 + 8 + 8;

    private final ProgramEnd end;
    private final SocketChannel socket;
    private final byte[] bytes = new byte[CHUNK_BYTES];
    private long payloads;
    private long position;
    private int rounds;

    /** Connects to an agent and is welcomed by a worker. */
    RehearsedProgram(Path agent) throws IOException, ChannelException {
        this.end = new ProgramEnd(RING_BYTES, SLAB_BYTES);
        this.socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(agent));
        socket.write(end.opening());
        if (socket.read(ByteBuffer.allocate(1)) != 1) {
            throw new IOException("turned away");
        }
        send(end.frame(Frames.HELLO, new byte[HELLO_BODY_BYTES]));
        await(Frames.WELCOME, 0);
    }

    /** Some calls that nobody waits for and two that are waited for; now and then a payload there and back. */
    void playRound() throws IOException {
        for (int i = 0; i < POSTED; i++) {
            send(end.frame(CallKinds.POSTED, new byte[POSTED_BODY_BYTES]));
        }
        call();
        call();
        if (++rounds % ROUNDS_TO_PAYLOAD == 0) {
            long id = ++payloads;
            send(end.payload(id, 0, bytes, position));
            position += CHUNK_BYTES;
            await(Frames.PAYLOAD, id);
        }
    }

    private void call() throws IOException {
        byte[] frame = end.frame(CallKinds.WAITED_FOR, new byte[16]);
        send(frame);
        await(CallKinds.WAITED_FOR, Frames.sequence(MemorySegment.ofArray(frame), 0));
    }

    private void send(byte[] frame) throws IOException {
        long began = System.nanoTime();
        while (!end.publish(frame)) {
            pause(began, "room for a frame");
        }
        if (end.mustRing()) {
            ring();
        }
    }

    /** Waits for a frame of this type whose body begins with this number; 0 for any. */
    private void await(int type, long number) throws IOException {
        long began = System.nanoTime();
        while (true) {
            byte[] frame = end.receive();
            if (frame == null) {
                pause(began, "an answer");
                continue;
            }
            MemorySegment came = MemorySegment.ofArray(frame);
            int now = Frames.type(came, 0);
            if (now == Frames.REFUSED || now == Frames.GOODBYE) {
                throw new IOException("the session was ended");
            }
            if (now == Frames.PAYLOAD) {
                end.setWord(
                        ChannelLayout.DOWN_SLAB_HEAD,
                        came.get(Frames.U64, Frames.PAYLOAD_POSITION) + came.get(Frames.U64, Frames.PAYLOAD_LENGTH));
            }
            if (now == type && (number == 0 || came.get(Frames.U64, Frames.HEADER_BYTES) == number)) {
                return;
            }
        }
    }

    private void pause(long began, String what) throws IOException {
        if (System.nanoTime() - began > PATIENCE_NANOS) {
            throw new IOException("no " + what + " within " + PATIENCE_NANOS / 1_000_000 + " ms");
        }
        if (end.flag(ChannelLayout.DOWN_PRODUCER_ASLEEP) != 0
                || end.flag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP) != 0) {
            end.setFlag(ChannelLayout.DOWN_PRODUCER_ASLEEP, 0);
            end.setFlag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP, 0);
            ring();
        }
        Thread.onSpinWait();
    }

    private void ring() throws IOException {
        socket.write(ByteBuffer.wrap(new byte[] {1}));
    }

    /** Says goodbye and goes, as a process that ends. */
    @Override
    public void close() throws IOException {
        try (socket) {
            send(end.frame(Frames.GOODBYE, new byte[8]));
        } finally {
            end.close();
        }
    }
}
