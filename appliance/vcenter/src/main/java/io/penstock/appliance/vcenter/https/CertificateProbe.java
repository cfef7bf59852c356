package io.penstock.appliance.vcenter.https;

import io.penstock.appliance.vcenter.ServerCertificate;
import io.penstock.appliance.vcenter.VcenterAddress;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.identity.Unreachable;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Looks at the certificate that a server presents, so that a person can confirm it; sends nothing and trusts nothing. */
public final class CertificateProbe {
    private CertificateProbe() {}

    /** What the server at this address presents. */
    public static ServerCertificate look(Vertx vertx, VcenterAddress address, Duration patience) {
        NetClient client = vertx.createNetClient(new NetClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setHostnameVerificationAlgorithm("")
                .setSslEngineOptions(TlsOptions.engine())
                .setConnectTimeout((int) patience.toMillis()));
        try {
            X509Certificate leaf = (X509Certificate) client.connect(address.port(), address.host())
                    .map(socket -> {
                        try {
                            return socket.peerCertificates().getFirst();
                        } catch (SSLPeerUnverifiedException e) {
                            throw new IllegalStateException("it presents no certificate", e);
                        } finally {
                            socket.close();
                        }
                    })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
            List<String> names = HostNames.of(leaf);
            return new ServerCertificate(leaf, names, HostNames.match(names, address.host()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VcenterException(Kind.UNREACHABLE, "the look at " + address + " was given up", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new VcenterException(Kind.UNREACHABLE, Unreachable.sentence(address.toString(), cause), cause);
        } catch (TimeoutException e) {
            throw new VcenterException(
                    Kind.UNREACHABLE, address + " does not answer within " + patience.toSeconds() + " s", e);
        } finally {
            client.close();
        }
    }
}
