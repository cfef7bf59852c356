package io.penstock.gpuserver;

import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.SpecHash;
import io.penstock.protocol.config.Version;
import picocli.CommandLine.IVersionProvider;

/** What this program says of its version. */
final class VersionText implements IVersionProvider {
    private static final int HASH_CHARACTERS = 12;

    @Override
    public String[] getVersion() {
        return new String[] {
            "penstock-gpu-server " + Version.TEXT,
            "protocol " + Limits.PROTOCOL_VERSION_MIN + " to " + Limits.PROTOCOL_VERSION_MAX + ", calls "
                    + SpecHash.HEX.substring(0, HASH_CHARACTERS)
        };
    }
}
