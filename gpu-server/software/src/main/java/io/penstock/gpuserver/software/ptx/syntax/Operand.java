package io.penstock.gpuserver.software.ptx.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands between an instruction's commas. */
public sealed interface Operand {
    /** A register, variable, function, label or special register; {@code _} is the sink. */
    record Name(String name) implements Operand {}

    /** {@code !%p}. */
    record Negated(String name) implements Operand {}

    /** {@code -%r} of {@code vmad}. */
    record Minus(String name) implements Operand {}

    /** A number; the bits are those of a long, a float or a double as the form says. */
    record Literal(long bits, Form form) implements Operand {}

    /** {@code name+4} outside brackets. */
    record Offset(String name, long offset) implements Operand {}

    /** {@code name[index]}: the address of an array's element. */
    record Element(String name, long index) implements Operand {}

    /** {@code [base+offset]}; without a base the offset is an absolute address. */
    record Address(@Nullable String base, long offset) implements Operand {}

    /** <code>[object, {x, y}]</code>: a texture or surface and what else the brackets hold. */
    record Access(String object, List<Operand> others) implements Operand {}

    /** <code>{a, b}</code>. */
    record Vector(List<Operand> parts) implements Operand {}

    /** {@code a|b}. */
    record Pair(Operand first, Operand second) implements Operand {}

    /** {@code (a, b)} of a call. */
    record Group(List<Operand> parts) implements Operand {}

    /** How a literal was written. */
    enum Form {
        INTEGER,
        FLOAT,
        DOUBLE
    }
}
