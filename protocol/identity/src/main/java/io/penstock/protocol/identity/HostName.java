package io.penstock.protocol.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a machine is called in a pool where nobody says otherwise. */
public final class HostName {
    /** Where a machine has its name even when no name server knows it. */
    private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

    private static final int CHARACTERS_MAX = 64;

    private HostName() {}

    /** This machine's host name as a pool takes it; the other name where it has none. */
    public static String or(String otherwise) {
        try {
            return clean(Files.readString(KERNEL).strip(), otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }

    static String clean(String host, String otherwise) {
        String name = host.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[._-]+", "");
        return name.isEmpty() ? otherwise : name.substring(0, Math.min(name.length(), CHARACTERS_MAX));
    }
}
