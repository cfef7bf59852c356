package io.penstock.cli;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.CertificateRotation;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
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
    /** A certificate is renewed two thirds into its life, which is never shorter than minutes. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    /** Reads the identity; without one, or with one that has expired, says how to get one. */
    static Membership load(Settings settings, Vertx vertx) {
        Identity identity = identity(settings);
        return new Membership(identity, ApplianceClient.machine(vertx, identity));
    }

    /** The identity alone. */
    static Identity identity(Settings settings) {
        IdentityStore store = store(settings);
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

    /** The user's own identity; where there is none, the machine's, if the user may use it. */
    private static IdentityStore store(Settings settings) {
        IdentityStore own = new IdentityStore(settings.identity());
        Path machine = settings.machine();
        if (machine == null || own.exists() || !Files.isDirectory(machine)) {
            return own;
        }
        if (!Files.isExecutable(machine)) {
            throw notOfTheGroup(machine);
        }
        IdentityStore shared = Settings.ofMachine(machine);
        return shared.exists() ? shared : own;
    }

    private static CommandException notOfTheGroup(Path machine) {
        String user = System.getProperty("user.name", "this user");
        String group;
        try {
            group = Files.readAttributes(machine, PosixFileAttributes.class)
                    .group()
                    .getName();
        } catch (IOException e) {
            group = Settings.GROUP;
        }
        return new CommandException(
                ExitStatus.NOT_ENROLLED,
                "user " + user + " has no identity and is not in the group " + group
                        + ", which may use this machine's ("
                        + machine + "); an administrator of this machine runs: usermod -a -G " + group + " " + user
                        + "; then " + user + " logs in again");
    }

    /**
     * Sees to it that the certificate does not expire while we run. That of the machine is renewed by penstock-enroll; here it is
     * read again.
     *
     * @param users told of each successor, after it was saved if it can be
     */
    void keepCertificate(Vertx vertx, Settings settings, Consumer<Identity> users) {
        IdentityStore store = store(settings);
        Consumer<Identity> everybody = successor -> {
            appliance.show(successor);
            users.accept(successor);
        };
        if (store.folder().equals(settings.machine())) {
            new CertificateReading(vertx, store, identity, everybody).start(LOOK_AGAIN);
        } else {
            new CertificateRotation(vertx, store, identity, InstantSource.system(), everybody).start();
        }
    }
}
