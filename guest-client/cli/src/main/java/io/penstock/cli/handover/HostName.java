package io.penstock.cli.handover;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What a machine is called in a pool where nobody says otherwise. */
public final class HostName {
    private static final int CHARACTERS_MAX = 64;

    private HostName() {}

    /** This machine's host name as a pool takes it; the other name where it has none. */
    public static String or(String otherwise) {
        try {
            return clean(InetAddress.getLocalHost().getHostName(), otherwise);
        } catch (UnknownHostException e) {
            return otherwise;
        }
    }

    static String clean(String host, String otherwise) {
        String name = host.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[._-]+", "");
        return name.isEmpty() ? otherwise : name.substring(0, Math.min(name.length(), CHARACTERS_MAX));
    }
}
