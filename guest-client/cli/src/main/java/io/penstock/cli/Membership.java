package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.CertificateRotation;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * This machine as a member of an installation: its identity, and the appliance's ear.
 *
 * @param identity who we are
 * @param appliance speaks as this machine
 */
record Membership(Identity identity, ApplianceClient appliance) {
    /** Reads the identity; without one, or with one that has expired, says how to get one. */
    static Membership load(Settings settings, Vertx vertx) {
        Identity identity = identity(settings);
        return new Membership(identity, ApplianceClient.machine(vertx, identity));
    }

    /** The identity alone. */
    static Identity identity(Settings settings) {
        IdentityStore store = new IdentityStore(settings.identity());
        if (!store.exists()) {
            throw new CommandException(
                    ExitStatus.NOT_ENROLLED,
                    "this machine is not enrolled (" + settings.identity() + " is empty); an administrator makes a"
                            + " token with: penstock-appliance token create --kind client; then run here:"
                            + " penstock enroll URL TOKEN");
        }
        Identity identity = store.load();
        Instant until = identity.certificate().getNotAfter().toInstant();
        if (until.isBefore(Instant.now())) {
            throw new CommandException(
                    ExitStatus.NOT_ENROLLED,
                    "this machine's certificate expired on " + until + "; enrol it again with a new token:"
                            + " penstock enroll URL TOKEN");
        }
        return identity;
    }

    /**
     * Sees to it that this machine's certificate does not expire while we run.
     *
     * @param users told of each successor, after it was saved
     */
    void keepCertificate(Vertx vertx, Settings settings, Consumer<Identity> users) {
        IdentityStore store = new IdentityStore(settings.identity());
        new CertificateRotation(vertx, store, identity, InstantSource.system(), successor -> {
                    appliance.show(successor);
                    users.accept(successor);
                })
                .start();
    }
}
