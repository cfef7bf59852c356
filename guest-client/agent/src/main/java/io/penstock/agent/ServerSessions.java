package io.penstock.agent;

import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.codec.CudaVariables;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.identity.Unreachable;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkReceiver;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens sessions on the server of a lease: asks its daemon for a worker, then connects to that worker and to no other,
 * by the fingerprint that the daemon told. Connects to the daemon when first needed, and anew when it was cut. Event loop
 * only.
 *
 * <p>A worker accepts the very certificate that its daemon was shown, so a successor of our certificate comes with a
 * connection of its own; the sessions of the one before go on.
 */
final class ServerSessions implements SessionOpener {
    private static final int PROTOCOL_VERSION = 1;
    private static final int CONNECT_MILLIS = 10_000;

    private final ContextInternal context;
    private final Supplier<Grant> grant;
    private final LinkOptions limits;
    private final DaemonConnection.Cut cut;
    private final ConnectionWatch watch;
    private final List<Line> retired = new ArrayList<>();
    private Line line;
    private @Nullable Anticipated anticipated;
    private @Nullable String over; // why the server is not asked any more

    /**
     * @param context of the event loop that all of this happens on
     * @param grant the lease as it stands now
     * @param cut told why the daemon's connection ended, which ended every session there
     * @param watch told of the connections to the daemon and to workers
     */
    ServerSessions(
            ContextInternal context,
            Identity identity,
            Supplier<Grant> grant,
            LinkOptions limits,
            DaemonConnection.Cut cut,
            ConnectionWatch watch) {
        this.context = context;
        this.grant = grant;
        this.limits = limits;
        this.cut = cut;
        this.watch = watch;
        this.line = new Line(identity);
    }

    /** What opens from now on shows this successor of our certificate. */
    Future<Void> show(Identity successor) {
        if (line.isOpen()) {
            retired.add(line);
        } else {
            line.close();
        }
        line = new Line(successor);
        return showLease();
    }

    @Override
    public Future<WorkerLinks> open(
            int pid, List<String> environment, LinkReceiver control, Function<BulkLink, ChunkSink> bulk) {
        Anticipated waiting = anticipated;
        anticipated = null;
        if (waiting == null || !waiting.variables().equals(CudaVariables.of(environment))) {
            giveBack(waiting);
            return open(pid, () -> connect(ask(null), control, bulk));
        }
        // it may have ended while it waited
        return open(
                pid, () -> connect(waiting.worker(), control, bulk).recover(gone -> connect(ask(null), control, bulk)));
    }

    private Future<WorkerLinks> open(int pid, Supplier<Future<WorkerLinks>> connecting) {
        return inContext(connecting).onSuccess(worker -> introduce(pid, worker.control()));
    }

    /**
     * Has the server take a worker and begin with the driver for a program that is about to start: what that takes is over
     * when the program asks. The first program of this environment gets it.
     *
     * @param environment all variables that the program will have, {@code NAME=value}
     */
    void anticipate(List<String> environment) {
        Set<String> variables = CudaVariables.of(environment);
        Promise<Offer> worker = Promise.promise();
        anticipated = new Anticipated(variables, worker.future());
        inContext(() -> ask(List.copyOf(variables))).onComplete(worker);
    }

    /** Who hears what a worker says that no program will use. */
    private static final class Nobody implements LinkReceiver {
        @Override
        public void frame(MemorySegment source, long offset, int length) {}

        @Override
        public void closed(String reason) {}
    }

    /** Another program came than was expected: the worker ends with the connection that it was waiting for. */
    private void giveBack(@Nullable Anticipated waiting) {
        if (waiting == null) {
            return;
        }
        inContext(() -> connect(waiting.worker(), new Nobody(), link -> {
                    throw new IllegalStateException("a payload connection that nobody asked for");
                }))
                .onSuccess(worker -> {
                    worker.control().close("its program did not come");
                    worker.closer().run();
                });
    }

    /** A worker that the daemon has given, under this certificate of ours. */
    private record Offer(Identity identity, JsonObject opened) {}

    /** A worker that waits for a program of these variables. */
    private record Anticipated(Set<String> variables, Future<Offer> worker) {}

    private Future<Offer> ask(@Nullable List<String> environment) {
        JsonObject parameters = new JsonObject()
                .put("lease", grant.get().text())
                .put("version", new JsonArray().add(PROTOCOL_VERSION).add(PROTOCOL_VERSION));
        if (environment != null) {
            parameters.put("environment", new JsonArray(environment));
        }
        Line now = line;
        return now.daemon()
                .compose(connection -> connection.ask("open", parameters, "opened"))
                .map(opened -> new Offer(now.identity, opened));
    }

    private Future<WorkerLinks> connect(Future<Offer> offer, LinkReceiver control, Function<BulkLink, ChunkSink> bulk) {
        return offer.compose(made -> connect(made.identity(), made.opened(), control, bulk));
    }

    /** What the GPUs of the lease are and how they fare, as docs/protocol.md section 4.1 writes it. */
    Future<String> snapshot() {
        JsonObject parameters = new JsonObject().put("lease", grant.get().text());
        return inContext(() -> line.daemon()
                .compose(connection -> connection.ask("nvml", parameters, "snapshot"))
                .map(snapshot -> snapshot.getString("text", "")));
    }

    /** Shows the daemon the newest signature of the lease, over a connection made now if there is none. */
    Future<Void> showLease() {
        return inContext(() -> line.daemon().compose(this::showLease));
    }

    /** Shows the daemon the newest signature of the lease, if it has been shown one before. */
    Future<Void> renewed() {
        return line.isOpen() ? showLease() : Future.succeededFuture();
    }

    private Future<Void> showLease(DaemonConnection connection) {
        JsonObject parameters = new JsonObject().put("lease", grant.get().text());
        return connection.ask("renew", parameters, "renewed").mapEmpty();
    }

    /** Ends the connections to the daemon and asks it for nothing again: whoever wants something is told why. */
    void close(String reason) {
        over = reason;
        line.close();
        retired.forEach(Line::close);
    }

    /** A connection belongs to the context that asks for it, and programs ask on our event loop but in no context. */
    private <T> Future<T> inContext(Supplier<Future<T>> step) {
        Promise<T> promise = context.promise();
        context.runOnContext(go -> {
            String reason = over;
            (reason == null ? step.get() : Future.<T>failedFuture(SessionRefusedException.revoked(reason)))
                    .onComplete(promise);
        });
        return promise.future();
    }

    private Future<WorkerLinks> connect(
            Identity identity, JsonObject opened, LinkReceiver control, Function<BulkLink, ChunkSink> bulk) {
        String host = grant.get().host();
        int port = opened.getInteger("port");
        Fingerprint worker = new Fingerprint(opened.getString("worker"));
        List<String> bulkTickets = opened.getJsonArray("bulkTickets", new JsonArray()).stream()
                .map(String.class::cast)
                .toList();
        LinkClient links = new LinkClient(context.owner(), options(identity, PeerTrust.fingerprint(worker)), limits);
        WorkerLinks.BulkConnector connector = () -> connectBulk(links, host, port, bulkTickets, bulk);
        return links.control(host, port, control)
                .map(link -> new WorkerLinks(
                        opened.getString("session"), opened.getString("ticket"), link, connector, links::close))
                .recover(failed -> {
                    links.close();
                    return Future.failedFuture(Unreachable.sentence("the worker at " + host + ":" + port, failed));
                });
    }

    private void introduce(int pid, Link worker) {
        Handshake handshake = worker.handshake();
        if (handshake != null) {
            watch.connected("worker of process " + pid, handshake);
        }
    }

    private static Future<List<BulkLink>> connectBulk(
            LinkClient links, String host, int port, List<String> tickets, Function<BulkLink, ChunkSink> bulk) {
        List<Future<BulkLink>> all = tickets.stream()
                .map(ticket -> links.bulk(host, port, ticket, bulk))
                .toList();
        return Future.all(all).map(done -> all.stream().map(Future::result).toList());
    }

    private static NetClientOptions options(Identity identity, PeerTrust trust) {
        return TlsOptions.netClient(identity, trust).setConnectTimeout(CONNECT_MILLIS);
    }

    /** The connection to the daemon under one certificate of ours. */
    private final class Line {
        private final Identity identity;
        private final NetClient client;
        private @Nullable Future<DaemonConnection> daemon;

        Line(Identity identity) {
            PeerIdentity server =
                    new PeerIdentity(PeerKind.SERVER, grant.get().lease().server());
            this.identity = identity;
            this.client =
                    context.owner().createNetClient(options(identity, PeerTrust.exactly(identity.authority(), server)));
        }

        /** The connection, made now if there is none. */
        Future<DaemonConnection> daemon() {
            Future<DaemonConnection> now = daemon;
            if (now == null || now.failed() || (now.succeeded() && !now.result().isOpen())) {
                Grant current = grant.get();
                now = DaemonConnection.connect(client, current.host(), current.port(), cut)
                        .onSuccess(made -> watch.connected(
                                "server " + current.serverName() + " at " + current.host() + ":" + current.port(),
                                made.handshake()))
                        .recover(failed -> Future.failedFuture(Unreachable.sentence(
                                "server " + current.serverName() + " at " + current.host() + ":" + current.port(),
                                failed)));
                daemon = now;
            }
            return now;
        }

        boolean isOpen() {
            Future<DaemonConnection> now = daemon;
            return now != null && now.succeeded() && now.result().isOpen();
        }

        void close() {
            Future<DaemonConnection> now = daemon;
            if (now != null && now.succeeded()) {
                now.result().close();
            }
            client.close();
        }
    }
}
