package io.penstock.gpuserver;

import io.penstock.protocol.identity.FolderOwner;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.penstock.protocol.identity.StateLock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a server keeps its identity and what it remembers. */
final class StateOption {
    private static final int LOOK_MILLIS = 5;
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

    /** The same, which must be ours if it is there: what another user writes there the server could not read. */
    Path own(String command) {
        Path state = folder();
        FolderOwner.requireSelf(state, "penstock-gpu-server " + command + " --state " + state);
        return state;
    }

    /**
     * What {@code serve} holds for as long as it runs.
     *
     * @throws IdentityException where another one runs with this folder
     */
    StateLock lock() throws IOException {
        return StateLock.take(folder())
                .orElseThrow(() ->
                        new IdentityException("another penstock-gpu-server serves from " + folder() + " already"));
    }

    /**
     * Demands that nobody serves with the identity that is to be replaced: its leases would end under the programs that hold them.
     *
     * @throws IdentityException saying how to end the server
     */
    void requireNoServer() throws IOException {
        StateLock free = StateLock.take(folder())
                .orElseThrow(() -> new IdentityException("a penstock-gpu-server serves from " + folder()
                        + " with the identity that is to be replaced, and programs may be using its GPUs; nothing was changed."
                        + " End it first (systemctl stop penstock-gpu-server, or SIGTERM), enrol, and start it again"));
        free.close();
    }

    /** The option as it must be typed again for the same folder; empty where it was not typed. */
    String again() {
        return folder == null ? "" : " --state " + folder;
    }

    /**
     * The identity, waited for so long when there is none yet.
     *
     * @throws IdentityException when there is none then, or it is broken
     */
    Identity identity(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!identity().exists() && System.nanoTime() - deadline < 0) {
            Thread.sleep(LOOK_MILLIS);
        }
        if (!identity().exists()) {
            throw new IdentityException("this machine is not enrolled, there is no identity in "
                    + identity().folder() + "; run: penstock-gpu-server enroll URL TOKEN" + again()
                    + " (the appliance's administrator has both from: penstock-appliance token create --kind server)");
        }
        return identity().load();
    }

    IdentityStore identity() {
        return new IdentityStore(folder().resolve("identity"));
    }
}
