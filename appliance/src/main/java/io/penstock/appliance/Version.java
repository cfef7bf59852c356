package io.penstock.appliance;

/** The version of this build, from the jar's manifest. */
public final class Version {
    /** The version; {@code development} outside a jar. */
    public static final String TEXT = text();

    private Version() {}

    private static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
