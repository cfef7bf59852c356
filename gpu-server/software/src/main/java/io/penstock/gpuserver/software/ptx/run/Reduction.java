package io.penstock.gpuserver.software.ptx.run;

/** What {@code redux.sync} can do to two words. */
public enum Reduction {
    ADD,
    AND,
    OR,
    XOR,
    MIN_SIGNED,
    MAX_SIGNED,
    MIN_UNSIGNED,
    MAX_UNSIGNED;

    int apply(int a, int b) {
        return switch (this) {
            case ADD -> a + b;
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case MIN_SIGNED -> Math.min(a, b);
            case MAX_SIGNED -> Math.max(a, b);
            case MIN_UNSIGNED -> Integer.compareUnsigned(a, b) < 0 ? a : b;
            case MAX_UNSIGNED -> Integer.compareUnsigned(a, b) > 0 ? a : b;
        };
    }
}
