package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mbarrier objects: phases, drop-outs, threads that wait for others, and what contradicts itself. */
@Timeout(60)
final class MbarrierTest {
    private static final String HEAD = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 out, .param .u64 in) {
            .reg .pred %p<9>; .reg .b32 %r<20>; .reg .b64 %w<20>; .reg .b64 %o<3>;
            .shared .align 8 .b64 box[4]; .shared .align 16 .b8 bytes[2048];
            ld.param.u64 %o0, [out]; ld.param.u64 %o2, [in]; mov.u32 %r0, %tid.x; mul.wide.u32 %o1, %r0, 4;
            add.u64 %o1, %o1, %o0;
            """;

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private int[] run(int threads, String body) throws PtxException {
        MemorySegment out = device.allocate(4096);
        MemorySegment in = device.allocate(4096);
        for (int i = 0; i < 1024; i++) {
            in.setAtIndex(ValueLayout.JAVA_INT, i, 1000 + i);
        }
        device.run(HEAD + body + " ret; }", LaunchShape.of(1, threads), out, in);
        return out.toArray(ValueLayout.JAVA_INT);
    }

    private static String told(int index) {
        return "selp.u32 %r9, 1, 0, %p0; st.global.u32 [%o0+" + 4 * index + "], %r9;\n";
    }

    private static String told(int index, String register) {
        return "st.global.u32 [%o0+" + 4 * index + "], " + register + ";\n";
    }

    @Test
    void aPhaseEndsWithItsLastArrivalAndTheNextExpectsAsMany() throws PtxException {
        int[] out = run(
                1,
                "mbarrier.init.shared.b64 [box], 3;\n"
                        + "mbarrier.arrive.shared.b64 %w0, [box];\n"
                        + "mbarrier.test_wait.shared.b64 %p0, [box], %w0;\n" + told(0)
                        + "mbarrier.arrive.noComplete.shared.b64 %w1, [box], 1;\n"
                        + "mbarrier.pending_count.b64 %r1, %w1;\n" + told(1, "%r1")
                        + "mbarrier.test_wait.parity.shared.b64 %p0, [box], 0;\n" + told(2)
                        + "mbarrier.arrive.release.cta.shared::cta.b64 %w2, [box];\n"
                        + "mbarrier.test_wait.shared.b64 %p0, [box], %w0;\n" + told(3)
                        + "mbarrier.test_wait.acquire.cta.shared.b64 %p0, [box], %w2;\n" + told(4)
                        + "mbarrier.test_wait.parity.shared.b64 %p0, [box], 0;\n" + told(5)
                        + "mbarrier.test_wait.parity.shared.b64 %p0, [box], 1;\n" + told(6)
                        + "mbarrier.arrive.noComplete.shared.b64 %w3, [box], 2;\n"
                        + "mbarrier.pending_count.b64 %r1, %w3;\n" + told(7, "%r1")
                        + "mbarrier.test_wait.shared.b64 %p0, [box], %w3;\n" + told(8)
                        + "mbarrier.arrive.shared.b64 _, [box];\n"
                        + "mbarrier.test_wait.shared.b64 %p0, [box], %w3;\n" + told(9));
        assertThat(out).startsWith(0, 2, 0, 1, 1, 1, 0, 3, 0, 1);
    }

    @Test
    void whoDropsOutIsNotExpectedAgain() throws PtxException {
        int[] out = run(
                1,
                "mov.u64 %w8, box; cvta.shared.u64 %w9, %w8;\n"
                        + "mbarrier.init.b64 [%w9+8], 4;\n"
                        + "mbarrier.arrive_drop.noComplete.b64 %w0, [%w9+8], 2;\n"
                        + "mbarrier.arrive.b64 %w1, [%w9+8];\n"
                        + "mbarrier.arrive_drop.b64 %w2, [%w9+8];\n"
                        + "mbarrier.test_wait.b64 %p0, [%w9+8], %w2;\n" + told(0)
                        + "mbarrier.arrive_drop.b64 %w3, [%w9+8];\n"
                        + "mbarrier.pending_count.b64 %r1, %w3;\n" + told(1, "%r1")
                        + "mbarrier.test_wait.b64 %p0, [%w9+8], %w3;\n" + told(2)
                        + "mbarrier.inval.b64 [%w9+8]; mbarrier.init.b64 [%w9+8], 1;\n"
                        + "mbarrier.arrive.b64 %w3, [%w9+8];\n"
                        + "mbarrier.pending_count.b64 %r1, %w3;\n" + told(3, "%r1"));
        assertThat(out).startsWith(1, 1, 1, 1);
    }

    @Test
    void threadsWaitUntilAllOfTheBlockHaveArrivedInEveryRound() throws PtxException {
        int[] out = run(96, """
                setp.ne.u32 %p1, %r0, 0; @%p1 bra $ready; mbarrier.init.shared.b64 [box], 96;
                $ready: bar.sync 0; mov.u32 %r2, 0; mov.u32 %r3, 0; mov.u64 %w5, bytes;
                $round:
                mul.lo.u32 %r4, %r0, 4; cvt.u64.u32 %w6, %r4; add.u64 %w6, %w6, %w5;
                mad.lo.u32 %r5, %r2, 100, %r0; st.shared.u32 [%w6], %r5;
                mbarrier.arrive.shared.b64 %w0, [box];
                $wait: mbarrier.test_wait.shared.b64 %p2, [box], %w0; @!%p2 bra $wait;
                add.u32 %r6, %r0, 37; rem.u32 %r6, %r6, 96; mul.lo.u32 %r6, %r6, 4; cvt.u64.u32 %w7, %r6;
                add.u64 %w7, %w7, %w5; ld.shared.u32 %r7, [%w7]; add.u32 %r3, %r3, %r7;
                mbarrier.arrive.shared.b64 %w0, [box];
                $again: mbarrier.test_wait.shared.b64 %p2, [box], %w0; @!%p2 bra $again;
                add.u32 %r2, %r2, 1; setp.lt.u32 %p3, %r2, 10; @%p3 bra $round;
                st.global.u32 [%o1], %r3;
                """);
        for (int thread = 0; thread < 96; thread++) {
            assertThat(out[thread]).isEqualTo(100 * 45 + 10 * ((thread + 37) % 96));
        }
    }

    @Test
    void lanesOfOneWarpWaitForEachOther() throws PtxException {
        int[] out = run(32, """
                setp.ne.u32 %p1, %r0, 0; @%p1 bra $ready; mbarrier.init.shared.b64 [box], 16;
                $ready: bar.sync 0; and.b32 %r1, %r0, 1; setp.eq.u32 %p1, %r1, 0; @%p1 bra $arrive;
                $wait: mbarrier.test_wait.parity.shared.b64 %p2, [box], 0; @!%p2 bra $wait;
                ld.shared.u32 %r2, [bytes]; st.global.u32 [%o1], %r2; bra $end;
                $arrive: st.shared.u32 [bytes], 77; mbarrier.arrive.shared.b64 %w0, [box];
                $end:
                """);
        for (int lane = 0; lane < 32; lane++) {
            assertThat(out[lane]).isEqualTo(77 * (lane & 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"'.noinc', 64", "'', 32"})
    void copiesArriveWhenTheyAreDone(String counted, int expected) throws PtxException {
        int[] out = run(32, """
                setp.ne.u32 %p1, %r0, 0; @%p1 bra $ready; mbarrier.init.shared.b64 [box], EXPECTED;
                $ready: bar.sync 0; mul.wide.u32 %w1, %r0, 4; mov.u64 %w2, bytes; add.u64 %w2, %w2, %w1;
                add.u64 %w3, %o2, %w1;
                cp.async.ca.shared.global [%w2], [%w3], 4; cp.async.mbarrier.arriveCOUNTED.shared.b64 [box];
                mbarrier.arrive.shared.b64 %w0, [box];
                $wait: mbarrier.test_wait.shared.b64 %p2, [box], %w0; @!%p2 bra $wait;
                xor.b32 %r1, %r0, 5; mul.wide.u32 %w1, %r1, 4; mov.u64 %w2, bytes; add.u64 %w2, %w2, %w1;
                ld.shared.u32 %r2, [%w2]; st.global.u32 [%o1], %r2;
                """.replace("COUNTED", counted).replace("EXPECTED", "" + expected));
        for (int lane = 0; lane < 32; lane++) {
            assertThat(out[lane]).isEqualTo(1000 + (lane ^ 5));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mbarrier.arrive.shared.b64 %w0, [box]; | no initialised mbarrier object",
                "mbarrier.test_wait.shared.b64 %p0, [box], 0; | no initialised mbarrier object",
                "cp.async.mbarrier.arrive.shared.b64 [box]; | no initialised mbarrier object",
                "mbarrier.init.shared.b64 [box], 0; | 0 arrivals at an mbarrier object, from 1 to 1048575",
                "mbarrier.init.shared.b64 [box], 1048576; | 1048576 arrivals at an mbarrier object, from 1 to 1048575",
                "mbarrier.init.shared.b64 [box], 3; mbarrier.arrive.noComplete.shared.b64 %w0, [box], 3; | 3 arrivals",
                "mbarrier.init.shared.b64 [box+4], 3; | is not a multiple of 8"
            })
    void whatTheIsaLeavesUndefinedFaults(String body, String reason) {
        assertThatThrownBy(() -> run(1, body)).isInstanceOf(PtxFault.class).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mbarrier.arrive.shared.b64 %w0, [box], 2;",
                "mbarrier.arrive.expect_tx.shared.b64 %w0, [box], 2;",
                "mbarrier.try_wait.shared.b64 %p0, [box], %w0;",
                "mbarrier.arrive.shared::cluster.b64 _, [box];"
            })
    void whatNeedsSm90IsLacking(String instruction) {
        assertThatThrownBy(() -> run(1, instruction))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.UNSUPPORTED_INSTRUCTION));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mbarrier.init.global.b64 [%o0], 1;",
                "mbarrier.init.shared.b32 [box], 1;",
                "mbarrier.init.shared.b64 [box];",
                "mbarrier.arrive.noComplete.shared.b64 %w0, [box];",
                "mbarrier.test_wait.parity.shared.b64 %p0, [box], %w0;",
                "mbarrier.pending_count.b64 %w1, %w0;",
                "cp.async.mbarrier.wait.shared.b64 [box];"
            })
    void whatContradictsItselfIsInvalid(String instruction) {
        assertThatThrownBy(() -> run(1, instruction))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID));
    }
}
