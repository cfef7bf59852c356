package io.penstock.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Reader and Writer: alignment, padding, places, bounds. */
final class BodyTest {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment room = arena.allocate(256, 8).fill((byte) 0xee);
    private final Writer writer = new Writer(room);

    private String written() {
        long length = writer.finish();
        return HexFormat.of().formatHex(room.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private Reader reader() {
        return new Reader(room.asSlice(0, writer.finish()));
    }

    @Test
    void eightByteValueIsAlignedAndTheGapIsZero() {
        writer.putU32(1).putU64(2).putU32(3);

        assertThat(written()).isEqualTo("0100000000000000" + "0200000000000000" + "0300000000000000");
    }

    @Test
    void fourByteValuesLieSideBySide() {
        writer.putU32(1).putF32(1.5f);

        assertThat(written()).isEqualTo("01000000" + "0000c03f");
    }

    @Test
    void stringHasCountAndNoNul() {
        writer.putU32(1).putString("abc").putU32(2);

        assertThat(written())
                .isEqualTo("0100000000000000" + "0300000000000000" + "6162630000000000" + "0200000000000000");
    }

    @Test
    void valuesComeBackAsWritten() {
        writer.putI32(-1)
                .putI64(-2)
                .putF32(0.25f)
                .putF64(-0.5)
                .putHandle(3L << 32 | 4)
                .putString("Grüße");
        writer.putPresent(true);
        writer.putBytes(MemorySegment.ofArray(new byte[] {5, 6, 7}));
        Reader in = reader();

        assertThat(in.readI32()).isEqualTo(-1);
        assertThat(in.readI64()).isEqualTo(-2);
        assertThat(in.readF32()).isEqualTo(0.25f);
        assertThat(in.readF64()).isEqualTo(-0.5);
        assertThat(in.readHandle()).isEqualTo(3L << 32 | 4);
        assertThat(in.readString()).isEqualTo("Grüße");
        assertThat(in.readPresent()).isTrue();
        assertThat(in.readBytes().toArray(ValueLayout.JAVA_BYTE)).containsExactly(5, 6, 7);
        in.end();
    }

    @Test
    void reservedPlaceIsZeroAndWhatTheDriverWritesThereTravels() {
        long place = writer.putU32(9).reserveU64();
        assertThat(place).isEqualTo(room.address() + 8);
        assertThat(room.get(ValueLayout.JAVA_LONG, 8)).isZero();

        room.set(ValueLayout.JAVA_LONG, place - room.address(), 0x1234);
        assertThat(written()).isEqualTo("0900000000000000" + "3412000000000000");
    }

    @Test
    void reservedArrayStartsWithItsCount() {
        long place = writer.reserveArray(3, 4);

        assertThat(place).isEqualTo(room.address() + 8);
        assertThat(written()).isEqualTo("0300000000000000" + "000000000000000000000000" + "00000000");
    }

    @Test
    void truncatedBodyLosesWhatFollowed() {
        writer.putU64(1);
        long mark = writer.position();
        writer.putU64(2);
        writer.truncate(mark);

        assertThat(written()).isEqualTo("0100000000000000");
    }

    @Test
    @SuppressWarnings("restricted") // reads what the driver would read
    void stringForTheDriverEndsWithNul() {
        writer.putString("12345678").putU64(-1);
        long address = reader().readString(arena, false);

        MemorySegment text = MemorySegment.NULL.reinterpret(Long.MAX_VALUE).asSlice(address, 9);
        assertThat(text.toArray(ValueLayout.JAVA_BYTE)).isEqualTo("12345678\0".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void addressOfArrayIsThePlaceInTheBody() {
        writer.putU64(2).putU64(7).putU64(8);
        Reader in = reader();

        assertThat(in.readArray(8)).isEqualTo(room.address() + 8);
        assertThat(in.lastCount()).isEqualTo(2);
        in.end();
    }

    @Test
    void peerSendsBodyThatEndsInsideValue() {
        writer.putU64(1);
        Reader in = new Reader(room.asSlice(0, 7));

        assertThatThrownBy(in::readU64)
                .isInstanceOf(ProtocolException.class)
                .hasMessage("peer sent a body of 7 bytes that ends inside a value of 8 bytes at byte 0");
    }

    @Test
    void peerSendsCountBeyondTheBody() {
        writer.putU64(3).putU64(1).putU64(2);
        Reader in = reader();

        assertThatThrownBy(() -> in.readArray(8))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("peer sent a count of 3 elements of 8 bytes at byte 0, allowed are 2");
    }

    @Test
    void peerSendsCountThatWouldOverflow() {
        writer.putU64(0x2000_0000_0000_0001L).putU64(1);

        assertThatThrownBy(() -> reader().readArray(8)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void peerSendsPresenceTwo() {
        writer.putU64(2);

        assertThatThrownBy(() -> reader().readPresent())
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("presence 2");
    }

    @Test
    void peerSendsMoreThanTheCallHas() {
        writer.putU64(1).putU64(2);
        Reader in = reader();
        in.readU64();

        assertThatThrownBy(in::end).isInstanceOf(ProtocolException.class).hasMessageContaining("8 bytes more");
    }

    @Test
    void peerSendsFewerElementsThanItsCountSays() {
        assertThatThrownBy(() -> reader().requireCount("nodes", 2, 3))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("peer sent 2 elements of nodes, its count says 3");
    }

    @Test
    void peerAsksForMoreThanTheFrameHolds() {
        assertThatThrownBy(() -> writer.reserveArray(1000, 8)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> writer.reserveArray(-1, 8)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> writer.reserveArray(Limits.ARRAY_ELEMENTS_MAX + 1L, 8))
                .isInstanceOf(ProtocolException.class);
    }
}
