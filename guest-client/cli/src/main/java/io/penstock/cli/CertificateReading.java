package io.penstock.cli;

import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows an identity that somebody else keeps valid: reads it now and then and tells of each new certificate. */
final class CertificateReading {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateReading.class);

    private final Vertx vertx;
    private final IdentityStore store;
    private final Consumer<Identity> users;

    // event loop only
    private Identity current;

    CertificateReading(Vertx vertx, IdentityStore store, Identity current, Consumer<Identity> users) {
        this.vertx = vertx;
        this.store = store;
        this.current = current;
        this.users = users;
    }

    /** Looks at every tick; answers the timer's id. */
    long start(Duration tick) {
        return vertx.setPeriodic(
                tick.toMillis(),
                id -> vertx.executeBlocking(this::read)
                        .onSuccess(this::compare)
                        .onFailure(failure -> LOG.debug("the identity could not be read again", failure)));
    }

    private Identity read() {
        if (!store.exists()) {
            throw new IdentityException("there is no identity in " + store.folder() + " any more");
        }
        return store.load();
    }

    /** A machine that became another member keeps the one that its programs began with. */
    private void compare(Identity read) {
        if (read.peer().equals(current.peer()) && !read.certificate().equals(current.certificate())) {
            current = read;
            users.accept(read);
        }
    }
}
