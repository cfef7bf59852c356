package io.penstock.cli;

import io.penstock.protocol.codec.ProtocolVersions;
import io.penstock.protocol.command.Misuse;
import io.penstock.protocol.command.VersionCommand;
import io.penstock.protocol.command.VersionLine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code penstock}. */
@Command(
        name = "penstock",
        description = "GPUs of a pool for programs on this machine.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Callable<Integer> {
    /** All of them, in the order in which people read of them. */
    private static final List<Subcommand> COMMANDS = List.of(
            new Subcommand("run", RunCommand::new, true),
            new Subcommand("local", LocalCommand::new, false),
            new Subcommand("enroll", EnrollCommand::new, true),
            new Subcommand("list", ListCommand::new, true),
            new Subcommand("smi", SmiCommand::new, true),
            new Subcommand("health", HealthCommand::new, true),
            new Subcommand("version", VersionCommand::new, false),
            new Subcommand("local-caretaker", Caretaker::new, false));

    /**
     * A command below this one.
     *
     * @param connects whether connecting is the first thing it does
     */
    private record Subcommand(String name, Supplier<Callable<Integer>> maker, boolean connects) {}

    @Spec
    private @Nullable CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Prints how the command is used")
    private boolean help;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            scope = ScopeType.INHERIT,
            description = "Prints what was installed")
    private boolean version;

    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] arguments) {
        Optional<Subcommand> named = named(arguments);
        if (named.isPresent() && named.get().connects()) {
            EventLoop.prepare();
        }
        int status = commandLine(arguments).execute(arguments);
        System.out.flush();
        System.err.flush();
        EventLoop.stop();
        // Nothing is left to do: neither hooks nor other threads are waited for.
        Runtime.getRuntime().halt(status);
    }

    /**
     * The command as picocli knows it; tests give it writers of their own. Looking at a class for its options takes time,
     * so where the arguments name a subcommand it is the only one.
     */
    static CommandLine commandLine(String... arguments) {
        CommandLine command = new CommandLine(new Main());
        List<Subcommand> wanted = named(arguments).map(List::of).orElse(COMMANDS);
        wanted.forEach(each -> command.addSubcommand(each.name(), each.maker().get()));
        // behind the first word of a program everything is the program's
        command.getSubcommands().values().forEach(each -> each.setStopAtPositional(runsProgram(each.getCommand())));
        VersionLine.toldBy(command, ProtocolVersions.TEXT);
        return Misuse.toldBy(
                command.setUnmatchedOptionsArePositionalParams(false).setExecutionExceptionHandler(Main::failed));
    }

    private static boolean runsProgram(Object subcommand) {
        return subcommand instanceof RunCommand || subcommand instanceof LocalCommand;
    }

    private static Optional<Subcommand> named(String... arguments) {
        return COMMANDS.stream()
                .filter(each -> arguments.length > 0 && each.name().equals(arguments[0]))
                .findFirst();
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
}
