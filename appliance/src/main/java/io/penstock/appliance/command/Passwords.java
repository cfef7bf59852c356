package io.penstock.appliance.command;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Where passwords come from: the terminal, a file's first line, or standard input, a line each in the order in which they
 * are asked for. Never the command line: others see that.
 */
final class Passwords {
    private static final String STANDARD_INPUT = "-";

    private final CommandSpec spec;
    private final Supplier<@Nullable Console> terminal;
    private @Nullable BufferedReader input;

    Passwords(CommandSpec spec) {
        this(spec, System::console);
    }

    Passwords(CommandSpec spec, Supplier<@Nullable Console> terminal) {
        this.spec = spec;
        this.terminal = terminal;
    }

    /**
     * A password.
     *
     * @param whose what the prompt says
     * @param option the option that names the file, for messages
     * @param file the option's value; null asks at the terminal
     */
    String read(String whose, String option, @Nullable String file) {
        String read;
        try {
            if (file == null) {
                read = prompt(whose, option);
            } else if (file.equals(STANDARD_INPUT)) {
                read = line();
            } else {
                List<String> lines = Files.readAllLines(Path.of(file));
                read = lines.isEmpty() ? null : lines.getFirst();
            }
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " " + file + ": " + e.getClass().getSimpleName() + ": " + e.getMessage(),
                    e);
        }
        if (read == null || read.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "there is no password of " + whose);
        }
        return read;
    }

    /** Asks a question at the terminal; where there is none the answer is no. */
    boolean confirm(String question) {
        Console console = terminal.get();
        if (console == null) {
            return false;
        }
        String answer = console.readLine("%s [yes/no] ", question);
        return answer != null && answer.strip().equalsIgnoreCase("yes");
    }

    private @Nullable String prompt(String whose, String option) {
        Console console = terminal.get();
        if (console == null || !console.isTerminal()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "there is no terminal to ask for the password of " + whose + "; say " + option
                            + " FILE, or - for standard input");
        }
        char[] typed = console.readPassword("Password of %s: ", whose);
        return typed == null ? null : new String(typed);
    }

    private @Nullable String line() {
        if (input == null) {
            input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        }
        try {
            return input.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
