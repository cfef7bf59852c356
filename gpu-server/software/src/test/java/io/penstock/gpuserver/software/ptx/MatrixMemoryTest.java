package io.penstock.gpuserver.software.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Matrices out of shared memory and within registers, and copies into it that nobody waits for at once. */
final class MatrixMemoryTest {
    private final TestDevice device = new TestDevice();

    @AfterEach
    void close() {
        device.close();
    }

    private int[] shared(String instruction, int results) throws PtxException {
        short[] content = new short[512];
        for (int i = 0; i < content.length; i++) {
            content[i] = (short) (i * 31 + 5);
        }
        MemorySegment in = device.allocate(1024).copyFrom(MemorySegment.ofArray(content));
        MemorySegment out = device.allocate(4L * 32 * results);
        StringBuilder text = new StringBuilder("""
                .version 8.0
                .target sm_80
                .address_size 64
                .visible .entry k(.param .u64 pd, .param .u64 pa) {
                .reg .b32 %r<9>, %t; .reg .b64 %rd<4>; .shared .align 16 .b8 box[1024]; .reg .b64 %x<4>;
                mov.u32 %t, %tid.x; ld.param.u64 %rd0, [pa];
                mul.wide.u32 %rd1, %t, 32; add.u64 %rd1, %rd0, %rd1;
                ld.global.v2.b64 {%x0, %x1}, [%rd1]; ld.global.v2.b64 {%x2, %x3}, [%rd1+16];
                mov.u32 %r8, box; mad.lo.u32 %r8, %t, 32, %r8;
                st.shared.v2.b64 [%r8], {%x0, %x1}; st.shared.v2.b64 [%r8+16], {%x2, %x3};
                bar.sync 0; ld.shared.b32 %r0, [%r8];
                """);
        text.append(instruction).append("\nld.param.u64 %rd2, [pd]; mad.wide.u32 %rd2, %t, ");
        text.append(4 * results).append(", %rd2;\n");
        for (int i = 0; i < results; i++) {
            text.append("st.global.b32 [%rd2+" + 4 * i + "], %r" + i + ";\n");
        }
        device.run(text.append("ret; }").toString(), LaunchShape.of(1, 32), out, in);
        return out.toArray(ValueLayout.JAVA_INT);
    }

    private static String registers(int count) {
        return IntStream.range(0, count).mapToObj(i -> "%r" + i).collect(Collectors.joining(", ", "{", "}"));
    }

    private static int content(int row, int column) {
        return ((row * 16 + column) * 31 + 5) & 0xffff;
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "4,false", "1,true", "2,true", "4,true"})
    void rowsOfMatricesGoToTheLanesThatNeedThem(int count, boolean transposed) throws PtxException {
        // the lanes' rows are 32 bytes apart; only the first sixteen belong to a matrix
        String instruction = "ldmatrix.sync.aligned.m8n8.x" + count + (transposed ? ".trans" : "") + ".shared.b16 "
                + registers(count) + ", [%r8];";
        int[] result = shared(instruction, count);
        for (int lane = 0; lane < 32; lane++) {
            for (int matrix = 0; matrix < count; matrix++) {
                int row = matrix * 8;
                int expected = transposed
                        ? content(row + lane % 4 * 2, lane / 4) | (content(row + lane % 4 * 2 + 1, lane / 4) << 16)
                        : content(row + lane / 4, lane % 4 * 2) | (content(row + lane / 4, lane % 4 * 2 + 1) << 16);
                assertThat(result[lane * count + matrix])
                        .as("lane %d matrix %d", lane, matrix)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void matrixInRegistersIsTransposed() throws PtxException {
        int[] result = shared("movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r0;", 1);
        for (int lane = 0; lane < 32; lane++) {
            int word = 0;
            for (int part = 0; part < 2; part++) {
                // the element of row lane / 4 of the transpose: its column is a row of what lanes hold
                int row = lane % 4 * 2 + part;
                int column = lane / 4;
                int from = row * 4 + column / 2;
                word |= content(from, column % 2) << (16 * part);
            }
            assertThat(result[lane]).isEqualTo(word);
        }
    }

    @Test
    void copyIsDoneWhenItIsWaitedFor() throws PtxException {
        String begin =
                "mov.u32 %r8, box; mad.lo.u32 %r8, %t, 16, %r8; mul.wide.u32 %rd1, %t, 16; add.u64 %rd1, %rd0, %rd1;"
                        + "st.shared.v4.b32 [%r8], {-1, -1, -1, -1};";
        String end = "cp.async.commit_group; cp.async.wait_group 0; ld.shared.v4.b32 {%r0, %r1, %r2, %r3}, [%r8];";
        String all = begin + "cp.async.cg.shared.global.L2::128B [%r8], [%rd1+0], 16;" + end;
        assertThat(shared(all, 4)).isEqualTo(words(16));
        assertThat(shared(begin + "cp.async.ca.shared.global [%r8], [%rd1], 8; cp.async.wait_all;" + end, 4))
                .isEqualTo(words(8, -1));
        assertThat(shared(begin + "cp.async.ca.shared::cta.global [%r8+4], [%rd1+4], 4;" + end, 4)[1])
                .isEqualTo(words(16)[1]);
        assertThat(shared(begin + "mov.u32 %r7, 6; cp.async.cg.shared.global [%r8], [%rd1], 16, %r7;" + end, 4))
                .isEqualTo(words(6));
        // nothing is read from an address that does not exist
        assertThat(shared(begin + "cp.async.cg.shared.global [%r8], [0], 16, 0;" + end, 4))
                .containsOnly(0);
        assertThat(shared(
                        begin
                                + ".reg .pred %q; setp.lt.u32 %q, %t, 99; cp.async.cg.shared.global [%r8], [%rd1], 16, %q;"
                                + end,
                        4))
                .containsOnly(0);
        assertThatThrownBy(() -> shared(begin + "cp.async.cg.shared.global [%r8], [%rd1+8], 16;" + end, 4))
                .isInstanceOf(PtxFault.class);
        assertThatThrownBy(() -> shared(begin + "cp.async.cg.shared.global [%r8], [16], 16;" + end, 4))
                .isInstanceOf(PtxFault.class);
    }

    private static int[] words(int wanted) {
        return words(wanted, 0);
    }

    /** What each lane sees of its sixteen bytes, of which so many were copied. */
    private static int[] words(int wanted, int rest) {
        byte[] bytes = new byte[512];
        for (int i = 0; i < 256; i++) {
            int value = i * 31 + 5;
            for (int part = 0; part < 2; part++) {
                int at = 2 * i + part;
                bytes[at] = (byte) (at % 16 < wanted ? value >> (8 * part) : rest);
            }
        }
        return MemorySegment.ofArray(bytes).toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
}
