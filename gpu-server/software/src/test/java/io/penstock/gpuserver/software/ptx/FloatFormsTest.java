package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Floating arithmetic in every rounding, against exact decimal numbers; flushing, saturation and what is no number. */
final class FloatFormsTest {
    private static final MathContext LONG = new MathContext(2500, RoundingMode.DOWN);

    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(17);

    @AfterEach
    void close() {
        device.close();
    }

    private static double number(int width, long raw) {
        return width == 64 ? Double.longBitsToDouble(raw) : Float.intBitsToFloat((int) raw);
    }

    private static long raw(int width, double value) {
        return width == 64
                ? Double.doubleToRawLongBits(value)
                : Integer.toUnsignedLong(Float.floatToRawIntBits((float) value));
    }

    private double any(int width) {
        float edge = EdgeValues.SINGLES[random.nextInt(EdgeValues.SINGLES.length)];
        int exponent = random.nextInt(width == 64 ? 300 : 60) - (width == 64 ? 150 : 30);
        double drawn = random.nextGaussian() * Math.pow(2, exponent);
        double value = random.nextInt(4) == 0 ? edge : random.nextInt(3) == 0 ? random.nextInt(9) - 4 : drawn;
        return width == 64 ? value : (float) value;
    }

    private static double next(int width, double value, boolean up) {
        return width == 64
                ? (up ? Math.nextUp(value) : Math.nextDown(value))
                : (up ? Math.nextUp((float) value) : Math.nextDown((float) value));
    }

    /** The number of the width that an exact value rounds to; zero and infinities are told apart before. */
    private static double rounded(int width, String mode, BigDecimal exact) {
        double nearest = width == 64 ? exact.doubleValue() : exact.floatValue();
        double most = width == 64 ? Double.MAX_VALUE : Float.MAX_VALUE;
        if (mode.equals("rn")) {
            return nearest;
        }
        double candidate = Double.isInfinite(nearest) ? Math.copySign(most, nearest) : nearest;
        int side = new BigDecimal(candidate).compareTo(exact);
        boolean down = mode.equals("rm") || (mode.equals("rz") && exact.signum() > 0);
        if (down && side > 0) {
            return next(width, candidate, false);
        }
        double found = !down && side < 0 ? next(width, candidate, true) : candidate;
        return found == 0 ? Math.copySign(0.0, exact.signum()) : found;
    }

    private static double exactly(String operation, double a, double b, double c) {
        return switch (operation) {
            case "add" -> a + b;
            case "sub" -> a - b;
            case "mul" -> a * b;
            case "div" -> a / b;
            case "rcp" -> 1 / a;
            case "sqrt" -> Math.sqrt(a);
            default -> a * b + c;
        };
    }

    private static BigDecimal decimal(String operation, double a, double b, double c) {
        BigDecimal x = new BigDecimal(a);
        return switch (operation) {
            case "add" -> x.add(new BigDecimal(b));
            case "sub" -> x.subtract(new BigDecimal(b));
            case "mul" -> x.multiply(new BigDecimal(b));
            case "div" -> x.divide(new BigDecimal(b), LONG);
            case "rcp" -> BigDecimal.ONE.divide(x, LONG);
            case "sqrt" -> x.sqrt(new MathContext(900, RoundingMode.DOWN));
            default -> x.multiply(new BigDecimal(b)).add(new BigDecimal(c));
        };
    }

    private static double flushed(boolean flush, double value) {
        return flush && Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0.0, value) : value;
    }

    /** What the instruction gives; NaN for any that is no number. */
    private static double expected(String operation, String mode, int width, boolean flush, double... operands) {
        double a = flushed(flush, operands[0]);
        double b = flushed(flush, operands[1]);
        double c = flushed(flush, operands[2]);
        double special = exactly(operation, a, b, c);
        boolean usesB = !operation.equals("rcp") && !operation.equals("sqrt");
        boolean finite = Double.isFinite(a)
                && (!usesB || Double.isFinite(b))
                && (!(operation.equals("fma") || operation.equals("mad")) || Double.isFinite(c));
        boolean byZero = (operation.equals("div") && b == 0) || (operation.equals("rcp") && a == 0);
        if (!finite || byZero || (operation.equals("sqrt") && a < 0)) {
            return special;
        }
        BigDecimal exact = decimal(operation, a, b, c);
        if (exact.signum() == 0) {
            boolean sum = !operation.equals("mul") && !operation.equals("div") && usesB;
            double first = operation.equals("add") || operation.equals("sub") ? a : a * b;
            double second = operation.equals("add") ? b : operation.equals("sub") ? -b : c;
            boolean sameSigns = Math.copySign(1, first) == Math.copySign(1, second) && first == 0 && second == 0;
            return sum && !sameSigns ? (mode.equals("rm") ? -0.0 : 0.0) : special;
        }
        return flushed(flush, rounded(width, mode, exact));
    }

    private void check(String opcode, String operation, String mode, int width, boolean saturate) throws PtxException {
        boolean one = operation.equals("rcp") || operation.equals("sqrt");
        boolean three = operation.equals("fma") || operation.equals("mad");
        String instruction = opcode + (one ? " $d, $a;" : three ? " $d, $a, $b, $c;" : " $d, $a, $b;");
        for (int round = 0; round < 4; round++) {
            long[][] in = new long[3][32];
            for (int i = 0; i < 96; i++) {
                in[i / 32][i % 32] = raw(width, any(width));
            }
            long[] out = device.run(instruction, width, width, in[0], in[1], in[2]);
            for (int i = 0; i < 32; i++) {
                double a = number(width, in[0][i]);
                double b = number(width, in[1][i]);
                double c = number(width, in[2][i]);
                double wanted = expected(operation, mode, width, opcode.contains("ftz"), a, b, c);
                if (saturate) {
                    wanted = wanted > 0 ? Math.min(wanted, 1) : 0.0;
                }
                double got = number(width, out[i]);
                boolean same = Double.isNaN(wanted) ? Double.isNaN(got) : out[i] == raw(width, wanted);
                assertThat(same)
                        .as("%s of %s %s %s is %s, expected %s", opcode, a, b, c, got, wanted)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "mul", "fma", "mad", "div", "rcp", "sqrt"})
    void singlesRoundAsTheyAreTold(String operation) throws PtxException {
        boolean saturates = !operation.equals("div") && !operation.equals("rcp") && !operation.equals("sqrt");
        for (String mode : new String[] {"rn", "rz", "rm", "rp"}) {
            for (String flush : new String[] {"", ".ftz"}) {
                check(operation + "." + mode + flush + ".f32", operation, mode, 32, false);
                if (saturates) {
                    check(operation + "." + mode + flush + ".sat.f32", operation, mode, 32, true);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "mul"})
    void singlesRoundToTheNearestWithoutBeingTold(String operation) throws PtxException {
        for (String flush : new String[] {"", ".ftz"}) {
            check(operation + flush + ".f32", operation, "rn", 32, false);
            check(operation + flush + ".sat.f32", operation, "rn", 32, true);
        }
        check(operation + ".f64", operation, "rn", 64, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "mul", "fma", "mad", "div", "rcp", "sqrt"})
    void doublesRoundAsTheyAreTold(String operation) throws PtxException {
        for (String mode : new String[] {"rn", "rz", "rm", "rp"}) {
            check(operation + "." + mode + ".f64", operation, mode, 64, false);
        }
    }

    @ParameterizedTest
    @CsvSource({"f32,32", "f64,64"})
    void comparisonsAndExtremes(String type, int width) throws PtxException {
        String[] names = {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};
        for (int round = 0; round < 3; round++) {
            long[][] in = new long[2][32];
            for (int i = 0; i < 64; i++) {
                in[i / 32][i % 32] = raw(width, any(width));
            }
            for (String name : names) {
                checkOrder(name, "", type, width, in);
                if (width == 32) {
                    checkOrder(name, ".ftz", type, width, in);
                }
            }
            for (String name : new String[] {"min", "max"}) {
                long[] out = device.run(name + "." + type + " $d, $a, $b;", width, width, in[0], in[1], in[1]);
                for (int i = 0; i < 32; i++) {
                    double a = number(width, in[0][i]);
                    double b = number(width, in[1][i]);
                    double best = name.equals("min") ? Math.min(a, b) : Math.max(a, b);
                    double wanted = Double.isNaN(a) ? b : Double.isNaN(b) ? a : best;
                    double got = number(width, out[i]);
                    assertThat(Double.isNaN(wanted) ? Double.isNaN(got) : out[i] == raw(width, wanted))
                            .as("%s of %s %s is %s", name, a, b, got)
                            .isTrue();
                }
            }
        }
    }

    private void checkOrder(String name, String flush, String type, int width, long[][] in) throws PtxException {
        long[] out = device.run("setp." + name + flush + "." + type + " $d, $a, $b;", 1, width, in[0], in[1], in[1]);
        for (int i = 0; i < 32; i++) {
            double a = flushed(!flush.isEmpty(), number(width, in[0][i]));
            double b = flushed(!flush.isEmpty(), number(width, in[1][i]));
            assertThat(out[i]).as("%s%s %s %s", name, flush, a, b).isEqualTo(holds(name, a, b) ? 1 : 0);
        }
    }

    private static boolean holds(String name, double a, double b) {
        boolean unordered = Double.isNaN(a) || Double.isNaN(b);
        if (name.equals("num") || name.equals("nan")) {
            return unordered == name.equals("nan");
        }
        if (unordered) {
            return name.endsWith("u");
        }
        return switch (name.substring(0, 2)) {
            case "eq" -> a == b;
            case "ne" -> a != b;
            case "lt" -> a < b;
            case "le" -> a <= b;
            case "gt" -> a > b;
            default -> a >= b;
        };
    }

    @ParameterizedTest
    @CsvSource({"f32,32", "f64,64"})
    void signsAndKinds(String type, int width) throws PtxException {
        long[][] in = new long[2][32];
        for (int i = 0; i < 64; i++) {
            in[i / 32][i % 32] = raw(width, any(width));
        }
        in[0][3] = width == 64 ? 1 : 7;
        in[0][6] = raw(width, Double.NaN);
        in[0][9] = raw(width, Double.NEGATIVE_INFINITY);
        long sign = 1L << (width - 1);
        for (int i = 0; i < 32; i += 3) {
            double a = number(width, in[0][i]);
            double least = width == 64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
            boolean subnormal = a != 0 && Math.abs(a) < least;
            assertOne("abs." + type + " $d, $a;", width, width, in, i, in[0][i] & ~sign);
            assertOne("neg." + type + " $d, $a;", width, width, in, i, in[0][i] ^ sign);
            assertOne("copysign." + type + " $d, $a, $b;", width, width, in, i, (in[1][i] & ~sign) | (in[0][i] & sign));
            assertOne("testp.finite." + type + " $d, $a;", 1, width, in, i, Double.isFinite(a) ? 1 : 0);
            assertOne("testp.infinite." + type + " $d, $a;", 1, width, in, i, Double.isInfinite(a) ? 1 : 0);
            assertOne("testp.number." + type + " $d, $a;", 1, width, in, i, Double.isNaN(a) ? 0 : 1);
            assertOne("testp.notanumber." + type + " $d, $a;", 1, width, in, i, Double.isNaN(a) ? 1 : 0);
            assertOne("testp.subnormal." + type + " $d, $a;", 1, width, in, i, subnormal ? 1 : 0);
            boolean normal = Double.isFinite(a) && a != 0 && !subnormal;
            assertOne("testp.normal." + type + " $d, $a;", 1, width, in, i, normal ? 1 : 0);
        }
    }

    private void assertOne(String instruction, int result, int width, long[][] in, int lane, long wanted)
            throws PtxException {
        long[] out = device.run(instruction, result, width, in[0], in[1], in[1]);
        boolean nan = result > 1 && Double.isNaN(number(width, wanted)) && Double.isNaN(number(width, out[lane]));
        assertThat(nan ? wanted : out[lane])
                .as("%s of %x", instruction, in[0][lane])
                .isEqualTo(wanted);
    }
}
