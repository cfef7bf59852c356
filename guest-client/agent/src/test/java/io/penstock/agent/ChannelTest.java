package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChannelTest {
    private static final int RING = 4096;
    private static final int SLAB = 65536;
    private static final int FRAME_MAX = 1024;
    private static final int CALL = 300;

    private static Channel open(ProgramEnd shim) throws ChannelException {
        return Channel.open((int) ProcessHandle.current().pid(), shim.fd(), shim.bytes(), FRAME_MAX);
    }

    private ProgramEnd shim;
    private Channel channel;

    @BeforeEach
    void begin() throws Exception {
        shim = new ProgramEnd(RING, SLAB);
        channel = open(shim);
    }

    @AfterEach
    void end() {
        channel.close();
        shim.close();
    }

    private List<byte[]> drain() throws ChannelException {
        List<byte[]> frames = new ArrayList<>();
        while (channel.up().drain((source, offset, length) -> {
            frames.add(source.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            return true;
        })) {}
        return frames;
    }

    @Test
    void framesOfRandomSizesCrossTheUpRingInOrderOverManyWraps() throws Exception {
        Random random = new Random(1);
        List<byte[]> sent = new ArrayList<>();
        List<byte[]> got = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            byte[] body = new byte[random.nextInt(FRAME_MAX - Frames.HEADER_BYTES)];
            random.nextBytes(body);
            byte[] frame = shim.frame(CALL, body);
            while (!shim.publish(frame)) {
                got.addAll(drain());
            }
            sent.add(frame);
        }
        got.addAll(drain());
        assertThat(got).hasSameSizeAs(sent);
        assertThat(Arrays.deepEquals(got.toArray(), sent.toArray())).isTrue();
        assertThat(shim.word(ChannelLayout.UP_HEAD)).isEqualTo(shim.word(ChannelLayout.UP_TAIL));
    }

    @Test
    void framesOfRandomSizesCrossTheDownRingInOrderOverManyWraps() throws Exception {
        Random random = new Random(2);
        List<byte[]> sent = new ArrayList<>();
        List<byte[]> got = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            byte[] body = new byte[random.nextInt(FRAME_MAX - Frames.HEADER_BYTES)];
            random.nextBytes(body);
            byte[] frame = shim.frame(CALL, body);
            while (!channel.down().put(MemorySegment.ofArray(frame), 0, frame.length)) {
                channel.down().publish();
                got.addAll(shim.receiveAll());
            }
            sent.add(frame);
        }
        channel.down().publish();
        got.addAll(shim.receiveAll());
        assertThat(Arrays.deepEquals(got.toArray(), sent.toArray())).isTrue();
        assertThat(channel.down().isDrained()).isTrue();
    }

    @Test
    void aFrameThatIsNotTakenStaysInTheRing() throws Exception {
        shim.publish(shim.frame(CALL, (byte) 1));
        shim.publish(shim.frame(CALL + 1, (byte) 2));
        assertThat(channel.up().drain((source, at, length) -> Frames.type(source, at) == CALL))
                .isTrue();
        assertThat(channel.up().drain((source, at, length) -> false)).isFalse();
        assertThat(drain())
                .hasSize(1)
                .first()
                .satisfies(frame -> assertThat(frame[32]).isEqualTo((byte) 2));
    }

    @Test
    void aFrameInAFullDownRingIsRefusedUntilTheProgramReads() throws Exception {
        byte[] frame = shim.frame(CALL, new byte[FRAME_MAX - Frames.HEADER_BYTES]);
        for (int i = 0; i < RING / FRAME_MAX; i++) {
            assertThat(channel.down().put(MemorySegment.ofArray(frame), 0, frame.length))
                    .isTrue();
        }
        assertThat(channel.down().put(MemorySegment.ofArray(frame), 0, frame.length))
                .isFalse();
        channel.down().publish();
        assertThat(channel.down().sleep(frame.length)).isTrue();
        assertThat(shim.flag(ChannelLayout.DOWN_PRODUCER_ASLEEP)).isEqualTo(1);
        assertThat(shim.receive()).isEqualTo(frame);
        assertThat(channel.down().sleep(frame.length)).isFalse();
        assertThat(channel.down().put(MemorySegment.ofArray(frame), 0, frame.length))
                .isTrue();
    }

    @Test
    void aSleepingConsumerSeesWhatWasPublishedBeforeItSlept() throws Exception {
        assertThat(channel.up().sleep()).isTrue();
        assertThat(shim.mustRing()).isTrue();
        shim.publish(shim.frame(CALL));
        assertThat(channel.up().sleep()).isFalse();
        assertThat(shim.mustRing()).isFalse();
    }

    @Test
    void onlyAReceiverThatSleepsIsRung() throws Exception {
        byte[] frame = shim.frame(CALL);
        channel.down().put(MemorySegment.ofArray(frame), 0, frame.length);
        assertThat(channel.down().publish()).isFalse();
        shim.setFlag(ChannelLayout.DOWN_RECEIVER_ASLEEP, 1);
        shim.setFlag(ChannelLayout.DOWN_WAITER_ASLEEP, 1);
        assertThat(channel.down().publish()).as("nothing new").isFalse();
        channel.down().put(MemorySegment.ofArray(frame), 0, frame.length);
        assertThat(channel.down().publish()).isTrue();
        assertThat(shim.flag(ChannelLayout.DOWN_WAITER_ASLEEP)).isZero();
    }

    @Test
    void chunksOfTheUpSlabAreFreedInTheOrderOfAllocation() throws Exception {
        UpSlab.Chunk first = channel.upSlab().take(0, 100);
        UpSlab.Chunk second = channel.upSlab().take(128, 30000);
        channel.upSlab().release(second);
        assertThat(shim.word(ChannelLayout.UP_SLAB_HEAD)).isZero();
        channel.upSlab().release(first);
        assertThat(shim.word(ChannelLayout.UP_SLAB_HEAD)).isEqualTo(30128);
        UpSlab.Chunk turned = channel.upSlab().take(SLAB, 16384);
        channel.upSlab().release(turned);
        assertThat(shim.word(ChannelLayout.UP_SLAB_HEAD)).isEqualTo(SLAB + 16384);
    }

    @Test
    void chunksOfTheDownSlabNeverWrapAndWaitForRoom() throws Exception {
        byte[] bytes = new byte[30000];
        Arrays.fill(bytes, (byte) 7);
        DownSlab slab = channel.downSlab();
        for (long position : new long[] {0, 30016}) {
            assertThat(slab.take(bytes.length)).isEqualTo(position);
            slab.put(position, MemorySegment.ofArray(bytes), 0, bytes.length);
        }
        assertThat(slab.take(bytes.length)).isEqualTo(-1);
        assertThat(shim.flag(ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP)).isEqualTo(1);
        assertThat(shim.downSlab(30016, bytes.length)).isEqualTo(bytes);
        shim.setWord(ChannelLayout.DOWN_SLAB_HEAD, 30000);
        assertThat(slab.take(bytes.length)).isEqualTo(SLAB);
    }

    @ParameterizedTest
    @ValueSource(longs = {-8, RING + 8, 4, Long.MAX_VALUE, Long.MIN_VALUE})
    void theProgramSendsATailOutOfRange(long tail) {
        shim.setWord(ChannelLayout.UP_TAIL, tail);
        assertThatThrownBy(this::drain)
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("up ring's tail is " + tail);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 8, 31, FRAME_MAX + 1, 0x7fffffff, 0x80000000})
    void theProgramSendsAFrameOfAnImpossibleLength(int length) throws Exception {
        byte[] frame = shim.frame(CALL);
        MemorySegment.ofArray(frame).set(Frames.U32, 0, length);
        shim.publish(frame);
        assertThatThrownBy(this::drain).isInstanceOf(ChannelException.class).hasMessageContaining("bytes");
    }

    @Test
    void theProgramPublishesHalfAFrame() throws Exception {
        shim.publish(shim.frame(CALL, new byte[64]));
        shim.setWord(ChannelLayout.UP_TAIL, 40);
        assertThatThrownBy(this::drain)
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("cuts a frame of 96 bytes after 40");
    }

    @Test
    void theProgramSendsAPadThatDoesNotReachTheRingsEnd() throws Exception {
        shim.publish(shim.frame(Frames.PAD));
        assertThatThrownBy(this::drain).isInstanceOf(ChannelException.class).hasMessageContaining("PAD");
    }

    @Test
    void theProgramNamesAChunkOutsideTheSlabOrOutOfOrder() throws Exception {
        long[][] bad = {{0, SLAB + 1}, {0, 0}, {0, -5}, {64, 10}, {SLAB, 2L * SLAB}, {-64, 10}, {0, Long.MAX_VALUE}};
        for (long[] chunk : bad) {
            assertThatThrownBy(() -> channel.upSlab().take(chunk[0], chunk[1]))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("a chunk of " + chunk[1] + " bytes at " + chunk[0]);
        }
    }

    @Test
    void theProgramMovesTheDownHeadsOutOfRange() throws Exception {
        byte[] frame = shim.frame(CALL, new byte[FRAME_MAX - Frames.HEADER_BYTES]);
        for (int i = 0; i < RING / FRAME_MAX; i++) {
            channel.down().put(MemorySegment.ofArray(frame), 0, frame.length);
        }
        shim.setWord(ChannelLayout.DOWN_HEAD, 1L << 40);
        assertThatThrownBy(() -> channel.down().put(MemorySegment.ofArray(frame), 0, frame.length))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("down ring's head");
        byte[] half = new byte[SLAB / 2];
        channel.downSlab().put(channel.downSlab().take(half.length), MemorySegment.ofArray(half), 0, half.length);
        channel.downSlab().put(channel.downSlab().take(half.length), MemorySegment.ofArray(half), 0, half.length);
        shim.setWord(ChannelLayout.DOWN_SLAB_HEAD, -1);
        assertThatThrownBy(() -> channel.downSlab().take(half.length))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("down slab's head");
    }

    @Test
    void aMemfdThatCouldShrinkIsRefused() throws Exception {
        try (ProgramEnd shrinking = new ProgramEnd(RING, SLAB, 4)) {
            assertThatThrownBy(() -> open(shrinking))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("seals are 4");
        }
    }

    @Test
    void aFileThatIsNoMemfdIsRefused() throws Exception {
        int fd = LibC.open("/dev/null", LibC.O_RDWR);
        try {
            assertThatThrownBy(() -> Channel.open((int) ProcessHandle.current().pid(), fd, 8192, FRAME_MAX))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("F_GET_SEALS");
        } finally {
            LibC.close(fd);
        }
    }

    @Test
    void aChannelOfAnotherSizeThanDeclaredIsRefused() throws Exception {
        int pid = (int) ProcessHandle.current().pid();
        assertThatThrownBy(() -> Channel.open(pid, shim.fd(), shim.bytes() + 4096, FRAME_MAX))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("not the declared");
        assertThatThrownBy(() -> Channel.open(pid, shim.fd(), 1L << 40, FRAME_MAX))
                .isInstanceOf(ChannelException.class)
                .hasMessageContaining("at most");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 8, 4095, 4096 + 1, 3 * 4096, 1L << 40, -4096})
    void anAreaOfAnImpossibleSizeOrPlaceIsRefused(long wrong) throws Exception {
        for (long field : new long[] {0x010, 0x018, 0x020, 0x028}) {
            try (ProgramEnd bad = new ProgramEnd(RING, SLAB)) {
                bad.setWord(field, wrong);
                assertThatThrownBy(() -> open(bad))
                        .isInstanceOf(ChannelException.class)
                        .hasMessageContaining("the channel's");
            }
        }
    }

    @Test
    void aClosedChannelThrowsAndDoesNotCrash() throws Exception {
        Channel closed = open(shim);
        closed.close();
        assertThatThrownBy(() -> closed.up().drain((source, offset, length) -> true))
                .isInstanceOf(IllegalStateException.class);
    }
}
