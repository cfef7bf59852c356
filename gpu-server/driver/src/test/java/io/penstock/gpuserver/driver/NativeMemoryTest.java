package io.penstock.gpuserver.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NativeMemoryTest {
    @Test
    void everyWidthReadsBackWhatWasWrittenAtAnOddAddress() {
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(64) + 1;
            NativeMemory.putLong(at, 0x1122334455667788L);
            assertThat(NativeMemory.getLong(at)).isEqualTo(0x1122334455667788L);
            assertThat(NativeMemory.getInt(at)).isEqualTo(0x55667788);
            assertThat(NativeMemory.getShort(at)).isEqualTo((short) 0x7788);
            assertThat(NativeMemory.getByte(at)).isEqualTo((byte) 0x88);
            NativeMemory.putFloat(at, 1.5f);
            assertThat(NativeMemory.getInt(at)).isEqualTo(Float.floatToRawIntBits(1.5f));
            NativeMemory.putDouble(at, -2.25);
            assertThat(NativeMemory.getDouble(at)).isEqualTo(-2.25);
        }
    }

    @Test
    void copyMovesOverlappingRangesAndFillStopsAtItsEnd() {
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(16);
            NativeMemory.putBytes(at, new byte[] {1, 2, 3, 4, 5});
            NativeMemory.copy(at, at + 2, 5);
            assertThat(NativeMemory.getBytes(at, 8)).containsExactly(1, 2, 1, 2, 3, 4, 5, 0);
            NativeMemory.fill(at + 1, 2, (byte) 9);
            assertThat(NativeMemory.getBytes(at, 4)).containsExactly(1, 9, 9, 2);
        }
    }

    @Test
    void aStringTooLongForItsRoomIsCutAndStillTerminated() {
        try (Scratch scratch = new Scratch()) {
            long at = scratch.room(16);
            NativeMemory.fill(at, 16, (byte) 'x');
            NativeMemory.putString(at, "penstock", 5);
            assertThat(NativeMemory.getString(at)).isEqualTo("pens");
            assertThat(NativeMemory.getByte(at + 5)).isEqualTo((byte) 'x');
            NativeMemory.putString(at + 8, "y", 0);
            assertThat(NativeMemory.getByte(at + 8)).isEqualTo((byte) 'x');
        }
    }
}
