package io.penstock.protocol.identity;

import java.net.URI;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What a machine is and how it proves it: its private key, its certificate, and the authority it trusts.
 *
 * @param key the private key; it never leaves this machine and is never printed
 * @param chain the certificate first, then any above it
 * @param authority the installation's certificate authority
 * @param appliances where the appliance answers, in order of preference; empty for the appliance itself
 */
public record Identity(PrivateKey key, List<X509Certificate> chain, X509Certificate authority, List<URI> appliances) {
    /** Copies the lists; a chain holds at least the certificate. */
    public Identity {
        chain = List.copyOf(chain);
        appliances = List.copyOf(appliances);
        if (chain.isEmpty()) {
            throw new IdentityException("an identity needs a certificate");
        }
    }

    /** The machine's own certificate. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** The name in the certificate. */
    public PeerIdentity peer() {
        return PeerIdentity.of(certificate());
    }

    /** When a successor should be fetched: two thirds into the certificate's life. */
    public Instant rotateAt() {
        Instant from = certificate().getNotBefore().toInstant();
        Instant until = certificate().getNotAfter().toInstant();
        return until.minusMillis((until.toEpochMilli() - from.toEpochMilli()) / 3);
    }

    /** The public half only. */
    @Override
    public String toString() {
        return "Identity[" + certificate().getSubjectX500Principal().getName() + ", until "
                + certificate().getNotAfter().toInstant() + ", appliances " + appliances + "]";
    }
}
