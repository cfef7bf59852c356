package io.penstock.gpuserver.software.ptx.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Fragments laid out element by element, as the PTX manual numbers them. */
final class MatrixTest {
    @Test
    void aProductOfHalvesSixteenDeepFindsEveryElementInItsLane() {
        int[][] a = new int[4][32];
        int[][] b = new int[2][32];
        int[][] c = new int[4][32];
        int[][] d = new int[4][32];
        for (int lane = 0; lane < 32; lane++) {
            int group = lane / 4;
            int within = lane % 4;
            for (int i = 0; i < 8; i++) {
                int row = i < 2 || (i >= 4 && i < 6) ? group : group + 8;
                int column = within * 2 + (i & 1) + (i >= 4 ? 8 : 0);
                a[i / 2][lane] |= half(left(row, column)) << (16 * (i & 1));
            }
            for (int i = 0; i < 4; i++) {
                int row = within * 2 + (i & 1) + (i >= 2 ? 8 : 0);
                b[i / 2][lane] |= half(right(row, group)) << (16 * (i & 1));
                c[i][lane] = Float.floatToRawIntBits(0.5f * i);
            }
        }
        Matrix.multiply(d, a, b, c, Matrix.Factor.HALF_K16);
        for (int lane = 0; lane < 32; lane++) {
            for (int i = 0; i < 4; i++) {
                int row = lane / 4 + (i < 2 ? 0 : 8);
                int column = lane % 4 * 2 + (i & 1);
                float expected = 0.5f * i;
                for (int k = 0; k < 16; k++) {
                    expected += left(row, k) * right(k, column);
                }
                assertThat(Float.intBitsToFloat(d[i][lane])).isEqualTo(expected);
            }
        }
    }

    private static float left(int row, int column) {
        return row * 3 - column;
    }

    private static float right(int row, int column) {
        return row + 5 * column - 7;
    }

    private static int half(float value) {
        return Float.floatToFloat16(value) & 0xffff;
    }
}
