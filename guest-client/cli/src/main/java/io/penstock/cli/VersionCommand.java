package io.penstock.cli;

import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.config.Version;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code penstock version}: what was installed and what it speaks. */
@Command(name = "version", description = "Prints Penstock's version and the protocol versions it speaks.")
final class VersionCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.spec(spec)
                .commandLine()
                .getOut()
                .printf("Penstock %s, protocol %s, Java %s%n", Version.TEXT, protocols(), Runtime.version());
        return ExitStatus.OK;
    }

    private static String protocols() {
        int oldest = Limits.PROTOCOL_VERSION_MIN;
        int newest = Limits.PROTOCOL_VERSION_MAX;
        return oldest == newest ? String.valueOf(newest) : oldest + " to " + newest;
    }
}
