package io.penstock.appliance.command;

import io.penstock.appliance.StateFolder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which appliance of this machine is meant. */
final class StateOption {
    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            description = "Where the appliance keeps its state. Default: $$PENSTOCK_STATE, else"
                    + " /var/lib/penstock/appliance for root and ~/.local/state/penstock/appliance for others.")
    private @Nullable Path folder;

    StateFolder folder() {
        return new StateFolder(
                (folder == null ? standard() : folder).toAbsolutePath().normalize());
    }

    /** The option as it must be typed again for the same folder; empty where it was not typed. */
    String again() {
        return folder == null ? "" : " --state " + folder;
    }

    private static Path standard() {
        String named = System.getenv("PENSTOCK_STATE");
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        return "root".equals(System.getProperty("user.name"))
                ? Path.of("/var/lib/penstock/appliance")
                : Path.of(System.getProperty("user.home"), ".local/state/penstock/appliance");
    }
}
