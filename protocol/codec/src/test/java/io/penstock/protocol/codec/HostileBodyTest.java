package io.penstock.protocol.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** Whatever a peer sends and in whatever order it is read, the Reader stays inside and fails only one way. */
final class HostileBodyTest {
    /** What a decoder may ask for next. */
    enum Step {
        I32,
        U64,
        PRESENT,
        STRING,
        BYTES,
        ARRAY4,
        ARRAY8,
        STRUCT,
        BLOCK,
        COPY
    }

    private static final Step[] STEPS = Step.values();
    private static final long[] TELLING_WORDS = {
        Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 61, (1L << 61) + 1, 1L << 32, (1L << 32) + 1, Integer.MIN_VALUE
    };

    @Test
    void readerEndsInsideOrWithProtocolException() {
        SeededTries.run(10_000, random -> readAnything(body(random), steps(random)));
    }

    private static Step[] steps(Random random) {
        Step[] steps = new Step[random.nextInt(13)];
        Arrays.setAll(steps, i -> STEPS[random.nextInt(STEPS.length)]);
        return steps;
    }

    /** Mostly small words, so that counts are often plausible and just as often lie; cut anywhere in the last word. */
    private static byte[] body(Random random) {
        int words = random.nextInt(11);
        ByteBuffer buffer = ByteBuffer.allocate(words * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < words; i++) {
            buffer.putLong(word(random));
        }
        return Arrays.copyOf(buffer.array(), Math.max(0, buffer.capacity() - random.nextInt(8)));
    }

    private static long word(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> TELLING_WORDS[random.nextInt(TELLING_WORDS.length)];
            default -> random.nextLong(13);
        };
    }

    private static void readAnything(byte[] bytes, Step[] steps) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment body = arena.allocate(Math.max(1, bytes.length), 8).asSlice(0, bytes.length);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, body, 0, bytes.length);
            Reader in = new Reader(body);
            try {
                for (Step step : steps) {
                    take(in, body, step, arena);
                    Assertions.assertThat(in.position()).isBetween(0L, body.byteSize());
                }
            } catch (ProtocolException expected) {
                Assertions.assertThat(expected).hasMessageStartingWith("peer sent");
            }
        }
    }

    private static void take(Reader in, MemorySegment body, Step step, Arena arena) {
        switch (step) {
            case I32 -> in.readI32();
            case U64 -> in.readU64();
            case PRESENT -> in.readPresent();
            case STRING -> in.readString();
            case BYTES -> Assertions.assertThat(in.readBytes().byteSize()).isLessThanOrEqualTo(body.byteSize());
            case ARRAY4 -> inside(in.readArray(4), in.lastCount() * 4, body);
            case ARRAY8 -> inside(in.readArray(8), in.lastCount() * 8, body);
            case STRUCT -> inside(in.readStruct(24), 24, body);
            case BLOCK -> Assertions.assertThat(in.readBlock(5).byteSize()).isEqualTo(5);
            case COPY -> in.readString(arena, true);
        }
    }

    private static void inside(long address, long bytes, MemorySegment body) {
        Assertions.assertThat(address).isBetween(body.address(), body.address() + body.byteSize());
        Assertions.assertThat(address + bytes).isLessThanOrEqualTo(body.address() + body.byteSize());
    }

    @Test
    void truncatedBodyIsRefusedWhereverItIsCut() {
        SeededTries.run(1000, random -> cutEverywhere(text(random), random.nextLong()));
    }

    private static void cutEverywhere(String text, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(1024, 8);
            long whole =
                    new Writer(room).putU64(value).putString(text).putU64(value).finish();
            for (long length = 0; length < whole; length++) {
                Reader in = new Reader(room.asSlice(0, length));
                Assertions.assertThatThrownBy(() -> readAll(in)).isInstanceOf(ProtocolException.class);
            }
            Reader in = new Reader(room.asSlice(0, whole));
            Assertions.assertThat(in.readU64()).isEqualTo(value);
            Assertions.assertThat(in.readString()).isEqualTo(text);
            Assertions.assertThat(in.readU64()).isEqualTo(value);
            in.end();
        }
    }

    /** Up to 40 characters of one to four bytes each. */
    private static String text(Random random) {
        int bits = 7 + random.nextInt(14);
        return random.ints(random.nextInt(41), 0, 1 << bits)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static void readAll(Reader in) {
        in.readU64();
        in.readString();
        in.readU64();
    }

    @Test
    void emptyBodyHoldsNothing() {
        Reader in = new Reader(MemorySegment.NULL);
        in.end();
        Assertions.assertThatThrownBy(in::readI32).isInstanceOf(ProtocolException.class);
    }
}
