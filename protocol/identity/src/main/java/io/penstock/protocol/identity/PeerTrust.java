package io.penstock.protocol.identity;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom one end of a connection accepts, decided inside the handshake: no byte of a refused peer reaches a decoder.
 *
 * <p>Host names play no part: a peer is its {@link PeerIdentity} under the installation's authority, or the one
 * certificate whose fingerprint was told over a connection already trusted. Immutable and safe for all threads, as long
 * as the predicates given are.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    /** How a chain is judged; throws when the peer is not accepted. */
    @FunctionalInterface
    private interface Judgement {
        void accept(List<X509Certificate> chain, Instant now) throws CertificateException;
    }

    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
    private static final int CHAIN_MAX = 4;

    private final Judgement judgement;
    private final X509Certificate[] issuers;
    private final InstantSource clock;

    private PeerTrust(Judgement judgement, @Nullable X509Certificate issuer, InstantSource clock) {
        this.judgement = judgement;
        this.issuers = issuer == null ? new X509Certificate[0] : new X509Certificate[] {issuer};
        this.clock = clock;
    }

    /** Peers of these kinds under this authority. */
    public static PeerTrust kinds(X509Certificate authority, PeerKind first, PeerKind... more) {
        Set<PeerKind> kinds = EnumSet.of(first, more);
        return peers(authority, peer -> kinds.contains(peer.kind()));
    }

    /** Exactly this peer under this authority. */
    public static PeerTrust exactly(X509Certificate authority, PeerIdentity expected) {
        return peers(authority, expected::equals);
    }

    /** Peers under this authority that the predicate accepts; it is asked in each handshake, so it must be quick. */
    public static PeerTrust peers(X509Certificate authority, Predicate<PeerIdentity> accepted) {
        return new PeerTrust(
                (chain, now) -> accept(chain, authority, accepted, now), authority, InstantSource.system());
    }

    /** Exactly the certificate with this fingerprint, whoever signed it, while it is valid. */
    public static PeerTrust fingerprint(Fingerprint expected) {
        return new PeerTrust(
                (chain, now) -> {
                    X509Certificate leaf = chain.getFirst();
                    leaf.checkValidity(Date.from(now));
                    Fingerprint shown = Fingerprint.of(leaf);
                    if (!shown.equals(expected)) {
                        throw new CertificateException(
                                "the peer's certificate has fingerprint " + shown + ", expected " + expected);
                    }
                },
                null,
                InstantSource.system());
    }

    /**
     * The first contact: an appliance whose chain brings along the authority with this fingerprint. The fingerprint
     * came by another way, in the enrolment token or by vCenter.
     */
    public static PeerTrust firstContact(Fingerprint authority) {
        return new PeerTrust(
                (chain, now) -> {
                    X509Certificate anchor = chain.stream()
                            .filter(one -> Fingerprint.of(one).equals(authority))
                            .findFirst()
                            .orElseThrow(() -> new CertificateException(
                                    "the appliance does not belong to the authority that was named beforehand ("
                                            + authority + ")"));
                    accept(chain, anchor, peer -> peer.kind() == PeerKind.APPLIANCE, now);
                },
                null,
                InstantSource.system());
    }

    /** The same trust at another time; tests let certificates expire with it. */
    public PeerTrust at(InstantSource otherClock) {
        return new PeerTrust(judgement, issuers.length == 0 ? null : issuers[0], otherClock);
    }

    /**
     * Whether a certificate descends from this authority at this time; says nothing of its owner's kind.
     *
     * @param chain the certificate, and any between it and the authority
     * @throws CertificateException when it does not, or one is out of its time
     */
    static void requireIssued(List<X509Certificate> chain, X509Certificate authority, Instant now)
            throws CertificateException {
        List<X509Certificate> path = new ArrayList<>(chain);
        path.removeIf(authority::equals);
        if (path.isEmpty() || path.size() > CHAIN_MAX) {
            throw new CertificateException(
                    "a chain of " + path.size() + " certificates; 1 to " + CHAIN_MAX + " allowed");
        }
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            requireInTime("the authority's certificate", authority, now);
            requireInTime(shown(path.getFirst()), path.getFirst(), now);
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw notIssued(path.getFirst(), authority, e);
        }
    }

    /** A sentence of its own, with no cause below it: the innermost one is what people are told. */
    private static CertificateException notIssued(
            X509Certificate leaf, X509Certificate authority, GeneralSecurityException why) {
        boolean another = why instanceof CertPathValidatorException path
                && (path.getReason() == BasicReason.INVALID_SIGNATURE
                        || path.getReason() == PKIXReason.NO_TRUST_ANCHOR);
        CertificateException told = new CertificateException(
                another
                        ? shown(leaf) + " is not of the authority that counts here, the one with SHA-256 "
                                + Fingerprint.of(authority).hex()
                        : shown(leaf) + " is not good under its authority: " + why.getMessage());
        told.addSuppressed(why);
        return told;
    }

    private static void requireInTime(String what, X509Certificate certificate, Instant now)
            throws CertificateException {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        if (now.isBefore(from) || now.isAfter(until)) {
            throw new CertificateException(what + " is good from " + from + " to " + until + ", and it is "
                    + now.truncatedTo(ChronoUnit.SECONDS));
        }
    }

    private static String shown(X509Certificate certificate) {
        return "the certificate '" + certificate.getSubjectX500Principal().getName() + "'";
    }

    private static void accept(
            List<X509Certificate> chain, X509Certificate authority, Predicate<PeerIdentity> accepted, Instant now)
            throws CertificateException {
        requireIssued(chain, authority, now);
        try {
            PeerIdentity peer = PeerIdentity.of(chain.getFirst());
            if (!accepted.test(peer)) {
                throw new CertificateException(peer + " is not accepted here");
            }
        } catch (IdentityException e) {
            throw new CertificateException(e.getMessage(), e);
        }
    }

    private void judge(X509Certificate[] chain, String usage) throws CertificateException {
        if (chain.length == 0) {
            throw new CertificateException("the peer showed no certificate");
        }
        List<String> usages = chain[0].getExtendedKeyUsage();
        if (usages != null && !usages.contains(usage)) {
            throw new CertificateException("certificate '"
                    + chain[0].getSubjectX500Principal().getName() + "' is not made for this side of a connection");
        }
        judgement.accept(List.of(chain), clock.instant());
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm) throws CertificateException {
        judge(chain, CLIENT_AUTHENTICATION);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm) throws CertificateException {
        judge(chain, SERVER_AUTHENTICATION);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm, Socket socket)
            throws CertificateException {
        judge(chain, CLIENT_AUTHENTICATION);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm, Socket socket)
            throws CertificateException {
        judge(chain, SERVER_AUTHENTICATION);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine)
            throws CertificateException {
        judge(chain, CLIENT_AUTHENTICATION);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine)
            throws CertificateException {
        judge(chain, SERVER_AUTHENTICATION);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.clone();
    }
}
