package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of changed bytes, found on one side and applied on the other. */
final class ChangesTest {
    private static final long BASE = 0x3000_0000_1000L;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 31, 4096, 100_003})
    void whatChangedArrivesAndTheOtherSidesBytesStay(int size) {
        Random random = new Random(size);
        for (int every : new int[] {1, 2, 7, 30, 33, 1000}) {
            byte[] agreed = new byte[size];
            random.nextBytes(agreed);
            byte[] mine = agreed.clone();
            byte[] theirs = agreed.clone();
            for (int at = 0; at < size; at++) {
                if (random.nextInt(every) == 0) {
                    mine[at] = (byte) (mine[at] + 1);
                } else if (random.nextInt(3) == 0) {
                    theirs[at] = (byte) (theirs[at] + 2);
                }
            }
            byte[] expected = theirs.clone();
            for (int at = 0; at < size; at++) {
                expected[at] = mine[at] != agreed[at] ? mine[at] : theirs[at];
            }
            carry(mine, agreed, theirs);
            assertThat(theirs).isEqualTo(expected);
            assertThat(agreed).as("the sender's agreed contents").isEqualTo(mine);
        }
    }

    private static void carry(byte[] mine, byte[] agreed, byte[] theirs) {
        MemorySegment to = MemorySegment.ofArray(theirs);
        Changes changes = new Changes(BASE, MemorySegment.ofArray(mine), MemorySegment.ofArray(agreed));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(1 << 16, 8);
            while (changes.find()) {
                Writer out = new Writer(frame);
                changes.write(out);
                Reader in = new Reader(frame.asSlice(0, out.finish()));
                long address = in.readU64();
                long bytes = in.readU64();
                Changes.apply(in.readBlock(bytes), in.readBlock((bytes + 7) / 8), to.asSlice(address - BASE, bytes));
                in.end();
            }
        }
    }

    @Test
    void equalContentsHaveNoRange() {
        MemorySegment same = MemorySegment.ofArray(new byte[64]);
        assertThat(new Changes(BASE, same, MemorySegment.ofArray(new byte[64])).find())
                .isFalse();
    }
}
