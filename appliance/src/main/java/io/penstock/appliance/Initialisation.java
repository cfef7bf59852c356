package io.penstock.appliance;

import io.penstock.appliance.identity.ApiTokens;
import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.store.Database;
import io.penstock.protocol.identity.IdentityException;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** Makes an appliance's state: names, database, the local administrator's token, and last the authority. */
public final class Initialisation {
    private Initialisation() {}

    /**
     * Fills a folder; done again after an interruption it completes what is missing.
     *
     * @param hosts the appliance's names and addresses; the first is what machines are told
     * @throws IdentityException when the folder has an authority already: a new one would void every certificate
     */
    public static CertificateAuthority run(StateFolder state, List<String> hosts, Instant now) throws IOException {
        if (state.initialised()) {
            throw new IdentityException(
                    "there is an appliance in " + state.path()
                            + " already; a new authority would void all certificates. Choose another --state, or delete it first");
        }
        state.requireWritable();
        state.writeHosts(hosts);
        try (Database database = Database.open(state.path())) {
            state.writeAdminToken(
                    database.inTransaction(handle -> ApiTokens.create(handle, "local administrator", now)));
        }
        return CertificateAuthority.create(state.path(), hosts.getFirst(), now);
    }
}
