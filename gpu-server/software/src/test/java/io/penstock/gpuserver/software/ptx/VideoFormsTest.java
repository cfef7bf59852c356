package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scalar video instructions in every type, with selectors, second operations and merges, against whole numbers. What saturates, what
 * a second operation compares and what is merged into an upper half is as the answers of an H100 in testkit/conformance have it.
 */
final class VideoFormsTest {
    private static final BigInteger ONE = BigInteger.ONE;
    private static final String[] TYPES = {"u32", "s32"};
    private static final String[] SECONDS = {"add", "min", "max"};
    private static final String[] PARTS = {"", ".b0", ".b1", ".b2", ".b3", ".h0", ".h1"};

    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(29);

    @AfterEach
    void close() {
        device.close();
    }

    private interface Meaning {
        BigInteger of(long a, long b, long c);
    }

    private static BigInteger cut(BigInteger number, int bits) {
        return number.and(ONE.shiftLeft(bits).subtract(ONE));
    }

    private static int bits(String part) {
        return part.isEmpty() ? 32 : part.charAt(1) == 'b' ? 8 : 16;
    }

    private static int start(String part) {
        return part.isEmpty() ? 0 : bits(part) * (part.charAt(2) - '0');
    }

    /** The number that a part of a word stands for. */
    private static BigInteger number(String type, String part, long word) {
        BigInteger found = cut(BigInteger.valueOf(word).shiftRight(start(part)), bits(part));
        boolean negative = type.equals("s32") && found.testBit(bits(part) - 1);
        return negative ? found.subtract(ONE.shiftLeft(bits(part))) : found;
    }

    private static BigInteger clamp(String type, int bits, BigInteger number) {
        BigInteger least = type.equals("s32") ? ONE.shiftLeft(bits - 1).negate() : BigInteger.ZERO;
        return number.max(least).min(least.add(ONE.shiftLeft(bits)).subtract(ONE));
    }

    /** The upper half of a word gets that of the number, other parts its low bits. */
    private static BigInteger merged(BigInteger number, String part, long word) {
        BigInteger mask = ONE.shiftLeft(bits(part)).subtract(ONE).shiftLeft(start(part));
        BigInteger placed =
                part.equals(".h1") ? cut(number, 32) : cut(number, bits(part)).shiftLeft(start(part));
        return BigInteger.valueOf(word).andNot(mask).or(placed.and(mask));
    }

    /** Saturation of all but shifts: words without a sign end at 0 alone, parts take a negative number for a large one. */
    private static BigInteger fitted(String type, String part, BigInteger number) {
        if (part.isEmpty()) {
            return type.equals("s32") ? clamp(type, 32, number) : number.max(BigInteger.ZERO);
        }
        int bits = bits(part) - (type.equals("s32") ? 1 : 0);
        return cut(number, 64).min(ONE.shiftLeft(bits).subtract(ONE));
    }

    /** A second operation, of 64 bits that have a sign where the type has. */
    private static BigInteger second(String name, String type, BigInteger number, long c) {
        BigInteger first = type.equals("s32") ? cutSigned(number, 64) : cut(number, 64);
        return binary(name, first, number(type, "", c));
    }

    private static BigInteger cutSigned(BigInteger number, int bits) {
        BigInteger low = cut(number, bits);
        return low.testBit(bits - 1) ? low.subtract(ONE.shiftLeft(bits)) : low;
    }

    private static BigInteger binary(String name, BigInteger a, BigInteger b) {
        return switch (name) {
            case "add" -> a.add(b);
            case "sub" -> a.subtract(b);
            case "min" -> a.min(b);
            case "max" -> a.max(b);
            default -> a.subtract(b).abs();
        };
    }

    private long word() {
        long edge = EdgeValues.WORDS[random.nextInt(EdgeValues.WORDS.length)];
        return (random.nextInt(3) > 0 ? random.nextInt() >> random.nextInt(32) : edge) & 0xffff_ffffL;
    }

    private void check(String instruction, Meaning meaning) throws PtxException {
        long[] a = random.longs(32).map(any -> word()).toArray();
        long[] b = random.longs(32).map(any -> word()).toArray();
        long[] c = random.longs(32).map(any -> word()).toArray();
        long[] out = device.run(instruction, 32, 32, a, b, c);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i])
                    .as("%s of %x %x %x", instruction, a[i], b[i], c[i])
                    .isEqualTo(cut(meaning.of(a[i], b[i], c[i]), 32).longValue());
        }
    }

    private String part() {
        return PARTS[random.nextInt(PARTS.length)];
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "absdiff", "min", "max"})
    void arithmeticWorksOnPartsOfAnySign(String name) throws PtxException {
        for (int types = 0; types < 8; types++) {
            String[] chosen = {TYPES[types & 1], TYPES[types >> 1 & 1], TYPES[types >> 2]};
            everyEnding("v" + name, name, chosen, "");
            everyEnding("v" + name, name, chosen, ".sat");
        }
    }

    private void everyEnding(String stem, String name, String[] types, String sat) throws PtxException {
        String opcode = stem + "." + String.join(".", types) + sat;
        for (int round = 0; round < 2; round++) {
            String left = part();
            String right = part();
            Meaning plain = (a, b, c) -> binary(name, number(types[1], left, a), number(types[2], right, b));
            Meaning fitted = (a, b, c) -> sat.isEmpty() ? plain.of(a, b, c) : fitted(types[0], "", plain.of(a, b, c));
            boolean word = name.equals("add") || name.equals("sub");
            String sources = " $a" + left + ", $b" + right;
            check(opcode + " $d," + sources + ";", fitted);
            for (String part : PARTS) {
                if (!part.isEmpty()) {
                    check(opcode + " $d" + part + "," + sources + ", $c;", (a, b, c) -> {
                        BigInteger number = plain.of(a, b, c);
                        return merged(sat.isEmpty() ? number : fitted(types[0], part, number), part, c);
                    });
                }
            }
            for (String second : SECONDS) {
                check(opcode + "." + second + " $d," + sources + ", $c;", (a, b, c) -> {
                    BigInteger number = fitted.of(a, b, c);
                    return second(second, types[0], word ? cutSigned(number, 32) : number, c);
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vshl", "vshr"})
    void shiftsGoAsFarAs32OrAroundIt(String stem) throws PtxException {
        for (int types = 0; types < 8; types++) {
            String type = TYPES[types & 1];
            String left = TYPES[types >> 1 & 1];
            String mode = types < 4 ? "clamp" : "wrap";
            String part = part();
            Meaning plain = (a, b, c) -> {
                int by = (int) (mode.equals("wrap") ? b & 31 : Math.min(b, 32));
                BigInteger number = number(left, part, a);
                return stem.equals("vshl") ? number.shiftLeft(by) : number.shiftRight(by);
            };
            Meaning fitted = (a, b, c) -> cutSigned(clamp(type, 32, cutSigned(plain.of(a, b, c), 34)), 32);
            String sources = " $d, $a" + part + ", $b";
            String opcode = stem + "." + type + "." + left + ".u32.";
            check(opcode + mode + sources + ";", plain);
            check(opcode + "sat." + mode + sources + ";", fitted);
            for (String to : new String[] {".h0", ".h1", ".b2"}) {
                check(
                        opcode + "sat." + mode + sources.replace("$d", "$d" + to) + ", $c;",
                        (a, b, c) -> merged(fitted.of(a, b, c), to, c));
            }
            for (String second : SECONDS) {
                String ending = mode + "." + second + sources + ", $c;";
                check(opcode + ending, (a, b, c) -> second(second, type, plain.of(a, b, c), c));
                check(opcode + "sat." + ending, (a, b, c) -> second(second, type, fitted.of(a, b, c), c));
            }
        }
    }

    private static boolean holds(String name, int order) {
        return switch (name) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt" -> order < 0;
            case "le" -> order <= 0;
            case "gt" -> order > 0;
            default -> order >= 0;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"eq", "ne", "lt", "le", "gt", "ge"})
    void comparisonsGiveOneOrZero(String name) throws PtxException {
        for (String left : TYPES) {
            for (String right : TYPES) {
                String[] parts = {part(), part()};
                Meaning meaning = (a, b, c) -> {
                    int order = number(left, parts[0], a).compareTo(number(right, parts[1], b));
                    return holds(name, order) ? ONE : BigInteger.ZERO;
                };
                String opcode = "vset." + left + "." + right + "." + name;
                String sources = ", $a" + parts[0] + ", $b" + parts[1];
                check(opcode + " $d" + sources + ";", meaning);
                check(opcode + " $d.b2" + sources + ", $c;", (a, b, c) -> merged(meaning.of(a, b, c), ".b2", c));
                for (String second : SECONDS) {
                    check(
                            opcode + "." + second + " $d" + sources + ", $c;",
                            (a, b, c) -> second(second, left, meaning.of(a, b, c), c));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"$a, $b, $c", "-$a, $b, $c", "$a, -$b, $c", "-$a, -$b, $c", "$a, $b, -$c", ".po"})
    void productsAreScaledAndSaturatedAsTheirSumSays(String signs) throws PtxException {
        boolean minusProduct = signs.contains("-$a") != signs.contains("-$b");
        boolean minusSum = signs.contains("-$c");
        for (int types = 0; types < 12; types++) {
            String left = TYPES[types & 1];
            String right = TYPES[types >> 1 & 1];
            boolean signed = minusProduct || minusSum || left.equals("s32") || right.equals("s32");
            int by = new int[] {0, 7, 15}[types >> 2];
            String[] parts = {part(), part()};
            Meaning sum = (a, b, c) -> {
                BigInteger product = factor(left, parts[0], a).multiply(factor(right, parts[1], b));
                BigInteger added = number("s32", "", c);
                return (minusProduct ? product.negate() : product)
                        .add(minusSum ? added.negate() : added)
                        .add(signs.equals(".po") ? ONE : BigInteger.ZERO);
            };
            Meaning plain = (a, b, c) -> sum.of(a, b, c).shiftRight(by);
            Meaning scaled = (a, b, c) -> signed || by == 0
                    ? plain.of(a, b, c)
                    : cut(sum.of(a, b, c), 64).shiftRight(by);
            String mode = signs.equals(".po") ? ".po" : "";
            String operands = (mode.isEmpty() ? signs : "$a, $b, $c")
                    .replace("$a", "$a" + parts[0])
                    .replace("$b", "$b" + parts[1]);
            String scale = by == 0 ? "" : ".shr" + by;
            String opcode = "vmad.s32." + left + "." + right + mode;
            check(opcode + scale + " $d, " + operands + ";", plain);
            String fits = signed ? "s32" : "u32";
            check(opcode + ".sat" + scale + " $d, " + operands + ";", (a, b, c) -> clamp(fits, 32, scaled.of(a, b, c)));
        }
    }

    /** A whole word has a sign whatever its type is. */
    private static BigInteger factor(String type, String part, long word) {
        return number(part.isEmpty() ? "s32" : type, part, word);
    }

    /** Rows of the answers of an H100: one for each thing that the ISA's text does not lead to. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vadd.u32.u32.u32.sat $d, $a, $b; | 0xffffffff | 0x1 | 0x0 | 0x0",
                "vadd.u32.u32.u32.min $d, $a, $b, $c; | 0xffff8000 | 0xff | 0xfffffffe | 0xfffffffe",
                "vabsdiff.u32.u32.s32.sat $d, $a, $b; | 0x80000000 | 0x80000000 | 0x0 | 0x0",
                "vabsdiff.u32.u32.s32.max $d, $a, $b, $c; | 0x89abcdef | 0x80000001 | 0xffff8000 | 0x9abcdee",
                "vmin.s32.s32.s32.sat $d.b0, $a, $b, $c; | 0xaaaaaaaa | 0xfffffff6 | 0x0 | 0x7f",
                "vadd.s32.s32.s32 $d.h1, $a.b1, $b.h0, $c; | 0xffff8000 | 0xffff | 0x1f | 0xffff001f",
                "vset.s32.s32.eq.max $d, $a, $b, $c; | 0x7f | 0x76543210 | 0xffffff80 | 0x0",
                "vshl.u32.u32.u32.sat.clamp $d, $a, $b; | 0xffffffff | 0x5 | 0x0 | 0x0",
                "vshl.s32.u32.u32.clamp.min $d, $a, $b, $c; | 0xfffffffe | 0x20 | 0x1010101 | 0x0",
                "vshl.u32.s32.u32.sat.clamp $d.b2, $a.h1, $b, $c; | 0x7ffffffe | 0x1 | 0x7f | 0xfe007f",
                "vshr.u32.u32.u32.sat.clamp.min $d, $a, $b, $c; | 0x80808080 | 0x0 | 0xfffffffe | 0xfffffffe",
                "vmad.u32.u32.s32.sat $d, $a, $b, $c; | 0x80000000 | 0x8000 | 0x0 | 0x80000000",
                "vmad.u32.u32.u32.sat $d, $a, $b, $c; | 0xff00ff | 0xfffffff6 | 0x80 | 0x0",
                "vmad.u32.u32.u32.sat.shr7 $d, $a, $b, $c; | 0xa | 0xffff8000 | 0xff | 0xffffffff",
                "vmad.u32.u32.u32.shr7 $d, $a, $b, $c; | 0x7 | 0xfffffff6 | 0x21 | 0xffffffff"
            })
    void anH100AnswersSo(String instruction, String a, String b, String c, String answer) throws PtxException {
        assertThat(device.run(instruction, 32, 32, lanes(a), lanes(b), lanes(c)))
                .containsOnly(Long.decode(answer));
    }

    private static long[] lanes(String value) {
        return LongStream.generate(() -> Long.decode(value)).limit(32).toArray();
    }

    @Test
    void numbersAreOperandsToo() throws PtxException {
        check("vadd.u32.u32.s32.add $d, $a.b1, -3, 7;", (a, b, c) -> BigInteger.valueOf((a >> 8 & 255) + 4));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vadd.u32.u32.u32.add $d, $a, $b;",
                "vadd.u32.u32.u32 $d.b0, $a, $b;",
                "vadd.u32.u32.u32.add $d.b0, $a, $b, $c;",
                "vadd.u32.u32.u32 $d, $a.b4, $b;",
                "vadd.u32.u32.u32 $d, $a.h2, $b;",
                "vadd.u32.u32.u32 $d, $a.b10, $b;",
                "vadd.u32.u16.u32 $d, $a, $b;",
                "vshl.u32.u32.s32.clamp $d, $a, $b;",
                "vshl.u32.u32.u32 $d, $a, $b;",
                "vset.u32.u32 $d, $a, $b;",
                "vmad.u32.u32.u32 $d, -$a, $b, -$c;",
                "vmad.u32.u32.u32.po $d, $a, $b, -$c;",
                "add.u32 $d, -$a, $b;"
            })
    void whatContradictsItselfIsInvalid(String instruction) {
        assertThatThrownBy(() -> check(instruction, (a, b, c) -> ONE))
                .isInstanceOfSatisfying(PtxException.class, failure -> {
                    assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID);
                    assertThat(failure.instruction())
                            .isEqualTo(instruction
                                    .replaceAll("\\$d", "%r3")
                                    .replace("$a", "%r0")
                                    .replace("$b", "%r1")
                                    .replace("$c", "%r2"));
                });
    }
}
