package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.CertificateRequest;
import io.penstock.protocol.identity.EnrolmentToken;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The appliance's REST interface: one method an operation, each a future that fails with an {@link ApplianceException}.
 *
 * <p>Built from an {@link Identity} it speaks as that machine; built from an API token as an administrator. With several
 * appliances it uses the first that answers. Safe for all threads.
 */
public final class ApplianceClient {
    /** Registering with a vCenter asks it a dozen things, and each may take long. */
    private static final Duration WORK_MAX = Duration.ofMinutes(3);

    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

    private final RestCaller caller;

    private ApplianceClient(RestCaller caller) {
        this.caller = caller;
    }

    /** A client that speaks as this machine, to the appliances that its identity names. */
    public static ApplianceClient machine(Vertx vertx, Identity identity) {
        PeerTrust appliance = PeerTrust.kinds(identity.authority(), PeerKind.APPLIANCE);
        HttpClientAgent http = vertx.createHttpClient(TlsOptions.httpClient(identity, appliance));
        return new ApplianceClient(new RestCaller(http, identity.appliances(), null));
    }

    /** New connections show this successor of the certificate; those that are open stay. */
    public Future<Void> show(Identity successor) {
        PeerTrust appliance = PeerTrust.kinds(successor.authority(), PeerKind.APPLIANCE);
        return caller.show(TlsOptions.clientRotation(successor, appliance));
    }

    /**
     * A client that speaks as an administrator.
     *
     * @param authority the installation's authority
     * @param token an API token; sent to a verified appliance only
     */
    public static ApplianceClient administrator(
            Vertx vertx, List<URI> appliances, X509Certificate authority, String token) {
        PeerTrust appliance = PeerTrust.kinds(authority, PeerKind.APPLIANCE);
        HttpClientAgent http = vertx.createHttpClient(TlsOptions.httpClient(appliance));
        return new ApplianceClient(new RestCaller(http, appliances, token));
    }

    /**
     * Makes this machine part of the installation: a new key, a certificate for it, and the authority to trust.
     *
     * @param appliance where it answers; its authority must be the one that the token names
     * @param token as the administrator handed it over
     * @param name what people will call this machine
     */
    public static Future<Identity> enrol(Vertx vertx, URI appliance, EnrolmentToken token, String name) {
        CertificateRequest request = CertificateRequest.create(name);
        JsonObject body =
                new JsonObject().put("token", token.text()).put("name", name).put("csr", request.pem());
        return new FirstContact(vertx, appliance, token.authority()).call("/v1/enrolments", body, request);
    }

    /**
     * Makes this VM part of the installation after it has answered its offer in guestinfo.
     *
     * @param appliance where it answers, and the authority that it must have
     * @param request with the key that was answered with
     * @param vm the VM's name in the offer
     * @param name what people will call this machine
     */
    public static Future<Identity> enrolVm(FirstContact appliance, CertificateRequest request, String vm, String name) {
        JsonObject body = new JsonObject().put("vm", vm).put("name", name).put("csr", request.pem());
        return appliance.call("/v1/vm-enrolments", body, request);
    }

    /**
     * An appliance of which nothing is known but where it answers and who it must be.
     *
     * @param appliance where it answers
     * @param authority the fingerprint of its authority, told by another way
     */
    public record FirstContact(Vertx vertx, URI appliance, Fingerprint authority) {
        private Future<Identity> call(String path, JsonObject body, CertificateRequest request) {
            HttpClientAgent http = vertx.createHttpClient(TlsOptions.httpClient(PeerTrust.firstContact(authority)));
            return new RestCaller(http, List.of(appliance), null)
                    .call(HttpMethod.POST, path, body, ANSWER_MAX)
                    .map(answer -> {
                        Identity identity = identity(answer, request, List.of(appliance));
                        if (!Fingerprint.of(identity.authority()).equals(authority)) {
                            throw new IdentityException(
                                    "the appliance answered with another authority than was named beforehand");
                        }
                        return identity;
                    })
                    .eventually(http::close);
        }
    }

    /** A successor of this machine's certificate, with a new key; the caller saves it. */
    public Future<Identity> renewCertificate(Identity current) {
        CertificateRequest request = CertificateRequest.create(current.peer().id());
        return post("/v1/certificates", new JsonObject().put("csr", request.pem()))
                .map(answer -> identity(answer, request, current.appliances()));
    }

    /** Ends this machine's membership for ever: its certificates are void, its leases end. */
    public Future<Void> leave() {
        return call(HttpMethod.DELETE, "/v1/members/self", null).mapEmpty();
    }

    /** Whether the appliance answers: its version and time. Needs no rights. */
    public Future<JsonObject> health() {
        return get("/v1/health");
    }

    /** Introduces this server, or tells of a change. */
    public Future<Void> register(ServerReport report) {
        return call(HttpMethod.PUT, "/v1/servers/self", report.toJson()).mapEmpty();
    }

    /** This server's sign of life; fails with {@link ApplianceException#NOT_REGISTERED} when it must introduce itself. */
    public Future<Void> heartbeat(Heartbeat heartbeat) {
        return post("/v1/servers/self/heartbeat", heartbeat.toJson()).mapEmpty();
    }

    /** Says that this server stops: until its next heartbeat it gets no new leases. */
    public Future<Void> stops() {
        return post("/v1/servers/self/stop", new JsonObject()).mapEmpty();
    }

    /**
     * What this server must not honour, as soon as it is newer than {@code version}.
     *
     * @param version of the last answer; -1 answers at once
     * @param wait how long the appliance may hold the question when nothing changes; at most 60 s
     */
    public Future<Revocations> revocations(long version, Duration wait) {
        String path = "/v1/servers/self/revocations?after=" + version + "&wait=" + wait.toSeconds();
        return caller.call(HttpMethod.GET, path, null, wait.plus(ANSWER_MAX)).map(Revocations::fromJson);
    }

    /**
     * Asks for GPUs; when nothing fits, fails with {@link ApplianceException#NO_GPU_FREE} or {@link ApplianceException#NO_SERVER}, or
     * {@link ApplianceException#NEVER_FITS} where waiting would not help, and the numbers.
     */
    public Future<Grant> acquire(LeaseRequest request) {
        return post("/v1/leases", request.toJson()).map(Grant::fromJson);
    }

    /** Keeps a lease; the answer carries a newer signature to show to the server. */
    public Future<Grant> renew(String lease) {
        return post("/v1/leases/" + lease + "/renewal", new JsonObject()).map(Grant::fromJson);
    }

    /** Gives a lease back; giving back one that has ended is no error. */
    public Future<Void> release(String lease) {
        return call(HttpMethod.DELETE, "/v1/leases/" + lease, null).mapEmpty();
    }

    /** The pool: servers with their GPUs, their state, and what runs where. */
    public Future<List<ServerStatus>> servers() {
        return get("/v1/servers").map(json -> Json.list(json, "servers", ServerStatus::fromJson));
    }

    /** The leases that are in force: all for an administrator, its own for a client. */
    public Future<List<LeaseStatus>> leases() {
        return get("/v1/leases").map(json -> Json.list(json, "leases", LeaseStatus::fromJson));
    }

    /** All clients; for administrators. */
    public Future<List<ClientStatus>> clients() {
        return get("/v1/clients").map(json -> Json.list(json, "clients", ClientStatus::fromJson));
    }

    /** Makes an enrolment token; for administrators. */
    public Future<EnrolmentToken> createToken(PeerKind kind, Duration life, @Nullable String name) {
        JsonObject body = new JsonObject().put("kind", kind.word()).put("ttlSeconds", life.toSeconds());
        if (name != null) {
            body.put("name", name);
        }
        return post("/v1/tokens", body).map(json -> EnrolmentToken.parse(json.getString("token")));
    }

    /** Makes the secret of a link by which the administrator's password is set once; for administrators. */
    public Future<String> createSetUpLink() {
        return post("/v1/session/set-up-link", new JsonObject()).map(json -> json.getString("secret"));
    }

    /**
     * Calls an operation of the contract whose answer is only shown; for administrators.
     *
     * @param body what to send; ignored by GET
     */
    public Future<JsonObject> administer(HttpMethod method, String path, JsonObject body) {
        return caller.call(method, path, method.equals(HttpMethod.GET) ? null : body, WORK_MAX);
    }

    /** Refuses a client from now on, or accepts it again; for administrators. */
    public Future<Void> setClientEnabled(String id, boolean enabled) {
        return post("/v1/clients/" + id + (enabled ? "/enable" : "/disable"), new JsonObject())
                .mapEmpty();
    }

    /** Forgets a client for ever; its certificates are void; for administrators. */
    public Future<Void> deleteClient(String id) {
        return call(HttpMethod.DELETE, "/v1/clients/" + id, null).mapEmpty();
    }

    /** Forgets a server for ever; its certificates are void and its leases end; for administrators. */
    public Future<Void> deleteServer(String id) {
        return call(HttpMethod.DELETE, "/v1/servers/" + id, null).mapEmpty();
    }

    /** Closes the connections. */
    public Future<Void> close() {
        return caller.close();
    }

    private Future<JsonObject> get(String path) {
        return call(HttpMethod.GET, path, null);
    }

    private Future<JsonObject> post(String path, JsonObject body) {
        return call(HttpMethod.POST, path, body);
    }

    private Future<JsonObject> call(HttpMethod method, String path, @Nullable JsonObject body) {
        return caller.call(method, path, body, ANSWER_MAX);
    }

    private static Identity identity(JsonObject answer, CertificateRequest request, List<URI> appliances) {
        return new Identity(
                request.key(),
                Pem.decodeCertificates(answer.getString("certificate"), "the appliance's answer"),
                Pem.decodeCertificates(answer.getString("authority"), "the appliance's answer")
                        .getFirst(),
                appliances);
    }
}
