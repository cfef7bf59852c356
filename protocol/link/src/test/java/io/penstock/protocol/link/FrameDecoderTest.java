package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The stream may be cut anywhere; a bad header ends it before a byte of its body is kept. */
final class FrameDecoderTest {
    private static final int MAX = 4096;

    private final List<Long> sequences = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final FrameDecoder decoder = new FrameDecoder(MAX);

    @Test
    void deliversTheSameFramesHoweverTheStreamIsCut() throws LinkException {
        Random random = new Random(42);
        MemorySegment stream = stream(random, 300);
        long at = 0;
        while (at < stream.byteSize()) {
            long to = Math.min(stream.byteSize(), at + 1 + random.nextInt(random.nextBoolean() ? 7 : 9000));
            decoder.feed(stream, at, to, this::keep);
            at = to;
        }
        assertThat(sequences).hasSize(300).isSorted();
        assertThat(decoder.isBetweenFrames()).isTrue();
    }

    @Test
    void knowsWhenTheStreamEndsWithinAFrame() throws LinkException {
        MemorySegment stream = stream(new Random(1), 1);
        decoder.feed(stream, 0, stream.byteSize() - 1, this::keep);
        assertThat(decoder.isBetweenFrames()).isFalse();
        assertThat(sequences).isEmpty();
    }

    @Test
    void refusesAFrameLongerThanTheLimitByItsHeaderAlone() {
        assertRefused(frame(MAX + 1, 300, 0), "4097 bytes; allowed are 32 to 4096");
    }

    @Test
    void refusesALengthThatIsNegativeAsASignedNumber() {
        assertRefused(frame(0xFFFF_FFF0, 300, 0), "4294967280 bytes");
    }

    @Test
    void refusesAFrameShorterThanItsHeader() {
        assertRefused(frame(31, 300, 0), "frame of 31 bytes");
    }

    @Test
    void refusesTypesThatOnlyTheRingKnows() {
        assertRefused(frame(32, Wire.TYPE_PAD, 0), "frame of type 0");
        assertRefused(frame(32, Wire.TYPE_PAYLOAD, 0), "frame of type 4");
        assertRefused(frame(32, 255, 0), "frame of type 255");
    }

    @Test
    void refusesFlagsThatNobodyDefined() {
        assertRefused(frame(32, 300, 8), "unknown flags 0x8");
    }

    @Test
    void neverLeavesItsBufferOnRandomBytes() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new byte[random.nextInt(400)];
            random.nextBytes(bytes);
            FrameDecoder fresh = new FrameDecoder(MAX);
            try {
                fresh.feed(MemorySegment.ofArray(bytes), 0, bytes.length, (source, offset, length) -> {
                    assertThat(offset + length).isLessThanOrEqualTo(Math.max(bytes.length, MAX));
                    assertThat(length).isBetween(32, MAX);
                });
            } catch (LinkException expected) {
                assertThat(expected.getMessage()).startsWith("frame ");
            }
        }
    }

    private void assertRefused(MemorySegment header, String why) {
        assertThatThrownBy(() -> new FrameDecoder(MAX).feed(header, 0, 32, this::keep))
                .isInstanceOf(LinkException.class)
                .hasMessageContaining(why);
    }

    private void keep(MemorySegment source, long offset, int length) {
        sequences.add(Wire.sequence(source, offset));
        lengths.add(length);
        for (long at = offset + 32; at < offset + length; at++) {
            assertThat(source.get(ValueLayout.JAVA_BYTE, at)).isEqualTo((byte) Wire.sequence(source, offset));
        }
    }

    private static MemorySegment stream(Random random, int frames) {
        MemorySegment stream = Arena.ofAuto().allocate((long) frames * (MAX + 8));
        long at = 0;
        for (int sequence = 1; sequence <= frames; sequence++) {
            int length = 32 + random.nextInt(random.nextInt(10) == 0 ? MAX - 31 : 64);
            stream.asSlice(at, length).fill((byte) sequence);
            MemorySegment.copy(frame(length, 300, 0), 0, stream, at, 32);
            stream.set(Wire.U64, at + Wire.SEQUENCE, sequence);
            at += Wire.padded(length);
        }
        return stream.asSlice(0, at);
    }

    private static MemorySegment frame(int length, int type, int flags) {
        MemorySegment header = Arena.ofAuto().allocate(32, 8);
        header.set(Wire.U32, Wire.LENGTH, length);
        header.set(Wire.U16, Wire.TYPE, (short) type);
        header.set(Wire.U16, Wire.FLAGS, (short) flags);
        return header;
    }
}
