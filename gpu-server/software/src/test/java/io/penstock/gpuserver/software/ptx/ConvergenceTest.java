package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Lanes of one warp that have parted: what they do together waits for those who are still on their way, and nothing else
 * does. Each kernel leaves one word a thread, in {@code %r9}; {@code %r0} is the thread.
 */
@Timeout(60)
final class ConvergenceTest {
    private static final int GUARD = -77;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private int[] run(int threads, String body) throws PtxException {
        return run(threads, "", body);
    }

    private int[] run(int threads, String functions, String body) throws PtxException {
        MemorySegment out =
                device.ints(IntStream.generate(() -> GUARD).limit(threads).toArray());
        MemorySegment words = device.allocate(256);
        String text = """
                .version 8.0
                .target sm_80
                .address_size 64
                """ + functions + """
                .visible .entry k(.param .u64 out, .param .u64 words) {
                .reg .pred %p<8>; .reg .b32 %r<20>; .reg .b64 %rd<8>;
                .shared .align 4 .b32 box[32];
                mov.u32 %r0, %tid.x; mov.u32 %r9, 0;
                ld.param.u64 %rd0, [out]; mul.wide.u32 %rd1, %r0, 4; add.u64 %rd0, %rd0, %rd1;
                ld.param.u64 %rd2, [words];
                """ + body + "\nst.global.u32 [%rd0], %r9; ret; }";
        device.run(text, LaunchShape.of(1, threads), out, words);
        return out.toArray(ValueLayout.JAVA_INT);
    }

    private static int[] lanes(int count, IntUnaryOperator value) {
        return IntStream.range(0, count).map(value).toArray();
    }

    @Test
    void shuffleWaitsForLanesInAnotherBranch() throws PtxException {
        int[] got = run(32, """
                setp.lt.u32 %p0, %r0, 16;
                add.u32 %r1, %r0, 100;
                @%p0 bra LOW;
                add.u32 %r2, %r1, 1000;
                shfl.sync.bfly.b32 %r9|%p1, %r2, 16, 31, -1;
                bra.uni DONE;
                LOW:
                shfl.sync.bfly.b32 %r9|%p1, %r1, 16, 31, -1;
                DONE:
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> lane < 16 ? 1100 + lane + 16 : 100 + lane - 16));
    }

    @Test
    void lanesThatWereEarlyGoOnTogetherWithTheOthersAfterwards() throws PtxException {
        int[] got = run(32, """
                and.b32 %r1, %r0, 3;
                setp.eq.u32 %p0, %r1, 0;
                @!%p0 bra DONE;
                bar.warp.sync -1;
                vote.sync.ballot.b32 %r9, 1, 0x11111111;
                bra.uni REST;
                DONE:
                bar.warp.sync -1;
                REST:
                bar.warp.sync -1;
                activemask.b32 %r2;
                add.u32 %r9, %r9, %r2;
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> lane % 4 == 0 ? 0x11111110 : -1));
    }

    @Test
    void lanesThatHaveEndedAreNotAwaited() throws PtxException {
        int[] got = run(32, """
                setp.ge.u32 %p0, %r0, 20;
                setp.lt.u32 %p1, %r0, 10;
                @%p1 bra FIRST;
                @%p0 ret;
                vote.sync.ballot.b32 %r9, 1, -1;
                bra.uni DONE;
                FIRST:
                vote.sync.ballot.b32 %r9, 1, -1;
                DONE:
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> lane < 20 ? 0xfffff : GUARD));
    }

    @Test
    void lanesThatReturnedEarlyFromAFunctionMeetTheRestThere() throws PtxException {
        String function = """
                .func (.param .b32 result) early(.param .b32 lane) {
                .reg .pred %p<2>; .reg .b32 %r<4>;
                ld.param.u32 %r0, [lane]; and.b32 %r1, %r0, 1; setp.eq.u32 %p0, %r1, 0;
                st.param.b32 [result], 7;
                @%p0 ret;
                redux.sync.add.u32 %r2, %r0, -1;
                st.param.b32 [result], %r2;
                ret;
                }
                """;
        int[] got = run(32, function, """
                { .param .b32 a; .param .b32 b; st.param.b32 [a], %r0;
                call.uni (b), early, (a);
                ld.param.b32 %r1, [b]; }
                setp.eq.u32 %p0, %r1, 7;
                @!%p0 bra MET;
                redux.sync.add.u32 %r2, %r0, -1;
                add.u32 %r1, %r2, 7;
                MET:
                redux.sync.max.u32 %r3, %r0, -1;
                add.u32 %r9, %r1, %r3;
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> 496 + 31 + (lane % 2 == 0 ? 7 : 0)));
    }

    @Test
    void tilesOfOneWarpKeepToThemselves() throws PtxException {
        // tiles of eight lanes: each lane names its own tile
        String tiles = "and.b32 %r1, %r0, 24; mov.u32 %r2, 255; shl.b32 %r2, %r2, %r1; setp.lt.u32 %p0, %r0, 11;\n";
        assertThat(run(32, tiles + "redux.sync.add.s32 %r9, %r0, %r2;"))
                .isEqualTo(lanes(32, lane -> 8 * (lane & 24) + 28));
        assertThat(run(32, tiles + "vote.sync.ballot.b32 %r9, %p0, %r2;"))
                .isEqualTo(lanes(32, lane -> 0x7ff & 0xff << (lane & 24)));
        assertThat(run(32, tiles + "vote.sync.any.pred %p1, %p0, %r2; selp.b32 %r9, 1, 0, %p1;"))
                .isEqualTo(lanes(32, lane -> lane < 16 ? 1 : 0));
        assertThat(run(32, tiles + "vote.sync.all.pred %p1, %p0, %r2; selp.b32 %r9, 1, 0, %p1;"))
                .isEqualTo(lanes(32, lane -> lane < 8 ? 1 : 0));
        assertThat(run(32, tiles + "vote.sync.uni.pred %p1, %p0, %r2; selp.b32 %r9, 1, 0, %p1;"))
                .isEqualTo(lanes(32, lane -> lane / 8 == 1 ? 0 : 1));
        assertThat(run(32, tiles + "and.b32 %r3, %r0, 1; match.any.sync.b32 %r9, %r3, %r2;"))
                .isEqualTo(lanes(32, lane -> (0x55555555 << lane % 2) & 0xff << (lane & 24)));
        assertThat(run(
                        32,
                        tiles + "shr.u32 %r3, %r0, 4; mul.lo.u32 %r3, %r3, %r0; cvt.u64.u32 %rd3, %r3;"
                                + "match.all.sync.b64 %r9|%p1, %rd3, %r2;"))
                .isEqualTo(lanes(32, lane -> lane < 16 ? 0xff << (lane & 24) : 0));
    }

    @Test
    void tilesThatPartMeetTileByTile() throws PtxException {
        int[] got = run(32, """
                and.b32 %r1, %r0, 28; mov.u32 %r2, 15; shl.b32 %r2, %r2, %r1; and.b32 %r3, %r0, 1;
                setp.eq.u32 %p0, %r3, 0;
                @%p0 bra EVEN;
                mul.lo.u32 %r4, %r0, 10;
                redux.sync.add.s32 %r9, %r4, %r2;
                bra.uni DONE;
                EVEN:
                redux.sync.add.s32 %r9, %r0, %r2;
                DONE:
                redux.sync.min.s32 %r5, %r9, -1;
                sub.s32 %r9, %r9, %r5;
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> {
            int first = lane & 28;
            return first + first + 2 + 10 * (first + 1 + first + 3) - 42;
        }));
    }

    @Test
    void blockBarrierTakesAWarpInTwoBranches() throws PtxException {
        int[] got = run(64, """
                mov.u32 %r8, box; shr.u32 %r1, %r0, 5;
                setp.lt.u32 %p0, %r0, 8; setp.ge.u32 %p1, %r0, 56;
                setp.eq.u32 %p2, %r0, 3; setp.eq.u32 %p3, %r0, 60;
                @%p0 bra LOW;
                @%p1 bra HIGH;
                bar.sync 0;
                bra.uni DONE;
                HIGH:
                @%p3 st.shared.u32 [box], 500;
                bar.sync 0;
                bra.uni DONE;
                LOW:
                @%p2 st.shared.u32 [box+4], 3;
                bar.sync 0;
                DONE:
                ld.shared.u32 %r2, [box]; ld.shared.u32 %r3, [box+4]; add.u32 %r9, %r2, %r3;
                """);
        assertThat(got).isEqualTo(lanes(64, lane -> 503));
    }

    @Test
    void barrierWithAVoteCountsLanesOfEveryBranch() throws PtxException {
        int[] got = run(64, """
                setp.lt.u32 %p0, %r0, 8; setp.lt.u32 %p1, %r0, 40;
                @%p0 bra LOW;
                bar.red.popc.u32 %r9, 0, %p1;
                bra.uni DONE;
                LOW:
                bar.red.popc.u32 %r9, 0, %p0;
                DONE:
                """);
        assertThat(got).isEqualTo(lanes(64, lane -> 40));
    }

    @Test
    void lockBetweenLanesOfOneWarpDoesNotHang() throws PtxException {
        int[] got = run(64, """
                TRY:
                atom.global.cas.b32 %r1, [%rd2], 0, 1;
                setp.ne.u32 %p0, %r1, 0;
                @%p0 bra TRY;
                ld.volatile.global.u32 %r2, [%rd2+4]; add.u32 %r2, %r2, 1; st.volatile.global.u32 [%rd2+4], %r2;
                membar.gl;
                atom.global.exch.b32 %r1, [%rd2], 0;
                bar.sync 0;
                ld.volatile.global.u32 %r9, [%rd2+4];
                """);
        assertThat(got).isEqualTo(lanes(64, lane -> 64));
    }

    @Test
    void laneThatWatchesAnotherLanesWordLetsItRun() throws PtxException {
        int[] got = run(32, """
                setp.eq.u32 %p0, %r0, 5;
                @%p0 bra WRITER;
                WATCH:
                ld.volatile.global.u32 %r9, [%rd2];
                setp.eq.u32 %p1, %r9, 0;
                @%p1 bra WATCH;
                bra.uni DONE;
                WRITER:
                mov.u32 %r9, 9; st.volatile.global.u32 [%rd2], %r9;
                DONE:
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> 9));
    }

    @Test
    void lanesThatWaitForEachOtherForEverFaultAndSayWho() {
        assertThatThrownBy(() -> run(32, """
                setp.lt.u32 %p0, %r0, 16;
                @%p0 bra LOW;
                shfl.sync.idx.b32 %r9, %r0, 0, 31, -1;
                bra.uni DONE;
                LOW:
                vote.sync.ballot.b32 %r9, 1, -1;
                DONE:
                """))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.LAUNCH_TIMEOUT))
                .hasMessageContaining("lanes 0xffff at BALLOT for lanes 0xffff0000")
                .hasMessageContaining("lanes 0xffff0000 at SHUFFLE_INDEX for lanes 0xffff");
    }

    @Test
    void guardedCollectiveMeetsItsOpposite() throws PtxException {
        int[] got = run(32, """
                setp.lt.u32 %p0, %r0, 16;
                @%p0 redux.sync.add.u32 %r9, %r0, -1;
                @!%p0 redux.sync.add.u32 %r9, 1, -1;
                """);
        assertThat(got).isEqualTo(lanes(32, lane -> 136));
    }

    /** The words that cooperative groups of CUDA 11 and later wait by: the size, and a count whose highest bit flips. */
    private static final String GRID_BARRIER = """
            bar.sync 0;
            setp.ne.u32 %p6, %r0, 0;
            @%p6 bra WAIT;
            mov.u32 %r10, %envreg1; mov.u32 %r11, %envreg2; mov.b64 %rd4, {%r11, %r10};
            mov.u32 %r12, %ctaid.x; mov.u32 %r13, %nctaid.x; setp.eq.u32 %p5, %r12, 0;
            sub.u32 %r13, 0x80000001, %r13; selp.b32 %r13, %r13, 1, %p5;
            atom.add.release.gpu.u32 %r14, [%rd4+4], %r13;
            WATCH:
            ld.acquire.gpu.u32 %r15, [%rd4+4];
            xor.b32 %r15, %r15, %r14; setp.ge.s32 %p4, %r15, 0;
            @%p4 bra WATCH;
            WAIT:
            bar.sync 0;
            """;

    private int[] sumOfBlocks(boolean cooperative) throws PtxException {
        MemorySegment out = device.allocate(4 * 48 * 20);
        String text = """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 out, .param .u64 words) {
                .reg .pred %p<8>; .reg .b32 %r<20>; .reg .b64 %rd<8>;
                mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mad.lo.u32 %r2, %r1, 48, %r0;
                ld.param.u64 %rd0, [out]; mul.wide.u32 %rd1, %r2, 4; add.u64 %rd0, %rd0, %rd1;
                ld.param.u64 %rd2, [words];
                red.global.add.u32 [%rd2], 1;
                """ + GRID_BARRIER + """
                ld.global.u32 %r3, [%rd2];
                """ + GRID_BARRIER.replace("WA", "AGAIN_WA") + """
                red.global.add.u32 [%rd2], %r3;
                """
                + GRID_BARRIER.replace("WA", "LAST_WA") + """
                ld.global.u32 %r3, [%rd2]; st.global.u32 [%rd0], %r3; ret; }""";
        LaunchShape shape = new LaunchShape(20, 1, 1, 48, 1, 1, 0, cooperative);
        device.run(text, shape, out, device.ints(0));
        return out.toArray(ValueLayout.JAVA_INT);
    }

    @Test
    void blocksOfACooperativeGridWaitForEachOther() throws PtxException {
        assertThat(sumOfBlocks(true)).isEqualTo(lanes(48 * 20, thread -> 48 * 20 + 48 * 20 * 48 * 20));
    }

    @Test
    void gridThatIsNotCooperativeHasNoWorkspaceToWaitBy() {
        assertThatThrownBy(() -> sumOfBlocks(false))
                .isInstanceOfSatisfying(
                        PtxFault.class, fault -> assertThat(fault.kind()).isEqualTo(PtxFault.Kind.ILLEGAL_ADDRESS));
    }
}
