package io.penstock.protocol.codec;

/** Which protocol this build speaks, for people who compare two machines. */
public final class ProtocolVersions {
    private static final int HASH_CHARACTERS = 12;

    /** For instance {@code protocol 1, calls 0123456789ab}: the versions, and the beginning of the hash of what the calls are. */
    public static final String TEXT = "protocol " + versions(Limits.PROTOCOL_VERSION_MIN, Limits.PROTOCOL_VERSION_MAX)
            + ", calls " + SpecHash.HEX.substring(0, HASH_CHARACTERS);

    private ProtocolVersions() {}

    static String versions(int oldest, int newest) {
        return oldest == newest ? String.valueOf(newest) : oldest + " to " + newest;
    }
}
