package io.penstock.gpuserver.software.ptx.run;

import java.util.List;

/** One matrix instruction of a function, and in which rows of a frame its operands are. */
public sealed interface MatrixSite {
    /** A matrix and the rows of its registers. */
    record Part(Fragment fragment, List<Integer> rows) {}

    /** What is summed along the depth. */
    enum Operation {
        PRODUCT,
        XOR,
        AND
    }

    /**
     * d = a * b + c.
     *
     * @param saturate integers that overflow become the nearest one
     */
    record Product(Operation operation, boolean saturate, Part d, Part a, Part b, Part c) implements MatrixSite {}

    /**
     * A matrix to or from memory.
     *
     * @param address long row: generic addresses, of which the first lane's counts
     * @param stride word row: elements from one line of the matrix to the next; -1 where lines follow each other
     * @param columnMajor whether the lines are columns
     * @param number of the instruction among those that access memory
     */
    record Tile(Part part, int address, int stride, boolean columnMajor, boolean store, int number)
            implements MatrixSite {}
}
