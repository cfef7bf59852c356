package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every integer type in every form, against whole numbers without a width. */
final class IntegerFormsTest {
    private static final BigInteger ONE = BigInteger.ONE;
    private static final BigInteger ZERO = BigInteger.ZERO;

    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(11);

    @AfterEach
    void close() {
        device.close();
    }

    /** What an instruction means for numbers. */
    private interface Meaning {
        BigInteger of(BigInteger a, BigInteger b, BigInteger c);
    }

    private static int bits(String type) {
        return Integer.parseInt(type.substring(1));
    }

    private static boolean signed(String type) {
        return type.charAt(0) == 's';
    }

    /** The number that bits of a type stand for. */
    private static BigInteger number(String type, long raw) {
        int width = bits(type);
        BigInteger unsigned = BigInteger.valueOf(raw).and(ONE.shiftLeft(width).subtract(ONE));
        return signed(type) && unsigned.testBit(width - 1) ? unsigned.subtract(ONE.shiftLeft(width)) : unsigned;
    }

    private static long raw(int width, BigInteger number) {
        return number.and(ONE.shiftLeft(width).subtract(ONE)).longValue();
    }

    private long[] operands() {
        long[] values = new long[32];
        for (int i = 0; i < 32; i++) {
            long edge = EdgeValues.WORDS[random.nextInt(EdgeValues.WORDS.length)];
            values[i] = random.nextInt(3) == 0 ? random.nextLong() >> random.nextInt(64) : edge;
        }
        return values;
    }

    /** The result has the type's width unless another is given. */
    private void check(String instruction, String type, int resultBits, Meaning meaning) throws PtxException {
        for (int round = 0; round < 3; round++) {
            long[] a = operands();
            long[] b = operands();
            long[] c = operands();
            long[] out = device.run(
                    instruction.replace("%x", bits(type) == 64 ? "%w5" : "%r5"), resultBits, bits(type), a, b, c);
            for (int i = 0; i < 32; i++) {
                BigInteger wanted = meaning.of(number(type, a[i]), number(type, b[i]), number(type, c[i]));
                assertThat(out[i])
                        .as("%s of %x %x %x", instruction, a[i], b[i], c[i])
                        .isEqualTo(raw(resultBits, wanted));
            }
        }
    }

    private void check(String instruction, String type, Meaning meaning) throws PtxException {
        check(instruction, type, bits(type), meaning);
    }

    @ParameterizedTest
    @ValueSource(strings = {"u16", "s16", "u32", "s32", "u64", "s64"})
    void arithmeticWraps(String type) throws PtxException {
        int width = bits(type);
        check("add." + type + " $d, $a, $b;", type, (a, b, c) -> a.add(b));
        check("sub." + type + " $d, $a, $b;", type, (a, b, c) -> a.subtract(b));
        check("mul.lo." + type + " $d, $a, $b;", type, (a, b, c) -> a.multiply(b));
        check(
                "mul.hi." + type + " $d, $a, $b;",
                type,
                (a, b, c) -> a.multiply(b).shiftRight(width));
        check(
                "mad.lo." + type + " $d, $a, $b, $c;",
                type,
                (a, b, c) -> a.multiply(b).add(c));
        check(
                "mad.hi." + type + " $d, $a, $b, $c;",
                type,
                (a, b, c) -> a.multiply(b).shiftRight(width).add(c));
        check("min." + type + " $d, $a, $b;", type, (a, b, c) -> a.min(b));
        check("max." + type + " $d, $a, $b;", type, (a, b, c) -> a.max(b));
        check(
                "sad." + type + " $d, $a, $b, $c;",
                type,
                (a, b, c) -> a.subtract(b).abs().add(c));
        String odd = "or.b" + width + " $b, $b, 1; ";
        check(odd + "div." + type + " $d, $a, $b;", type, (a, b, c) -> a.divide(b.or(ONE)));
        check(odd + "rem." + type + " $d, $a, $b;", type, (a, b, c) -> a.remainder(b.or(ONE)));
        if (signed(type)) {
            check("abs." + type + " $d, $a;", type, (a, b, c) -> a.abs());
            check("neg." + type + " $d, $a;", type, (a, b, c) -> a.negate());
        }
        if (width < 64) {
            check("mul.wide." + type + " $d, $a, $b;", type, 2 * width, (a, b, c) -> a.multiply(b));
            String third = width == 16 ? "cvt.u32.u16 %r7, $c; " : "cvt.u64.u32 %w7, $c; ";
            check(
                    third + "mad.wide." + type + " $d, $a, $b, " + (width == 16 ? "%r7;" : "%w7;"),
                    type,
                    2 * width,
                    (a, b, c) -> a.multiply(b).add(number("u" + width, raw(width, c))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"u32", "s32", "u64", "s64"})
    void carriesGoFromOneInstructionToTheNext(String type) throws PtxException {
        int width = bits(type);
        String unsigned = "u" + width;
        Meaning carry = (a, b, c) -> plain(width, a).add(plain(width, b)).shiftRight(width);
        check(
                "add.cc." + type + " %x, $a, $b; addc." + type + " $d, $c, 0;",
                type,
                (a, b, c) -> c.add(carry.of(a, b, c)));
        check(
                "add.cc." + type + " %x, $a, $b; addc.cc." + type + " %x, $c, $c; addc." + type + " $d, 0, 0;",
                type,
                (a, b, c) -> plain(width, c)
                        .add(plain(width, c))
                        .add(carry.of(a, b, c))
                        .shiftRight(width));
        check(
                "sub.cc." + type + " %x, $a, $b; subc." + type + " $d, $c, 1;",
                type,
                (a, b, c) -> c.subtract(ONE).subtract(plain(width, a).compareTo(plain(width, b)) < 0 ? ONE : ZERO));
        check(
                "sub.cc." + type + " %x, $a, $b; subc.cc." + type + " %x, $b, $c; subc." + type + " $d, 0, 0;",
                type,
                (a, b, c) -> {
                    BigInteger borrow = plain(width, a).compareTo(plain(width, b)) < 0 ? ONE : ZERO;
                    BigInteger rest = plain(width, b).subtract(plain(width, c)).subtract(borrow);
                    return rest.signum() < 0 ? ONE.negate() : ZERO;
                });
        for (String half : new String[] {"lo", "hi"}) {
            Meaning product = (a, b, c) -> plain(
                    width, half.equals("lo") ? a.multiply(b) : a.multiply(b).shiftRight(width));
            check(
                    "mad." + half + ".cc." + type + " %x, $a, $b, $c; addc." + unsigned + " $d, 0, 0;",
                    type,
                    (a, b, c) -> product.of(a, b, c).add(plain(width, c)).shiftRight(width));
            check(
                    "add.cc." + type + " %x, $b, $c; madc." + half + "." + type + " $d, $a, $b, $c;",
                    type,
                    (a, b, c) -> product.of(a, b, c).add(c).add(carry.of(b, c, a)));
            check(
                    "add.cc." + type + " %x, $b, $c; madc." + half + ".cc." + type + " %x, $a, $b, $c; addc." + unsigned
                            + " $d, 0, 0;",
                    type,
                    (a, b, c) -> product.of(a, b, c)
                            .add(plain(width, c))
                            .add(carry.of(b, c, a))
                            .shiftRight(width));
        }
    }

    private static BigInteger plain(int width, BigInteger number) {
        return number.and(ONE.shiftLeft(width).subtract(ONE));
    }

    @Test
    void wordsSaturateAndProductsOf24BitsKeepTheirHalf() throws PtxException {
        check("add.sat.s32 $d, $a, $b;", "s32", (a, b, c) -> clamp("s32", a.add(b)));
        check("sub.sat.s32 $d, $a, $b;", "s32", (a, b, c) -> clamp("s32", a.subtract(b)));
        for (String type : new String[] {"u32", "s32"}) {
            Meaning product = (a, b, c) -> number(type, raw(32, a.shiftLeft(8)))
                    .shiftRight(8)
                    .multiply(number(type, raw(32, b.shiftLeft(8))).shiftRight(8));
            check("mul24.lo." + type + " $d, $a, $b;", type, product);
            check(
                    "mul24.hi." + type + " $d, $a, $b;",
                    type,
                    (a, b, c) -> product.of(a, b, c).shiftRight(16));
            check(
                    "mad24.lo." + type + " $d, $a, $b, $c;",
                    type,
                    (a, b, c) -> product.of(a, b, c).add(c));
            check(
                    "mad24.hi." + type + " $d, $a, $b, $c;",
                    type,
                    (a, b, c) -> product.of(a, b, c).shiftRight(16).add(c));
        }
        for (String left : new String[] {"u32", "s32"}) {
            for (String right : new String[] {"u32", "s32"}) {
                check("dp4a." + left + "." + right + " $d, $a, $b, $c;", "s32", (a, b, c) -> {
                    BigInteger sum = c;
                    for (int i = 0; i < 32; i += 8) {
                        sum = sum.add(number(
                                        left.charAt(0) + "8", a.shiftRight(i).longValue())
                                .multiply(number(
                                        right.charAt(0) + "8", b.shiftRight(i).longValue())));
                    }
                    return sum;
                });
            }
        }
    }

    private static BigInteger clamp(String type, BigInteger number) {
        int width = bits(type);
        BigInteger least = signed(type) ? ONE.shiftLeft(width - 1).negate() : ZERO;
        return number.max(least).min(least.add(ONE.shiftLeft(width)).subtract(ONE));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void bitsAreBits(int width) throws PtxException {
        String type = "u" + width;
        String b = "b" + width;
        check("and." + b + " $d, $a, $b;", type, (x, y, z) -> x.and(y));
        check("or." + b + " $d, $a, $b;", type, (x, y, z) -> x.or(y));
        check("xor." + b + " $d, $a, $b;", type, (x, y, z) -> x.xor(y));
        check("not." + b + " $d, $a;", type, (x, y, z) -> x.not());
        check("cnot." + b + " $d, $a;", type, (x, y, z) -> x.signum() == 0 ? ONE : ZERO);
        String amount =
                width == 16 ? "cvt.u32.u16 %r7, $b; " : width == 32 ? "mov.b32 %r7, $b; " : "cvt.u32.u64 %r7, $b; ";
        for (String kind : new String[] {"b", "u", "s"}) {
            check(
                    amount + "shr." + kind + width + " $d, $a, %r7;",
                    kind.equals("s") ? "s" + width : type,
                    (x, y, z) -> {
                        long by = plain(32, y).longValue();
                        return x.shiftRight((int) Math.min(by, 100));
                    });
        }
        check(amount + "shl." + b + " $d, $a, %r7;", type, (x, y, z) -> {
            long by = plain(32, y).longValue();
            return by >= width ? ZERO : x.shiftLeft((int) by);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void countsAndFieldsFollowTheirDefinitions(int width) throws PtxException {
        String type = "u" + width;
        check("popc.b" + width + " %r6, $a;" + move(width), type, (a, b, c) -> number(a.bitCount()));
        check("clz.b" + width + " %r6, $a;" + move(width), type, (a, b, c) -> number(width - a.bitLength()));
        check("brev.b" + width + " $d, $a;", type, (a, b, c) -> {
            BigInteger reversed = ZERO;
            for (int i = 0; i < width; i++) {
                reversed = a.testBit(i) ? reversed.setBit(width - 1 - i) : reversed;
            }
            return reversed;
        });
        String fields = "cvt.u32.u" + width + " %r6, $b; cvt.u32.u" + width + " %r7, $c; ";
        for (String kind : new String[] {"u", "s"}) {
            String field = kind + width;
            check("bfind." + field + " %r6, $a;" + move(width), field, (a, b, c) -> {
                BigInteger found = a.signum() < 0 ? a.not() : a;
                return found.signum() == 0 ? number(0xffffffffL) : number(found.bitLength() - 1);
            });
            check("bfind.shiftamt." + field + " %r6, $a;" + move(width), field, (a, b, c) -> {
                BigInteger found = a.signum() < 0 ? a.not() : a;
                return found.signum() == 0 ? number(0xffffffffL) : number(width - found.bitLength());
            });
            check(fields + "bfe." + field + " $d, $a, %r6, %r7;", field, (a, b, c) -> {
                int position = place(width, b);
                int length = place(width, c);
                BigInteger cut = plain(length, a.shiftRight(position));
                int top = Math.min(position + length - 1, width - 1);
                boolean negative = kind.equals("s") && length > 0 && a.testBit(top);
                int kept = Math.min(length, Math.max(0, width - position));
                cut = plain(kept, cut);
                return negative ? cut.subtract(ONE.shiftLeft(kept)) : cut;
            });
        }
        check(fields + "bfi.b" + width + " $d, $a, $a, %r6, %r7;", type, (a, b, c) -> {
            int position = place(width, b);
            int length = place(width, c);
            BigInteger result = a;
            for (int i = 0; i < length && position + i < width; i++) {
                result = a.testBit(i) ? result.setBit(position + i) : result.clearBit(position + i);
            }
            return result;
        });
    }

    /** Places and lengths beyond 255: of 32 bits their low byte, of 64 bits 255. */
    private static int place(int width, BigInteger given) {
        long word = given.intValue() & 0xffff_ffffL;
        return (int) (width == 32 ? word & 255 : Math.min(word, 255));
    }

    private static BigInteger number(long value) {
        return BigInteger.valueOf(value);
    }

    private static String move(int width) {
        return width == 64 ? " cvt.u64.u32 $d, %r6;" : " mov.b32 $d, %r6;";
    }

    @Test
    void funnelsMasksAndExtensionsFollowTheirDefinitions() throws PtxException {
        for (String mode : new String[] {"wrap", "clamp"}) {
            Meaning by = (a, b, c) -> number(mode.equals("wrap") ? c.intValue() & 31 : Math.min(c.longValue(), 32));
            Meaning pair = (a, b, c) -> b.shiftLeft(32).or(a);
            check(
                    "shf.l." + mode + ".b32 $d, $a, $b, $c;",
                    "u32",
                    (a, b, c) -> pair.of(a, b, c)
                            .shiftLeft(by.of(a, b, c).intValue())
                            .shiftRight(32));
            check(
                    "shf.r." + mode + ".b32 $d, $a, $b, $c;",
                    "u32",
                    (a, b, c) -> pair.of(a, b, c).shiftRight(by.of(a, b, c).intValue()));
            check("bmsk." + mode + ".b32 $d, $a, $b;", "u32", (a, b, c) -> {
                boolean wraps = mode.equals("wrap");
                long start = wraps ? a.longValue() & 31 : a.longValue();
                long length = wraps ? b.longValue() & 31 : Math.min(b.longValue(), 32);
                return start > 31
                        ? ZERO
                        : ONE.shiftLeft((int) length).subtract(ONE).shiftLeft((int) start);
            });
            for (String kind : new String[] {"u", "s"}) {
                check("szext." + mode + "." + kind + "32 $d, $a, $b;", "u32", (a, b, c) -> {
                    long length = mode.equals("wrap") ? b.longValue() & 31 : Math.min(b.longValue(), 32);
                    BigInteger cut = plain((int) length, a);
                    boolean negative = kind.equals("s") && length > 0 && a.testBit((int) length - 1);
                    return negative ? cut.subtract(ONE.shiftLeft((int) length)) : cut;
                });
            }
        }
    }

    @Test
    void permutationsTakeBytesInTheirOrder() throws PtxException {
        String[][] modes = {
            {"f4e", "3210", "4321", "5432", "6543"},
            {"b4e", "5670", "6701", "7012", "0123"},
            {"rc8", "0000", "1111", "2222", "3333"},
            {"ecl", "3210", "3211", "3222", "3333"},
            {"ecr", "0000", "1110", "2210", "3210"},
            {"rc16", "1010", "3232", "1010", "3232"}
        };
        for (String[] mode : modes) {
            check("prmt.b32." + mode[0] + " $d, $a, $b, $c;", "u32", (a, b, c) -> {
                String order = mode[1 + (c.intValue() & 3)];
                BigInteger pair = b.shiftLeft(32).or(a);
                BigInteger result = ZERO;
                for (int i = 0; i < 4; i++) {
                    int from = order.charAt(3 - i) - '0';
                    result = result.or(plain(8, pair.shiftRight(8 * from)).shiftLeft(8 * i));
                }
                return result;
            });
        }
        check("prmt.b32 $d, $a, $b, $c;", "u32", (a, b, c) -> {
            BigInteger pair = b.shiftLeft(32).or(a);
            BigInteger result = ZERO;
            for (int i = 0; i < 4; i++) {
                int select = c.shiftRight(4 * i).intValue() & 15;
                BigInteger part = plain(8, pair.shiftRight(8 * (select & 7)));
                boolean sign = (select & 8) != 0;
                result = result.or((sign ? number(part.testBit(7) ? 255 : 0) : part).shiftLeft(8 * i));
            }
            return result;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"u16", "s16", "b16", "u32", "s32", "b32", "u64", "s64", "b64"})
    void comparisonsAndSelections(String type) throws PtxException {
        String[] names = type.startsWith("b")
                ? new String[] {"eq", "ne"}
                : signed(type)
                        ? new String[] {"eq", "ne", "lt", "le", "gt", "ge"}
                        : new String[] {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"};
        for (String name : names) {
            Meaning meaning = (a, b, c) -> holds(name, a.compareTo(b)) ? ONE : ZERO;
            check("setp." + name + "." + type + " $d, $a, $b;", type, 1, meaning);
            check("setp." + name + "." + type + " $d, $a, $a;", type, 1, (a, b, c) -> meaning.of(a, a, a));
            if (type.endsWith("32") && !type.startsWith("b") && names.length == 6) {
                for (String result : new String[] {"u32", "s32", "f32"}) {
                    BigInteger yes = result.equals("f32") ? number(0x3f800000) : number(-1);
                    check(
                            "set." + name + "." + result + "." + type + " $d, $a, $b;",
                            type,
                            (a, b, c) -> meaning.of(a, b, c).multiply(yes));
                }
            }
        }
        check("setp.lt.u32 %p3, %t0, 0; selp." + type + " $d, $a, $b, %p3;", type, (a, b, c) -> b);
        check("setp.eq.u32 %p3, %t0, %t0; selp." + type + " $d, $a, $b, %p3;", type, (a, b, c) -> a);
    }

    private static boolean holds(String name, int order) {
        return switch (name) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt", "lo" -> order < 0;
            case "le", "ls" -> order <= 0;
            case "gt", "hi" -> order > 0;
            default -> order >= 0;
        };
    }

    @Test
    void conversionsBetweenIntegersExtendCutOrSaturate() throws PtxException {
        String[] types = {"u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"};
        for (String from : types) {
            for (String to : types) {
                int width = Math.max(16, bits(to));
                int source = Math.max(16, bits(from));
                boolean cuts = bits(to) < bits(from) || (bits(to) == bits(from) && !to.equals(from));
                boolean saturates = cuts || (to.startsWith("u") && from.startsWith("s"));
                for (String saturate : saturates ? new String[] {"", ".sat"} : new String[] {""}) {
                    String instruction = "cvt" + saturate + "." + to + "." + from + " $d, $a;";
                    check(instruction, "u" + source, width, (a, b, c) -> {
                        BigInteger value = number(from, a.longValue());
                        return saturate.isEmpty() ? number(to, raw(bits(to), value)) : clamp(to, value);
                    });
                }
            }
        }
    }
}
