package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that is wrong or asks for what this compiler lacks gets an error that says where and what. */
final class BadPtxTest {
    private static final String HEAD = ".version 8.0\n.target sm_80\n.address_size 64\n";

    private static PtxException failure(String text) {
        return catchThrowableOfType(PtxException.class, () -> PtxCompiler.compile(text, PtxOptions.DEFAULT));
    }

    private static PtxException failureOf(String instruction) {
        return failure(
                HEAD + ".visible .entry k() {\n.reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<2>; .reg .b16 %h<4>;\n"
                        + instruction + "\nret; }\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wgmma.fence.sync.aligned;",
                "fma.NaN.f32 %r0, %r1, %r2, %r3;",
                "fma.f32 %r0, %r1, %r2, %r3;",
                "div.approx.f64 %d0, %d1, %d2;",
                "div.f32 %r0, %r1, %r2;",
                "sin.approx.sat.f32 %r0, %r1;",
                "rcp.approx.noftz.f32 %r0, %r1;",
                "add.sat.s32.cc %r0, %r1, %r2;",
                "add.cc.s16 %h0, %h1, %h2;",
                "mul.lo.cc.u32 %r0, %r1, %r2;",
                "ld.nc.u32 %r0, [%d1];",
                "ld.shared.nc.u32 %r0, [%d1];",
                "ld.cluster.global.u32 %r0, [%d1];",
                "ld.global.v4.u64 {%d0, %d1, %d2, %d3}, [%d1];",
                "atom.global.and.u32 %r0, [%d1], %r2;",
                "atom.global.add.noftz.u32 %r0, [%d1], %r2;",
                "atom.local.add.u32 %r0, [%d1], %r2;",
                "atom.global.inc.u64 %d0, [%d1], %d2;",
                "red.global.exch.b32 [%d1], %r2;",
                "membar.acquire;",
                "shfl.sync.up.f32 %r0|%p0, %r1, %r2, %r3, %r0;",
                "match.any.sync.u32 %r0, %r1, %r2;",
                "activemask.u64 %r0;",
                "nanosleep.b64 %r0;",
                "slct.b32.b32 %r0, %r1, %r2, %r3;",
                "ld.global.L2::bogus.u32 %r0, [%d1];",
                "st.global.L1::evict_never.u32 [%d1], %r0;",
                "st.global.L2::64B.u32 [%d1], %r0;",
                "add.rn.ftz.bogus.f32 %r0, %r1, %r2;",
                "atom.global.frobnicate.u32 %r0, [%d1], %r2;",
                "mma.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32 {%r0, %r1}, {%r2}, {%r3}, {%r0, %r1};",
                "mma.sync.aligned.m16n8k16.row.col.f32.f16.bf16.f32 {%r0, %r1}, {%r2}, {%r3}, {%r0, %r1};",
                "mma.sp.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%r0, %r1}, {%r2}, {%r3}, {%r0, %r1}, %r2, 0;",
                "wmma.load.a.sync.aligned.row.m16n16k16.f64 {%d0}, [%d1];",
                "ldmatrix.sync.aligned.m8n16.x1.shared.b8x16.b6x16_p32 {%r0}, [%r1];",
                "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r0], [%d1], 16, [%r1];",
                "setp.lt.bf16 %p0, %h0, %h1;",
                "add.bf16 %h0, %h1, %h2;",
                "mul.rn.bf16x2 %r0, %r1, %r2;",
                "div.f16 %h0, %h1, %h2;",
                "cvt.rn.bf16.s32 %h0, %r1;",
                "cvt.rzi.s32.bf16 %r0, %h1;",
                "set.lt.u16.bf16 %h0, %h1, %h2;",
                "atom.global.add.noftz.bf16 %h0, [%d1], %h2;",
                "red.shared.add.noftz.bf16x2 [%d1], %r2;",
                "barrier.cluster.arrive;"
            })
    void anInstructionThatIsLackingIsNamedWithItsLine(String instruction) {
        PtxException failure = failureOf(instruction);
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.UNSUPPORTED_INSTRUCTION);
        assertThat(failure.line()).isEqualTo(6);
        assertThat(failure.instruction()).isEqualTo(instruction);
        assertThat(failure).hasMessageContaining("line 6").hasMessageContaining(instruction);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add.s32 %r0, %r1;",
                "ld.shared.L2::cache_hint.u32 %r0, [%r1], %d0;",
                "ld.global.L2::cache_hint.u32 %r0, [%d1];",
                "ld.global.L2::cache_hint.u32 %r0, [%d1], %r1;",
                "st.global.u32 [%d1], %r0, %d2;",
                "atom.shared.add.L2::cache_hint.u32 %r0, [%d1], %r1, %d0;",
                "prefetch.global [%d1];",
                "prefetch.shared.L1 [%d1];",
                "prefetch.global.L1 %d1;",
                "discard.global.L2 [%d1], 64;",
                "applypriority.global.L2::evict_normal [%r1], %r2;",
                "pmevent 16;",
                "pmevent %r0;",
                "createpolicy.fractional.b64 %d0, 1.0;",
                "createpolicy.fractional.L2::evict_last.b32 %r0, 1.0;",
                "brkpt 0;",
                "add.s32 %r0, %r1, %r9;",
                "add.s32 %d0, %r1, %r2;",
                "bra nowhere;",
                "@%r1 bra nowhere;",
                "add.s32 %r0, %r1, ;",
                "ld.global.u32 %r0, [%p1];",
                "mov.u32 %r0, 1 / 0;",
                "setp.lt.and.f16 %p0|%p1, %h0, %h1, %p0;",
                "dp2a.u32.u32 %r0, %r1, %r2, %r3;",
                "dp4a.lo.u32.u32 %r0, %r1, %r2, %r3;",
                "bmsk.clamp.u32 %r0, %r1, %r2;",
                "szext.wrap.b32 %r0, %r1, %r2;",
                "cvt.sat.s16.u8 %h0, %h1;",
                "cvt.sat.u64.u64 %d0, %d1;",
                "atom.global.add.s64 %d0, [%d1], %d2;",
                "red.shared.add.s64 [%d1], %d2;",
                "ld.volatile.local.u32 %r0, [%d1];",
                "st.release.gpu.param.u32 [%d1], %r0;",
                "ld.relaxed.gpu.const.u32 %r0, [%d1];",
                "ld.mmio.relaxed.gpu.global.u32 %r0, [%d1];",
                "ld.mmio.sys.global.u32 %r0, [%d1];",
                "st.mmio.relaxed.sys.shared.u32 [%d1], %r0;"
            })
    void textThatContradictsItselfIsInvalid(String instruction) {
        assertThat(failureOf(instruction).kind()).isEqualTo(PtxException.Kind.INVALID);
        assertThat(failureOf(instruction).line()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ld.weak.global.u32 %r0, [%d1];",
                "ld.mmio.relaxed.sys.global.u32 %r0, [%d1];",
                "st.global.mmio.relaxed.sys.u32 [%d1], %r0;",
                "fence.gpu;",
                "fence.acquire.sys;",
                "cvt.rn.ftz.f32.s32 %r0, %r1;",
                "setp.neu.ftz.f16x2 %p0|%p1, %r0, %r1;",
                "ld.relaxed.sys.global.v2.u32 {%r0, %r1}, [%d1];",
                "ld.global.volatile.f64 %d0, [%d1];",
                "ld.shared::cta.u32 %r0, [%d1];",
                "ld.global.L1::evict_first.L2::128B.u32 %r0, [%d1];",
                "st.release.cta.shared::cta.u64 [%d1], %d0;",
                "atom.acq_rel.sys.global.cas.b64 %d0, [%d1], %d2, %d3;",
                "atom.inc.u32 %r0, [%d1], %r2;",
                "red.global.relaxed.gpu.max.s64 [%d1], %d2;",
                "setp.gt.and.ftz.f32 %p0, %r0, %r1, %p1;",
                "barrier.cta.sync.aligned 0;",
                "cvta.shared::cta.u64 %d0, %d1;"
            })
    void wordsThatLeaveAFormWhatItIsMayStandWithIt(String instruction) {
        assertThatCode(() -> PtxCompiler.compile(
                        HEAD + ".visible .entry k() {\n.reg .b32 %r<4>; .reg .b64 %d<4>; .reg .pred %p<2>;\n"
                                + instruction + "\nret; }\n",
                        PtxOptions.DEFAULT))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "-", "~", "{", "!"})
    void nestingWithoutAnEndIsRefused(String level) {
        PtxException failure = failureOf("mov.b64 %d0, " + level.repeat(100_000) + "1;");
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID);
        assertThat(failure)
                .hasMessageContaining("more than 256 levels of nesting")
                .hasMessageContaining("`mov.b64");
        assertThat(failure.getMessage()).hasSizeLessThan(1000);
    }

    @Test
    void nestingThatAProgramMayHaveIsRead() {
        String constant = "(".repeat(100) + "-".repeat(100) + "7" + ")".repeat(100);
        assertThatCode(() -> PtxCompiler.compile(
                        HEAD + ".visible .entry k() { .reg .b32 %r; mov.u32 %r, " + constant + "; ret; }",
                        PtxOptions.DEFAULT))
                .doesNotThrowAnyException();
    }

    @Test
    void aNewerVersionOrTargetIsRefusedAsTheDriverDoes() {
        assertThat(failure(".version 99.0\n.target sm_80\n").kind().cudaResult())
                .isEqualTo(222);
        assertThat(failure(".version 8.0\n.target sm_90a\n").kind().cudaResult())
                .isEqualTo(209);
    }

    @Test
    void aCallOfNothingIsUnresolved() {
        PtxException failure = failure(HEAD + ".extern .func f;\n.visible .entry k() { call f; ret; }");
        assertThat(failure.kind()).isEqualTo(PtxException.Kind.UNRESOLVED_SYMBOL);
    }

    @Test
    void everyTruncationOfARealProgramIsAnErrorOrAModuleAndNeverHangs() {
        String text = HEAD + """
                .global .align 4 .b8 name[4] = {1, 2, 3, 0xff};
                .visible .entry k(.param .u64 p) .maxntid 32, 1, 1 {
                  .reg .pred %p<2>; .reg .b32 %r<4>; .reg .b64 %d<2>;
                  ld.param.u64 %d0, [p]; mov.u32 %r0, %tid.x; // comment
                  setp.eq.u32 %p1, %r0, 0; @!%p1 bra $L; st.global.v2.u32 [%d0+8], {%r0, %r0};
                $L: ret; /* done */
                }
                """;
        int modules = 0;
        for (int end = 0; end <= text.length(); end++) {
            try {
                PtxCompiler.compile(text.substring(0, end), PtxOptions.DEFAULT);
                modules++;
            } catch (PtxException expected) {
                assertThat(expected.line()).isPositive();
            }
        }
        assertThat(modules).isPositive().isLessThan(text.length());
    }
}
