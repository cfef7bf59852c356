package io.penstock.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The 32 bytes before every body. */
final class FrameHeaderTest {
    private final MemorySegment frame = Arena.ofAuto().allocate(64, 8);

    @Test
    void everyFieldLiesWhereTheProtocolSays() {
        new FrameHeader(0x40, 0x0102, FrameHeader.REPLY, 0x0a0b0c0d, 7, 0x1122334455667788L, 9).write(frame, 8);

        byte[] expected = {
            0x40,
            0,
            0,
            0, // length
            0x02,
            0x01, // type
            0x01,
            0, // flags
            0x0d,
            0x0c,
            0x0b,
            0x0a, // thread
            7,
            0,
            0,
            0, // context
            (byte) 0x88,
            0x77,
            0x66,
            0x55,
            0x44,
            0x33,
            0x22,
            0x11, // sequence
            9,
            0,
            0,
            0,
            0,
            0,
            0,
            0 // acknowledged
        };
        assertThat(frame.asSlice(8, FrameHeader.BYTES).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected);
    }

    @Test
    void whatIsWrittenIsRead() {
        FrameHeader header = new FrameHeader(4096, 65535, FrameHeader.WANTS_REPLY, -1, -2, -3, -4);
        header.write(frame, 0);

        assertThat(FrameHeader.read(frame, 0)).isEqualTo(header);
        assertThat(header.wantsReply()).isTrue();
        assertThat(header.reply()).isFalse();
        assertThat(header.call()).isTrue();
    }

    @Test
    void onlyTheAcknowledgementChangesOnTheWay() {
        FrameHeader header = new FrameHeader(32, FrameType.ACK, 0, 1, 2, 3, 4);
        header.write(frame, 0);
        FrameHeader.setAcknowledged(frame, 0, 77);

        assertThat(FrameHeader.read(frame, 0)).isEqualTo(new FrameHeader(32, FrameType.ACK, 0, 1, 2, 3, 77));
    }

    @Test
    void peerSendsLengthBelowTheHeader() {
        new FrameHeader(31, 5, 0, 0, 0, 0, 0).write(frame, 0);

        assertThatThrownBy(() -> FrameHeader.read(frame, 0))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("peer sent a frame of 31 bytes, allowed are 32 to " + Limits.FRAME_BYTES_MAX);
    }

    @Test
    void peerSendsLengthThatIsNegativeAsSigned() {
        new FrameHeader(0x80000000, 5, 0, 0, 0, 0, 0).write(frame, 0);

        assertThatThrownBy(() -> FrameHeader.read(frame, 0))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("2147483648");
    }

    @Test
    void peerSendsLengthAboveTheLimit() {
        assertThat(FrameHeader.checkLength(Limits.FRAME_BYTES_MAX)).isEqualTo(Limits.FRAME_BYTES_MAX);
        assertThatThrownBy(() -> FrameHeader.checkLength(Limits.FRAME_BYTES_MAX + 1))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void peerSetsUnknownFlag() {
        new FrameHeader(32, 5, 4, 0, 0, 0, 0).write(frame, 0);

        assertThatThrownBy(() -> FrameHeader.read(frame, 0))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("0x4");
    }

    @Test
    void theNextFrameStartsAtMultipleOfEight() {
        assertThat(FrameHeader.paddedLength(32)).isEqualTo(32);
        assertThat(FrameHeader.paddedLength(33)).isEqualTo(40);
        assertThat(FrameHeader.paddedLength(40)).isEqualTo(40);
    }
}
