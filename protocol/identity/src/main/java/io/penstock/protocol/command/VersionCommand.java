package io.penstock.protocol.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code version} of a program that has a {@link VersionLine}. */
@Command(
        name = "version",
        description =
                "Prints what was installed: Penstock's version, the protocol that the program speaks, if it does, and Java's.")
public final class VersionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().printVersionHelp(spec.commandLine().getOut());
        return 0;
    }
}
