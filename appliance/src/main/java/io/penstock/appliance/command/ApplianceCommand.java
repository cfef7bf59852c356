package io.penstock.appliance.command;

import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.command.Misuse;
import io.penstock.protocol.command.VersionCommand;
import io.penstock.protocol.command.VersionLine;
import io.penstock.protocol.config.ConfigException;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.ListenException;
import io.penstock.protocol.identity.PrivateFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root of the commands. */
@Command(
        name = "penstock-appliance",
        description = "The control plane of a Penstock installation: members, GPUs, leases.",
        mixinStandardHelpOptions = true,
        subcommands = {
            InitCommand.class,
            ServeCommand.class,
            TokenCommand.class,
            ClientCommand.class,
            ServerCommand.class,
            LeaseCommand.class,
            PasswordCommand.class,
            VcenterCommand.class,
            VersionCommand.class
        })
public final class ApplianceCommand {
    private ApplianceCommand() {}

    /** The command line: each command answers the process's exit status. */
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new ApplianceCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("penstock-appliance: " + Printable.line(sentence(failure)));
            return 1;
        });
        return Misuse.toldBy(VersionLine.toldBy(line, "")); // it speaks to both ends by REST alone
    }

    /** A sentence for failures that people can do something about; the rest are ours and show where they happened. */
    private static String sentence(Exception failure) throws Exception {
        if (failure instanceof IdentityException
                || failure instanceof ConfigException
                || failure instanceof ListenException
                || failure instanceof ApplianceException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof FileSystemException file) {
            return PrivateFile.why(file);
        }
        if (failure instanceof IOException) {
            return failure.getClass().getSimpleName() + ": " + failure.getMessage();
        }
        throw failure;
    }
}
