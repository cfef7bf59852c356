package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.math.HalfMath;

/**
 * {@code mma.sync} of a 16×k by a k×8 matrix, spread over a warp's registers as PTX lays fragments out. Products are summed
 * exactly enough that only the last rounding shows.
 */
public final class Matrix {
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;

    private Matrix() {}

    /** What the elements of the factors are, and how deep the product is. */
    public enum Factor {
        HALF_K8(8, 2),
        HALF_K16(16, 2),
        BRAIN_K8(8, 2),
        BRAIN_K16(16, 2),
        TF32_K4(4, 1),
        TF32_K8(8, 1);

        private final int depth;
        private final int packed;

        Factor(int depth, int packed) {
            this.depth = depth;
            this.packed = packed;
        }

        /** Registers of the first factor in each lane. */
        public int leftRegisters() {
            return ROWS * depth / packed / Warp.LANES;
        }

        /** Registers of the second factor in each lane. */
        public int rightRegisters() {
            return COLUMNS * depth / packed / Warp.LANES;
        }

        private float element(int word, int part) {
            return switch (this) {
                case HALF_K8, HALF_K16 -> HalfMath.toFloat(word >>> (16 * part));
                case BRAIN_K8, BRAIN_K16 -> HalfMath.brainToFloat(word >>> (16 * part));
                case TF32_K4, TF32_K8 -> Float.intBitsToFloat(word & ~0x1fff);
            };
        }
    }

    /** d = a * b + c; the sum's registers hold floats, or pairs of halves where there are two of them. */
    public static void multiply(int[][] d, int[][] a, int[][] b, int[][] c, Factor factor) {
        float[][] left = new float[ROWS][factor.depth];
        float[][] right = new float[factor.depth][COLUMNS];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            gatherLeft(left, a, lane, factor);
            gatherRight(right, b, lane, factor);
        }
        float[] sums = new float[4];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            for (int i = 0; i < sums.length; i++) {
                int row = (lane >> 2) + (i < 2 ? 0 : 8);
                int column = (lane & 3) * 2 + (i & 1);
                sums[i] = (float) (addend(c, lane, i) + dot(left[row], right, column));
            }
            store(d, lane, sums);
        }
    }

    private static double dot(float[] row, float[][] right, int column) {
        double sum = 0;
        for (int k = 0; k < row.length; k++) {
            sum += (double) row[k] * right[k][column];
        }
        return sum;
    }

    /** Registers go down eight rows first, then along the depth. */
    private static void gatherLeft(float[][] left, int[][] a, int lane, Factor factor) {
        int step = 4 * factor.packed;
        for (int register = 0; register < a.length; register++) {
            for (int part = 0; part < factor.packed; part++) {
                int row = (lane >> 2) + (register & 1) * 8;
                int column = (lane & 3) * factor.packed + part + (register >> 1) * step;
                left[row][column] = factor.element(a[register][lane], part);
            }
        }
    }

    private static void gatherRight(float[][] right, int[][] b, int lane, Factor factor) {
        int step = 4 * factor.packed;
        for (int register = 0; register < b.length; register++) {
            for (int part = 0; part < factor.packed; part++) {
                int row = (lane & 3) * factor.packed + part + register * step;
                right[row][lane >> 2] = factor.element(b[register][lane], part);
            }
        }
    }

    private static float addend(int[][] c, int lane, int index) {
        return c.length == 4
                ? Float.intBitsToFloat(c[index][lane])
                : HalfMath.toFloat(c[index >> 1][lane] >>> (16 * (index & 1)));
    }

    private static void store(int[][] d, int lane, float[] sums) {
        if (d.length == 4) {
            for (int i = 0; i < 4; i++) {
                d[i][lane] = Float.floatToRawIntBits(sums[i]);
            }
        } else {
            for (int i = 0; i < 2; i++) {
                d[i][lane] = HalfMath.pack(HalfMath.fromFloat(sums[2 * i]), HalfMath.fromFloat(sums[2 * i + 1]));
            }
        }
    }
}
