package io.penstock.gpuserver.software.ptx.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A declared variable or parameter.
 *
 * @param space {@code global}, {@code const}, {@code shared}, {@code local}, {@code param} or {@code reg}
 * @param type the element's type as {@code f32}
 * @param alignment bytes; the element's size where the text names none
 * @param count elements in all dimensions together; 0 for {@code []} without initialiser
 * @param initial the initialiser, or null
 */
public record Variable(
        int line,
        String name,
        Linkage linkage,
        String space,
        String type,
        int alignment,
        long count,
        @Nullable List<Initial> initial) {

    /** How the name is seen outside. */
    public enum Linkage {
        LOCAL,
        VISIBLE,
        EXTERN,
        WEAK,
        COMMON
    }

    /** One element of an initialiser. */
    public sealed interface Initial {
        /** A number in the element's own representation. */
        record Literal(long bits, Operand.Form form) implements Initial {}

        /** An address; with a mask only some of its bits, moved down to bit 0. */
        record Symbol(String name, long addend, boolean generic, long mask) implements Initial {}
    }
}
