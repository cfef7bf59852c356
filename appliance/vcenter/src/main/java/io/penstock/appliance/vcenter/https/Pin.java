package io.penstock.appliance.vcenter.https;

import io.penstock.appliance.vcenter.Thumbprint;
import io.penstock.appliance.vcenter.VcenterAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The one certificate that a vCenter may present: the one that a person confirmed, valid now, and naming the host. All three
 * are needed; who signed it plays no part. It remembers why it refused, since TLS libraries tell only that something did.
 */
final class Pin extends X509ExtendedTrustManager {
    /** Why a handshake was refused. */
    record Refused(boolean otherCertificate, String why) {}

    private final VcenterAddress address;
    private final Thumbprint expected;
    private final AtomicReference<@Nullable Refused> refused = new AtomicReference<>();

    Pin(VcenterAddress address, Thumbprint expected) {
        this.address = address;
        this.expected = expected;
    }

    /** Why the last handshake was refused, if it was; asking forgets it. */
    @Nullable
    Refused takeRefused() {
        return refused.getAndSet(null);
    }

    private void judge(X509Certificate[] chain) throws CertificateException {
        if (chain == null || chain.length == 0) {
            throw refuse(false, "it presents no certificate");
        }
        X509Certificate leaf = chain[0];
        Thumbprint shown = Thumbprint.of(leaf);
        if (!shown.equals(expected)) {
            throw refuse(
                    true,
                    "it presents a certificate with thumbprint " + shown + "; the one that was confirmed has "
                            + expected);
        }
        try {
            leaf.checkValidity(Date.from(Instant.now()));
        } catch (CertificateException e) {
            throw refuse(
                    false,
                    "its certificate is valid from " + leaf.getNotBefore().toInstant() + " to "
                            + leaf.getNotAfter().toInstant() + ", which is not now");
        }
        List<String> names = HostNames.of(leaf);
        if (!HostNames.match(names, address.host())) {
            throw refuse(false, "its certificate names " + names + " and not " + address.host());
        }
        refused.set(null);
    }

    private CertificateException refuse(boolean otherCertificate, String why) {
        refused.set(new Refused(otherCertificate, why));
        return new CertificateException(why);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        judge(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        judge(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        judge(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("a vCenter is no client of ours");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("a vCenter is no client of ours");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("a vCenter is no client of ours");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
