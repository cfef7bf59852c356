package io.penstock.gpuserver.software.ptx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Runs one instruction in 32 lanes on operands given as raw bits. In its text {@code $a $b $c} are operands, {@code $d} the
 * result, each a register of the width named; {@code %p} is a predicate that is true in odd lanes.
 */
final class OneInstruction implements AutoCloseable {
    private final TestDevice device = new TestDevice();

    long[] run(String instruction, int resultBits, int operandBits, long[] a, long[] b, long[] c) throws PtxException {
        StringBuilder text = new StringBuilder("""
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 pa, .param .u64 pb, .param .u64 pc, .param .u64 pd) {
                .reg .pred %p<4>; .reg .b16 %h<8>; .reg .b32 %r<8>; .reg .b64 %rd<16>; .reg .b64 %w<8>; .reg .b32 %t<4>;
                mov.u32 %t0, %tid.x; mul.wide.u32 %rd0, %t0, 8; and.b32 %t1, %t0, 1; setp.ne.u32 %p, %t1, 0;
                """.replace("%p,", "%p0,"));
        String[] names = {"a", "b", "c", "d"};
        for (int i = 0; i < 4; i++) {
            text.append("ld.param.u64 %rd" + (i + 1) + ", [p" + names[i] + "]; add.u64 %rd" + (i + 1) + ", %rd"
                    + (i + 1) + ", %rd0;\n");
        }
        for (int i = 0; i < 3; i++) {
            text.append("ld.global.b64 %w" + i + ", [%rd" + (i + 1) + "]; ").append(narrow(operandBits, i));
        }
        text.append(resultBits == 64 ? "mov.b64 %w3, -1;" : "mov.b32 %r3, -1; mov.b16 %h3, 0xffff;")
                .append('\n');
        String body = instruction;
        for (int i = 0; i < 4; i++) {
            body = body.replace("$" + names[i], register(i == 3 ? resultBits : operandBits, i));
        }
        text.append(body.replace("%p ", "%p0 ")).append('\n');
        text.append(widen(resultBits)).append("st.global.b64 [%rd4], %w3; ret; }");
        MemorySegment out = device.allocate(8 * 32);
        device.run(text.toString(), LaunchShape.of(1, 32), device.longs(a), device.longs(b), device.longs(c), out);
        return out.toArray(ValueLayout.JAVA_LONG);
    }

    private static String register(int bits, int index) {
        return switch (bits) {
            case 1 -> "%p" + (index == 3 ? 3 : index + 1);
            case 16 -> "%h" + index;
            case 32 -> "%r" + index;
            default -> "%w" + index;
        };
    }

    private static String narrow(int bits, int i) {
        return switch (bits) {
            case 16 -> "cvt.u16.u64 %h" + i + ", %w" + i + ";\n";
            case 32 -> "cvt.u32.u64 %r" + i + ", %w" + i + ";\n";
            default -> "\n";
        };
    }

    private static String widen(int bits) {
        return switch (bits) {
            case 1 -> "selp.b64 %w3, 1, 0, %p3; ";
            case 16 -> "cvt.u64.u16 %w3, %h3; ";
            case 32 -> "cvt.u64.u32 %w3, %r3; ";
            default -> "";
        };
    }

    @Override
    public void close() {
        device.close();
    }
}
