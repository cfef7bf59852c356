package io.penstock.gpuserver.software.ptx.run;

import java.util.List;

/** How a matrix is spread over a warp's registers. */
public final class Fragment {
    private static final int GROUP = 4;
    private static final int TILE = 8;

    private final MatrixElement element;
    private final int rows;
    private final int columns;
    private final int registers;
    private final int[] places;

    /** Which element goes where. */
    public enum Arrangement {
        /** The first factor of {@code mma}: eight rows down first, then along the depth. */
        LEFT,
        /** Its second factor. */
        RIGHT,
        /** Its sum. */
        SUM,
        /** What {@code wmma} leaves open: one lane after another, more than once where there are more places than elements. */
        OPEN
    }

    /** A matrix in so many registers of each lane. */
    public Fragment(MatrixElement element, int rows, int columns, int registers, Arrangement arrangement) {
        this.element = element;
        this.rows = rows;
        this.columns = columns;
        this.registers = registers;
        places = new int[Warp.LANES * perLane()];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            for (int index = 0; index < perLane(); index++) {
                places[lane * perLane() + index] = placeOf(lane, index, arrangement);
            }
        }
    }

    private int placeOf(int lane, int index, Arrangement arrangement) {
        int group = lane / GROUP;
        int within = lane % GROUP;
        int packed = element.perRegister();
        int register = index / packed;
        int part = index % packed;
        return switch (arrangement) {
            case LEFT -> {
                int across = rows / TILE;
                int row = group + register % across * TILE;
                yield row * columns + within * packed + part + (register / across) * GROUP * packed;
            }
            case RIGHT -> (within * packed + part + register * GROUP * packed) * columns + group;
            case SUM -> (group + index / 2 * TILE) * columns + within * 2 + index % 2;
            case OPEN -> (lane * perLane() + index) % (rows * columns);
        };
    }

    /** What it is made of. */
    public MatrixElement element() {
        return element;
    }

    /** Registers in each lane. */
    public int registers() {
        return registers;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /** Elements in each lane. */
    int perLane() {
        return registers * element.perRegister();
    }

    /** Where a lane's element is in the matrix, counted along the rows. */
    int place(int lane, int index) {
        return places[lane * perLane() + index];
    }

    /** The matrix's raw elements, row by row. */
    long[] gather(Frame frame, List<Integer> from) {
        long[] matrix = new long[rows * columns];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            for (int index = 0; index < perLane(); index++) {
                matrix[place(lane, index)] = get(frame, from, lane, index);
            }
        }
        return matrix;
    }

    /** The matrix to the registers. */
    void scatter(Frame frame, List<Integer> to, long[] matrix) {
        for (int lane = 0; lane < Warp.LANES; lane++) {
            for (int index = 0; index < perLane(); index++) {
                set(frame, to, lane, index, matrix[place(lane, index)]);
            }
        }
    }

    long get(Frame frame, List<Integer> from, int lane, int index) {
        int packed = element.perRegister();
        int row = from.get(index / packed);
        if (element == MatrixElement.DOUBLE) {
            return frame.longs[row][lane];
        }
        int shift = index % packed * element.bits();
        return (frame.words[row][lane] >>> shift) & element.mask();
    }

    void set(Frame frame, List<Integer> to, int lane, int index, long raw) {
        int packed = element.perRegister();
        int row = to.get(index / packed);
        if (element == MatrixElement.DOUBLE) {
            frame.longs[row][lane] = raw;
            return;
        }
        int shift = index % packed * element.bits();
        int[] words = frame.words[row];
        words[lane] = (int) ((words[lane] & ~(element.mask() << shift)) | raw << shift);
    }
}
