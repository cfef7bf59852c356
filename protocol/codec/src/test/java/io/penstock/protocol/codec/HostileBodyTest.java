package io.penstock.protocol.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.Assertions;

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

    @Property(tries = 3000)
    void readerEndsInsideOrWithProtocolException(
            @ForAll("bodies") byte[] bytes, @ForAll @Size(max = 12) List<Step> steps) {
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

    /** Bodies of mostly small words, so that counts are often plausible and just as often lie. */
    @Provide
    Arbitrary<byte[]> bodies() {
        Arbitrary<Long> words = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.longs().between(0, 12)),
                Tuple.of(1, Arbitraries.longs()),
                Tuple.of(1, Arbitraries.of(Long.MAX_VALUE, Long.MIN_VALUE, -1L, 1L << 61, (1L << 61) + 1, 1L << 32)));
        Arbitrary<Integer> cut = Arbitraries.integers().between(0, 7);
        return words.list().ofMaxSize(10).flatMap(list -> cut.map(missing -> bytes(list, missing)));
    }

    private static byte[] bytes(List<Long> words, int missing) {
        ByteBuffer buffer = ByteBuffer.allocate(words.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
        words.forEach(buffer::putLong);
        return Arrays.copyOf(buffer.array(), Math.max(0, buffer.capacity() - missing));
    }

    @Property(tries = 1000)
    void truncatedBodyIsRefusedWhereverItIsCut(@ForAll @Size(max = 40) String text, @ForAll long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(1024, 8);
            Writer out = new Writer(room).putU64(value).putString(text).putU64(value);
            long whole = out.finish();
            Assume.that(whole <= 512);
            for (long length = 0; length < whole; length++) {
                Reader in = new Reader(room.asSlice(0, length));
                Assertions.assertThatThrownBy(() -> readAll(in)).isInstanceOf(ProtocolException.class);
            }
            readAll(new Reader(room.asSlice(0, whole)));
        }
    }

    private static void readAll(Reader in) {
        in.readU64();
        in.readString();
        in.readU64();
    }

    @Example
    void emptyBodyHoldsNothing() {
        Reader in = new Reader(MemorySegment.NULL);
        in.end();
        Assertions.assertThatThrownBy(in::readI32).isInstanceOf(ProtocolException.class);
    }
}
