package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an H100 answered to testkit/conformance where a reading of the PTX ISA alone had led elsewhere. */
final class HardwareFormsTest {
    private static final long NAN32 = 0x7fff_ffffL;
    private static final long NAN16 = 0x7fffL;

    private final OneInstruction device = new OneInstruction();

    @AfterEach
    void close() {
        device.close();
    }

    private static long[] each(long value) {
        long[] lanes = new long[32];
        Arrays.fill(lanes, value);
        return lanes;
    }

    /** The instruction's result of up to three operands. */
    private long one(String instruction, int result, int width, long... operands) throws PtxException {
        long[] a = each(operands[0]);
        long[] b = each(operands.length > 1 ? operands[1] : 0);
        long[] c = each(operands.length > 2 ? operands[2] : 0);
        return device.run(instruction, result, width, a, b, c)[7];
    }

    @Test
    void remainderOfADivisionByZeroIsAllOnes() throws PtxException {
        assertThat(one("rem.s32 $d, $a, $b;", 32, 32, 7, 0)).isEqualTo(0xffff_ffffL);
        assertThat(one("rem.u32 $d, $a, $b;", 32, 32, 7, 0)).isEqualTo(0xffff_ffffL);
        assertThat(one("rem.u16 $d, $a, $b;", 16, 16, 7, 0)).isEqualTo(0xffff);
        assertThat(one("rem.s64 $d, $a, $b;", 64, 64, 7, 0)).isEqualTo(-1);
        assertThat(one("rem.u64 $d, $a, $b;", 64, 64, 7, 0)).isEqualTo(-1);
    }

    @Test
    void placesAndLengthsOf64BitFieldsBeyond255AreAsGoodAsThat() throws PtxException {
        String extract = "cvt.u32.u64 %r0, $b; cvt.u32.u64 %r1, $c; bfe.u64 $d, $a, %r0, %r1;";
        String signed = extract.replace(".u64 $d", ".s64 $d");
        String insert = "cvt.u32.u64 %r0, $c; bfi.b64 $d, $a, $b, %r0, 256;";
        assertThat(one(extract, 64, 64, 0x0123_4567_89ab_cdefL, 0x20, 0x1_0000)).isEqualTo(0x0123_4567);
        assertThat(one(extract, 64, 64, -1, 0x1_0001, 8)).isZero();
        assertThat(one(signed, 64, 64, Long.MIN_VALUE, 0x100, 0x100)).isEqualTo(-1);
        assertThat(one(insert, 64, 64, 0xff, 0x3f, 8)).isEqualTo(0xff3f);
        assertThat(one("cvt.u32.u32 %r5, 257; bfe.u32 $d, $a, %r5, 264;", 32, 32, 0x1ff))
                .isEqualTo(0xff);
    }

    @Test
    void zerosAreNormalNumbers() throws PtxException {
        assertThat(one("testp.normal.f32 $d, $a;", 1, 32, 0x8000_0000L)).isEqualTo(1);
        assertThat(one("testp.normal.f32 $d, $a;", 1, 32, 1)).isZero();
        assertThat(one("testp.normal.f64 $d, $a;", 1, 64, 0)).isEqualTo(1);
        assertThat(one("testp.normal.f64 $d, $a;", 1, 64, 1)).isZero();
    }

    @Test
    void offsetWithoutOppositeFindsPlaceZero() throws PtxException {
        assertThat(one("fns.b32 $d, $a, $b, $c;", 32, 32, 0, 31, 0x8000_0000L)).isZero();
        assertThat(one("fns.b32 $d, $a, $b, $c;", 32, 32, 0, 31, 0x8000_0001L)).isEqualTo(0xffff_ffffL);
    }

    @Test
    void whereACanonicalNanIsAskedForEveryNanBecomesIt() throws PtxException {
        long nan = 0xffc1_2345L;
        assertThat(one("max.NaN.f32 $d, $a, $b;", 32, 32, nan, 0)).isEqualTo(NAN32);
        assertThat(one("min.NaN.f32 $d, $a, $b;", 32, 32, 0, nan)).isEqualTo(NAN32);
        assertThat(one("min.NaN.f16 $d, $a, $b;", 16, 16, 0, 0xfe12)).isEqualTo(NAN16);
        assertThat(one("fma.rn.relu.f16 $d, $a, $b, $c;", 16, 16, 0x7d01, 0, 0)).isEqualTo(NAN16);
        assertThat(one("fma.rn.relu.bf16 $d, $a, $b, $c;", 16, 16, 0xffc1, 0, 0))
                .isEqualTo(NAN16);
    }

    @Test
    void conversionsMakeNansCanonicalOnlyOnTheWayThroughASingle() throws PtxException {
        long nan = 0xffc1_2345L;
        long wide = 0xfff8_1234_5678_9abcL;
        assertThat(one("cvt.rn.f16.f32 %h3, $a; cvt.u32.u16 $d, %h3;", 32, 32, nan))
                .isEqualTo(NAN16);
        assertThat(one("cvt.rz.relu.f16.f32 %h3, $a; cvt.u32.u16 $d, %h3;", 32, 32, nan))
                .isEqualTo(NAN16);
        assertThat(one("cvt.rn.f16x2.f32 $d, $a, $b;", 32, 32, nan, 0)).isEqualTo(NAN16 << 16);
        assertThat(one("cvt.u16.u32 %h0, $a; cvt.f32.f16 $d, %h0;", 32, 32, 0xfe12))
                .isEqualTo(NAN32);
        assertThat(one("cvt.rni.f32.f32 $d, $a;", 32, 32, nan)).isEqualTo(NAN32);
        assertThat(one("cvt.rpi.f16.f16 $d, $a;", 16, 16, 0xfe12)).isEqualTo(NAN16);
        assertThat(one("cvt.u32.u64 %r0, $a; cvt.ftz.f64.f32 $d, %r0;", 64, 64, nan))
                .isEqualTo(0x7fff_ffff_e000_0000L);
        assertThat(one("cvt.u32.u64 %r0, $a; cvt.f64.f32 $d, %r0;", 64, 64, nan))
                .isEqualTo(0xfff8_2468_a000_0000L);
        for (String mode : new String[] {"rni", "rzi", "rmi", "rpi"}) {
            String instruction = "cvt." + mode + ".f64.f64 $d, $a;";
            assertThat(one(instruction, 64, 64, wide)).isEqualTo(wide);
            assertThat(one(instruction, 64, 64, 0x7ff0_0000_0000_0001L)).isEqualTo(0x7ff8_0000_0000_0001L);
        }
        assertThat(one("cvt.rna.tf32.f32 $d, $a;", 32, 32, nan)).isEqualTo(0xffc1_2000L);
        assertThat(one("cvt.rna.tf32.f32 $d, $a;", 32, 32, 0x7f80_0001L)).isEqualTo(0x7f80_0000L);
    }

    @Test
    void doublesThatAreNoNumbersKeepTheirSign() throws PtxException {
        long nan = 0xfff8_1234_5678_9abcL;
        assertThat(one("abs.f64 $d, $a;", 64, 64, nan)).isEqualTo(nan);
        assertThat(one("neg.f64 $d, $a;", 64, 64, nan)).isEqualTo(nan);
        assertThat(one("sub.rm.f64 $d, $a, $b;", 64, 64, 0, nan)).isEqualTo(nan);
        assertThat(one("abs.f64 $d, $a;", 64, 64, 0x7ff0_0000_0000_0001L)).isEqualTo(0x7ff8_0000_0000_0001L);
    }

    @Test
    void grossApproximationsSeeAndGiveTheUpperWordAndFlush() throws PtxException {
        String rcp = "rcp.approx.ftz.f64 $d, $a;";
        String rsqrt = "rsqrt.approx.ftz.f64 $d, $a;";
        long canonical = 0x7fff_ffff_0000_0000L;
        assertThat(one(rcp, 64, 64, 0x7fef_ffff_ffff_ffffL)).isZero();
        assertThat(one(rcp, 64, 64, 0xffef_ffff_ffff_ffffL)).isEqualTo(Long.MIN_VALUE);
        assertThat(one(rcp, 64, 64, 0x7ff8_0000_0000_0000L)).isEqualTo(canonical);
        assertThat(one(rcp, 64, 64, 0x7ff0_0000_0000_0001L)).isZero();
        assertThat(one(rsqrt, 64, 64, 0xbff0_0000_0000_0000L)).isEqualTo(canonical);
    }

    @Test
    void reciprocalRootOfADoubleIsTheNearestNumber() throws PtxException {
        String rsqrt = "rsqrt.approx.f64 $d, $a;";
        assertThat(one(rsqrt, 64, 64, 0x3fe0_0000_0000_0000L)).isEqualTo(0x3ff6_a09e_667f_3bcdL);
        assertThat(one(rsqrt, 64, 64, 0x3ff8_0000_0000_0000L)).isEqualTo(0x3fea_20bd_700c_2c3eL);
        assertThat(one(rsqrt, 64, 64, 0x3ff0_0000_0000_0001L)).isEqualTo(0x3fef_ffff_ffff_ffffL);
        assertThat(one(rsqrt, 64, 64, 0x7fef_ffff_ffff_ffffL)).isEqualTo(0x1ff0_0000_0000_0000L);
        assertThat(one(rsqrt, 64, 64, 4)).isEqualTo(Double.doubleToRawLongBits(0x1p536));
        assertThat(one(rsqrt, 64, 64, 0)).isEqualTo(0x7ff0_0000_0000_0000L);
        assertThat(one(rsqrt, 64, 64, 0x7ff0_0000_0000_0000L)).isZero();
    }

    @Test
    void reciprocalOfALargeDivisorIsZero() throws PtxException {
        String div = "div.approx.f32 $d, $a, $b;";
        long most = 0x7f7f_ffffL;
        assertThat(one(div, 32, 32, most, most)).isZero();
        assertThat(one(div, 32, 32, most, most | 0x8000_0000L)).isEqualTo(0x8000_0000L);
        assertThat(one(div, 32, 32, most, 0x7e80_0000L)).isEqualTo(0x407f_ffffL);
        assertThat((int) one(div, 32, 32, 0x7f80_0000L, most)).matches(raw -> Float.isNaN(Float.intBitsToFloat(raw)));
        assertThat(one("div.full.f32 $d, $a, $b;", 32, 32, most, most)).isEqualTo(0x3f80_0000L);
    }

    @Test
    void halvesAreFlushedBeforeTheyAreRounded() throws PtxException {
        // the least normal number times one that is a little less than one rounds to the least normal number
        assertThat(one("mul.ftz.f16 $d, $a, $b;", 16, 16, 0x0400, 0x3bff)).isZero();
        assertThat(one("mul.f16 $d, $a, $b;", 16, 16, 0x0400, 0x3bff)).isEqualTo(0x0400);
        assertThat(one("fma.rn.ftz.sat.f16 $d, $a, $b, $c;", 16, 16, 0x3bff, 0x0400, 0x83ff))
                .isZero();
    }

    @Test
    void sumsOfSinglesFlushInGlobalMemoryAndNotInSharedMemory() throws PtxException {
        try (TestDevice own = new TestDevice()) {
            MemorySegment out = own.ints(1, 0x0080_0000, 1, 0x0080_0000, 1);
            own.run("""
                    .version 8.0
                    .target sm_80
                    .address_size 64
                    .visible .entry k(.param .u64 out) {
                    .reg .b64 %a<3>; .reg .f32 %f<2>; .reg .b32 %r; .shared .align 4 .b32 box[1];
                    ld.param.u64 %a0, [out]; mov.f32 %f0, 0f00000002; mov.b32 %r, 1; st.shared.b32 [box], %r;
                    red.global.add.f32 [%a0], %f0; mov.f32 %f1, 0f807FFFFF; red.global.add.f32 [%a0+4], %f1;
                    red.add.f32 [%a0+8], %f0; mov.f32 %f1, 0f80000000; red.global.add.f32 [%a0+12], %f1;
                    mov.u64 %a1, box; cvta.shared.u64 %a1, %a1; red.add.f32 [%a1], %f0;
                    red.shared.add.f32 [box], %f0; ld.shared.b32 %r, [box]; st.global.b32 [%a0+16], %r; ret; }
                    """, LaunchShape.of(1, 1), out);
            assertThat(out.toArray(ValueLayout.JAVA_INT)).containsExactly(0, 0x0080_0000, 0, 0x0080_0000, 5);
        }
    }

    @Test
    void constantsAreASpaceOfTheirOwnAndParametersAreGlobalToo() throws PtxException {
        try (TestDevice own = new TestDevice()) {
            MemorySegment out = own.ints(9, 9, 9, 9, 9, 9, 9, 9);
            own.run("""
                    .version 8.0
                    .target sm_80
                    .address_size 64
                    .const .align 4 .b32 first[2] = {1, 2};
                    .const .align 4 .b32 second = 3;
                    .visible .entry k(.param .u64 out) {
                    .reg .b64 %a<4>; .reg .pred %p; .reg .b32 %r; .shared .align 4 .b32 box[1];
                    ld.param.u64 %a0, [out]; mov.u64 %a1, first; cvta.const.u64 %a1, %a1; mov.u64 %a2, second;
                    cvta.const.u64 %a2, %a2; add.u64 %a2, %a2, 3;
                    isspacep.const %p, %a1; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0], %r;
                    isspacep.global %p, %a1; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+4], %r;
                    isspacep.const %p, %a2; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+8], %r;
                    isspacep.const %p, %a0; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+12], %r;
                    isspacep.global %p, %a0; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+16], %r;
                    mov.u64 %a3, out; cvta.param.u64 %a3, %a3;
                    isspacep.global %p, %a3; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+20], %r;
                    mov.u64 %a3, box; cvta.shared.u64 %a3, %a3;
                    isspacep.global %p, %a3; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+24], %r;
                    isspacep.const %p, %a3; selp.b32 %r, 1, 0, %p; st.global.b32 [%a0+28], %r; ret; }
                    """, LaunchShape.of(1, 1), out);
            assertThat(out.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 0, 1, 0, 1, 1, 0, 0);
        }
    }
}
