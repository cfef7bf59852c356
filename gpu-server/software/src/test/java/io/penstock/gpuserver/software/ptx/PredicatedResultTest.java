package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instructions with a predicate beside their result, and conversions that stay finite. */
final class PredicatedResultTest {
    private final OneInstruction one = new OneInstruction();

    @AfterEach
    void close() {
        one.close();
    }

    private static long[] all(long value) {
        return LongStream.generate(() -> value).limit(32).toArray();
    }

    /** The predicate of odd lanes is true: the third operand of the combination. */
    @ParameterizedTest
    @CsvSource({"or, 0x80, false, true", "or, 0xfe, true, true", "and, 0x80, false, false", "and, 0xfe, false, true"})
    void whetherABitIsSetIsCombinedWithAPredicate(String how, String table, boolean even, boolean odd)
            throws PtxException {
        String text = "setp.ne.u32 %p1, %t1, 0; lop3." + how + ".b32 $a|%p2, $a, $b, $c, " + table
                + ", %p1; selp.b32 $d, $a, 0x77, %p2;";
        long[] seen = one.run(text, 32, 32, all(0xff00), all(0xf0f0), all(0x0f0f));
        long word = table.equals("0x80") ? 0 : 0xffff;
        assertThat(seen[0]).isEqualTo(even ? word : 0x77);
        assertThat(seen[1]).isEqualTo(odd ? word : 0x77);
    }

    @Test
    void theWordMayBeLeftOut() throws PtxException {
        String text = "setp.ne.u32 %p1, %t1, 0; lop3.and.b32 _|%p1, $a, $b, $c, 0xfe, %p1; selp.b32 $d, 1, 0, %p1;";
        long[] seen = one.run(text, 32, 32, all(4), all(0), all(0));
        assertThat(seen[0]).isZero();
        assertThat(seen[1]).isEqualTo(1);
    }

    @Test
    void aPredicatedTableNeedsItsPredicate() {
        assertThatThrownBy(() -> one.run("lop3.or.b32 $d, $a, $b, $c, 1, %p1;", 32, 32, all(0), all(0), all(0)))
                .hasMessageContaining("lop3.or has a second destination");
    }

    /** Bits of singles: 1e30, -infinity, 65505, a NaN; then what becomes of them. */
    @ParameterizedTest
    @CsvSource({
        "rn.satfinite.f16.f32, 16, 7149f2ca, 7bff",
        "rn.satfinite.f16.f32, 16, ff800000, fbff",
        "rz.satfinite.f16.f32, 16, 477fe100, 7bff",
        "rn.relu.satfinite.f16.f32, 16, ff800000, 0",
        "rn.satfinite.f16.f32, 16, 7fc12345, 7fff",
        "rn.satfinite.f16.f32, 16, 3f800000, 3c00",
        "rn.satfinite.bf16.f32, 16, 7f7fffff, 7f7f",
        "rn.satfinite.bf16.f32, 16, ff800000, ff7f",
        "rna.satfinite.tf32.f32, 32, 7f800000, 7f7fe000",
        "rna.satfinite.tf32.f32, 32, ff7fffff, ff7fe000",
    })
    void whatIsTooLargeBecomesTheLargestNumber(String words, int bits, String from, String expected)
            throws PtxException {
        long[] given = all(Long.parseLong(from, 16));
        // the operand is a single in the low word of a register that may be read as 32 bits
        String text = bits == 16 ? "cvt.u32.u64 %r4, %w0; cvt." + words + " $d, %r4;" : "cvt." + words + " $d, $a;";
        long[] seen = one.run(text, bits, bits == 16 ? 64 : 32, given, given, given);
        assertThat(seen[5]).isEqualTo(Long.parseLong(expected, 16));
    }

    @Test
    void pairsStayFiniteHalfByHalf() throws PtxException {
        long[] seen =
                one.run("cvt.rn.satfinite.f16x2.f32 $d, $a, $b;", 32, 32, all(0x7149f2ca), all(0xbf800000L), all(0));
        assertThat(seen[9]).isEqualTo(0x7bffbc00L);
    }

    @ParameterizedTest
    @CsvSource({
        "red.acquire.gpu.global.add.u32 [%w0]| $a;, red reads nothing",
        "cvt.u32.u32 $d| %f0;, floating numbers",
        "bar.sync.aligned 0;, no .aligned",
    })
    void wordsThatContradictEachOtherAreRefused(String text, String reason) {
        String body = ".reg .f32 %f<2>; " + text.replace('|', ',');
        assertThatThrownBy(() -> one.run(body, 32, 32, all(0), all(0), all(0)))
                .isInstanceOf(PtxException.class)
                .hasMessageContaining(reason);
    }
}
