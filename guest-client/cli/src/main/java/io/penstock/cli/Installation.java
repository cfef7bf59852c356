package io.penstock.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/**
 * An unpacked Penstock: {@code bin} the commands, {@code lib} the jars of all components, {@code shim} what programs load
 * in place of NVIDIA's driver libraries.
 *
 * @param home its top folder
 */
record Installation(Path home) {
    /**
     * The installation we belong to.
     *
     * @param named the folder, when somebody named it; otherwise it is where our own jar lies
     */
    static Installation of(@Nullable String named) {
        return new Installation(
                named == null || named.isEmpty() ? ofOwnJar() : Path.of(named).toAbsolutePath());
    }

    /** The commands. */
    Path bin() {
        return home.resolve("bin");
    }

    /** The libraries that programs load. */
    Path shim() {
        return home.resolve("shim");
    }

    /** The driver library. */
    Path driver() {
        return shim().resolve("libcuda.so.1");
    }

    /** The command with this name; fails when the installation is not whole. */
    Path command(String name) {
        Path command = bin().resolve(name);
        if (!Files.isExecutable(command)) {
            throw new CommandException(
                    ExitStatus.FAILED, "there is no " + command + ": set PENSTOCK_HOME to a whole installation");
        }
        return command;
    }

    /** A class that comes ready from an archive has no place of its own: then the launch script says it. */
    private static Path ofOwnJar() {
        String launched = System.getProperty("penstock.home");
        if (launched != null) {
            return Path.of(launched).toAbsolutePath();
        }
        CodeSource source = Installation.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            throw new CommandException(
                    ExitStatus.FAILED, "this command does not know where it lies: set PENSTOCK_HOME");
        }
        try {
            Path jar = Path.of(source.getLocation().toURI());
            Path lib = jar.getParent();
            Path home = lib == null ? null : lib.getParent();
            return home == null ? jar : home;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of our own jar is no path", e);
        }
    }
}
