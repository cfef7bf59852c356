package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every atomic operation on every type and space: what it leaves in memory and what it gives back. */
final class AtomicFormsTest {
    private static final long[] FOUND = {0, 1, 5, -1, -7, 0x7fffffffL, 0x80000000L, 0x123456789abcdef0L, Long.MIN_VALUE
    };
    private static final long[] BROUGHT = {0, 3, 5, -2, 0x7fffffffL, 0x80000001L, Long.MIN_VALUE, 0x1_0000_0001L};

    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    /** One operation by each thread on a place of its own: what is there afterwards, and what was given back. */
    private long[][] run(String opcode, String space, int width, long[][] threads) throws PtxException {
        boolean result = opcode.startsWith("atom");
        String register = width == 16 ? "%h" : width == 32 ? "%r" : "%w";
        String type = ".b" + width + " ";
        String at = space + type;
        String address = space.equals("shared") ? "[%r5]" : "[%x0]";
        String text = """
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 out, .param .u64 in) {
                .reg .b16 %h<5>; .reg .b32 %r<7>; .reg .b64 %w<5>; .reg .b64 %x<5>; .shared .align 8 .b8 box[1024];
                ld.param.u64 %x0, [out]; ld.param.u64 %x1, [in]; mov.u32 %r6, %tid.x;
                mad.wide.u32 %x0, %r6, 16, %x0; mad.wide.u32 %x1, %r6, 24, %x1;
                mov.u32 %r5, box; mad.lo.u32 %r5, %r6, 8, %r5;
                """ + "mov" + type + register + "3, 0;\n"
                + "ld.global" + type + register + "0, [%x1]; ld.global" + type + register + "1, [%x1+8];\n"
                + "ld.global" + type + register + "2, [%x1+16]; st." + at + address + ", " + register + "0;\n"
                + opcode + " " + (result ? register + "3, " : "") + address + ", "
                + (opcode.contains("cas") ? register + "2, " : "") + register + "1;\n"
                + "ld." + at + register + "4, " + address + "; st.global" + type + "[%x0], " + register
                + "4; st.global" + type + "[%x0+8], " + register + "3; ret; }";
        MemorySegment out = device.allocate(16L * threads.length);
        device.run(
                text,
                LaunchShape.of(1, threads.length),
                out,
                device.longs(
                        Arrays.stream(threads).flatMapToLong(Arrays::stream).toArray()));
        long[] all = out.toArray(ValueLayout.JAVA_LONG);
        return IntStream.range(0, threads.length)
                .mapToObj(i -> Arrays.copyOfRange(all, 2 * i, 2 * i + 2))
                .toArray(long[][]::new);
    }

    private long[] run(String opcode, String space, int width, long found, long brought, long expected)
            throws PtxException {
        return run(opcode, space, width, new long[][] {{found, brought, expected}})[0];
    }

    private static long cut(int width, long value) {
        return width == 64 ? value : value & ((1L << width) - 1);
    }

    private static long extended(String type, long value) {
        int width = Integer.parseInt(type.replaceAll("\\D", ""));
        return type.startsWith("s") ? value << (64 - width) >> (64 - width) : cut(width, value);
    }

    private void check(String operation, String type, LongBinaryOperator meaning) throws PtxException {
        int width = Integer.parseInt(type.replaceAll("\\D", ""));
        long[][] threads = Arrays.stream(FOUND)
                .boxed()
                .flatMap(found -> Arrays.stream(BROUGHT).mapToObj(brought -> new long[] {found, brought, 0}))
                .toArray(long[][]::new);
        for (String space : new String[] {"global", "shared"}) {
            String opcode = "." + space + "." + operation + "." + type;
            long[][] given = run("atom" + opcode, space, width, threads);
            long[][] left = operation.equals("exch") ? given : run("red" + opcode, space, width, threads);
            for (int i = 0; i < threads.length; i++) {
                long wanted =
                        cut(width, meaning.applyAsLong(extended(type, threads[i][0]), extended(type, threads[i][1])));
                assertThat(given[i])
                        .as("atom%s %x %x", opcode, threads[i][0], threads[i][1])
                        .containsExactly(wanted, cut(width, threads[i][0]));
                assertThat(left[i][0])
                        .as("red%s %x %x", opcode, threads[i][0], threads[i][1])
                        .isEqualTo(wanted);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"u32", "s32", "u64", "s64"})
    void sumsAndExtremes(String type) throws PtxException {
        boolean unsigned = type.equals("u64");
        if (!type.equals("s64")) {
            check("add", type, Long::sum);
        }
        check("min", type, (a, b) -> (unsigned ? Long.compareUnsigned(a, b) < 0 : a < b) ? a : b);
        check("max", type, (a, b) -> (unsigned ? Long.compareUnsigned(a, b) > 0 : a > b) ? a : b);
    }

    @ParameterizedTest
    @ValueSource(strings = {"b32", "b64"})
    void bitsAndExchanges(String type) throws PtxException {
        check("and", type, (a, b) -> a & b);
        check("or", type, (a, b) -> a | b);
        check("xor", type, (a, b) -> a ^ b);
        check("exch", type, (a, b) -> b);
    }

    @ParameterizedTest
    @ValueSource(strings = "u32")
    void countersGoRound(String type) throws PtxException {
        check("inc", type, (a, b) -> a >= b ? 0 : a + 1);
        check("dec", type, (a, b) -> a == 0 || a > b ? b : a - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void swapsHappenWhereTheExpectedValueIs(int width) throws PtxException {
        for (String space : new String[] {"global", "shared"}) {
            String opcode = "atom." + space + ".cas.b" + width;
            for (long found : FOUND) {
                assertThat(run(opcode, space, width, found, 77, found)).containsExactly(77, cut(width, found));
                assertThat(run(opcode, space, width, found, 77, found + 1))
                        .containsExactly(cut(width, found), cut(width, found));
            }
        }
    }

    private static long bits(String type, double value) {
        return switch (type) {
            case "f64" -> Double.doubleToRawLongBits(value);
            case "f32" -> Integer.toUnsignedLong(Float.floatToRawIntBits((float) value));
            case "f16" -> Float.floatToFloat16((float) value) & 0xffff;
            default -> bits("f16", value) | bits("f16", value + 1) << 16;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f64", "f16", "f16x2"})
    void floatingSums(String type) throws PtxException {
        boolean narrow = type.contains("16");
        int width = type.endsWith("x2") ? 32 : Integer.parseInt(type.replaceAll("\\D", ""));
        for (String space : new String[] {"global", "shared"}) {
            String opcode = "." + space + ".add." + (narrow ? "noftz." : "") + type;
            long found = bits(type, 1.5);
            long wanted = type.endsWith("x2")
                    ? bits(type.replace("x2", ""), 4) | bits(type.replace("x2", ""), 6) << 16
                    : bits(type, 4);
            assertThat(run("atom" + opcode, space, width, found, bits(type, 2.5), 0))
                    .containsExactly(wanted, found);
            assertThat(run("red" + opcode, space, width, found, bits(type, 2.5), 0))
                    .containsExactly(wanted, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"relaxed", "acquire", "release", "acq_rel"})
    void ordersAndScopes(String order) throws PtxException {
        for (String scope : new String[] {"cta", "gpu", "sys"}) {
            String words = "atom." + order + "." + scope + ".global.";
            assertThat(run(words + "add.u32", "global", 32, 40, 2, 0)).containsExactly(42, 40);
            assertThat(run(words + "exch.b32", "global", 32, 40, 2, 0)).containsExactly(2, 40);
            assertThat(run(words + "cas.b32", "global", 32, 40, 2, 40)).containsExactly(2, 40);
            assertThat(run("atom.add." + order + "." + scope + ".u32", "global", 32, 40, 2, 0))
                    .containsExactly(42, 40);
        }
        for (String operation : new String[] {"add.u32", "add.s32", "add.u64", "exch.b32", "exch.b64"}) {
            int width = operation.endsWith("64") ? 64 : 32;
            assertThat(run("atom." + operation, "global", width, 40, 2, 0))
                    .containsExactly(operation.startsWith("add") ? 42 : 2, 40);
        }
    }
}
