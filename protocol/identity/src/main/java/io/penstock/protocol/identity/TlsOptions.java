package io.penstock.protocol.identity;

import io.netty.handler.ssl.OpenSsl;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one place that says what TLS means in Penstock: version 1.3 only, BoringSSL, a certificate from both ends, no
 * session resumption (a resumed session would skip {@link PeerTrust}), and names judged by {@code PeerTrust} in place of
 * host names.
 */
public final class TlsOptions {
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.3");

    private static final Pattern ALERT = Pattern.compile(".*:(?:SSLV3|TLSV1|TLSV13)_ALERT_(?<name>[A-Z0-9_]+)");

    private TlsOptions() {}

    /** Loads the TLS engine, which the first connection would do otherwise; takes tens of milliseconds. */
    public static void prepare() {
        OpenSsl.ensureAvailability();
    }

    /** A listener of the data plane: each peer must show a certificate that {@code trust} accepts. */
    public static NetServerOptions netServer(Identity identity, PeerTrust trust) {
        NetServerOptions options = new NetServerOptions().setClientAuth(ClientAuth.REQUIRED);
        common(options, identity, trust);
        options.setTcpNoDelay(true);
        return options;
    }

    /** A connection of the data plane to a peer that {@code trust} accepts. */
    public static NetClientOptions netClient(Identity identity, PeerTrust trust) {
        NetClientOptions options = new NetClientOptions().setHostnameVerificationAlgorithm("");
        common(options, identity, trust);
        options.setTcpNoDelay(true);
        return options;
    }

    /**
     * The appliance's listener.
     *
     * @param clientAuth {@link ClientAuth#REQUEST} where machines without a certificate may knock (enrolment,
     *     administrators with a token): one that is shown must still be good
     */
    public static HttpServerOptions httpServer(Identity identity, PeerTrust trust, ClientAuth clientAuth) {
        HttpServerOptions options = new HttpServerOptions().setClientAuth(clientAuth);
        common(options, identity, trust);
        return options;
    }

    /** A connection to an appliance, showing this machine's certificate. */
    public static HttpClientOptions httpClient(Identity identity, PeerTrust trust) {
        HttpClientOptions options = httpClient(trust);
        options.setKeyCertOptions(keys(identity));
        return options;
    }

    /** A connection to an appliance without a certificate: enrolment, or an administrator with a token. */
    public static HttpClientOptions httpClient(PeerTrust trust) {
        HttpClientOptions options = new HttpClientOptions().setVerifyHost(false);
        engine(options);
        options.setTrustOptions(TrustOptions.wrap(trust));
        return options;
    }

    /** What a running listener takes in place of its old identity, by {@code updateSSLOptions}. */
    public static ServerSSLOptions serverRotation(Identity identity, PeerTrust trust, ClientAuth clientAuth) {
        ServerSSLOptions options = new ServerSSLOptions().setClientAuth(clientAuth);
        rotation(options, identity, trust);
        return options;
    }

    /** What a client takes in place of its old identity, by {@code updateSSLOptions}. */
    public static ClientSSLOptions clientRotation(Identity identity, PeerTrust trust) {
        ClientSSLOptions options = new ClientSSLOptions().setHostnameVerificationAlgorithm("");
        rotation(options, identity, trust);
        return options;
    }

    /** Why a handshake failed: what the innermost cause says, since the outer ones say only that it did. */
    public static String reason(Throwable failure) {
        Throwable root = failure;
        for (Throwable next = failure.getCause(); next != null; next = next.getCause()) {
            root = next;
        }
        if (root instanceof ClosedChannelException) {
            return "the other end closed the connection";
        }
        String text = root.getMessage();
        return text == null || text.isBlank() ? root.getClass().getSimpleName() : inWords(text);
    }

    /** The TLS library names an alert or an error by a constant at the end of a line of its own kind. */
    private static String inWords(String text) {
        if (text.endsWith("WRONG_VERSION_NUMBER") || text.startsWith("not an SSL/TLS record")) {
            return "no TLS is spoken there; is it the right port?";
        }
        Matcher alert = ALERT.matcher(text);
        if (!alert.matches()) {
            return text;
        }
        String name = alert.group("name").toLowerCase(Locale.ROOT).replace('_', ' ');
        return name.contains("certificate") || name.equals("unknown ca")
                ? "the other end does not accept this end's certificate (" + name + ")"
                : "the other end broke the handshake off (" + name + "); its log says why";
    }

    private static void rotation(SSLOptions options, Identity identity, PeerTrust trust) {
        options.setKeyCertOptions(keys(identity));
        options.setTrustOptions(TrustOptions.wrap(trust));
        options.setEnabledSecureTransportProtocols(PROTOCOLS);
    }

    private static void common(TCPSSLOptions options, Identity identity, PeerTrust trust) {
        engine(options);
        options.setKeyCertOptions(keys(identity));
        options.setTrustOptions(TrustOptions.wrap(trust));
    }

    /** The TLS engine of every connection: BoringSSL, each handshake a whole one. */
    public static SSLEngineOptions engine() {
        return new FreshHandshakes();
    }

    private static void engine(TCPSSLOptions options) {
        options.setSsl(true);
        options.setSslEngineOptions(engine());
        options.setEnabledSecureTransportProtocols(PROTOCOLS);
    }

    private static KeyCertOptions keys(Identity identity) {
        return KeyCertOptions.wrap(new OwnKey(identity));
    }
}
