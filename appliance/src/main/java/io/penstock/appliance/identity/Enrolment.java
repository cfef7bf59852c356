package io.penstock.appliance.identity;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.TokenRow;
import io.penstock.appliance.store.TokenTable;
import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * How machines become members: an administrator makes a token, the machine trades it, once, for a certificate, and later
 * trades certificates for younger ones.
 */
public final class Enrolment {
    /** A token's row is kept this long after its expiry, so that late comers are told what happened. */
    private static final Duration TOKEN_REMEMBERED = Duration.ofDays(7);

    private static final int ID_NAME_MAX = 40;
    private static final int ID_RANDOM_BYTES = 4;

    private final CertificateAuthority authority;
    private final Duration certificateLife;

    /** An enrolment that signs with this authority. */
    public Enrolment(CertificateAuthority authority, Duration certificateLife) {
        this.authority = authority;
        this.certificateLife = certificateLife;
    }

    /**
     * A certificate that was made.
     *
     * @param peer for whom
     * @param name what people call it
     */
    public record Issued(PeerIdentity peer, String name, X509Certificate certificate) {}

    /** Makes a token; {@code name}, if given, overrules the name that the machine chooses. */
    public EnrolmentToken createToken(Handle handle, PeerKind kind, @Nullable String name, Duration life, Instant now) {
        EnrolmentToken token = EnrolmentToken.create(kind, now.plus(life), authority.fingerprint());
        TokenTable tokens = new TokenTable(handle);
        tokens.deleteExpired(now.minus(TOKEN_REMEMBERED));
        tokens.insert(new TokenRow(token.id(), kind.word(), name, Secrets.hash(token.secret()), token.expires(), null));
        return token;
    }

    /** Trades a token for a certificate. */
    public Issued enrol(Handle handle, String tokenText, String wantedName, String csr, Instant now) {
        EnrolmentToken token;
        try {
            token = EnrolmentToken.parse(tokenText);
        } catch (IdentityException e) {
            throw new Refusal(Reason.INVALID, "bad_request", String.valueOf(e.getMessage()));
        }
        TokenRow row = spend(handle, token, now);
        Issued issued = admit(handle, token.kind(), row.name() == null ? wantedName : row.name(), csr, now);
        new TokenTable(handle).markUsed(token.id(), issued.peer().id());
        return issued;
    }

    /**
     * Makes a member of a machine whose key was proven otherwise than by a token.
     *
     * @param csr its request; its key is the one that was proven
     */
    public Issued admit(Handle handle, PeerKind kind, String name, String csr, Instant now) {
        PublicKey key = key(csr);
        PeerIdentity peer = new PeerIdentity(kind, newId(name));
        X509Certificate certificate = authority.issue(peer, key, now, certificateLife);
        Instant expires = certificate.getNotAfter().toInstant();
        new PeerTable(handle).insert(new PeerRow(peer.id(), kind.word(), name, true, false, now, expires));
        return new Issued(peer, name, certificate);
    }

    /** The key of a request, whose signature proves that the sender has it. */
    public static PublicKey key(String csr) {
        try {
            return CertificateRequest.provenKey(csr);
        } catch (IdentityException e) {
            throw new Refusal(Reason.INVALID, "bad_request", String.valueOf(e.getMessage()));
        }
    }

    /** Trades a member's certificate for a younger one; the old one ends by its own date. */
    public Issued renew(Handle handle, PeerIdentity peer, String csr, Instant now) {
        X509Certificate certificate = authority.issue(peer, key(csr), now, certificateLife);
        PeerTable peers = new PeerTable(handle);
        peers.setCertificateExpires(peer.id(), certificate.getNotAfter().toInstant());
        String name = peers.nameOf(peer.id());
        return new Issued(peer, name, certificate);
    }

    /** Finds the token good, or says why not; one text for a wrong id and a wrong secret. */
    private TokenRow spend(Handle handle, EnrolmentToken token, Instant now) {
        TokenRow row = new TokenTable(handle)
                .find(token.id())
                .filter(found -> Secrets.matches(token.secret(), found.secretHash()))
                .filter(found -> found.kind().equals(token.kind().word()))
                .orElseThrow(() -> new Refusal(
                        Reason.FORBIDDEN,
                        "token_unknown",
                        "this appliance has made no such token; " + askForAnother(token)));
        if (row.usedBy() != null) {
            throw new Refusal(
                    Reason.FORBIDDEN,
                    "token_used",
                    "token " + token.id() + " was used before; " + askForAnother(token));
        }
        if (!now.isBefore(row.expires())) {
            throw new Refusal(
                    Reason.FORBIDDEN,
                    "token_expired",
                    "token " + token.id() + " expired at " + row.expires() + "; " + askForAnother(token));
        }
        return row;
    }

    private static String askForAnother(EnrolmentToken token) {
        return "ask an administrator for another: penstock-appliance token create --kind "
                + token.kind().word();
    }

    private static String newId(String name) {
        String words =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        String prefix = words.substring(0, Math.min(words.length(), ID_NAME_MAX));
        return (prefix.isEmpty() ? "machine" : prefix) + "-" + Secrets.hex(ID_RANDOM_BYTES);
    }
}
