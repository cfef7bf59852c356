package io.penstock.gpuserver.software.ptx.check;

import io.penstock.gpuserver.software.ptx.syntax.Function;
import io.penstock.gpuserver.software.ptx.syntax.Statement;
import io.penstock.gpuserver.software.ptx.syntax.Widths;

/** How much shared memory a function's own variables can take, before any of them has its place. */
final class SharedBytes {
    private SharedBytes() {}

    static long upperBound(Function function) {
        long bytes = 0;
        if (function.body() != null) {
            for (Statement statement : function.body()) {
                if (statement instanceof Statement.Declaration declared
                        && declared.variable().space().equals("shared")) {
                    bytes += declared.variable().alignment()
                            + declared.variable().count()
                                    * Widths.bytes(declared.variable().type());
                }
            }
        }
        return bytes;
    }
}
