package io.penstock.cli.handover;

import io.penstock.protocol.config.Durations;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The settings of {@code penstock-enroll}; the keys of {@code /etc/penstock/enroll.properties} are these names in kebab case.
 *
 * @param vmtoolsd the command of open-vm-tools by which guestinfo is read and written
 * @param lookEvery how often an offer is looked for
 * @param name what this machine will be called; empty = its host name
 * @param authority the only authority whose offers are followed, a SHA-256 in hexadecimal digits; empty = the first one's
 * @param pending where the key is kept until its certificate comes
 * @param client where a client's identity goes
 * @param server where a GPU server's identity goes
 */
public record EnrollConfig(
        Path vmtoolsd, Duration lookEvery, String name, String authority, Path pending, Place client, Place server) {
    private static final Duration LOOK_MIN = Duration.ofMillis(100);

    /** Where nothing else is said. */
    public static final EnrollConfig DEFAULT = new EnrollConfig(
            Path.of("/usr/bin/vmtoolsd"),
            Duration.ofSeconds(5),
            "",
            "",
            Path.of("/var/lib/penstock/enroll"),
            new Place(Path.of("/var/lib/penstock/client"), "penstock"),
            new Place(Path.of("/var/lib/penstock/server"), "penstock-server"));

    /**
     * Where an identity of the machine goes.
     *
     * @param folder made by the package that uses the identity; where it is missing, offers of that kind are not followed
     * @param group whose members may use it
     */
    public record Place(Path folder, String group) {}

    /** Checks ranges. */
    public EnrollConfig {
        if (lookEvery.compareTo(LOOK_MIN) < 0) {
            throw new IllegalArgumentException(
                    "look-every is " + Durations.text(lookEvery) + "; at least " + Durations.text(LOOK_MIN));
        }
        if (!authority.isEmpty() && !authority.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "authority is '" + authority + "'; it must be a SHA-256: 64 lower-case hexadecimal digits");
        }
        if (!name.isEmpty() && !name.matches("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")) {
            throw new IllegalArgumentException("name is '" + name
                    + "'; it must be 1 to 64 letters, digits, blanks, dots, dashes; the first a letter or digit");
        }
    }
}
