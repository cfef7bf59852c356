package io.penstock.protocol.config;

/** The numbers that TCP ports have. */
public final class Ports {
    /** The highest. */
    public static final int MAX = 65535;

    private Ports() {}

    /**
     * Demands that a setting is a port, or 0 for a free one.
     *
     * @param name the setting's
     * @throws IllegalArgumentException naming the setting, what it is and the limits
     */
    public static void require(String name, int port) {
        if (port < 0 || port > MAX) {
            throw new IllegalArgumentException(name + " is " + port + "; 0 to " + MAX);
        }
    }
}
