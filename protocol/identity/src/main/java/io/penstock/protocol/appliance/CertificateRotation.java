package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Fetches a successor of this machine's certificate two thirds into its life, saves it, and hands it to whoever uses
 * it. While no appliance answers it asks again at each tick; a third of a certificate's life is left to be patient in.
 * Where it cannot be saved, on a file system that is mounted read-only for instance, it serves this process alone.
 */
public final class CertificateRotation {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateRotation.class);

    private static final int LOOKS = 30;
    private static final Duration TICK_MAX = Duration.ofHours(1);

    private final Vertx vertx;
    private final IdentityStore store;
    private final InstantSource clock;
    private final Consumer<Identity> users;

    // event loop only
    private Identity current;
    private long timer = -1;
    private boolean asking;
    private boolean failed;

    /**
     * A rotation that does not run yet.
     *
     * @param users told of each new identity, after it was saved if it can be: they update their listeners and clients
     */
    public CertificateRotation(
            Vertx vertx, IdentityStore store, Identity current, InstantSource clock, Consumer<Identity> users) {
        this.vertx = vertx;
        this.store = store;
        this.current = current;
        this.clock = clock;
        this.users = users;
    }

    /** Looks now and then thirty times in the certificate's life, at least once an hour. */
    public void start() {
        Duration life = Duration.between(
                current.certificate().getNotBefore().toInstant(),
                current.certificate().getNotAfter().toInstant());
        Duration tick = life.dividedBy(LOOKS);
        start(tick.compareTo(TICK_MAX) < 0 ? tick : TICK_MAX);
    }

    /** Looks now and then at every tick. */
    public void start(Duration tick) {
        vertx.runOnContext(start -> {
            timer = vertx.setPeriodic(tick.toMillis(), id -> rotateIfDue());
            rotateIfDue();
        });
    }

    /** Looks no more. */
    public void stop() {
        vertx.cancelTimer(timer);
    }

    /** Says once that there is no successor yet; the looks that follow are in the debug log. */
    private void keep(Throwable failure) {
        String text = "the certificate of {} ends on {} and could not be renewed yet: {}";
        Object until = current.certificate().getNotAfter().toInstant();
        LOG.atLevel(failed ? Level.DEBUG : Level.WARN).log(text, current.peer(), until, failure.getMessage());
        failed = true;
    }

    /** Not on the event loop. A successor that cannot be saved is still good, while what lies in the store will expire. */
    private Identity save(Identity fresh) {
        try {
            store.save(fresh);
        } catch (IdentityException e) {
            LOG.warn("a new certificate of {} serves this process alone: {}", fresh.peer(), e.getMessage());
        }
        return fresh;
    }

    private void rotateIfDue() {
        if (asking || clock.instant().isBefore(current.rotateAt())) {
            return;
        }
        asking = true;
        ApplianceClient appliance = ApplianceClient.machine(vertx, current);
        appliance
                .renewCertificate(current)
                .compose(fresh -> vertx.executeBlocking(() -> save(fresh)))
                .onComplete(
                        fresh -> {
                            current = fresh;
                            failed = false;
                            LOG.info(
                                    "{} has a new certificate, valid until {}",
                                    fresh.peer(),
                                    fresh.certificate().getNotAfter().toInstant());
                            users.accept(fresh);
                        },
                        this::keep)
                .eventually(() -> {
                    asking = false;
                    return appliance.close();
                })
                .onFailure(failure -> LOG.debug("after a rotation", failure));
    }
}
