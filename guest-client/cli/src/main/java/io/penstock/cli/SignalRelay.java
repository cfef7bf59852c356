package io.penstock.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes the signals that we get on to the program we run, and keeps them from ending us before it. What a person types at
 * a terminal reaches the program by itself, so that is not passed on a second time.
 *
 * <p>QUIT is not among them: the Java runtime keeps it. Typed at a terminal it reaches the program like every other.
 */
final class SignalRelay {
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP", "USR1", "USR2", "WINCH", "CONT");
    private static final List<String> FATAL = List.of("INT", "TERM", "HUP");
    private static final List<String> TYPED = List.of("INT", "WINCH");
    private static final int HEARD_WITHIN_MILLIS = 200;
    private static final int PROCESS_GROUP = 2;
    private static final int FOREGROUND_GROUP = 5;

    private final BooleanSupplier atTerminal;

    // guarded by this
    private @Nullable Process program;
    private int early;

    private SignalRelay(BooleanSupplier atTerminal) {
        this.atTerminal = atTerminal;
    }

    /** Takes over this process's signals. */
    static SignalRelay install() {
        SignalRelay relay = new SignalRelay(SignalRelay::ownsTerminal);
        NAMES.forEach(name -> Signals.handle(name, relay::received));
        return relay;
    }

    /** From now on signals go to this program. */
    synchronized void relayTo(Process started) {
        program = started;
        if (early != 0) {
            send(started, early);
        }
    }

    /** The exit status that a signal asks for which came before the program was started; 0 when none did. */
    synchronized int earlyStatus() {
        return early == 0 ? 0 : ExitStatus.SIGNAL + early;
    }

    /**
     * The exit status after something could not be started: a signal for our whole group ends what we are just starting,
     * often before we hear of the signal ourselves. When none comes, the failure stands.
     */
    synchronized <E extends Exception> int statusAfter(E failure) throws E, InterruptedException {
        long deadline = System.nanoTime() + HEARD_WITHIN_MILLIS * 1_000_000L;
        while (early == 0) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw failure;
            }
            wait(millis);
        }
        return earlyStatus();
    }

    private synchronized void received(String name, int number) {
        Process running = program;
        if (running == null) {
            early = FATAL.contains(name) ? number : early;
            notifyAll();
        } else if (!(TYPED.contains(name) && atTerminal.getAsBoolean())) {
            send(running, number);
        }
    }

    private static void send(Process program, int signal) {
        if (program.isAlive()) {
            LibC.kill((int) program.pid(), signal);
        }
    }

    /** Whether our process group is the one that the terminal's keys go to. */
    private static boolean ownsTerminal() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[PROCESS_GROUP].equals(fields[FOREGROUND_GROUP]);
        } catch (IOException e) {
            return false;
        }
    }
}
