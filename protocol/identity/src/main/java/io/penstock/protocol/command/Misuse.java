package io.penstock.protocol.command;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What a command says when its arguments make no sense: one line on standard error, which names the argument or the commands that
 * there are, and the command whose help says more. The status is 2.
 */
public final class Misuse {
    /** Of a command whose arguments make no sense. */
    public static final int STATUS = 2;

    /** How picocli wraps what a value's reader says of it. */
    private static final Pattern UNFIT = Pattern.compile("Invalid value for option .*?: (?<why>.*)", Pattern.DOTALL);

    private Misuse() {}

    /** Has the command line, and all commands below it, speak so. */
    public static CommandLine toldBy(CommandLine line) {
        return line.setParameterExceptionHandler((cause, arguments) -> {
            CommandLine meant = meant(cause.getCommandLine());
            String program = meant.getCommandSpec().root().name();
            meant.getErr()
                    .println(program + ": " + sentence(cause) + "; see: "
                            + meant.getCommandSpec().qualifiedName() + " --help");
            meant.getErr().flush();
            return STATUS;
        });
    }

    /** A command may complain in the name of its parent; the person typed the one farthest down. */
    private static CommandLine meant(CommandLine complaining) {
        CommandLine deepest = complaining;
        while (deepest.getParseResult() != null && deepest.getParseResult().hasSubcommand()) {
            deepest = deepest.getParseResult().subcommand().commandSpec().commandLine();
        }
        return deepest;
    }

    private static String sentence(ParameterException cause) {
        CommandSpec command = cause.getCommandLine().getCommandSpec();
        if (cause instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            String first = unmatched.getUnmatched().getFirst();
            return command.subcommands().isEmpty()
                    ? command.qualifiedName() + " takes no argument '" + first + "'"
                    : command.qualifiedName() + " knows no command '" + first + "'; there are: " + commands(command);
        }
        String said = String.valueOf(cause.getMessage());
        Matcher unfit = UNFIT.matcher(said);
        if (cause.getArgSpec() instanceof OptionSpec option && unfit.matches()) {
            return names(option) + " " + wanted(option, unfit.group("why"), String.valueOf(cause.getValue()));
        }
        return said.startsWith("Missing required subcommand") ? "say what to do: " + commands(command) : said;
    }

    /** What the option may be; words where it takes one of a few. */
    private static String wanted(OptionSpec option, String why, String value) {
        if (!option.type().isEnum()) {
            return why;
        }
        String words = Stream.of(option.type().getEnumConstants())
                .map(word -> String.valueOf(word).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" or "));
        return "wants " + words + ", not '" + value + "'";
    }

    private static String names(OptionSpec option) {
        return option.names().length == 1
                ? option.longestName()
                : option.shortestName() + " (" + option.longestName() + ")";
    }

    private static String commands(CommandSpec command) {
        List<CommandSpec> shown = command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(below -> !below.usageMessage().hidden())
                .distinct()
                .toList();
        return shown.stream().map(CommandSpec::name).collect(Collectors.joining(", "));
    }
}
