package io.penstock.cli;

/**
 * How {@code penstock} ends. {@code run} and {@code local} end as their program did, 128 and the signal's number when it
 * was killed; the numbers below are Penstock's own and stay as they are, since scripts rely on them.
 */
final class ExitStatus {
    static final int OK = 0;
    /** A check of {@code health} failed. */
    static final int UNHEALTHY = 1;
    /** The arguments make no sense. */
    static final int USAGE = 2;
    /** This machine is not enrolled, or its identity is broken or has expired. */
    static final int NOT_ENROLLED = 118;
    /** No appliance answers. */
    static final int UNREACHABLE = 119;
    /** The appliance or a server said no: disabled, deleted, a token that is no good. */
    static final int REFUSED = 120;
    /** No GPU is free now that satisfies the request. */
    static final int NO_GPU = 121;
    /** The pool has no GPU that satisfies the request, free or not. */
    static final int NO_SUCH_GPU = 122;
    /** Penstock itself failed. */
    static final int FAILED = 125;
    /** The program was found but cannot be executed. */
    static final int NOT_EXECUTABLE = 126;
    /** The program was not found. */
    static final int NOT_FOUND = 127;
    /** Added to the number of the signal that ended the program. */
    static final int SIGNAL = 128;

    private ExitStatus() {}
}
