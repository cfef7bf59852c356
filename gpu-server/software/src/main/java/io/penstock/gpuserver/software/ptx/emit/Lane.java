package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Value;
import java.util.List;

/** What one lane computes: a tree of scalars over values. */
sealed interface Lane {
    /** I int, J long, F float, D double, Z boolean. */
    char type();

    /** A value as its bank holds it. */
    record Input(Value value) implements Lane {
        @Override
        public char type() {
            return switch (value.bank()) {
                case PREDICATE -> 'Z';
                case WORD -> 'I';
                case LONG -> 'J';
            };
        }
    }

    /** A scalar of others; raw bits become floating numbers, and a long its low word, where the scalar wants that. */
    record Apply(Scalar scalar, List<Lane> arguments) implements Lane {
        @Override
        public char type() {
            return scalar.result();
        }
    }

    /** The scalar named, applied; its parameters' letters must be given because names are overloaded. */
    static Lane of(Class<?> owner, String name, String params, Lane... arguments) {
        return new Apply(Scalar.of(owner, name, params), List.of(arguments));
    }
}
