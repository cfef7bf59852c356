package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Administrator;
import io.penstock.appliance.api.Caller.Anyone;
import io.penstock.appliance.api.Caller.Machine;
import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.api.Caller.Vsphere;
import io.penstock.appliance.identity.ApiTokens;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.signin.VsphereSession;
import io.penstock.appliance.signin.VsphereUsers;
import io.penstock.appliance.signin.WebSessions;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.identity.PeerIdentity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
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
    private static final String VSPHERE_SESSION = "vmware-api-session-id";
    private static final String VCENTER = "penstock-vcenter";
    private static final String CLIENT = "vmware-api-gateway-url"; // as in VMware's samples
    private static final int VCENTERS_MAX = 16; // 15 can be linked

    private final Database.Worker store;
    private final WebSessions sessions;
    private final VsphereUsers users;
    private final InstantSource clock;

    Gate(Database.Worker store, WebSessions sessions, VsphereUsers users, InstantSource clock) {
        this.store = store;
        this.sessions = sessions;
        this.users = users;
        this.clock = clock;
    }

    /** The caller, if it may call this operation. */
    Future<Caller> admit(HttpServerRequest request, Entry entry) {
        if (entry.ownPage() && SessionCookie.fromElsewhere(request)) {
            return Future.failedFuture(otherOrigin());
        }
        if (entry.anyone()) {
            // an operation for everybody may still tell the caller who it is
            return shows(request)
                    ? identify(request).recover(unknown -> Future.succeededFuture(new Anyone()))
                    : Future.succeededFuture(new Anyone());
        }
        return identify(request).compose(caller -> switch (caller) {
            case Anyone nobody ->
                Future.failedFuture(new Refusal(
                        Reason.UNAUTHENTICATED,
                        "credentials_missing",
                        "this needs the certificate of an enrolled machine, an administrator's API token, or a session of"
                                + " the appliance's page or the vSphere Client"));
            case Machine machine ->
                entry.machines().contains(machine.peer().kind().word())
                        ? Future.succeededFuture(machine)
                        : Future.failedFuture(forbidden(machine, entry));
            case Person person -> admitPerson(person, request.path(), entry);
        });
    }

    private static Future<Caller> admitPerson(Person person, String path, Entry entry) {
        Privilege needed = entry.privilege();
        if (needed == null) {
            return Future.failedFuture(forbidden(person, entry));
        }
        String vcenter = Entry.vcenter(path);
        if (person instanceof Vsphere vsphere
                && vcenter != null
                && !vcenter.equals(vsphere.user().vcenter())) {
            return Future.failedFuture(new Refusal(
                    Reason.FORBIDDEN,
                    "other_vcenter",
                    person.shown() + " may not act upon vCenter " + vcenter + "; open it in its own vSphere Client"));
        }
        VsphereObject on;
        try {
            on = entry.object(path);
        } catch (Refusal e) {
            return Future.failedFuture(e);
        }
        return person.privileges(on)
                .compose(held -> held.contains(needed)
                        ? Future.succeededFuture(person)
                        : Future.failedFuture(new Refusal(
                                Reason.FORBIDDEN,
                                "privilege_missing",
                                person.shown() + " lacks the privilege " + needed.vsphereId()
                                        + (on == null ? "" : " on " + on.moref())
                                        + "; a vCenter administrator can grant it with a role")));
    }

    /** Whether the request shows anything at all by which its caller could be known. */
    private static boolean shows(HttpServerRequest request) {
        return request.getHeader(HttpHeaders.AUTHORIZATION) != null
                || request.getHeader(VSPHERE_SESSION) != null
                || SessionCookie.of(request) != null;
    }

    private Future<Caller> identify(HttpServerRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.startsWith(BEARER)) {
            return byToken(authorization.substring(BEARER.length()));
        }
        VsphereSession vsphereSession = vsphereSession(request);
        if (vsphereSession != null) {
            return byVsphere(vsphereSession, request.remoteAddress().hostAddress());
        }
        PeerIdentity peer = peer(request.sslSession());
        if (peer != null) {
            return switch (peer.kind()) {
                case USER -> Future.succeededFuture(new Administrator(peer.id(), null));
                case CLIENT, SERVER -> machine(peer);
                case APPLIANCE, LEASE_SIGNER ->
                    Future.failedFuture(new Refusal(Reason.FORBIDDEN, "forbidden", peer.uri() + " calls nothing here"));
            };
        }
        return bySession(request);
    }

    private Future<Caller> byToken(String token) {
        return store.submit(handle -> ApiTokens.owner(handle, token)
                .<Caller>map(name -> new Administrator(name, null))
                .orElseThrow(() -> new Refusal(
                        Reason.UNAUTHENTICATED, "token_unknown", "this API token was not made by this appliance")));
    }

    private Future<Caller> byVsphere(VsphereSession shown, String from) {
        return shown.vcenters().isEmpty()
                ? Future.failedFuture(new Refusal(
                        Reason.INVALID,
                        "bad_request",
                        "a session of the vSphere Client needs the header " + VCENTER
                                + ": its vCenter's instance UUID"))
                : users.of(shown, from).map(Vsphere::new);
    }

    /** The session of the vSphere Client that a request shows, good or not. */
    static @Nullable VsphereSession vsphereSession(HttpServerRequest request) {
        String session = request.getHeader(VSPHERE_SESSION);
        String vcenters = request.getHeader(VCENTER);
        return session == null
                ? null
                : new VsphereSession(
                        session,
                        vcenters == null
                                ? List.of()
                                : Stream.of(vcenters.split(",", VCENTERS_MAX + 1))
                                        .limit(VCENTERS_MAX)
                                        .map(String::strip)
                                        .toList(),
                        request.getHeader(CLIENT));
    }

    private Future<Caller> bySession(HttpServerRequest request) {
        String secret = SessionCookie.of(request);
        if (secret == null) {
            return Future.succeededFuture(new Anyone());
        }
        if (!request.method().equals(HttpMethod.GET) && !SessionCookie.fromOwnPage(request)) {
            return Future.failedFuture(otherOrigin());
        }
        return sessions.use(secret, clock.instant())
                .map(expires -> Future.<Caller>succeededFuture(Administrator.ofPage(expires)))
                .orElseGet(() -> Future.failedFuture(
                        new Refusal(Reason.UNAUTHENTICATED, "session_over", "the session has ended; sign in again")));
    }

    private static Refusal otherOrigin() {
        return new Refusal(
                Reason.FORBIDDEN,
                "other_origin",
                "another page than the appliance's own tried to use the session, or to begin or end one");
    }

    private Future<Caller> machine(PeerIdentity peer) {
        return store.submit(handle -> {
            PeerRow row = new PeerTable(handle)
                    .find(peer.id())
                    .filter(found -> found.kind().equals(peer.kind().word()) && !found.deleted())
                    .orElseThrow(() -> new Refusal(
                            Reason.FORBIDDEN,
                            ApplianceException.NOT_A_MEMBER,
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

    private static Refusal forbidden(Caller who, Entry entry) {
        return new Refusal(
                Reason.FORBIDDEN, "forbidden", who.shown() + " may not do this; it is for: " + entry.shown());
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
