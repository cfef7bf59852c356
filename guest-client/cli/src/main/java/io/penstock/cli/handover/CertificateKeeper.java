package io.penstock.cli.handover;

import io.penstock.protocol.appliance.CertificateRotation;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.IdentityStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the machine's client certificate does not expire: its users may read the identity and not write it. Follows
 * the files, whoever wrote them. Used by one thread.
 */
final class CertificateKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeper.class);

    private final Vertx vertx;
    private final IdentityStore store;
    private final Path description;
    private @Nullable FileTime seen;
    private @Nullable CertificateRotation rotation;

    CertificateKeeper(Vertx vertx, EnrollConfig.Place place) {
        this.vertx = vertx;
        this.store = IdentityStore.ofMachine(place.folder(), place.group());
        this.description = place.folder().resolve("identity.json");
    }

    /** Begins to look after an identity that is new here. */
    void look() {
        FileTime written = written();
        if (written == null ? seen == null : written.equals(seen)) {
            return;
        }
        seen = written;
        CertificateRotation former = rotation;
        if (former != null) {
            former.stop();
            rotation = null;
        }
        if (written == null) {
            return;
        }
        try {
            Identity identity = store.load();
            CertificateRotation fresh =
                    new CertificateRotation(vertx, store, identity, InstantSource.system(), successor -> {});
            fresh.start();
            rotation = fresh;
        } catch (IdentityException e) {
            LOG.warn("this machine's identity is not kept valid: {}", e.getMessage());
        }
    }

    private @Nullable FileTime written() {
        try {
            return Files.getLastModifiedTime(description);
        } catch (IOException e) {
            return null;
        }
    }
}
