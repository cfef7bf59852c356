package io.penstock.gpuserver.software.ptx.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One statement of a function's body, in the order of the text. */
public sealed interface Statement {
    /** The line it starts on, counted from 1. */
    int line();

    /**
     * An instruction.
     *
     * @param text as written, blanks collapsed, for messages
     * @param guard the predicate's name of {@code @%p}, or null
     * @param guardNegated whether it was {@code @!%p}
     * @param opcode the word with its dots, as {@code add.s32}
     */
    record Instruction(
            int line, String text, @Nullable String guard, boolean guardNegated, String opcode, List<Operand> operands)
            implements Statement {}

    /** {@code name:}. */
    record Label(int line, String name) implements Statement {}

    /** {@code .reg .type name<count>}; a plain name has count -1. */
    record Registers(int line, String type, String name, int count) implements Statement {}

    /** A {@code .local}, {@code .shared} or {@code .param} variable inside the body. */
    record Declaration(int line, Variable variable) implements Statement {}

    /** <code>{</code>: names declared from here on are gone at the matching {@link Close}. */
    record Open(int line) implements Statement {}

    /** <code>}</code>. */
    record Close(int line) implements Statement {}

    /** {@code name: .branchtargets a, b;}. */
    record BranchTargets(int line, String name, List<String> labels) implements Statement {}

    /** {@code name: .callprototype (returns) _ (params);}. */
    record Prototype(int line, String name, List<Variable> returns, List<Variable> params) implements Statement {}
}
