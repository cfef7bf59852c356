package io.penstock.protocol.identity;

/** What a certificate's owner is; the host part of its {@code penstock://} URI. */
public enum PeerKind {
    /** A machine that borrows GPUs. */
    CLIENT("client"),
    /** A machine that lends its GPUs. */
    SERVER("server"),
    /** The control plane. */
    APPLIANCE("appliance"),
    /** A person or program that administers the pool. */
    USER("user"),
    /** The key that signs leases; it never appears in a TLS handshake. */
    LEASE_SIGNER("lease-signer");

    private final String word;

    PeerKind(String word) {
        this.word = word;
    }

    /** The kind's word, as it stands in URIs, tokens and JSON. */
    public String word() {
        return word;
    }

    /**
     * The kind that a word names.
     *
     * @throws IdentityException when no kind has this name
     */
    public static PeerKind of(String word) {
        for (PeerKind kind : values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        throw new IdentityException("no kind of peer is called '" + word + "'");
    }
}
