package io.penstock.cli;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where things are on this machine, from the environment.
 *
 * @param state what this machine remembers: {@code PENSTOCK_STATE}, by default {@code ~/.penstock}
 * @param installation what was installed
 * @param temporary for sockets and private pools: {@code TMPDIR}, by default {@code /tmp}
 */
record Settings(Path state, Installation installation, Path temporary) {
    /** The settings that an environment makes. */
    static Settings of(Map<String, String> environment) {
        return new Settings(
                state(environment),
                Installation.of(environment.get("PENSTOCK_HOME")),
                Path.of(filled(environment.get("TMPDIR"), "/tmp")));
    }

    /** The folder with this machine's key and certificates. */
    Path identity() {
        return state.resolve("client");
    }

    private static Path state(Map<String, String> environment) {
        String state = environment.get("PENSTOCK_STATE");
        if (state != null && !state.isEmpty()) {
            return Path.of(state).toAbsolutePath();
        }
        return Path.of(filled(environment.get("HOME"), System.getProperty("user.home", "/root")), ".penstock");
    }

    private static String filled(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
