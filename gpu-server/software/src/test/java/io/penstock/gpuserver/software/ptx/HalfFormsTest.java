package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Halves and bfloats, alone and in pairs: the nearest of all their 65,536 values to the exact result. */
final class HalfFormsTest {
    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(23);

    @AfterEach
    void close() {
        device.close();
    }

    /** A narrow format by its bits. */
    private static double value(String type, int bits) {
        return type.startsWith("b") ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat((short) bits);
    }

    private static int largest(String type) {
        return type.startsWith("b") ? 0x7f7f : 0x7bff;
    }

    /** The bits that an exact value rounds to: found among all of one sign, which are in order. */
    private static int rounded(String type, String mode, BigDecimal exact, boolean negativeZero) {
        if (exact.signum() == 0) {
            return negativeZero ? 0x8000 : 0;
        }
        int sign = exact.signum() < 0 ? 0x8000 : 0;
        BigDecimal size = exact.abs();
        int low = 0;
        int high = largest(type) + 1;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (new BigDecimal(value(type, middle)).compareTo(size) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        BigDecimal below = new BigDecimal(value(type, low));
        if (below.compareTo(size) == 0) {
            return sign | low;
        }
        boolean away = mode.equals("rp") ? sign == 0 : mode.equals("rm") && sign != 0;
        if (mode.equals("rn")) {
            BigDecimal above = low == largest(type)
                    ? below.add(below.subtract(new BigDecimal(value(type, low - 1))))
                    : new BigDecimal(value(type, low + 1));
            int nearer = size.subtract(below).compareTo(above.subtract(size));
            away = nearer > 0 || (nearer == 0 && (low & 1) != 0);
        }
        return sign | (away ? low + 1 : low);
    }

    private int any(String type) {
        if (random.nextInt(4) == 0) {
            return random.nextInt(0x10000);
        }
        float drawn = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(24) - 16));
        return type.startsWith("b") ? Float.floatToRawIntBits(drawn) >>> 16 : Float.floatToFloat16(drawn) & 0xffff;
    }

    private static int flushed(boolean flush, int bits) {
        return flush && (bits & 0x7c00) == 0 ? bits & 0x8000 : bits;
    }

    /** One element of the result, or -1 for any that is no number. */
    private static int expected(String opcode, String type, int x, int y, int z) {
        boolean flush = opcode.contains("ftz");
        double a = value(type, flushed(flush, x));
        double b = value(type, flushed(flush, y));
        double c = value(type, flushed(flush, z));
        String operation = opcode.substring(0, 3);
        double rough = switch (operation) {
            case "add" -> a + b;
            case "sub" -> a - b;
            case "mul" -> a * b;
            default -> a * b + c;
        };
        boolean finite = Double.isFinite(a) && Double.isFinite(b) && (!operation.equals("fma") || Double.isFinite(c));
        int bits;
        if (!finite) {
            bits = Double.isNaN(rough) ? -1 : (rough < 0 ? 0x8000 : 0) | (largest(type) + 1);
        } else {
            BigDecimal left = new BigDecimal(a);
            BigDecimal right = new BigDecimal(b);
            BigDecimal exact = switch (operation) {
                case "add" -> left.add(right);
                case "sub" -> left.subtract(right);
                case "mul" -> left.multiply(right);
                default -> left.multiply(right).add(new BigDecimal(c));
            };
            bits = flushed(flush, rounded(type, "rn", exact, Math.copySign(1, rough) < 0));
        }
        if (opcode.contains(".sat")) {
            int one = type.startsWith("b") ? 0x3f80 : 0x3c00;
            return bits < 0 || bits >= 0x8000 ? 0 : Math.min(bits, one);
        }
        if (opcode.contains(".relu")) {
            return bits >= 0x8000 ? 0 : bits;
        }
        return bits;
    }

    private static boolean same(String type, int wanted, int got) {
        return wanted < 0 ? Double.isNaN(value(type, got)) : wanted == got;
    }

    private long[] draw(String type, boolean pair) {
        long[] values = new long[32];
        for (int i = 0; i < 32; i++) {
            values[i] = any(type) | (pair ? (long) any(type) << 16 : 0);
        }
        return values;
    }

    private void check(String opcode, String type) throws PtxException {
        for (String suffix : new String[] {"", "x2"}) {
            boolean pair = !suffix.isEmpty();
            String whole = opcode + "." + type + suffix;
            for (int round = 0; round < 4; round++) {
                long[] a = draw(type, pair);
                long[] b = draw(type, pair);
                long[] c = draw(type, pair);
                String operands = opcode.startsWith("fma") ? " $d, $a, $b, $c;" : " $d, $a, $b;";
                int width = pair ? 32 : 16;
                long[] out = device.run(whole + operands, width, width, a, b, c);
                for (int i = 0; i < (pair ? 64 : 32); i++) {
                    int shift = i / 32 * 16;
                    int x = (int) (a[i % 32] >> shift) & 0xffff;
                    int y = (int) (b[i % 32] >> shift) & 0xffff;
                    int z = (int) (c[i % 32] >> shift) & 0xffff;
                    int got = (int) (out[i % 32] >> shift) & 0xffff;
                    int wanted = expected(opcode, type, x, y, z);
                    assertThat(same(type, wanted, got))
                            .as("%s of %x %x %x is %x, expected %x", whole, x, y, z, got, wanted)
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "mul", "add.rn", "sub.rn", "mul.rn", "fma.rn"})
    void halvesRoundOnce(String operation) throws PtxException {
        for (String flush : new String[] {"", ".ftz"}) {
            check(operation + flush, "f16");
            check(operation + flush + ".sat", "f16");
            if (operation.startsWith("fma")) {
                check(operation + flush + ".relu", "f16");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fma.rn", "fma.rn.relu"})
    void bfloatsRoundOnce(String operation) throws PtxException {
        check(operation, "bf16");
    }

    @ParameterizedTest
    @CsvSource({"f16,min", "f16,max", "bf16,min", "bf16,max"})
    void extremesPreferNumbersUnlessTold(String type, String operation) throws PtxException {
        for (String mode : new String[] {"", ".NaN"}) {
            long[] a = draw(type, false);
            long[] b = draw(type, false);
            a[1] = 0x7fff;
            b[2] = 0x7fff;
            a[3] = 0;
            b[3] = 0x8000;
            a[4] = 0x8000;
            b[4] = 0;
            long[] out = device.run(operation + mode + "." + type + " $d, $a, $b;", 16, 16, a, b, b);
            for (int i = 0; i < 32; i++) {
                double x = value(type, (int) a[i]);
                double y = value(type, (int) b[i]);
                boolean lost = Double.isNaN(x) || Double.isNaN(y);
                double best = operation.equals("min") ? Math.min(x, y) : Math.max(x, y);
                double wanted = !lost || !mode.isEmpty() ? best : Double.isNaN(x) ? y : x;
                double got = value(type, (int) out[i]);
                assertThat(Double.compare(wanted, got))
                        .as("%s%s of %s %s is %s", operation, mode, x, y, got)
                        .isZero();
            }
        }
    }

    @Test
    void floatsBecomeHalvesInEveryRounding() throws PtxException {
        for (int round = 0; round < 4; round++) {
            long[] a = new long[32];
            long[] b = new long[32];
            for (int i = 0; i < 32; i++) {
                a[i] = Integer.toUnsignedLong(Float.floatToRawIntBits(
                        (float) (random.nextGaussian() * Math.pow(2, random.nextInt(44) - 26))));
                b[i] = Integer.toUnsignedLong(Float.floatToRawIntBits((float) random.nextGaussian() * (i % 3 - 1)));
            }
            for (String mode : new String[] {"rn", "rz", "rm", "rp"}) {
                convert("f16", mode, a, b);
            }
            convert("bf16", "rn", a, b);
            convert("bf16", "rz", a, b);
        }
    }

    private void convert(String type, String mode, long[] a, long[] b) throws PtxException {
        String one = "cvt." + mode + "." + type + ".f32 %h3, $a; cvt.u32.u16 $d, %h3;";
        long[] out = device.run(one, 32, 32, a, b, b);
        boolean paired = mode.equals("rn") || mode.equals("rz");
        String two = "cvt." + mode + "." + type + "x2.f32 $d, $a, $b;";
        long[] pairs = paired ? device.run(two, 32, 32, a, b, b) : out;
        for (int i = 0; i < 32; i++) {
            long high = narrowed(type, mode, a[i]);
            assertThat(out[i]).as("%s of %x", one, a[i]).isEqualTo(high);
            long both = (high << 16) | narrowed(type, mode, b[i]);
            assertThat(pairs[i]).as("%s of %x %x", two, a[i], b[i]).isEqualTo(paired ? both : high);
        }
    }

    @Test
    void comparisonsFlushAsTheyAreTold() throws PtxException {
        long[] a = draw("f16", false);
        long[] b = draw("f16", false);
        a[0] = 3;
        b[0] = 0x8001;
        a[1] = 0x3ff;
        b[1] = 0x400;
        for (String flush : new String[] {"", ".ftz"}) {
            for (String name : new String[] {"eq", "lt", "geu"}) {
                long[] out = device.run("setp." + name + flush + ".f16 $d, $a, $b;", 1, 16, a, b, b);
                for (int i = 0; i < 32; i++) {
                    double x = value("f16", flushed(!flush.isEmpty(), (int) a[i]));
                    double y = value("f16", flushed(!flush.isEmpty(), (int) b[i]));
                    boolean holds = name.equals("eq") ? x == y : name.equals("lt") ? x < y : !(x < y);
                    assertThat(out[i]).as("%s%s of %s %s", name, flush, x, y).isEqualTo(holds ? 1 : 0);
                }
            }
        }
    }

    private static int narrowed(String type, String mode, long bits) {
        float value = Float.intBitsToFloat((int) bits);
        return rounded(type, mode, new BigDecimal(value), Math.copySign(1, value) < 0);
    }
}
