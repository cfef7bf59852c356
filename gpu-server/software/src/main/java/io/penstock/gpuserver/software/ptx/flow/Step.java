package io.penstock.gpuserver.software.ptx.flow;

import io.penstock.gpuserver.software.ptx.check.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One instruction, lowered: what it reads and writes is known, and it can write its own bytecode.
 *
 * @param <C> what the bytecode is written to
 */
public sealed interface Step<C> {
    /** The line of the text, for messages. */
    int line();

    /** The lanes that take part, or null for all active ones. */
    @Nullable
    Guard guard();

    /** Registers it needs, the guard's not counted. */
    default List<Value.Register> reads() {
        return List.of();
    }

    /** Registers it changes in the lanes that take part. */
    default List<Value.Register> writes() {
        return List.of();
    }

    /** A predicate register, or its opposite. */
    record Guard(Value.Register predicate, boolean negated) {}

    /** Writes bytecode. */
    interface Body<C> {
        void write(C code);
    }

    /** Anything that goes on with the next instruction. */
    record Work<C>(
            int line, @Nullable Guard guard, List<Value.Register> reads, List<Value.Register> writes, Body<C> body)
            implements Step<C> {}

    /** A place that branches name. */
    record Label<C>(int line, String name) implements Step<C> {
        @Override
        public @Nullable Guard guard() {
            return null;
        }
    }

    /** Guarded lanes go to the label, the others on. */
    record Branch<C>(int line, @Nullable Guard guard, String target) implements Step<C> {}

    /** Each lane goes to the label its index counts to. */
    record IndexedBranch<C>(int line, @Nullable Guard guard, Value.Register index, List<String> targets)
            implements Step<C> {
        @Override
        public List<Value.Register> reads() {
            return List.of(index);
        }
    }

    /** Guarded lanes leave the function, or the kernel. */
    record Leave<C>(int line, @Nullable Guard guard, boolean kernel) implements Step<C> {}

    /**
     * The warp stops here and goes on with the next instruction when its scheduler lets it: a call, or an
     * instruction that lanes execute together.
     *
     * @param body leaves an int on the stack: 0 to go on at once, else why the warp stopped
     */
    record Pause<C>(
            int line, @Nullable Guard guard, List<Value.Register> reads, List<Value.Register> writes, Body<C> body)
            implements Step<C> {}
}
