package io.penstock.protocol.identity;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What lies where a new identity is to go.
 *
 * @param identity what it is; null where there is none, or none that can be read
 * @param good whether it is of use still: whole, and not expired
 * @param description in words; null where there is nothing
 */
public record Predecessor(
        @Nullable Identity identity, boolean good, @Nullable String description) {
    private static final Predecessor NOTHING = new Predecessor(null, false, null);

    /** Looks at a store as it is at this time. */
    public static Predecessor in(IdentityStore store, Instant now) {
        if (!store.exists()) {
            return NOTHING;
        }
        try {
            Identity identity = store.load();
            Instant until = identity.certificate().getNotAfter().toInstant();
            boolean good = until.isAfter(now);
            return new Predecessor(
                    identity,
                    good,
                    identity.peer() + ", " + (good ? "good until " : "expired on ") + until + ", of the appliance at "
                            + identity.appliances() + " with the authority "
                            + Fingerprint.of(identity.authority()).hex());
        } catch (IdentityException broken) {
            return new Predecessor(null, false, "an identity that cannot be used: " + broken.getMessage());
        }
    }

    /**
     * Sees to it that nothing of use is thrown away unasked; to be called before the token is spent.
     *
     * @param folder where it lies, for people
     * @throws IdentityException naming what is there and the option to give
     */
    public void requireConsent(boolean replace, Path folder) {
        if (good && !replace) {
            throw new IdentityException("this machine is enrolled already, in " + folder + ": " + description
                    + "; to give that up for another identity, add --replace");
        }
    }

    /** The end of the sentence that tells of the new identity; empty where there was none before. */
    public String farewell() {
        return description == null ? "" : "; it replaces " + description;
    }
}
