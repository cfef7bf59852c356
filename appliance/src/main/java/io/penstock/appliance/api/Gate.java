package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Administrator;
import io.penstock.appliance.api.Caller.Anyone;
import io.penstock.appliance.api.Caller.Machine;
import io.penstock.appliance.identity.ApiTokens;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.protocol.identity.PeerIdentity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, and refuses those whom the contract does not name for the operation; it runs before a byte of the
 * body is read. A certificate that was shown was already verified in the handshake; whether its owner is disabled is
 * looked up for each call, so a revocation holds on open connections too.
 */
final class Gate {
    private static final String BEARER = "Bearer ";

    private final Database.Worker store;

    Gate(Database.Worker store) {
        this.store = store;
    }

    /** The caller, if it may call an operation that is open to these. */
    Future<Caller> admit(HttpServerRequest request, List<String> callers) {
        if (callers.contains("anyone")) {
            return Future.succeededFuture(new Anyone());
        }
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.startsWith(BEARER)) {
            return administrator(authorization.substring(BEARER.length())).map(caller -> require(caller, callers));
        }
        PeerIdentity peer = peer(request.sslSession());
        if (peer == null) {
            return Future.failedFuture(new Refusal(
                    Reason.UNAUTHENTICATED,
                    "credentials_missing",
                    "this needs the certificate of an enrolled machine or an administrator's API token"));
        }
        return switch (peer.kind()) {
            case USER ->
                Future.<Caller>succeededFuture(new Administrator(peer.id())).map(caller -> require(caller, callers));
            case CLIENT, SERVER -> machine(peer).map(caller -> require(caller, callers));
            case APPLIANCE, LEASE_SIGNER -> Future.failedFuture(forbidden(peer.uri(), callers));
        };
    }

    private Future<Caller> administrator(String token) {
        return store.submit(handle -> ApiTokens.owner(handle, token)
                .<Caller>map(Administrator::new)
                .orElseThrow(() -> new Refusal(
                        Reason.UNAUTHENTICATED, "token_unknown", "this API token was not made by this appliance")));
    }

    private Future<Caller> machine(PeerIdentity peer) {
        return store.submit(handle -> {
            PeerRow row = new PeerTable(handle)
                    .find(peer.id())
                    .filter(found -> found.kind().equals(peer.kind().word()) && !found.deleted())
                    .orElseThrow(() -> new Refusal(
                            Reason.FORBIDDEN,
                            "not_a_member",
                            peer + " does not belong to this installation any more; enrol the machine again"));
            if (!row.enabled()) {
                throw new Refusal(
                        Reason.FORBIDDEN,
                        "disabled",
                        peer + " is disabled; an administrator can undo it: penstock-appliance client enable "
                                + peer.id());
            }
            return new Machine(peer, row.name());
        });
    }

    private static Caller require(Caller caller, List<String> callers) {
        if (!callers.contains(caller.word())) {
            throw forbidden(caller.shown(), callers);
        }
        return caller;
    }

    private static Refusal forbidden(String who, List<String> callers) {
        return new Refusal(
                Reason.FORBIDDEN, "forbidden", who + " may not do this; it is for: " + String.join(", ", callers));
    }

    private static @Nullable PeerIdentity peer(SSLSession session) {
        try {
            session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
        return PeerIdentity.of(session);
    }
}
