package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversions to halves in every rounding, found among all the halves that there are; packing; contradictions. */
final class ConvertFormsTest {
    private static final TreeMap<Double, Integer> HALVES = new TreeMap<>();

    static {
        for (int bits = 0; bits < 0x7c00; bits++) {
            double magnitude =
                    bits < 0x400 ? bits * 0x1p-24 : (0x400 + (bits & 0x3ff)) * Math.scalb(1.0, (bits >> 10) - 25);
            HALVES.put(magnitude, bits);
            HALVES.put(-magnitude, bits | 0x8000);
        }
        HALVES.put(Double.POSITIVE_INFINITY, 0x7c00);
        HALVES.put(Double.NEGATIVE_INFINITY, 0xfc00);
    }

    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        device.close();
    }

    /** The half that a number is rounded to. */
    private static int rounded(String mode, double value) {
        double below = HALVES.floorKey(value);
        double above = HALVES.ceilingKey(value);
        double towardsZero = value < 0 ? above : below;
        double chosen = switch (mode) {
            case "rm" -> below;
            case "rp" -> above;
            case "rz" -> towardsZero;
            default -> nearest(value, below, above);
        };
        boolean negative = value < 0 || (value == 0 && 1 / value < 0);
        return chosen == 0 ? (negative ? 0x8000 : 0) : bits(chosen);
    }

    private static double nearest(double value, double below, double above) {
        double low = Double.isInfinite(below) ? -65536 : below;
        double high = Double.isInfinite(above) ? 65536 : above;
        if (value - low != high - value) {
            return value - low < high - value ? below : above;
        }
        return (bits(below) & 1) == 0 ? below : above;
    }

    private static int bits(double half) {
        return Objects.requireNonNull(HALVES.get(half));
    }

    private double[] numbers() {
        double[] edges = {
            0, -0.0, 65504, 65519.99999, 65520, -65520.0000001, 1e300, -1e300, 0x1p-25, -0x1p-25, 0x1.8p-24, 1
        };
        double[] all = new double[32];
        for (int i = 0; i < 32; i++) {
            double drawn = (random.nextDouble() * 2 - 1) * Math.scalb(1.0, random.nextInt(45) - 27);
            all[i] = i < edges.length ? edges[i] : i < 16 ? 1 + 0x1p-11 + (i - 14) * 0x1p-40 : drawn;
        }
        return all;
    }

    private void check(String instruction, String mode, boolean saturated, boolean isDouble, double[] numbers)
            throws PtxException {
        long[] a = new long[32];
        for (int i = 0; i < 32; i++) {
            a[i] = isDouble ? Double.doubleToRawLongBits(numbers[i]) : (long) numbers[i];
        }
        long[] out = device.run(instruction, 16, 64, a, a, a);
        for (int i = 0; i < 32; i++) {
            double fitted = saturated ? Math.min(1, Math.max(0, numbers[i] == 0 ? 0 : numbers[i])) : numbers[i];
            assertThat((int) out[i]).as("%s of %s", instruction, numbers[i]).isEqualTo(rounded(mode, fitted));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rn", "rz", "rm", "rp"})
    void aDoubleBecomesTheHalfThatItsRoundingSays(String mode) throws PtxException {
        for (int round = 0; round < 8; round++) {
            check("cvt." + mode + ".f16.f64 $d, $a;", mode, false, true, numbers());
            check("cvt." + mode + ".sat.f16.f64 $d, $a;", mode, true, true, numbers());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rn", "rz", "rm", "rp"})
    void anIntegerBecomesTheHalfThatItsRoundingSays(String mode) throws PtxException {
        double[] whole = new double[32];
        for (int i = 0; i < 32; i++) {
            whole[i] = random.nextInt() >> random.nextInt(30);
        }
        check("cvt." + mode + ".f16.s64 $d, $a;", mode, false, false, whole);
        check("cvt." + mode + ".sat.f16.s64 $d, $a;", mode, true, false, whole);
    }

    @ParameterizedTest
    @CsvSource({"u2, 2", "s2, 2", "u4, 4", "s4, 4", "u8, 8", "s8, 8"})
    void narrowPartsArePackedBelowTheThirdOperand(String type, int bits) throws PtxException {
        long least = type.startsWith("s") ? -(1L << (bits - 1)) : 0;
        long most = least + (1L << bits) - 1;
        long[] a = random.longs(32, least - 3, most + 4).toArray();
        long[] b = random.longs(32, least - 3, most + 4).toArray();
        long[] c = random.longs(32).toArray();
        long[] out = device.run("cvt.pack.sat." + type + ".s32.b32 $d, $a, $b, $c;", 32, 32, a, b, c);
        for (int i = 0; i < 32; i++) {
            long high = Math.floorMod(Math.clamp(a[i], least, most), 1L << bits);
            long low = Math.floorMod(Math.clamp(b[i], least, most), 1L << bits);
            long rest = (c[i] << (2 * bits)) & 0xffff_ffffL;
            assertThat(out[i]).isEqualTo(rest + (high << bits) + low);
        }
    }

    @Test
    void sumsOfProductsSaturate() throws PtxException {
        long[] a = random.longs(32).toArray();
        long[] b = random.longs(32).toArray();
        long[] c = random.longs(32).toArray();
        long[] out24 = device.run("mad24.hi.sat.s32 $d, $a, $b, $c;", 32, 32, a, b, c);
        long[] out32 = device.run("mad.hi.sat.s32 $d, $a, $b, $c;", 32, 32, a, b, c);
        for (int i = 0; i < 32; i++) {
            long product = (a[i] << 40 >> 40) * (b[i] << 40 >> 40);
            long sum = (product << 16 >> 32) + (int) c[i];
            assertThat((int) out24[i]).isEqualTo(Math.clamp(sum, Integer.MIN_VALUE, Integer.MAX_VALUE));
            long high = (((long) (int) a[i] * (int) b[i]) >> 32) + (int) c[i];
            assertThat((int) out32[i]).isEqualTo(Math.clamp(high, Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cvt.f32.s32 $d, $a;",
                "cvt.f16.f32 %h3, $a;",
                "cvt.rn.f32.f16 $d, %h0;",
                "cvt.rni.f32.s32 $d, $a;",
                "cvt.rni.u32.s32 $d, $a;",
                "cvt.rn.u32.s32 $d, $a;",
                "cvt.rn.ftz.f16.s32 %h3, $a;",
                "cvt.rn.relu.f32.s32 $d, $a;",
                "cvt.rp.relu.f16.f32 %h3, $a;",
                "cvt.rn.sat.relu.f16.f32 %h3, $a;",
                "cvt.rna.f16.f32 %h3, $a;",
                "cvt.rn.tf32.f32 $d, $a;",
                "cvt.pack.u8.s32.b32 $d, $a, $b, $c;",
                "cvt.pack.sat.u8.s32 $d, $a, $b;",
                "mad24.lo.sat.s32 $d, $a, $b, $c;",
                "mad24.hi.sat.u32 $d, $a, $b, $c;",
                "mul24.hi.sat.s32 $d, $a, $b;",
                "mul24.hi.b32 $d, $a, $b;"
            })
    void whatContradictsItselfIsInvalid(String instruction) {
        assertThatThrownBy(() -> device.run(instruction, 32, 32, new long[32], new long[32], new long[32]))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID));
    }
}
