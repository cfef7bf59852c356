package io.penstock.protocol.command;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The limits of options that several programs have; an option that was not given is within them. */
public final class OptionLimits {
    private static final int PORT_MAX = 65535;
    private static final long MEBIBYTES_MAX = Long.MAX_VALUE >> 20;

    private OptionLimits() {}

    /** Demands that {@code --port} is a port, or 0 for a free one. */
    public static void requirePort(CommandSpec command, @Nullable Integer port) {
        if (port != null && (port < 0 || port > PORT_MAX)) {
            throw new ParameterException(command.commandLine(), "--port wants 0 to " + PORT_MAX + ", not " + port);
        }
    }

    /**
     * Demands that {@code --memory} can be a software GPU's.
     *
     * @param gpus what {@code --gpus} is, or would be
     */
    public static void requireMemory(CommandSpec command, @Nullable Long mebibytes, String gpus) {
        if (mebibytes == null) {
            return;
        }
        if (mebibytes < 1 || gpus.equals("nvidia")) {
            throw new ParameterException(
                    command.commandLine(),
                    "--memory wants MiB above 0 and is for software GPUs, not " + mebibytes + " with " + gpus);
        }
        if (mebibytes > MEBIBYTES_MAX) {
            throw new ParameterException(
                    command.commandLine(), "--memory wants at most " + MEBIBYTES_MAX + " MiB, not " + mebibytes);
        }
    }
}
