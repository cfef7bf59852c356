package io.penstock.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code penstock}. */
@Command(
        name = "penstock",
        description = "GPUs of a pool for programs on this machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            LocalCommand.class,
            EnrollCommand.class,
            ListCommand.class,
            SmiCommand.class,
            HealthCommand.class,
            VersionCommand.class,
            Caretaker.class
        })
public final class Main implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Prints how the command is used")
    private boolean help;

    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] arguments) {
        int status = commandLine().execute(arguments);
        System.out.flush();
        System.err.flush();
        // Nothing is left to do, and event loops still run: neither hooks nor other threads are waited for.
        Runtime.getRuntime().halt(status);
    }

    /** The command as picocli knows it; tests give it writers of their own. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setStopAtPositional(true)
                .setUnmatchedOptionsArePositionalParams(false)
                .setExecutionExceptionHandler(Main::failed)
                .setParameterExceptionHandler(Main::misused);
    }

    @Override
    public Integer call() {
        CommandLine own = Console.spec(spec).commandLine();
        own.usage(own.getErr());
        return ExitStatus.USAGE;
    }

    private static int failed(Exception cause, CommandLine command, CommandLine.ParseResult parsed) {
        CommandException explained = Explanation.of(cause);
        Console.notices(command.getCommandSpec()).accept(explained.getMessage());
        if (System.getenv("PENSTOCK_TRACE") != null) {
            cause.printStackTrace(command.getErr());
            command.getErr().flush();
        }
        return explained.status();
    }

    private static int misused(ParameterException cause, String[] arguments) {
        CommandLine command = cause.getCommandLine();
        Console.notices(command.getCommandSpec())
                .accept(cause.getMessage() + "; see: "
                        + command.getCommandSpec().qualifiedName() + " --help");
        return ExitStatus.USAGE;
    }
}
