package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each family of instructions on edge values, against the same computed another way. */
final class InstructionTest {
    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(7);

    @AfterEach
    void close() {
        device.close();
    }

    private interface Lane {
        long of(long a, long b, long c);
    }

    private long[] operands() {
        long[] values = new long[32];
        for (int i = 0; i < 32; i++) {
            values[i] = random.nextInt(3) == 0
                    ? random.nextLong()
                    : EdgeValues.WORDS[random.nextInt(EdgeValues.WORDS.length)];
        }
        return values;
    }

    private long[] floats() {
        long[] values = new long[32];
        for (int i = 0; i < 32; i++) {
            float value = random.nextInt(3) == 0
                    ? Float.intBitsToFloat(random.nextInt())
                    : EdgeValues.SINGLES[random.nextInt(EdgeValues.SINGLES.length)];
            values[i] = Float.floatToRawIntBits(value);
        }
        return values;
    }

    private static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    private static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long bits(float value) {
        return Integer.toUnsignedLong(Float.floatToIntBits(value));
    }

    private static long word(long value) {
        return value & 0xffffffffL;
    }

    private void integers(String instruction, int result, int width, Lane lane) throws PtxException {
        for (int round = 0; round < 6; round++) {
            compare(instruction, result, width, new long[][] {operands(), operands(), operands()}, lane);
        }
    }

    private void singles(String instruction, Lane lane) throws PtxException {
        for (int round = 0; round < 6; round++) {
            compare(instruction, 32, 32, new long[][] {floats(), floats(), floats()}, (a, b, c) -> lane.of(a, b, c));
        }
    }

    private void compare(String instruction, int result, int width, long[][] in, Lane lane) throws PtxException {
        long[] out = device.run(instruction, result, width, in[0], in[1], in[2]);
        long mask = width == 64 ? -1 : (1L << width) - 1;
        for (int i = 0; i < 32; i++) {
            long expected = lane.of(in[0][i] & mask, in[1][i] & mask, in[2][i] & mask);
            boolean nan =
                    result == 32 && Float.isNaN(f(expected)) && Float.isNaN(f(out[i])) && instruction.contains(".f32");
            assertThat(nan ? expected : out[i])
                    .as("%s of %x %x %x", instruction, in[0][i] & mask, in[1][i] & mask, in[2][i] & mask)
                    .isEqualTo(expected);
        }
    }

    @Test
    void wordArithmeticWrapsAndDividesByZeroAsTheHardwareDoes() throws PtxException {
        integers("add.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word(a + b));
        integers("sub.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word(a - b));
        integers("mul.lo.u32 $d, $a, $b;", 32, 32, (a, b, c) -> word(a * b));
        integers("mul.hi.u32 $d, $a, $b;", 32, 32, (a, b, c) -> (a * b) >>> 32);
        integers("mul.hi.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word(((long) (int) a * (int) b) >> 32));
        integers("mad.lo.s32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> word(a * b + c));
        integers("mul.wide.s32 $d, $a, $b;", 64, 32, (a, b, c) -> (long) (int) a * (int) b);
        integers("mad.wide.u32 $d, $a, $b, 7;", 64, 32, (a, b, c) -> a * b + 7);
        integers("div.u32 $d, $a, $b;", 32, 32, (a, b, c) -> b == 0 ? 0xffffffffL : a / b);
        integers("rem.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word(b == 0 ? -1 : (int) a % (int) b));
        integers("min.u32 $d, $a, $b;", 32, 32, (a, b, c) -> Math.min(a, b));
        integers("max.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word(Math.max((int) a, (int) b)));
        integers(
                "add.sat.s32 $d, $a, $b;",
                32,
                32,
                (a, b, c) -> word(Math.clamp((long) (int) a + (int) b, Integer.MIN_VALUE, Integer.MAX_VALUE)));
        integers("sad.u32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> word(Math.abs(a - b) + c));
    }

    @Test
    void longArithmeticAgreesWithBigIntegers() throws PtxException {
        integers(
                "mul.hi.u64 $d, $a, $b;",
                64,
                64,
                (a, b, c) -> big(a).multiply(big(b)).shiftRight(64).longValue());
        integers(
                "mul.hi.s64 $d, $a, $b;",
                64,
                64,
                (a, b, c) -> BigInteger.valueOf(a)
                        .multiply(BigInteger.valueOf(b))
                        .shiftRight(64)
                        .longValue());
        integers("mad.lo.s64 $d, $a, $b, $c;", 64, 64, (a, b, c) -> a * b + c);
        integers(
                "div.u64 $d, $a, $b;",
                64,
                64,
                (a, b, c) -> b == 0 ? -1 : big(a).divide(big(b)).longValue());
        integers("max.u64 $d, $a, $b;", 64, 64, (a, b, c) -> big(a).max(big(b)).longValue());
        integers(
                "add.cc.u64 $d, $a, $b; addc.u64 $d, $c, 0;",
                64,
                64,
                (a, b, c) -> c + big(a).add(big(b)).shiftRight(64).longValue());
        integers("sub.cc.u32 $d, $a, $b; subc.u32 $d, $c, 0;", 32, 32, (a, b, c) -> word(c - (a < b ? 1 : 0)));
        integers(
                "mad.lo.cc.u32 $d, $a, $b, $c; madc.hi.u32 $d, $a, $b, 0;",
                32,
                32,
                (a, b, c) -> word(((a * b) >>> 32) + ((word(a * b) + c) >>> 32)));
    }

    private static BigInteger big(long unsigned) {
        return new BigInteger(Long.toUnsignedString(unsigned));
    }

    @Test
    void halfwordsKeepToSixteenBits() throws PtxException {
        integers("add.u16 $d, $a, $b;", 16, 16, (a, b, c) -> a + b & 0xffff);
        integers("mul.lo.s16 $d, $a, $b;", 16, 16, (a, b, c) -> a * b & 0xffff);
        integers("mul.hi.s16 $d, $a, $b;", 16, 16, (a, b, c) -> ((short) a * (short) b) >> 16 & 0xffff);
        integers("mul.wide.u16 $d, $a, $b;", 32, 16, (a, b, c) -> a * b);
        integers("max.s16 $d, $a, $b;", 16, 16, (a, b, c) -> Math.max((short) a, (short) b) & 0xffff);
        integers("shr.s16 $d, $a, 3;", 16, 16, (a, b, c) -> (short) a >> 3 & 0xffff);
        integers("neg.s16 $d, $a;", 16, 16, (a, b, c) -> -a & 0xffff);
    }

    @Test
    void shiftsBeyondTheWidthLeaveNothingOrTheSign() throws PtxException {
        integers("shl.b32 $d, $a, $b;", 32, 32, (a, b, c) -> b > 31 ? 0 : word(a << b));
        integers("shr.u32 $d, $a, $b;", 32, 32, (a, b, c) -> b > 31 ? 0 : a >>> b);
        integers("shr.s32 $d, $a, $b;", 32, 32, (a, b, c) -> word((int) a >> Math.min(b, 31)));
        integers("shf.l.wrap.b32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> word((b << 32 | a) << (c & 31) >>> 32));
        integers("shf.r.clamp.b32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> c >= 32 ? b : word((b << 32 | a) >>> c));
        long[] amounts = new long[32];
        for (int i = 0; i < 32; i++) {
            amounts[i] = 3L * i;
        }
        compare(
                "cvt.u32.u64 %r1, $b; shr.s64 $d, $a, %r1;",
                64, 64, new long[][] {operands(), amounts, operands()}, (a, b, c) -> a >> Math.min(b, 63));
        compare(
                "cvt.u32.u64 %r1, $b; shl.b64 $d, $a, %r1;",
                64, 64, new long[][] {operands(), amounts, operands()}, (a, b, c) -> b > 63 ? 0 : a << b);
    }

    @Test
    void bitFieldsCountsAndPermutationsFollowTheirDefinitions() throws PtxException {
        integers("popc.b32 $d, $a;", 32, 32, (a, b, c) -> Long.bitCount(a));
        integers("brev.b32 $d, $a;", 32, 32, (a, b, c) -> word(Integer.reverse((int) a)));
        integers(
                "bfind.s32 $d, $a;",
                32,
                32,
                (a, b, c) -> word(31 - Integer.numberOfLeadingZeros((int) a < 0 ? ~(int) a : (int) a)));
        integers("bfe.s32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> extract(a, (int) b & 255, (int) c & 255));
        integers("lop3.b32 $d, $a, $b, $c, 0x96;", 32, 32, (a, b, c) -> a ^ b ^ c);
        integers("lop3.b32 $d, $a, $b, $c, 0xe8;", 32, 32, (a, b, c) -> (a & b) | (b & c) | (a & c));
        integers("prmt.b32 $d, $a, $b, 0x5410;", 32, 32, (a, b, c) -> (a & 0xffff) | (b & 0xffff) << 16);
        integers(
                "prmt.b32 $d, $a, $b, 0xbb33;",
                32,
                32,
                (a, b, c) -> (a >>> 24) * 0x101 | ((a >>> 31) != 0 ? 0xffff0000L : 0));
        integers("bfi.b32 $d, $a, $b, 8, 12;", 32, 32, (a, b, c) -> (b & ~0xfff00L) | (a & 0xfff) << 8);
        integers("dp4a.s32.s32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> word(dot(a, b) + c));
    }

    private static long extract(long a, int position, int length) {
        int top = Math.min(position + length - 1, 31);
        int sign = length == 0 ? 0 : (int) (a >>> top & 1);
        int result = 0;
        for (int i = 0; i < 32; i++) {
            int bit = i < length && position + i <= 31 ? (int) (a >>> (position + i) & 1) : sign;
            result |= bit << i;
        }
        return word(result);
    }

    private static long dot(long a, long b) {
        long sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += (long) (byte) (a >> (8 * i)) * (byte) (b >> (8 * i));
        }
        return sum;
    }

    @Test
    void lanesThatAreGuardedOffKeepTheirOldValue() throws PtxException {
        long[] a = operands();
        long[] out = device.run("@%p0 add.s32 $d, $a, 1;", 32, 32, a, a, a);
        long[] opposite = device.run("@!%p0 mov.b32 $d, $a;", 32, 32, a, a, a);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i]).isEqualTo(i % 2 == 1 ? word(a[i] + 1) : 0xffffffffL);
            assertThat(opposite[i]).isEqualTo(i % 2 == 0 ? word(a[i]) : 0xffffffffL);
        }
    }

    @Test
    void singlePrecisionRoundsToNearestAndKnowsItsSpecialValues() throws PtxException {
        singles("add.f32 $d, $a, $b;", (a, b, c) -> bits(f(a) + f(b)));
        singles("mul.rn.f32 $d, $a, $b;", (a, b, c) -> bits(f(a) * f(b)));
        singles("fma.rn.f32 $d, $a, $b, $c;", (a, b, c) -> bits(Math.fma(f(a), f(b), f(c))));
        singles("div.rn.f32 $d, $a, $b;", (a, b, c) -> bits(f(a) / f(b)));
        singles("sqrt.rn.f32 $d, $a;", (a, b, c) -> bits((float) Math.sqrt(f(a))));
        singles(
                "min.f32 $d, $a, $b;",
                (a, b, c) -> bits(Float.isNaN(f(a)) ? f(b) : Float.isNaN(f(b)) ? f(a) : Math.min(f(a), f(b))));
        singles("add.sat.f32 $d, $a, $b;", (a, b, c) -> bits(f(a) + f(b) > 0 ? Math.min(1f, f(a) + f(b)) : 0f));
        singles("mul.ftz.f32 $d, $a, $b;", (a, b, c) -> bits(flush(flush(f(a)) * flush(f(b)))));
        singles("neg.f32 $d, $a;", (a, b, c) -> a ^ 0x80000000L);
    }

    private static float flush(float value) {
        return Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0f, value) : value;
    }

    @Test
    void directedRoundingNeverCrossesTheExactResult() throws PtxException {
        for (String op : new String[] {"add", "mul", "div"}) {
            for (String mode : new String[] {"rz", "rm", "rp"}) {
                singles(op + "." + mode + ".f32 $d, $a, $b;", (a, b, c) -> directed(op, mode, f(a), f(b)));
            }
        }
    }

    /** By exact decimal arithmetic; special values as round to nearest has them. */
    private static long directed(String op, String mode, float a, float b) {
        float nearest = op.equals("add") ? a + b : op.equals("mul") ? a * b : a / b;
        boolean special = !Float.isFinite(a) || !Float.isFinite(b) || (op.equals("div") && b == 0);
        if (special || (op.equals("mul") && (a == 0 || b == 0)) || (op.equals("div") && a == 0)) {
            return bits(nearest);
        }
        BigDecimal x = new BigDecimal(a);
        BigDecimal y = new BigDecimal(b);
        BigDecimal exact = op.equals("add")
                ? x.add(y)
                : op.equals("mul") ? x.multiply(y) : x.divide(y, new MathContext(400, RoundingMode.DOWN));
        if (exact.signum() == 0) {
            return bits(mode.equals("rm") && !(a == 0 && b == 0 && bits(a) == bits(b)) ? -0f : nearest);
        }
        boolean down = mode.equals("rm") || (mode.equals("rz") && exact.signum() > 0);
        float candidate = Float.isInfinite(nearest) ? Math.copySign(Float.MAX_VALUE, nearest) : nearest;
        int side = new BigDecimal(candidate).compareTo(exact);
        if (down) {
            return bits(side > 0 ? Math.nextDown(candidate) : candidate);
        }
        return bits(side < 0 ? Math.nextUp(candidate) : candidate);
    }

    @Test
    void approximationsStayWithinPtxsError() throws PtxException {
        long[] a = new long[32];
        for (int i = 0; i < 32; i++) {
            a[i] = bits((float) (random.nextGaussian() * 20));
        }
        within("ex2.approx.f32 $d, $a;", a, x -> Math.pow(2, x), 2.4e-7, 0);
        within("sin.approx.f32 $d, $a;", a, Math::sin, 0, 6e-7);
        within("cos.approx.f32 $d, $a;", a, Math::cos, 0, 6e-7);
        within("tanh.approx.f32 $d, $a;", a, Math::tanh, 5e-4, 0);
        within("rcp.approx.f32 $d, $a;", a, x -> 1 / x, 1.2e-7, 0);
        for (int i = 0; i < 32; i++) {
            a[i] = bits(Math.abs(f(a[i])) + (i == 3 ? 0 : 1e-3f * i));
        }
        within("lg2.approx.f32 $d, $a;", a, x -> Math.log(x) / Math.log(2), 2e-7, 1e-7);
        within("rsqrt.approx.f32 $d, $a;", a, x -> 1 / Math.sqrt(x), 2.4e-7, 0);
    }

    private void within(
            String instruction,
            long[] a,
            java.util.function.DoubleUnaryOperator exact,
            double relative,
            double absolute)
            throws PtxException {
        long[] out = device.run(instruction, 32, 32, a, a, a);
        for (int i = 0; i < 32; i++) {
            double wanted = exact.applyAsDouble(f(a[i]));
            double tolerance = Math.abs(wanted) * relative + absolute + Float.MIN_VALUE;
            assertThat((double) f(out[i]))
                    .as("%s of %s", instruction, f(a[i]))
                    .isBetween(wanted - tolerance, wanted + tolerance);
        }
    }

    @Test
    void conversionsSaturateRoundAndExtendAsNamed() throws PtxException {
        for (int round = 0; round < 6; round++) {
            long[][] in = {floats(), floats(), floats()};
            compare("cvt.rzi.s32.f32 $d, $a;", 32, 32, in, (a, b, c) -> word((int) f(a)));
            compare("cvt.rni.s32.f32 $d, $a;", 32, 32, in, (a, b, c) -> word((int) Math.rint(f(a))));
            compare("cvt.rzi.u32.f32 $d, $a;", 32, 32, in, (a, b, c) -> Math.clamp((long) f(a), 0L, 0xffffffffL));
            compare("cvt.rzi.u8.f32 $d, $a;", 16, 32, in, (a, b, c) -> Math.clamp((long) f(a), 0L, 255L));
            compare(
                    "cvt.rzi.s64.f32 $d, $a;",
                    64,
                    32,
                    in,
                    (a, b, c) -> Float.isNaN(f(a)) ? Long.MIN_VALUE : (long) f(a));
            compare(
                    "cvt.rmi.f32.f32 $d, $a;",
                    32,
                    32,
                    in,
                    (a, b, c) -> Float.isNaN(f(a)) ? 0x7fffffffL : bits((float) Math.floor(f(a))));
            compare(
                    "cvt.rn.f16.f32 $d, $a;",
                    16,
                    32,
                    in,
                    (a, b, c) -> Float.isNaN(f(a)) ? 0x7fff : Float.floatToFloat16(f(a)) & 0xffff);
            compare("cvt.f64.f32 $d, $a;", 64, 32, in, (a, b, c) -> Double.doubleToRawLongBits(f(a)));
        }
        integers("cvt.s64.s32 $d, $a;", 64, 32, (a, b, c) -> (int) a);
        integers("cvt.u64.u32 $d, $a;", 64, 32, (a, b, c) -> a);
        integers("cvt.s32.s8 $d, $a;", 32, 32, (a, b, c) -> word((byte) a));
        integers("cvt.sat.s8.s32 $d, $a;", 32, 32, (a, b, c) -> word(Math.clamp((long) (int) a, -128, 127)));
        integers("cvt.sat.u16.s64 $d, $a;", 16, 64, (a, b, c) -> Math.clamp(a, 0L, 0xffffL));
        integers("cvt.rn.f32.s32 $d, $a;", 32, 32, (a, b, c) -> bits((float) (int) a));
        integers("cvt.rn.f32.u64 $d, $a;", 32, 64, (a, b, c) -> bits(new BigDecimal(big(a)).floatValue()));
        integers(
                "cvt.rn.f64.u64 $d, $a;",
                64,
                64,
                (a, b, c) -> Double.doubleToRawLongBits(new BigDecimal(big(a)).doubleValue()));
        integers("cvt.rz.f32.s32 $d, $a;", 32, 32, (a, b, c) -> truncated((int) a));
    }

    private static long truncated(int a) {
        float nearest = a;
        return bits(
                Math.abs((double) nearest) <= Math.abs((double) a)
                        ? nearest
                        : nearest > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest));
    }

    @Test
    void comparisonsKnowWhatIsUnordered() throws PtxException {
        for (int round = 0; round < 4; round++) {
            long[][] in = {floats(), floats(), floats()};
            compare("setp.lt.f32 $d, $a, $b;", 1, 32, in, (a, b, c) -> f(a) < f(b) ? 1 : 0);
            compare("setp.ltu.f32 $d, $a, $b;", 1, 32, in, (a, b, c) -> f(a) >= f(b) ? 0 : 1);
            compare("setp.ne.f32 $d, $a, $b;", 1, 32, in, (a, b, c) -> f(a) < f(b) || f(a) > f(b) ? 1 : 0);
            compare("setp.neu.f32 $d, $a, $b;", 1, 32, in, (a, b, c) -> f(a) != f(b) ? 1 : 0);
            compare("setp.nan.f32 $d, $a, $b;", 1, 32, in, (a, b, c) -> Float.isNaN(f(a)) || Float.isNaN(f(b)) ? 1 : 0);
        }
        integers("setp.hi.u32 $d, $a, $b;", 1, 32, (a, b, c) -> a > b ? 1 : 0);
        integers("setp.le.s64 $d, $a, $b;", 1, 64, (a, b, c) -> a <= b ? 1 : 0);
        integers("setp.eq.s16 $d, $a, $b;", 1, 16, (a, b, c) -> a == b ? 1 : 0);
        integers("setp.lt.and.s32 $d|%p2, $a, $b, %p0;", 1, 32, (a, b, c) -> -1, true);
        integers("slct.s32.f32 $d, $a, $b, $c;", 32, 32, (a, b, c) -> f(c) >= 0 ? a : b);
    }

    @SuppressWarnings("UnusedVariable") // the flag says that lanes differ: odd ones may hold, even ones never
    private void integers(String instruction, int result, int width, Lane unused, boolean oddOnly) throws PtxException {
        long[] a = operands();
        long[] b = operands();
        long[] out = device.run(instruction, result, width, a, b, a);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i]).isEqualTo(i % 2 == 1 && (int) a[i] < (int) b[i] ? 1 : 0);
        }
    }

    @Test
    void halvesAndPairsOfHalvesRoundOnce() throws PtxException {
        for (int round = 0; round < 6; round++) {
            long[][] in = {halves(), halves(), halves()};
            compare("add.f16 $d, $a, $b;", 16, 16, in, (a, b, c) -> half(h(a) + h(b)));
            compare("mul.f16 $d, $a, $b;", 16, 16, in, (a, b, c) -> half(h(a) * h(b)));
            compare(
                    "fma.rn.f16 $d, $a, $b, $c;",
                    16,
                    16,
                    in,
                    (a, b, c) -> halfOf(
                            new BigDecimal(h(a)).multiply(new BigDecimal(h(b))).add(new BigDecimal(h(c)))));
            compare("cvt.f32.f16 $d, $a;", 32, 16, in, (a, b, c) -> bits(h(a)));
        }
        integers("mov.b32 {%h1, %h2}, $a; mov.b32 $d, {%h2, %h1};", 32, 32, (a, b, c) -> word(a << 16 | a >>> 16));
        integers("mov.b64 {%r1, %r2}, $a; mov.b64 $d, {%r2, %r1};", 64, 64, (a, b, c) -> Long.rotateLeft(a, 32));
    }

    private long[] halves() {
        long[] values = new long[32];
        for (int i = 0; i < 32; i++) {
            values[i] = Float.floatToFloat16((float) (random.nextGaussian() * (i % 3 == 0 ? 1e-3 : 10))) & 0xffff;
        }
        return values;
    }

    private static float h(long bits) {
        return Float.float16ToFloat((short) bits);
    }

    private static long half(float value) {
        return Float.floatToFloat16(value) & 0xffff;
    }

    /** The half nearest to an exact value, ties to even, by trying the neighbours. */
    private static long halfOf(BigDecimal exact) {
        short guess = Float.floatToFloat16(exact.floatValue());
        short best = guess;
        for (int step = -1; step <= 1; step++) {
            short candidate = (short) (guess + step);
            BigDecimal distance = new BigDecimal(h(candidate)).subtract(exact).abs();
            int nearer =
                    distance.compareTo(new BigDecimal(h(best)).subtract(exact).abs());
            if (nearer < 0 || (nearer == 0 && (candidate & 1) == 0)) {
                best = candidate;
            }
        }
        return best & 0xffff;
    }

    @Test
    void doublesRoundInEveryDirection() throws PtxException {
        integers("add.rn.f64 $d, $a, $b;", 64, 64, (a, b, c) -> canonical(d(a) + d(b)));
        for (int round = 0; round < 4; round++) {
            long[] a = new long[32];
            long[] b = new long[32];
            for (int i = 0; i < 32; i++) {
                a[i] = Double.doubleToRawLongBits(random.nextGaussian() * 1e10);
                b[i] = Double.doubleToRawLongBits(random.nextGaussian());
            }
            compare("mul.rm.f64 $d, $a, $b;", 64, 64, new long[][] {a, b, b}, (x, y, z) -> down(d(x), d(y)));
        }
    }

    private static long canonical(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static long down(double a, double b) {
        double nearest = a * b;
        boolean above = new BigDecimal(nearest).compareTo(new BigDecimal(a).multiply(new BigDecimal(b))) > 0;
        return Double.doubleToRawLongBits(above ? Math.nextDown(nearest) : nearest);
    }
}
