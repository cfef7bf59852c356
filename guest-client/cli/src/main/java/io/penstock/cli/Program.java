package io.penstock.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A person's program, started with our terminal as its own. */
final class Program {
    private Program() {}

    /**
     * Starts a program.
     *
     * @param command the program and its arguments
     * @param environment all of its environment; its PATH is where the program is looked for
     */
    static Process start(List<String> command, Map<String, String> environment) {
        List<String> resolved = new ArrayList<>(command);
        resolved.set(0, resolve(command.getFirst(), environment.getOrDefault("PATH", "")));
        ProcessBuilder builder = new ProcessBuilder(resolved).inheritIO();
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new CommandException(
                    ExitStatus.NOT_EXECUTABLE, command.getFirst() + " cannot be executed: " + e.getMessage());
        }
    }

    /** The file that a shell with this PATH would run. */
    static String resolve(String name, String path) {
        if (name.indexOf('/') >= 0) {
            if (Files.notExists(Path.of(name))) {
                throw notFound(name);
            }
            return name;
        }
        boolean found = false;
        for (String folder : path.split(":", -1)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isRegularFile(candidate)) {
                if (Files.isExecutable(candidate)) {
                    return candidate.toString();
                }
                found = true;
            }
        }
        throw found
                ? new CommandException(ExitStatus.NOT_EXECUTABLE, name + " was found but is not executable")
                : notFound(name);
    }

    private static CommandException notFound(String name) {
        return new CommandException(ExitStatus.NOT_FOUND, name + ": no such program");
    }
}
