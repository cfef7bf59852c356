package io.penstock.protocol.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whose a state folder is. What root writes into the folder of a service belongs to root, with a mode that keeps the service's own
 * user out: so root does not write there either.
 */
public final class FolderOwner {
    private static final Path OWN_PROCESS = Path.of("/proc/self");
    private static final String USER_ID = "unix:uid";

    private FolderOwner() {}

    /** The user to whom the folder belongs, where that is not the one that this process runs as; empty where there is no folder. */
    public static Optional<String> other(Path folder) {
        try {
            if (!Files.isDirectory(folder)
                    || Files.getAttribute(folder, USER_ID).equals(Files.getAttribute(OWN_PROCESS, USER_ID))) {
                return Optional.empty();
            }
            return Optional.of(Files.getOwner(folder).getName());
        } catch (IOException e) {
            throw new IdentityException("the owner of " + folder + " cannot be found out: " + e.getMessage(), e);
        }
    }

    /**
     * Demands that the folder, if it is there, belongs to the user that this process runs as.
     *
     * @param command what is to be run as its owner
     * @throws IdentityException when it belongs to another, saying how to run the command as that user
     */
    public static void requireSelf(Path folder, String command) {
        other(folder).ifPresent(owner -> {
            throw new IdentityException(folder + " belongs to the user " + owner
                    + ", who could not read what another writes there; run this as " + owner + ": runuser -u " + owner
                    + " -- " + command);
        });
    }
}
