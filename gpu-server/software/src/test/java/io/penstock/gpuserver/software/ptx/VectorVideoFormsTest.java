package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SIMD video instructions with selectors and masks, element by element. */
final class VectorVideoFormsTest {
    private static final String[] TYPES = {"u32", "s32"};

    private final OneInstruction device = new OneInstruction();
    private final Random random = new Random(31);

    @AfterEach
    void close() {
        device.close();
    }

    private interface Element {
        int of(int a, int b);
    }

    /** One instruction as text and as what its elements are. */
    private record Form(String opcode, int count, String mask, String left, String right, Element element) {
        boolean adds() {
            return opcode.endsWith(".add");
        }

        int bits() {
            return 32 / count;
        }

        /** The elements named, the lowest first. */
        int[] named(String selector, int first) {
            int[] named = new int[selector.isEmpty() ? count : selector.length() - 2];
            for (int i = 0; i < named.length; i++) {
                named[i] = selector.isEmpty() ? first + i : selector.charAt(selector.length() - 1 - i) - '0';
            }
            return named;
        }

        private int read(long a, long b, int index, int type) {
            long word = index < count ? a : b;
            int raw = (int) (word >> (index % count * bits())) & ((1 << bits()) - 1);
            boolean negative = opcode.split("\\.")[type].equals("s32") && raw >= 1 << (bits() - 1);
            return negative ? raw - (1 << bits()) : raw;
        }

        long result(long a, long b, long c) {
            int types = opcode.startsWith("vset") ? 1 : 2;
            long result = c;
            for (int index : named(mask, 0)) {
                int one = element.of(
                        read(a, b, named(left, 0)[index], types), read(a, b, named(right, count)[index], types + 1));
                long field = ((1L << bits()) - 1) << (index * bits());
                result = adds() ? result + one : (result & ~field) | (((long) one << (index * bits())) & field);
            }
            return result & 0xffff_ffffL;
        }
    }

    private void check(Form form) throws PtxException {
        String text = form.opcode + " $d" + form.mask + ", $a" + form.left + ", $b" + form.right + ", $c;";
        long[] a = words();
        long[] b = words();
        long[] c = words();
        long[] out = device.run(text, 32, 32, a, b, c);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i]).as("%s of %x %x %x", text, a[i], b[i], c[i]).isEqualTo(form.result(a[i], b[i], c[i]));
        }
    }

    private long[] words() {
        long[] edges = {0, 0xffff_ffffL, 0x7fff_7fffL, 0x8000_8000L, 0x7f7f_7f7fL, 0x8080_8080L, 0x00ff_ff00L};
        return random.ints(32)
                .mapToLong(any -> random.nextInt(4) == 0 ? edges[random.nextInt(edges.length)] : any & 0xffff_ffffL)
                .toArray();
    }

    private String selector(int count, int digits, int below) {
        StringBuilder text = new StringBuilder(count == 2 ? ".h" : ".b");
        random.ints(digits, 0, below).forEach(text::append);
        return text.toString();
    }

    private void everyShape(String opcode, int count, Element element) throws PtxException {
        String[] masks =
                count == 2 ? new String[] {"", ".h0", ".h1", ".h10"} : new String[] {"", ".b2", ".b31", ".b210"};
        for (String mask : masks) {
            check(new Form(opcode, count, mask, "", "", element));
            String left = selector(count, count, 2 * count);
            check(new Form(opcode, count, mask, left, selector(count, count, 2 * count), element));
        }
    }

    private static Element operation(String name) {
        return switch (name) {
            case "add" -> (a, b) -> a + b;
            case "sub" -> (a, b) -> a - b;
            case "absdiff" -> (a, b) -> a > b ? a - b : b - a;
            case "min" -> Math::min;
            case "max" -> Math::max;
            default -> (a, b) -> Math.floorDiv(a + b + (a + b >= 0 ? 1 : 0), 2);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "sub", "avrg", "absdiff", "min", "max"})
    void arithmeticReplacesTheElementsOfAThirdWordOrIsAddedToIt(String name) throws PtxException {
        for (int count : new int[] {2, 4}) {
            int bits = 32 / count;
            for (int types = 0; types < 8; types++) {
                int least = (types & 1) == 1 ? -(1 << (bits - 1)) : 0;
                String opcode = "v" + name + count + "." + TYPES[types & 1] + "." + TYPES[types >> 1 & 1] + "."
                        + TYPES[types >> 2];
                Element element = operation(name);
                everyShape(opcode, count, element);
                everyShape(opcode + ".add", count, element);
                everyShape(
                        opcode + ".sat", count, (a, b) -> Math.clamp(element.of(a, b), least, least + (1 << bits) - 1));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"eq, 0, 1, 0", "ne, 1, 0, 1", "lt, 1, 0, 0", "le, 1, 1, 0", "gt, 0, 0, 1", "ge, 0, 1, 1"})
    void comparisonsGiveOneOrZero(String name, int less, int same, int more) throws PtxException {
        Element element = (a, b) -> a < b ? less : a == b ? same : more;
        for (int types = 0; types < 4; types++) {
            String ending = "." + TYPES[types & 1] + "." + TYPES[types >> 1] + "." + name;
            for (int count : new int[] {2, 4}) {
                everyShape("vset" + count + ending, count, element);
                everyShape("vset" + count + ending + ".add", count, element);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vadd2.u32.u32.u32 $d, $a, $b;",
                "vadd2.u32.u32.u32.sat.add $d, $a, $b, $c;",
                "vadd2.u32.u32.u32 $d.b0, $a, $b, $c;",
                "vadd2.u32.u32.u32 $d.h2, $a, $b, $c;",
                "vadd2.u32.u32.u32 $d, $a.h4, $b, $c;",
                "vadd2.u32.u32.u32 $d, $a.h0, $b, $c;",
                "vadd4.u32.u32.u32 $d, $a.b8210, $b, $c;",
                "vadd4.u32.u32.u32 $d, $a.b43210, $b, $c;",
                "vset4.u32.u32 $d, $a, $b, $c;"
            })
    void whatContradictsItselfIsInvalid(String instruction) {
        assertThatThrownBy(() -> device.run(instruction, 32, 32, new long[32], new long[32], new long[32]))
                .isInstanceOfSatisfying(
                        PtxException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(PtxException.Kind.INVALID));
    }
}
