package io.penstock.gpuserver.software.ptx.run;

import java.lang.foreign.ValueLayout;

/**
 * Instructions on matrices that are spread over a warp. Products of narrow floats are summed exactly enough that only the
 * last rounding shows; those of doubles are added one after another, rounded once each.
 */
final class Matrix {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED;
    private static final int TILE = 8;
    private static final int ROW_BYTES = 16;

    private Matrix() {}

    /** {@code mma} and {@code wmma.mma}. */
    static void multiply(Frame frame, MatrixSite.Product site) {
        Fragment d = site.d().fragment();
        long[] a = site.a().fragment().gather(frame, site.a().rows());
        long[] b = site.b().fragment().gather(frame, site.b().rows());
        long[] c = site.c().fragment().gather(frame, site.c().rows());
        long[] sums = d.element().floating() ? floating(site, a, b, c) : integers(site, a, b, c);
        d.scatter(frame, site.d().rows(), sums);
    }

    private static long[] floating(MatrixSite.Product site, long[] a, long[] b, long[] c) {
        int depth = site.a().fragment().columns();
        int columns = site.d().fragment().columns();
        double[] left = numbers(a, site.a().fragment().element());
        double[] right = numbers(b, site.b().fragment().element());
        double[] sums = numbers(c, site.c().fragment().element());
        boolean wide = site.d().fragment().element() == MatrixElement.DOUBLE;
        long[] result = new long[sums.length];
        for (int i = 0; i < sums.length; i++) {
            int row = i / columns * depth;
            int column = i % columns;
            double sum = wide ? sums[i] : 0;
            for (int k = 0; k < depth; k++) {
                double x = left[row + k];
                double y = right[k * columns + column];
                sum = wide ? Math.fma(x, y, sum) : sum + x * y;
            }
            result[i] = site.d().fragment().element().bitsOf(wide ? sum : sums[i] + sum);
        }
        return result;
    }

    private static double[] numbers(long[] raw, MatrixElement element) {
        double[] numbers = new double[raw.length];
        for (int i = 0; i < raw.length; i++) {
            numbers[i] = element.number(raw[i]);
        }
        return numbers;
    }

    private static long[] integers(MatrixSite.Product site, long[] a, long[] b, long[] c) {
        int depth = site.a().fragment().columns();
        int columns = site.d().fragment().columns();
        MatrixElement left = site.a().fragment().element();
        MatrixElement right = site.b().fragment().element();
        long[] result = new long[c.length];
        for (int i = 0; i < c.length; i++) {
            int row = i / columns * depth;
            int column = i % columns;
            long sum = MatrixElement.S32.integer(c[i]);
            for (int k = 0; k < depth; k++) {
                long x = left.integer(a[row + k]);
                long y = right.integer(b[k * columns + column]);
                sum += switch (site.operation()) {
                    case PRODUCT -> x * y;
                    case XOR -> x ^ y;
                    case AND -> x & y;
                };
            }
            long bounded = site.saturate() ? Math.clamp(sum, Integer.MIN_VALUE, Integer.MAX_VALUE) : (int) sum;
            result[i] = bounded & MatrixElement.S32.mask();
        }
        return result;
    }

    /** {@code wmma.load} and {@code wmma.store}. */
    static void move(Warp warp, Frame frame, MatrixSite.Tile site) {
        Fragment fragment = site.part().fragment();
        long base = frame.longs[site.address()][0];
        int lines = site.columnMajor() ? fragment.rows() : fragment.columns();
        long stride = site.stride() < 0 ? lines : frame.words[site.stride()][0];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            for (int index = 0; index < fragment.perLane(); index++) {
                int place = fragment.place(lane, index);
                int row = place / fragment.columns();
                int column = place % fragment.columns();
                long element = site.columnMajor() ? column * stride + row : row * stride + column;
                Cell cell =
                        new Cell(warp, lane, base, element * fragment.element().bits(), site.number());
                if (site.store()) {
                    cell.put(fragment.element(), fragment.get(frame, site.part().rows(), lane, index));
                } else {
                    fragment.set(frame, site.part().rows(), lane, index, cell.get(fragment.element()));
                }
            }
        }
    }

    /** One element in memory, which may be smaller than a byte. */
    private record Cell(Warp warp, int lane, long base, long bit, int number) {
        private long at(int bytes) {
            return Addresses.genericAddress(warp, lane, base + (bit >> 3), bytes, number);
        }

        long get(MatrixElement element) {
            return switch (element.bits()) {
                case 64 -> Loads.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at(8));
                case 32 -> Loads.ALL.get(WORD, at(4)) & element.mask();
                case 16 -> Loads.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, at(2)) & element.mask();
                default -> (Loads.ALL.get(ValueLayout.JAVA_BYTE, at(1)) >> (bit & 7)) & element.mask();
            };
        }

        /** Sums alone are stored: no element smaller than a half is one. */
        void put(MatrixElement element, long raw) {
            switch (element.bits()) {
                case 64 -> Loads.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at(8), raw);
                case 32 -> Loads.ALL.set(WORD, at(4), (int) raw);
                default -> Loads.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at(2), (short) raw);
            }
        }
    }

    /** {@code ldmatrix}: the rows' addresses are in the warp, eight lanes a matrix. */
    static void load(Warp warp, int[][] to, boolean transposed) {
        int[] rows = new int[TILE * to.length * ROW_BYTES / Integer.BYTES];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Loads.ALL.get(WORD, warp.raw[i / 4] + i % 4 * (long) Integer.BYTES);
        }
        for (int matrix = 0; matrix < to.length; matrix++) {
            for (int lane = 0; lane < Warp.LANES; lane++) {
                int start = matrix * TILE * 4;
                to[matrix][lane] = transposed ? turned(rows, start, lane) : rows[start + lane];
            }
        }
    }

    /** {@code movmatrix}. */
    static void transpose(int[] to, int[] from) {
        int[] rows = from.clone();
        for (int lane = 0; lane < Warp.LANES; lane++) {
            to[lane] = turned(rows, 0, lane);
        }
    }

    /** Two neighbours of a row of the transpose; a row of the matrix is four words. */
    private static int turned(int[] rows, int start, int lane) {
        int column = lane / 4;
        int row = lane % 4 * 2;
        int shift = column % 2 * 16;
        int first = rows[start + row * 4 + column / 2] >>> shift & 0xffff;
        int second = rows[start + (row + 1) * 4 + column / 2] >>> shift & 0xffff;
        return first | second << 16;
    }
}
