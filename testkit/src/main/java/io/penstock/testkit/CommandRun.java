package io.penstock.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A program's command that ran in this process.
 *
 * @param status the exit status it would have had
 * @param text all that it said, on both streams, without blanks at its ends
 */
public record CommandRun(int status, String text) {
    private static final Set<Class<?>> NUMBERS = Set.of(
            int.class, Integer.class, long.class, Long.class, double.class, Double.class, float.class, Float.class);

    /** Runs it with these arguments. */
    public static CommandRun of(CommandLine line, String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter both = new PrintWriter(said, true);
        int status = line.setOut(both).setErr(both).execute(arguments);
        both.flush();
        return new CommandRun(status, said.toString().strip());
    }

    /** Runs it with these arguments and {@code --state}. */
    public static CommandRun in(Path state, CommandLine line, String... arguments) {
        return of(
                line,
                Stream.concat(Stream.of(arguments), Stream.of("--state", state.toString()))
                        .toArray(String[]::new));
    }

    /** The options of all commands that take a number, each after the name of its command. */
    public static List<String> numbers(CommandLine line) {
        return options(line, option -> true).toList();
    }

    /** Those of them that nothing but the library reads: it does not know between which limits the number must be. */
    public static List<String> numbersWithoutLimits(CommandLine line) {
        return options(line, option -> option.converters().length == 0).toList();
    }

    private static Stream<String> options(CommandLine line, Predicate<OptionSpec> wanted) {
        Stream<String> own = line.getCommandSpec().options().stream()
                .filter(option -> NUMBERS.contains(option.type()))
                .filter(wanted)
                .map(option -> line.getCommandSpec().qualifiedName() + " " + option.longestName());
        return Stream.concat(
                own, line.getSubcommands().values().stream().distinct().flatMap(below -> options(below, wanted)));
    }
}
