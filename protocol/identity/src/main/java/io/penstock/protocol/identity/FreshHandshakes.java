package io.penstock.protocol.identity;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.spi.tls.SslContextFactory;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * BoringSSL without session resumption at either end: a resumed session would skip the trust manager, so that a certificate
 * that was exchanged or is no longer trusted would go unnoticed. Vert.x switches the cache off for servers only.
 */
final class FreshHandshakes extends OpenSSLEngineOptions {
    FreshHandshakes() {
        setSessionCacheEnabled(false);
    }

    private FreshHandshakes(FreshHandshakes other) {
        super(other);
    }

    @Override
    public OpenSSLEngineOptions copy() {
        return new FreshHandshakes(this);
    }

    @Override
    public SslContextFactory sslContextFactory() {
        return new Factory(super.sslContextFactory());
    }

    /** Vert.x's factory, whose context is changed when it is made. */
    private record Factory(SslContextFactory inner) implements SslContextFactory {
        @Override
        public SslContext create() throws SSLException {
            SslContext context = inner.create();
            if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
                sessions.setSessionCacheEnabled(false);
                return context;
            }
            throw new SSLException("the TLS engine is not BoringSSL");
        }

        @Override
        public SslContextFactory useAlpn(boolean use) {
            inner.useAlpn(use);
            return this;
        }

        @Override
        public SslContextFactory clientAuth(ClientAuth auth) {
            inner.clientAuth(auth);
            return this;
        }

        @Override
        public SslContextFactory forClient(boolean client) {
            inner.forClient(client);
            return this;
        }

        @Override
        public SslContextFactory keyMananagerFactory(KeyManagerFactory factory) {
            inner.keyMananagerFactory(factory);
            return this;
        }

        @Override
        public SslContextFactory trustManagerFactory(TrustManagerFactory factory) {
            inner.trustManagerFactory(factory);
            return this;
        }

        @Override
        public SslContextFactory enabledCipherSuites(Set<String> suites) {
            inner.enabledCipherSuites(suites);
            return this;
        }

        @Override
        public SslContextFactory applicationProtocols(List<String> protocols) {
            inner.applicationProtocols(protocols);
            return this;
        }

        @Override
        public SslContextFactory serverName(String name) {
            inner.serverName(name);
            return this;
        }
    }
}
