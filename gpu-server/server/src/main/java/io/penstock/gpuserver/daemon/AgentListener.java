package io.penstock.gpuserver.daemon;

import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseVerifier;
import io.penstock.protocol.identity.ListenException;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.RefusalLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Where agents connect: mutual TLS, clients of this installation only, and none that is revoked. The daemon's event
 * loop only.
 */
final class AgentListener {
    /**
     * What every agent connection needs.
     *
     * @param server this server's name
     * @param verifier of leases
     * @param sessions where they are opened
     * @param holders who hears which leases have an agent here
     * @param gpus  the state of a lease's GPUs as text (protocol.md section 4.1)
     * @param clock of the lease's end
     * @param refusals where it is written down who was refused
     */
    record Desk(
            PeerIdentity server,
            LeaseVerifier verifier,
            SessionBook sessions,
            LeaseHolders holders,
            Function<Lease, Future<String>> gpus,
            InstantSource clock,
            RefusalLog refusals) {}

    private final Vertx vertx;
    private final Desk desk;
    private final Set<AgentConnection> connections = new HashSet<>();
    private Revocations revocations = Revocations.NONE;
    private @Nullable NetServer listening;

    AgentListener(Vertx vertx, Desk desk) {
        this.vertx = vertx;
        this.desk = desk;
    }

    /** Starts listening; answers the port. */
    Future<Integer> listen(Identity identity, String host, int port) {
        PeerTrust trust = PeerTrust.kinds(identity.authority(), PeerKind.CLIENT);
        NetServer server = vertx.createNetServer(
                TlsOptions.netServer(identity, trust).setHost(host).setPort(port));
        server.connectHandler(this::accept);
        server.exceptionHandler(
                cause -> desk.refusals().refused("an agent was refused: " + TlsOptions.reason(cause), ""));
        listening = server;
        return server.listen()
                .recover(failure -> Future.failedFuture(ListenException.at(host, port, failure)))
                .map(NetServer::actualPort);
    }

    /** New connections are shown this successor of the certificate; those that are open stay. */
    Future<Void> show(Identity successor) {
        PeerTrust trust = PeerTrust.kinds(successor.authority(), PeerKind.CLIENT);
        NetServer server = listening;
        return server == null
                ? Future.succeededFuture()
                : server.updateSSLOptions(TlsOptions.serverRotation(successor, trust, ClientAuth.REQUIRED))
                        .mapEmpty();
    }

    /** What the appliance has ended: open sessions and connections end with it. */
    void revoke(Revocations newest) {
        revocations = newest;
        desk.holders().forget(newest);
        desk.sessions().endWhere(session -> newest.ends(session.lease()), "the appliance took the lease back");
        for (AgentConnection connection : List.copyOf(connections)) {
            if (newest.clients().contains(connection.client().id())) {
                connection.revoke();
            }
        }
    }

    Revocations revocations() {
        return revocations;
    }

    private void accept(NetSocket socket) {
        try {
            X509Certificate shown = (X509Certificate) socket.peerCertificates().getFirst();
            PeerIdentity client = PeerIdentity.of(shown);
            AgentConnection connection =
                    new AgentConnection(socket, client, Fingerprint.of(shown), desk, this::revocations);
            if (revocations.clients().contains(client.id())) {
                connection.revoke();
                return;
            }
            connections.add(connection);
            socket.closeHandler(gone -> {
                connections.remove(connection);
                connection.gone();
            });
            connection.start();
        } catch (SSLPeerUnverifiedException unverified) {
            var unused = socket.close();
        }
    }
}
