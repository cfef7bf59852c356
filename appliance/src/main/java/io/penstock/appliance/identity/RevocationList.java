package io.penstock.appliance.identity;

import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.PeerTable;
import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.identity.PeerKind;
import java.time.Instant;
import java.util.HashSet;
import org.jdbi.v3.core.Handle;

/** What servers must not honour though its certificate or signature is good. */
public final class RevocationList {
    private RevocationList() {}

    /** What this server must not honour now. */
    public static Revocations read(Handle handle, String server, long version, Instant now) {
        return new Revocations(
                version,
                new HashSet<>(new PeerTable(handle).refused(PeerKind.CLIENT.word(), now)),
                new HashSet<>(new LeaseTable(handle).endedEarly(server, now)));
    }
}
