package io.penstock.agent;

import io.netty.channel.EventLoop;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkReceiver;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.SpareTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * What an agent does while its program starts, where there are cores to spare: relays sessions between programs and workers of
 * its own, through rings and mutual TLS over loopback, until HotSpot has compiled the way of a call with all
 * optimisations (docs/decisions/0013). There are many of them, since code that has seen one session only is compiled for its
 * middle and thrown away when the next begins. Any thread.
 */
final class Rehearsal {
    /** With these the hot methods pass by far the 5,000 calls after which the last compiler takes them up. */
    private static final int SESSIONS = 60;

    private static final int ROUNDS = 120;
    /** Of whose native memory no more than so many may wait for the collector. */
    private static final int SESSIONS_TO_COLLECTION = 8;

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration CERTIFICATES_LAST = Duration.ofHours(1);
    private static final int PATIENCE_SECONDS = 5;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String TICKET = "rehearsal";

    private final ContextInternal context;
    private final EventLoop loop;
    private final long user;
    private final int sessions;
    private final SpareTime time;
    // the thread that plays only
    private int played;

    /**
     * @param context of the loop on which the agent's sessions live
     * @param user the only user id that is let in
     */
    private Rehearsal(ContextInternal context, long user, int sessions, SpareTime time) {
        this.context = context;
        this.loop = context.nettyEventLoop();
        this.user = user;
        this.sessions = sessions;
        this.time = time;
    }

    /** Begins, on a thread of its own. */
    static Rehearsal begin(ContextInternal context, long user, Path socketParent) {
        Rehearsal rehearsal = new Rehearsal(context, user, SESSIONS, new SpareTime(LIMIT));
        Thread.ofPlatform().daemon().name("rehearsal").start(() -> rehearsal.run(socketParent));
        return rehearsal;
    }

    /** Plays so many sessions, whoever wants the cores; answers how many rounds there were in all. For tests. */
    static int play(ContextInternal context, long user, Path socketParent, int sessions) {
        Rehearsal rehearsal = new Rehearsal(context, user, sessions, new SpareTime(LIMIT, () -> true));
        rehearsal.run(socketParent);
        return rehearsal.played;
    }

    /** The program has come: ends within a round. */
    void stop() {
        time.end();
    }

    /** A rehearsal that fails leaves the first calls slower than they could be, which nobody needs to read about. */
    @SuppressWarnings("EmptyCatch")
    private void run(Path socketParent) {
        try (Stage stage = new Stage(socketParent)) {
            for (int number = 0; number < sessions && time.goesOn(); number++) {
                try (RehearsedProgram program = new RehearsedProgram(stage.endpoint.socket())) {
                    for (int round = 0; round < ROUNDS && time.goesOn(); round++) {
                        program.playRound();
                        played++;
                    }
                }
                if (number % SESSIONS_TO_COLLECTION == SESSIONS_TO_COLLECTION - 1) {
                    System.gc();
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } catch (IOException | ChannelException | ExecutionException | TimeoutException failed) {
            // see above
        } finally {
            System.gc();
            LibC.trim();
        }
    }

    private static Identity identity() {
        return CertificateIssuer.ephemeral("rehearsal", Instant.now(), CERTIFICATES_LAST);
    }

    /** Where it happens: a worker that listens, and an endpoint of which no program is told. */
    private final class Stage implements AutoCloseable, SessionOpener {
        private final LinkServer worker;
        private final LocalEndpoint endpoint;
        private final LinkClient client;

        Stage(Path socketParent) throws IOException, InterruptedException, ExecutionException, TimeoutException {
            Identity here = identity();
            Identity there = identity();
            worker = await(LinkServer.listen(
                    context.owner(),
                    TlsOptions.netServer(there, trust(here)).setHost(LOOPBACK).setPort(0),
                    LinkOptions.DEFAULT,
                    new RehearsedWorker()));
            client = new LinkClient(context.owner(), TlsOptions.netClient(here, trust(there)), LinkOptions.DEFAULT);
            AgentParts parts =
                    new AgentParts(this, () -> Future.failedFuture("nobody asks"), LinkOptions.DEFAULT, notice -> {});
            endpoint = LocalEndpoint.listen(
                    loop,
                    socketParent,
                    program -> new ProgramConnection(
                            program,
                            user,
                            parts,
                            (connection, channel) -> new SessionRelay(loop, connection, channel, parts, ended -> {})));
        }

        private static PeerTrust trust(Identity peer) {
            return PeerTrust.fingerprint(Fingerprint.of(peer.certificate()));
        }

        @Override
        public Future<WorkerLinks> open(
                int pid, List<String> environment, LinkReceiver control, Function<BulkLink, ChunkSink> bulk) {
            Promise<WorkerLinks> promise = context.promise();
            context.runOnContext(go -> client.control(LOOPBACK, worker.port(), control)
                    .map(link -> new WorkerLinks(TICKET, TICKET, link, () -> connectBulk(bulk), () -> {}))
                    .onComplete(promise));
            return promise.future();
        }

        private Future<List<BulkLink>> connectBulk(Function<BulkLink, ChunkSink> bulk) {
            return client.bulk(LOOPBACK, worker.port(), TICKET, bulk).map(List::of);
        }

        @Override
        public void close() {
            endpoint.close();
            client.close();
            var unused = worker.close();
        }
    }

    private static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
