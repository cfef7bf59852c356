package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code set} of pairs of halves, as the comparisons of cuda_fp16.h are made of: each half for itself, 1.0 or all ones of it
 * (PTX ISA, "Half Precision Comparison Instructions").
 */
final class HalfSetTest {
    private final OneInstruction device = new OneInstruction();

    @AfterEach
    void close() {
        device.close();
    }

    private static long[] each(String value) {
        long[] lanes = new long[32];
        Arrays.fill(lanes, Long.parseLong(value, 16));
        return lanes;
    }

    private long[] run(String opcode, String a, String b, String rest) throws PtxException {
        return device.run(opcode + " $d, $a, $b" + rest + ";", 32, 32, each(a), each(b), new long[32]);
    }

    // 3c00 is 1.0, 4000 is 2.0, bc00 is -1.0, 7e00 a NaN, 0001 the least subnormal, 8000 is -0.0
    @ParameterizedTest
    @CsvSource({
        "set.lt.f16x2.f16x2, 3c004000, 40003c00, 3c000000",
        "set.gt.f16x2.f16x2, 3c004000, 40003c00, 00003c00",
        "set.eq.f16x2.f16x2, 80003c00, 00003c00, 3c003c00",
        "set.ne.u32.f16x2, 3c007e00, 40007e00, ffff0000",
        "set.neu.u32.f16x2, 3c007e00, 3c007e00, 0000ffff",
        "set.le.s32.f16x2, bc007e00, 3c003c00, ffff0000",
        "set.leu.f16x2.f16x2, 40007e00, 3c003c00, 00003c00",
        "set.nan.f16x2.f16x2, 7e003c00, 7e003c00, 3c000000",
        "set.num.u32.f16x2, 7e003c00, 7e003c00, 0000ffff",
        "set.eq.f16x2.f16x2, 00010001, 00000001, 00003c00",
        "set.eq.ftz.f16x2.f16x2, 00010001, 00000001, 3c003c00",
    })
    void eachHalfIsCompared(String opcode, String a, String b, String expected) throws PtxException {
        assertThat(run(opcode, a, b, "")).containsOnly(Long.parseLong(expected, 16));
    }

    @ParameterizedTest
    @CsvSource({
        "set.lt.and.f16x2.f16x2, 00000000, 3c000000",
        "set.lt.or.f16x2.f16x2, 3c000000, 3c003c00",
        "set.lt.xor.u32.f16x2, ffff0000, 0000ffff",
    })
    void aPredicateCountsForBoth(String opcode, String even, String odd) throws PtxException {
        long[] out = run(opcode, "3c004000", "40003c00", ", %p0");
        for (int lane = 0; lane < 32; lane++) {
            assertThat(out[lane]).isEqualTo(Long.parseLong(lane % 2 == 0 ? even : odd, 16));
        }
    }
}
