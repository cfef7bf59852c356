package io.penstock.gpuserver.software.ptx.run;

import java.util.List;

/** A bound module as the runner sees it: functions by number. */
public record Program(List<ProgramFunction> functions) {
    /** Where function addresses begin: far from anything that can be read or written. */
    public static final long FUNCTION_WINDOW = 0x0400_0000_0000L;

    private static final int FUNCTION_STEP = 16;

    /** The stack that functions take which call each other without recursion: at most a frame of each. */
    long plainStackBytes() {
        return functions.stream().mapToLong(ProgramFunction::stackBytes).sum();
    }

    ProgramFunction function(int number) {
        return functions.get(number);
    }

    /** What taking a function's address gives. */
    public static long addressOf(int function) {
        return FUNCTION_WINDOW + (long) function * FUNCTION_STEP;
    }

    /** The function at an address, or -1. */
    int functionAt(long address) {
        long offset = address - FUNCTION_WINDOW;
        boolean known = offset >= 0 && offset % FUNCTION_STEP == 0 && offset / FUNCTION_STEP < functions.size();
        return known ? (int) (offset / FUNCTION_STEP) : -1;
    }
}
