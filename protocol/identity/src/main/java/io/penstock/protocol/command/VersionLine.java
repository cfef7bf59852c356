package io.penstock.protocol.command;

import io.penstock.protocol.config.Version;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/** What every program says of its version, on one line: by {@code --version} of any of its commands, and by {@code version}. */
public final class VersionLine implements IVersionProvider {
    private final String text;

    private VersionLine(String speaks) {
        this.text =
                "Penstock " + Version.TEXT + (speaks.isEmpty() ? "" : ", " + speaks) + ", Java " + Runtime.version();
    }

    /**
     * Has the command line, and all commands below it, tell it.
     *
     * @param speaks the protocol between client and server; empty where the program does not speak it
     */
    public static CommandLine toldBy(CommandLine line, String speaks) {
        tell(line, new VersionLine(speaks));
        return line;
    }

    private static void tell(CommandLine line, VersionLine version) {
        CommandSpec command = line.getCommandSpec();
        command.versionProvider(version);
        // in a program whose commands inherit these options it has them already
        if (command.userObject() instanceof VersionCommand && command.findOption("--help") == null) {
            command.mixinStandardHelpOptions(true);
        }
        line.getSubcommands().values().forEach(below -> tell(below, version));
    }

    @Override
    public String[] getVersion() {
        return new String[] {text};
    }
}
