package io.penstock.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The C library's calls that Java has no words for. Any thread. */
@SuppressWarnings("restricted") // the whole point of this class
final class LibC {
    static final int SIGTERM = 15;
    static final int SIGKILL = 9;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle KILL = function("kill", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle SETSID = function("setsid", FunctionDescriptor.of(INT));

    private LibC() {}

    /** Sends a signal to one process; false when there is no such process, or it is not ours. */
    static boolean kill(int pid, int signal) {
        if (pid <= 0) {
            throw new IllegalArgumentException(
                    "signal " + signal + " for process " + pid + ", which is not one process");
        }
        try {
            return (int) KILL.invokeExact(pid, signal) == 0;
        } catch (Throwable e) {
            throw new AssertionError("kill", e);
        }
    }

    /** Makes this process the leader of a session of its own, without a terminal; no-op for one that leads a group. */
    static void setsid() {
        try {
            int session = (int) SETSID.invokeExact();
            assert session >= -1;
        } catch (Throwable e) {
            throw new AssertionError("setsid", e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }
}
