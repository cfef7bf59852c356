package io.penstock.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What every command has at hand once picocli has made it. */
final class Console {
    /** The variable by which the launch script keeps the Java runtime off a signal that belongs to programs. */
    static final String RUNTIME_SIGNAL = "_JAVA_SR_SIGNUM";

    private Console() {}

    /** The command's own description, which picocli has put in before the command runs. */
    static CommandSpec spec(@Nullable CommandSpec injected) {
        if (injected == null) {
            throw new IllegalStateException("the command was not started by picocli");
        }
        return injected;
    }

    /** Sentences on the command's standard error. */
    static Notices notices(CommandSpec spec) {
        return new Notices(spec.commandLine().getErr());
    }
}
