package io.penstock.cli;

import io.penstock.protocol.identity.IdentityStore;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where things are on this machine, from the environment.
 *
 * @param state what this user's client remembers: {@code PENSTOCK_STATE}, by default {@code ~/.penstock}
 * @param machine the folder with the identity of the whole machine; null where {@code PENSTOCK_STATE} says whose is meant
 * @param installation what was installed
 * @param temporary for sockets and private pools: {@code TMPDIR}, by default {@code /tmp}
 */
record Settings(Path state, @Nullable Path machine, Installation installation, Path temporary) {
    /** Whose members may use the machine's identity; the package makes it. */
    static final String GROUP = "penstock";

    private static final String MACHINE_STATE = "/var/lib/penstock";

    /** The settings that an environment makes. */
    static Settings of(Map<String, String> environment) {
        return new Settings(
                state(environment),
                filled(environment.get("PENSTOCK_STATE"), "").isEmpty() ? machine(environment) : null,
                Installation.of(environment.get("PENSTOCK_HOME")),
                Path.of(filled(environment.get("TMPDIR"), "/tmp")));
    }

    /** The folder with this user's own key and certificates. */
    Path identity() {
        return state.resolve("client");
    }

    /** The identity of the whole machine, which its administrator enrols. */
    static IdentityStore ofMachine(Path folder) {
        return IdentityStore.ofMachine(folder, GROUP);
    }

    /** The folder of the machine's identity where nothing else is said. */
    static Path machine(Map<String, String> environment) {
        return Path.of(filled(environment.get("PENSTOCK_MACHINE_STATE"), MACHINE_STATE), "client");
    }

    private static Path state(Map<String, String> environment) {
        String state = filled(environment.get("PENSTOCK_STATE"), "");
        if (!state.isEmpty()) {
            return Path.of(state).toAbsolutePath();
        }
        return Path.of(filled(environment.get("HOME"), System.getProperty("user.home", "/root")), ".penstock");
    }

    private static String filled(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
