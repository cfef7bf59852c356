package io.penstock.agent;

import io.penstock.protocol.appliance.ApplianceClient;
import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * An appliance, a server's daemon and a worker in this process, over real mutual TLS. They do what a test tells them; what
 * they are asked is written down.
 */
final class FakePool {
    static final String LEASE = "lease-1";
    static final String TICKET = "ticket-of-the-control-connection";
    static final List<String> BULK_TICKETS = List.of("bulk-1", "bulk-2");

    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration LIFE = Duration.ofHours(1);

    final Vertx vertx = Spin.vertx(2, Duration.ZERO);
    final CertificateIssuer authority = CertificateIssuer.authority("test", Instant.now(), LIFE);
    final FakeWorker worker = new FakeWorker();
    final BlockingQueue<JsonObject> questions = new LinkedBlockingQueue<>();
    final BlockingQueue<JsonObject> shown = new LinkedBlockingQueue<>();
    final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    final BlockingQueue<NetSocket> daemonConnections = new LinkedBlockingQueue<>();
    final AtomicInteger closed = new AtomicInteger();

    final Identity workerIdentity = CertificateIssuer.ephemeral("worker", authority.certificate(), Instant.now(), LIFE);
    final Identity server = identity(PeerKind.SERVER, "server-1");
    private final LinkServer workerPort;
    private final NetServer daemon;
    private final HttpServer appliance;

    // event loop only
    private final Set<NetSocket> connected = new HashSet<>();

    /** What the daemon answers after the first line of a connection; the test's to replace. */
    volatile Function<JsonObject, JsonObject> answers = this::open;

    /** The status of the appliance's answer to a renewal; the test's to replace. */
    volatile int renewalStatus = 200;

    FakePool() throws Exception {
        PeerTrust clients = PeerTrust.kinds(authority.certificate(), PeerKind.CLIENT);
        workerPort = await(LinkServer.listen(
                vertx,
                TlsOptions.netServer(workerIdentity, clients).setHost(LOOPBACK).setPort(0),
                LinkOptions.DEFAULT,
                worker));
        daemon = vertx.createNetServer(
                        TlsOptions.netServer(server, clients).setHost(LOOPBACK).setPort(0))
                .connectHandler(this::daemon);
        await(daemon.listen());
        appliance = vertx.createHttpServer(
                        TlsOptions.httpServer(identity(PeerKind.APPLIANCE, "appliance"), clients, ClientAuth.REQUIRED)
                                .setHost(LOOPBACK)
                                .setPort(0))
                .requestHandler(this::appliance);
        await(appliance.listen());
    }

    /** A client of this pool. */
    Identity client() {
        Identity made = identity(PeerKind.CLIENT, "client-1");
        URI url = URI.create("https://" + LOOPBACK + ":" + appliance.actualPort());
        return new Identity(made.key(), made.chain(), made.authority(), List.of(url));
    }

    ApplianceClient applianceClient(Vertx clientVertx) {
        return ApplianceClient.machine(clientVertx, client());
    }

    /** What the daemon answers by itself: it takes a renewed lease, and gives a session with the worker. */
    JsonObject open(JsonObject question) {
        if (question.containsKey("renew")) {
            return new JsonObject().put("renewed", new JsonObject());
        }
        return new JsonObject()
                .put(
                        "opened",
                        new JsonObject()
                                .put("session", "session-1")
                                .put("port", workerPort.port())
                                .put("ticket", TICKET)
                                .put("bulkTickets", new JsonArray(BULK_TICKETS))
                                .put(
                                        "worker",
                                        Fingerprint.of(workerIdentity.certificate())
                                                .hex()));
    }

    /** The daemon's questions to open a session so far; each names the variables that it was asked with. */
    List<JsonArray> opened(int count) throws InterruptedException {
        List<JsonArray> variables = new ArrayList<>();
        while (variables.size() < count) {
            JsonObject open = questions.take().getJsonObject("open");
            if (open != null) {
                variables.add(open.getJsonArray("environment"));
            }
        }
        return variables;
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    void close() throws Exception {
        await(vertx.close());
    }

    private Identity identity(PeerKind kind, String id) {
        return authority.identity(new PeerIdentity(kind, id), List.of(), Instant.now(), LIFE);
    }

    private void daemon(NetSocket socket) {
        daemonConnections.add(socket);
        socket.closeHandler(gone -> closed.incrementAndGet());
        socket.handler(RecordParser.newDelimited("\n", line -> {
            JsonObject question = new JsonObject(line);
            boolean first = connected.add(socket);
            (first ? shown : questions).add(question);
            JsonObject answer = first ? new JsonObject().put("renewed", new JsonObject()) : answers.apply(question);
            socket.write(answer.encode() + "\n");
        }));
    }

    private void appliance(HttpServerRequest request) {
        requests.add(request.method() + " " + request.path());
        boolean renewal = request.path().endsWith("/renewal");
        int status = renewal ? renewalStatus : 200;
        JsonObject error = new JsonObject(Map.of("code", "lease_ended", "text", "the client was disabled"));
        request.endHandler(end -> request.response()
                .setStatusCode(status)
                .end(
                        status == 200
                                ? grant().toJson().encode()
                                : new JsonObject().put("error", error).encode()));
    }

    private Grant grant() {
        Instant now = Instant.ofEpochSecond(Instant.now().getEpochSecond());
        Lease lease = new Lease(
                LEASE,
                "client-1",
                "tester",
                "server-1",
                List.of(new LeasedGpu("GPU-1", 1 << 20)),
                0,
                now,
                now.plus(LIFE));
        return new Grant("signed." + LEASE, lease, "server one", LOOPBACK, daemon.actualPort(), Duration.ofSeconds(1));
    }
}
