package io.penstock.protocol.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** The version of this build of Penstock, as Maven wrote it down; the same in a class folder, a jar and an archive of classes. */
public final class Version {
    /** For instance {@code 0.1.0} or {@code 0.1.0-SNAPSHOT}. */
    public static final String TEXT = read();

    private Version() {}

    private static String read() {
        try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
            Properties written = new Properties();
            written.load(Objects.requireNonNull(file, "version.properties"));
            return Objects.requireNonNull(written.getProperty("version"), "version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
