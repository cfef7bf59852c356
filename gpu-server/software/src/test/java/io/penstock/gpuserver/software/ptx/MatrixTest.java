package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every form of {@code mma}, fragments laid out element by element as the PTX manual numbers them; small whole numbers. */
final class MatrixTest {
    private final TestDevice device = new TestDevice();
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        device.close();
    }

    /** Copies what %rd1 points to into shared memory, %n bytes. */
    private static final String COPY_A = """
                .shared .align 16 .b8 box[8192]; .reg .pred %p;
                mov.u32 %t, 0;
                COPY:
                cvt.u64.u32 %rd5, %t; add.u64 %rd5, %rd1, %rd5; ld.global.b32 %u, [%rd5];
                mov.u32 %v, box; add.u32 %v, %v, %t; st.shared.b32 [%v], %u;
                add.u32 %t, %t, 4; setp.lt.u32 %p, %t, %n; @%p bra COPY;
                bar.sync 0; mov.u32 %v, box;
                """;

    /** Where the manual says that element i of a lane is; g is the lane's group, t its place in it. */
    interface Place {
        int of(int g, int t, int i);
    }

    record Form(String shape, String types, String tail, int m, int k, Place row, Place column) {
        @Override
        public String toString() {
            return shape + "." + types + tail;
        }

        private String type(int index) {
            return types.split("\\.")[index];
        }
    }

    private static int low(int i, int size, int g) {
        return i % (2 * size) < size ? g : g + 8;
    }

    private static Form form(String shape, String types, String tail, Place row, Place column) {
        String[] sizes = shape.split("[mnk]");
        return new Form(shape, types, tail, Integer.parseInt(sizes[1]), Integer.parseInt(sizes[3]), row, column);
    }

    private static Stream<Form> forms() {
        Place first = (g, t, i) -> g;
        Place two = (g, t, i) -> i < 2 || (i >= 4 && i < 6) ? g : g + 8;
        Place one = (g, t, i) -> i % 2 == 0 ? g : g + 8;
        Place pairs = (g, t, i) -> t * 2 + (i & 1) + (i >= 4 ? 8 : 0);
        Place singles = (g, t, i) -> t + (i >= 2 ? 4 : 0);
        Stream<Form> floats = Stream.of(
                form("m16n8k8", "f32.f16.f16.f32", "", two, pairs),
                form("m16n8k8", "f16.f16.f16.f16", "", two, pairs),
                form("m16n8k16", "f32.f16.f16.f32", "", two, pairs),
                form("m16n8k16", "f16.f16.f16.f16", "", two, pairs),
                form("m16n8k8", "f32.bf16.bf16.f32", "", two, pairs),
                form("m16n8k16", "f32.bf16.bf16.f32", "", two, pairs),
                form("m16n8k4", "f32.tf32.tf32.f32", "", one, singles),
                form("m16n8k8", "f32.tf32.tf32.f32", "", one, singles),
                form("m8n8k4", "f64.f64.f64.f64", "", first, (g, t, i) -> t));
        Stream<Form> bytes = Stream.of("s8.s8", "u8.u8", "s8.u8", "u8.s8").flatMap(factors -> {
            String types = "s32." + factors + ".s32";
            Place column = (g, t, i) -> t * 4 + (i & 3) + (i >= 8 ? 16 : 0);
            return Stream.of(
                    form("m8n8k16", types, "", first, column),
                    form("m16n8k16", types, "", (g, t, i) -> low(i, 4, g), column),
                    form("m16n8k32", types, "", (g, t, i) -> low(i, 4, g), column));
        });
        Stream<Form> nibbles = Stream.of("s4.s4", "u4.u4", "s4.u4", "u4.s4").flatMap(factors -> {
            String types = "s32." + factors + ".s32";
            Place column = (g, t, i) -> t * 8 + (i & 7) + (i >= 16 ? 32 : 0);
            return Stream.of(
                    form("m8n8k32", types, "", first, column),
                    form("m16n8k32", types, "", (g, t, i) -> low(i, 8, g), column),
                    form("m16n8k64", types, "", (g, t, i) -> low(i, 8, g), column));
        });
        Stream<Form> bits = Stream.of(".xor.popc", ".and.popc").flatMap(tail -> {
            String types = "s32.b1.b1.s32";
            Place column = (g, t, i) -> t * 32 + (i & 31) + (i >= 64 ? 128 : 0);
            return Stream.of(
                    form("m8n8k128", types, tail, first, column),
                    form("m16n8k128", types, tail, (g, t, i) -> low(i, 32, g), column),
                    form("m16n8k256", types, tail, (g, t, i) -> low(i, 32, g), column));
        });
        return Stream.of(floats, bytes, nibbles, bits).flatMap(all -> all);
    }

    private static int width(String type) {
        return switch (type) {
            case "f64" -> 64;
            case "f32", "tf32", "s32" -> 32;
            case "f16", "bf16" -> 16;
            default -> type.charAt(1) - '0';
        };
    }

    private static long bits(String type, int value) {
        return switch (type) {
            case "f64" -> Double.doubleToRawLongBits(value);
            case "f32", "tf32" -> Integer.toUnsignedLong(Float.floatToRawIntBits(value));
            case "f16" -> Float.floatToFloat16(value) & 0xffff;
            case "bf16" -> Float.floatToRawIntBits(value) >>> 16;
            default -> value & ((1L << width(type)) - 1);
        };
    }

    private int any(String type) {
        return switch (type) {
            case "u8" -> random.nextInt(256);
            case "s8" -> random.nextInt(256) - 128;
            case "u4" -> random.nextInt(16);
            case "b1" -> random.nextInt(2);
            default -> random.nextInt(16) - 8;
        };
    }

    private int[][] matrix(int rows, int columns, String type) {
        int[][] made = new int[rows][columns];
        for (int[] row : made) {
            Arrays.setAll(row, i -> any(type));
        }
        return made;
    }

    /** Registers of all lanes, lane after lane, 64 bits for each. */
    private static long[] spread(int[][] matrix, String type, Place row, Place column) {
        int elements = matrix.length * matrix[0].length / 32;
        int packed = Math.max(1, 32 / width(type));
        long[] registers = new long[32 * elements / packed];
        for (int lane = 0; lane < 32; lane++) {
            for (int i = 0; i < elements; i++) {
                int value = matrix[row.of(lane / 4, lane % 4, i)][column.of(lane / 4, lane % 4, i)];
                registers[(lane * elements + i) / packed] |= bits(type, value) << (i % packed * width(type));
            }
        }
        return registers;
    }

    private static String names(String prefix, int count) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ", ").append(prefix).append(i);
        }
        return text.append("}").toString();
    }

    private static String loads(String parameter, String prefix, int count, boolean wide) {
        StringBuilder text = new StringBuilder("ld.param.u64 %rd0, [" + parameter + "]; mad.wide.u32 %rd0, %t, ")
                .append(8 * count)
                .append(", %rd0;\n");
        for (int i = 0; i < count; i++) {
            text.append("ld.global.")
                    .append(wide ? "b64 " : "b32 ")
                    .append(prefix)
                    .append(i)
                    .append(", [%rd0+");
            text.append(8 * i).append("];\n");
        }
        return text.toString();
    }

    private long[] run(String instruction, boolean wide, long[] a, long[] b, long[] c) throws PtxException {
        int[] counts = {c.length / 32, a.length / 32, b.length / 32, c.length / 32};
        String register = wide ? ".b64" : ".b32";
        StringBuilder text = new StringBuilder("""
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 pd, .param .u64 pa, .param .u64 pb, .param .u64 pc) {
                .reg .b32 %t; .reg .b64 %rd<2>; mov.u32 %t, %tid.x;
                """);
        String[] names = {"%d", "%a", "%b", "%c"};
        for (int i = 0; i < 4; i++) {
            text.append(".reg ").append(register).append(' ').append(names[i]).append("<8>;\n");
        }
        text.append(loads("pa", "%a", counts[1], wide)).append(loads("pb", "%b", counts[2], wide));
        text.append(loads("pc", "%c", counts[3], wide)).append(instruction).append(' ');
        for (int i = 0; i < 4; i++) {
            text.append(names(names[i], counts[i])).append(i < 3 ? ", " : ";\n");
        }
        text.append("ld.param.u64 %rd0, [pd]; mad.wide.u32 %rd0, %t, " + 8 * counts[0] + ", %rd0;\n");
        for (int i = 0; i < counts[0]; i++) {
            text.append("st.global").append(register).append(" [%rd0+" + 8 * i + "], %d" + i + ";\n");
        }
        MemorySegment out = device.allocate(8L * c.length);
        MemorySegment[] in = {device.longs(a), device.longs(b), device.longs(c)};
        device.run(text.append("ret; }").toString(), LaunchShape.of(1, 32), out, in[0], in[1], in[2]);
        return out.toArray(ValueLayout.JAVA_LONG);
    }

    @ParameterizedTest
    @MethodSource("forms")
    void productFindsEveryElementInItsLane(Form form) throws PtxException {
        int[][] a = matrix(form.m, form.k, form.type(1));
        int[][] b = matrix(form.k, 8, form.type(2));
        int[][] c = matrix(form.m, 8, "any");
        int[][] d = new int[form.m][8];
        for (int row = 0; row < form.m; row++) {
            for (int column = 0; column < 8; column++) {
                d[row][column] = c[row][column];
                for (int k = 0; k < form.k; k++) {
                    int x = a[row][k];
                    int y = b[k][column];
                    d[row][column] += form.tail.startsWith(".xor") ? x ^ y : form.tail.isEmpty() ? x * y : x & y;
                }
            }
        }
        Place right = (g, t, i) -> {
            int packed = Math.max(1, 32 / width(form.type(2)));
            return t * packed + i % packed + (i / packed) * 4 * packed;
        };
        Place sumRow = (g, t, i) -> i < 2 ? g : g + 8;
        Place sumColumn = (g, t, i) -> t * 2 + (i & 1);
        boolean wide = form.type(1).equals("f64");
        long[] result = run(
                "mma.sync.aligned." + form.shape + ".row.col." + form.types + form.tail,
                wide,
                spread(a, form.type(1), form.row, form.column),
                spread(b, form.type(2), right, (g, t, i) -> g),
                spread(c, form.type(3), sumRow, sumColumn));
        assertThat(result).isEqualTo(spread(d, form.type(0), sumRow, sumColumn));
    }

    @Test
    void integersThatOverflowWrapOrBecomeTheNearest() throws PtxException {
        long[] a = new long[32];
        long[] c = new long[64];
        Arrays.fill(a, 0x7f7f7f7fL);
        Arrays.fill(c, Integer.MAX_VALUE);
        int over = Integer.MAX_VALUE + 16 * 127 * 127;
        assertThat(run("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32", false, a, a, c))
                .containsOnly(Integer.toUnsignedLong(over));
        assertThat(run("mma.sync.aligned.m8n8k16.row.col.satfinite.s32.s8.s8.s32", false, a, a, c))
                .containsOnly(Integer.MAX_VALUE);
    }

    @Test
    void sumOfHalvesIsRoundedOnce() throws PtxException {
        // 2048 + 1 + 2^-11 is just above the middle between two halves
        int[][] a = new int[16][8];
        a[0][0] = 1;
        a[0][1] = 1;
        int[][] b = new int[8][8];
        Place row = (g, t, i) -> i < 2 ? g : g + 8;
        Place column = (g, t, i) -> t * 2 + (i & 1);
        long[] left = spread(a, "f16", row, column);
        long[] right = spread(b, "f16", (g, t, i) -> t * 2 + i, (g, t, i) -> g);
        right[0] = Float.floatToFloat16(1) | ((long) Float.floatToFloat16(0x1p-11f) << 16);
        int[][] c = new int[16][8];
        c[0][0] = 2048;
        long[] result = run(
                "mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16", false, left, right, spread(c, "f16", row, column));
        assertThat(result[0]).isEqualTo(Float.floatToFloat16(2050));
    }

    @Test
    void partOfAWarpCannotMultiply() {
        String text = """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k() { .reg .b32 %r<8>; .reg .pred %p; mov.u32 %r0, %tid.x;
                setp.lt.u32 %p, %r0, 16; @%p ret;
                mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r1, %r2}, {%r3}, {%r4}, {%r1, %r2}; ret; }""";
        assertThatThrownBy(() -> device.run(text, LaunchShape.of(1, 32)))
                .isInstanceOf(PtxFault.class)
                .hasMessageContaining("whole warp");
    }

    /** Factors from one memory, products to another, by {@code wmma}. */
    private void wmma(String shape, String types, String layouts, String space) throws PtxException {
        String[] sizes = shape.split("[mnk]");
        int m = Integer.parseInt(sizes[1]);
        int n = Integer.parseInt(sizes[2]);
        int k = Integer.parseInt(sizes[3]);
        String[] type = types.split("\\.");
        String[] layout = layouts.split("\\.");
        int[][] a = matrix(m, k, type[1]);
        int[][] b = matrix(k, n, type[2]);
        int[][] c = matrix(m, n, "any");
        int[][] d = new int[m][n];
        for (int i = 0; i < m * n; i++) {
            d[i / n][i % n] = c[i / n][i % n];
            for (int j = 0; j < k; j++) {
                d[i / n][i % n] += a[i / n][j] * b[j][i % n];
            }
        }
        byte[] expected = bytes(d, type[0], layout[3]);
        String text = wmmaText(shape, types, layouts, space.equals("shared") ? bytes(a, type[1], layout[0]).length : 0);
        MemorySegment out = device.allocate(expected.length);
        device.run(
                text,
                LaunchShape.of(1, 32),
                out,
                memory(a, type[1], layout[0]),
                memory(b, type[2], layout[1]),
                memory(c, type[3], layout[2]));
        assertThat(out.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }

    /** The whole kernel; factor a comes by way of so many bytes of shared memory, if that is not 0. */
    private static String wmmaText(String shape, String types, String layouts, int shared) {
        String[] sizes = shape.split("[mnk]");
        int m = Integer.parseInt(sizes[1]);
        int n = Integer.parseInt(sizes[2]);
        int k = Integer.parseInt(sizes[3]);
        String[] type = types.split("\\.");
        String[] layout = layouts.split("\\.");
        boolean halves = type[1].equals("f16");
        int[] counts = {
            registers(m * n, type[0]),
            halves ? 8 : registers(m * k, type[1]),
            halves ? 8 : registers(k * n, type[2]),
            registers(m * n, type[3])
        };
        int[] strides = {
            stride(m, n, layout[3]), stride(m, k, layout[0]), stride(k, n, layout[1]), stride(m, n, layout[2])
        };
        String reg = type[0].equals("f64") ? ".b64" : ".b32";
        String names = halves ? type[0] + "." + type[3] : types;
        return """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 pd, .param .u64 pa, .param .u64 pb, .param .u64 pc) {
                .reg .b32 %t, %u, %v; .reg .b64 %rd<8>;
                """
                + Stream.of("d", "a", "b", "c")
                        .map(name -> ".reg " + reg + " %" + name + "<9>;\n")
                        .reduce("", String::concat)
                + "ld.param.u64 %rd0, [pd]; ld.param.u64 %rd1, [pa]; ld.param.u64 %rd2, [pb]; ld.param.u64 %rd3, [pc];\n"
                + (shared > 0 ? COPY_A.replace("%n", Long.toString(shared)) : "")
                + "wmma.load.a.sync.aligned." + layout[0] + "." + shape + (shared > 0 ? ".shared." : ".") + type[1]
                + " "
                + names("%a", counts[1]) + ", [" + (shared > 0 ? "%v" : "%rd1") + "], " + strides[1] + ";\n"
                + "wmma.load.b.sync.aligned." + layout[1] + "." + shape + ".global." + type[2] + " "
                + names("%b", counts[2]) + ", [%rd2], " + strides[2] + ";\n"
                + "wmma.load.c.sync.aligned." + layout[2] + "." + shape + ".global." + type[3] + " "
                + names("%c", counts[3]) + ", [%rd3], " + strides[3] + ";\n"
                + "wmma.mma.sync.aligned." + layout[0] + "." + layout[1] + "." + shape + "." + names + " "
                + names("%d", counts[0]) + ", " + names("%a", counts[1]) + ", " + names("%b", counts[2]) + ", "
                + names("%c", counts[3]) + ";\n"
                + "wmma.store.d.sync.aligned." + layout[3] + "." + shape + ".global." + type[0] + " [%rd0], "
                + names("%d", counts[0]) + ", " + strides[0] + "; ret; }";
    }

    private static int registers(int elements, String type) {
        return elements / 32 / Math.max(1, 32 / width(type));
    }

    /** Elements from one line to the next, with some that belong to no line. */
    private static int stride(int rows, int columns, String layout) {
        return (layout.equals("row") ? columns : rows) + 32;
    }

    private static byte[] bytes(int[][] matrix, String type, String layout) {
        int rows = matrix.length;
        int columns = matrix[0].length;
        boolean across = layout.equals("row");
        int stride = stride(rows, columns, layout);
        byte[] made = new byte[stride * (across ? rows : columns) * Math.max(8, width(type)) / 8];
        for (int i = 0; i < rows * columns; i++) {
            int row = i / columns;
            int column = i % columns;
            long bits = bits(type, matrix[row][column]);
            int at = (across ? row * stride + column : column * stride + row) * width(type);
            for (int bit = 0; bit < width(type); bit++) {
                made[(at + bit) / 8] |= (byte) (((bits >> bit) & 1) << ((at + bit) % 8));
            }
        }
        return made;
    }

    private MemorySegment memory(int[][] matrix, String type, String layout) {
        byte[] bytes = bytes(matrix, type, layout);
        return device.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "m16n16k16,f32.f16.f16.f32", "m16n16k16,f16.f16.f16.f16", "m16n16k16,f32.f16.f16.f16",
        "m16n16k16,f16.f16.f16.f32", "m8n32k16,f32.f16.f16.f32", "m32n8k16,f32.f16.f16.f32",
        "m16n16k16,f32.bf16.bf16.f32", "m8n32k16,f32.bf16.bf16.f32", "m32n8k16,f32.bf16.bf16.f32",
        "m16n16k8,f32.tf32.tf32.f32", "m8n8k4,f64.f64.f64.f64", "m16n16k16,s32.s8.s8.s32",
        "m8n32k16,s32.u8.u8.s32", "m32n8k16,s32.s8.s8.s32"
    })
    void matricesOfWmmaComeFromMemoryAndGoThere(String shape, String types) throws PtxException {
        for (String layouts :
                new String[] {"row.col.row.row", "col.row.row.col", "row.row.col.row", "col.col.col.col"}) {
            wmma(shape, types, layouts, "global");
        }
        wmma(shape, types, "row.col.row.row", "shared");
    }

    @ParameterizedTest
    @CsvSource({"m8n8k32,s32.s4.s4.s32", "m8n8k32,s32.u4.u4.s32"})
    void matricesOfNibblesAreRowsByColumns(String shape, String types) throws PtxException {
        wmma(shape, types, "row.col.row.row", "global");
        wmma(shape, types, "row.col.col.row", "shared");
    }
}
