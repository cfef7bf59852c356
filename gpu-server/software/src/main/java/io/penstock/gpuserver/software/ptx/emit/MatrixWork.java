package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Fragment;
import io.penstock.gpuserver.software.ptx.run.MatrixSite;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A matrix instruction with its operands as values. */
sealed interface MatrixWork {
    List<Value> reads();

    List<Value.Register> writes();

    MatrixSite site(Layout layout);

    /** A matrix in registers. */
    record Part(Fragment fragment, List<? extends Value> registers) {
        MatrixSite.Part site(Layout layout) {
            return new MatrixSite.Part(
                    fragment, registers.stream().map(layout::row).toList());
        }
    }

    /** A matrix that an instruction writes. */
    record Result(Fragment fragment, List<Value.Register> registers) {
        MatrixSite.Part site(Layout layout) {
            return new Part(fragment, registers).site(layout);
        }
    }

    /** d = a * b + c. */
    record Product(MatrixSite.Operation operation, boolean saturate, Result d, Part a, Part b, Part c)
            implements MatrixWork {
        @Override
        public List<Value> reads() {
            return Stream.of(a, b, c)
                    .<Value>flatMap(part -> part.registers().stream())
                    .toList();
        }

        @Override
        public List<Value.Register> writes() {
            return d.registers();
        }

        @Override
        public MatrixSite site(Layout layout) {
            return new MatrixSite.Product(
                    operation, saturate, d.site(layout), a.site(layout), b.site(layout), c.site(layout));
        }
    }

    /** A matrix from memory. */
    record Load(Result to, Value.Register address, @Nullable Value stride, boolean columnMajor, int number)
            implements MatrixWork {
        @Override
        public List<Value> reads() {
            return stride == null ? List.of(address) : List.of(address, stride);
        }

        @Override
        public List<Value.Register> writes() {
            return to.registers();
        }

        @Override
        public MatrixSite site(Layout layout) {
            int rows = stride == null ? -1 : layout.row(stride);
            return new MatrixSite.Tile(to.site(layout), layout.row(address), rows, columnMajor, false, number);
        }
    }

    /** A matrix to memory. */
    record Store(
            Part from, Value.Register address, @Nullable Value stride, boolean columnMajor, int number)
            implements MatrixWork {
        @Override
        public List<Value> reads() {
            Stream<Value> place = stride == null ? Stream.of(address) : Stream.of(address, stride);
            return Stream.concat(place, from.registers().stream()).toList();
        }

        @Override
        public List<Value.Register> writes() {
            return List.of();
        }

        @Override
        public MatrixSite site(Layout layout) {
            int rows = stride == null ? -1 : layout.row(stride);
            return new MatrixSite.Tile(from.site(layout), layout.row(address), rows, columnMajor, true, number);
        }
    }
}
