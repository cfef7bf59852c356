package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;
import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The program's end of a channel, in Java, for rehearsals and tests: makes the sealed memfd, publishes frames and reads
 * those that come down. Whoever has it may break any rule through {@link #memory()}. Used by one thread at a time.
 */
final class ProgramEnd implements AutoCloseable {
    private static final int SEALS = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW;
    private static final VarHandle LONG = U64.varHandle();
    private static final VarHandle INT = U32.varHandle();

    private final Arena arena = Arena.ofShared();
    private final int fd;
    private final long bytes;
    private final MemorySegment memory;
    private final long ringSize;
    private final long slabSize;
    private long sequence;

    /** A well-made channel whose rings and slabs have these sizes. */
    ProgramEnd(long ringSize, long slabSize) throws ChannelException {
        this(ringSize, slabSize, SEALS);
    }

    /** A channel with other seals, or none when 0. */
    ProgramEnd(long ringSize, long slabSize, int seals) throws ChannelException {
        this.ringSize = ringSize;
        this.slabSize = slabSize;
        this.bytes = ChannelLayout.HEADER_BYTES + 2 * ringSize + 2 * slabSize;
        this.fd = LibC.memfd("penstock-rehearsal", bytes, seals);
        this.memory = LibC.map(fd, bytes, arena);
        memory.set(U64, 0, ChannelLayout.MAGIC);
        memory.set(U32, 0x008, ChannelLayout.VERSION);
        memory.set(U32, 0x00c, ChannelLayout.HEADER_BYTES);
        long offset = ChannelLayout.HEADER_BYTES;
        long[] sizes = {ringSize, ringSize, slabSize, slabSize};
        for (int i = 0; i < sizes.length; i++) {
            memory.set(U64, 0x010 + 16L * i, offset);
            memory.set(U64, 0x018 + 16L * i, sizes[i]);
            offset += sizes[i];
        }
    }

    int fd() {
        return fd;
    }

    long bytes() {
        return bytes;
    }

    MemorySegment memory() {
        return memory;
    }

    /** The first message on the socket. */
    ByteBuffer opening() {
        return ByteBuffer.allocate(Opening.BYTES)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(ChannelLayout.MAGIC)
                .putInt(ChannelLayout.VERSION)
                .putInt(fd)
                .putLong(bytes)
                .flip();
    }

    long word(long offset) {
        return (long) LONG.getAcquire(memory, offset);
    }

    void setWord(long offset, long value) {
        LONG.setRelease(memory, offset, value);
    }

    int flag(long offset) {
        return (int) INT.getVolatile(memory, offset);
    }

    void setFlag(long offset, int value) {
        INT.setVolatile(memory, offset, value);
    }

    /** A frame with this body and the next sequence number when it is a call or counted control frame. */
    byte[] frame(int type, byte... body) {
        long number = type >= Frames.FIRST_CALL ? ++sequence : 0;
        ByteBuffer frame =
                ByteBuffer.allocate(Frames.HEADER_BYTES + body.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        frame.putInt(frame.capacity()).putShort((short) type).putShort((short) 0);
        frame.putInt(1).putInt(0).putLong(number).putLong(0).put(body);
        return frame.array();
    }

    /** Publishes a frame; false when the ring has no room. Answers true also when the agent must be rung: see asleep. */
    boolean publish(byte[] frame) {
        long tail = word(ChannelLayout.UP_TAIL);
        long head = word(ChannelLayout.UP_HEAD);
        long index = tail & ringSize - 1;
        int padded = Frames.padded(frame.length);
        long rest = ringSize - index;
        long needed = padded > rest ? rest + padded : padded;
        if (ringSize - (tail - head) < needed) {
            return false;
        }
        long ring = ChannelLayout.HEADER_BYTES;
        if (padded > rest) {
            memory.set(U32, ring + index, (int) rest);
            memory.set(U32, ring + index + 4, Frames.PAD);
            index = 0;
        }
        MemorySegment.copy(MemorySegment.ofArray(frame), 0, memory, ring + index, frame.length);
        setWord(ChannelLayout.UP_TAIL, tail + needed);
        VarHandle.fullFence();
        return true;
    }

    /** Takes the flag that asks for a doorbell down; true when it was up. */
    boolean mustRing() {
        return (int) INT.getAndSet(memory, ChannelLayout.UP_CONSUMER_ASLEEP, 0) != 0;
    }

    /** Writes payload where the slab's tail is and answers the PAYLOAD frame for it. */
    byte[] payload(long id, long offset, byte[] bytes, long position) {
        long slab = ChannelLayout.HEADER_BYTES + 2 * ringSize;
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, slab + (position & slabSize - 1), bytes.length);
        ByteBuffer body = ByteBuffer.allocate(32).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        body.putLong(id).putLong(offset).putLong(position).putLong(bytes.length);
        return frame(Frames.PAYLOAD, body.array());
    }

    /** The next frame that came down, or null; its room is freed. */
    byte @Nullable [] receive() {
        while (true) {
            long head = word(ChannelLayout.DOWN_HEAD);
            if (word(ChannelLayout.DOWN_TAIL) == head) {
                return null;
            }
            long at = ChannelLayout.HEADER_BYTES + ringSize + (head & ringSize - 1);
            int length = memory.get(U32, at);
            int type = memory.get(U32, at + 4) & 0xffff;
            byte[] frame = memory.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
            setWord(ChannelLayout.DOWN_HEAD, head + Frames.padded(length));
            if (type != Frames.PAD) {
                return frame;
            }
        }
    }

    /** All frames that lie in the down ring now. */
    List<byte[]> receiveAll() {
        List<byte[]> all = new ArrayList<>();
        for (byte[] frame = receive(); frame != null; frame = receive()) {
            all.add(frame);
        }
        return all;
    }

    /** The bytes of a chunk in the down slab. */
    byte[] downSlab(long position, int length) {
        long slab = ChannelLayout.HEADER_BYTES + 2 * ringSize + slabSize;
        return memory.asSlice(slab + (position & slabSize - 1), length).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        arena.close();
        try {
            LibC.close(fd);
        } catch (ChannelException e) {
            throw new AssertionError(e);
        }
    }
}
