package io.penstock.gpuserver;

import io.penstock.gpuserver.worker.FrameClient;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Answers a server as an appliance does that has nothing to revoke, and keeps what it was asked. */
final class ApplianceStandIn {
    private static final Duration LIFE = Duration.ofHours(1);

    private final CertificateIssuer authority = CertificateIssuer.authority("test", Instant.now(), LIFE);
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final HttpServer server;
    private volatile boolean forgetful;

    private ApplianceStandIn(Vertx vertx) throws Exception {
        Identity own = authority.identity(
                new PeerIdentity(PeerKind.APPLIANCE, "a-1"), List.of("127.0.0.1"), Instant.now(), LIFE);
        PeerTrust servers = PeerTrust.kinds(authority.certificate(), PeerKind.SERVER);
        server = FrameClient.await(vertx.createHttpServer(TlsOptions.httpServer(own, servers, ClientAuth.REQUIRED))
                .requestHandler(this::answer)
                .listen(0, "127.0.0.1"));
    }

    static ApplianceStandIn start(Vertx vertx) throws Exception {
        return new ApplianceStandIn(vertx);
    }

    /** A server that is a member here. */
    Identity member(String name) {
        Identity made =
                authority.identity(new PeerIdentity(PeerKind.SERVER, name), List.of("127.0.0.1"), Instant.now(), LIFE);
        URI here = URI.create("https://127.0.0.1:" + server.actualPort());
        return new Identity(made.key(), made.chain(), made.authority(), List.of(here));
    }

    /** From now on nobody is a member. */
    void forgetAll() {
        forgetful = true;
    }

    /** Waits for this question; false where it does not come in time. */
    boolean isAsked(String question, Duration patience) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        for (long left = patience.toNanos(); left > 0; left = until - System.nanoTime()) {
            String next = asked.poll(left, TimeUnit.NANOSECONDS);
            if (question.equals(next)) {
                return true;
            }
        }
        return false;
    }

    private void answer(HttpServerRequest request) {
        asked.add(request.method() + " " + request.path());
        if (forgetful) {
            JsonObject error = new JsonObject()
                    .put("code", "not_a_member")
                    .put("text", "penstock://server/s-1 does not belong to this installation any more");
            request.response()
                    .setStatusCode(403)
                    .end(new JsonObject().put("error", error).encode());
            return;
        }
        if (request.path().endsWith("/revocations")) {
            return; // held open: there is nothing new
        }
        request.response().end("{}");
    }
}
