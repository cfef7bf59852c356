package io.penstock.cli.handover;

import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.PrivateFile;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * The key that an offer was answered with, on disk until its certificate is there: the first answer counts, so that a service
 * that begins anew must give the same one.
 */
final class PendingRequest {
    private final Path folder;
    private final Path file;

    PendingRequest(Path folder) {
        this.folder = folder;
        this.file = folder.resolve("pending.json");
    }

    /** The request for this offer: the one that it was answered with, or a new one. */
    CertificateRequest of(Offer offer, String name) throws IOException {
        if (Files.exists(file)) {
            try {
                PrivateFile.requireSecret(file);
                JsonObject kept = new JsonObject(Files.readString(file));
                if (offer.nonce().equals(kept.getString("nonce"))) {
                    return new CertificateRequest(
                            Pem.decodeKey(kept.getString("key"), file.toString()), kept.getString("request"));
                }
            } catch (DecodeException | IdentityException | ClassCastException | NullPointerException e) {
                // not ours, or not whole: another key is made
            }
        }
        CertificateRequest fresh = CertificateRequest.create(name);
        JsonObject text = new JsonObject()
                .put("nonce", offer.nonce())
                .put("expires", offer.expires().toString())
                .put("key", Pem.encodeKey(fresh.key()))
                .put("request", fresh.pem());
        PrivateFile.folder(folder);
        PrivateFile.write(file, text.encode() + "\n", PrivateFile.SECRET);
        return fresh;
    }

    /** Its offer has ended. */
    void forget() throws IOException {
        Files.deleteIfExists(file);
    }

    /** Forgets it when its offer has ended by its time. */
    void forgetIfOver(Instant now) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try {
            if (now.isBefore(Instant.parse(new JsonObject(Files.readString(file)).getString("expires")))) {
                return;
            }
        } catch (DecodeException | ClassCastException | NullPointerException | DateTimeException e) {
            // nobody can use it
        }
        forget();
    }
}
