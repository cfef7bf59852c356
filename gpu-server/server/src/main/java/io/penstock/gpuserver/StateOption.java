package io.penstock.gpuserver;

import io.penstock.protocol.identity.IdentityStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a server keeps its identity and what it remembers. */
final class StateOption {
    private static final String DEFAULT = "/var/lib/penstock/gpu-server";

    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            description = "The state folder; default $PENSTOCK_STATE, then " + DEFAULT + ".")
    private @Nullable Path folder;

    Path folder() {
        if (folder != null) {
            return folder.toAbsolutePath();
        }
        String environment = System.getenv("PENSTOCK_STATE");
        return Path.of(environment == null || environment.isEmpty() ? DEFAULT : environment)
                .toAbsolutePath();
    }

    IdentityStore identity() {
        return new IdentityStore(folder().resolve("identity"));
    }
}
