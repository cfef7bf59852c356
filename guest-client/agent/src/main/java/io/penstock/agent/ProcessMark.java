package io.penstock.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One process, told apart from a later one with the same number by the tick at which it started.
 *
 * @param pid its number; 0 is no process
 * @param started clock ticks from boot to its start; 0 when it was gone already
 */
record ProcessMark(int pid, long started) {
    static final ProcessMark NONE = new ProcessMark(0, 0);

    private static final int STATE = 0;
    private static final int START_TIME = 19;

    /** The process that has this number now. */
    static ProcessMark of(int pid) {
        String[] fields = fields(pid);
        return new ProcessMark(pid, fields.length > START_TIME ? Long.parseLong(fields[START_TIME]) : 0);
    }

    /** Whether the process still runs; one that is dead but not yet buried by its parent does not. */
    boolean isAlive() {
        String[] fields = fields(pid);
        return fields.length > START_TIME
                && Long.parseLong(fields[START_TIME]) == started
                && !fields[STATE].equals("Z")
                && !fields[STATE].equals("X");
    }

    /** The fields of /proc/PID/stat behind the name, which may hold anything; none when there is no such process. */
    private static String[] fields(int pid) {
        try {
            String stat =
                    Files.readString(Path.of("/proc/" + pid + "/stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
            return stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ");
        } catch (IOException gone) {
            return new String[0];
        }
    }
}
