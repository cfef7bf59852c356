package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.session.Session;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.Acceptor;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkException;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;

/** Listens for the one client of a session, which is known by its certificate; nobody else gets past the handshake. */
public final class WorkerServer {
    private WorkerServer() {}

    /**
     * Starts listening on the first free port of the range.
     *
     * @param portMin lowest port to try; 0 = any free port
     */
    @SuppressWarnings("checkstyle:parameternumber") // one caller, which has each of them from the daemon apart
    public static Future<LinkServer> listen(
            Vertx vertx,
            Identity identity,
            Fingerprint client,
            String host,
            int portMin,
            int portMax,
            Session session) {
        NetServerOptions tls = TlsOptions.netServer(identity, PeerTrust.fingerprint(client))
                .setHost(host)
                .setPort(portMin)
                .setReuseAddress(false);
        Acceptor acceptor = new Acceptor() {
            @Override
            public void control(Link link) {
                session.begin(link);
            }

            @Override
            public void bulk(BulkLink link, String ticket) throws LinkException {
                session.beginBulk(link, ticket);
            }
        };
        Future<LinkServer> listening =
                LinkServer.listen(vertx, tls, LinkOptions.DEFAULT, acceptor, 1 + LinkOptions.bulkConnections());
        return portMin == 0 || portMin >= portMax
                ? listening
                : listening.recover(taken -> listen(vertx, identity, client, host, portMin + 1, portMax, session));
    }
}
