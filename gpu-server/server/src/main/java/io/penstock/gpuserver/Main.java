package io.penstock.gpuserver;

import io.penstock.protocol.codec.ProtocolVersions;
import io.penstock.protocol.command.Misuse;
import io.penstock.protocol.command.VersionCommand;
import io.penstock.protocol.command.VersionLine;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The program {@code penstock-gpu-server}. */
@Command(
        name = "penstock-gpu-server",
        description = "Lends the GPUs of this machine to the clients of a Penstock installation.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {EnrollCommand.class, ServeCommand.class, VersionCommand.class, HelpCommand.class})
public final class Main {
    private Main() {}

    /** Runs one command and ends with its status: 0 done, 1 refused or failed, 2 wrong arguments. */
    public static void main(String[] arguments) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "penstock-gpu-server-logback.xml");
        }
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((failed, command, parsed) -> {
            Throwable told =
                    failed instanceof ExecutionException && failed.getCause() != null ? failed.getCause() : failed;
            command.getErr().println("penstock-gpu-server: " + told.getMessage());
            return 1;
        });
        return Misuse.toldBy(VersionLine.toldBy(line, ProtocolVersions.TEXT));
    }
}
