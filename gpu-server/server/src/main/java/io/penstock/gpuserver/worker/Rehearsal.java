package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.session.Session;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.Acceptor;
import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.Link;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkException;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.SpareTime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker does before its client comes, where there are cores to spare: it serves sessions of its own, over loopback and
 * mutual TLS, upon drivers that do nothing, until HotSpot has compiled the data path with all optimisations
 * (docs/decisions/0013). There are many of them, since code that has seen one session only is compiled for its
 * middle and thrown away when the next begins. Any thread.
 */
final class Rehearsal {
    private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);
    /** With these the hot methods pass by far the 5,000 calls after which the last compiler takes them up. */
    private static final int SESSIONS = 90;

    private static final int ROUNDS = 120;
    /** Of whose native memory no more than so many may wait for the collector. */
    private static final int SESSIONS_TO_COLLECTION = 8;

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int CONNECT_SECONDS = 5;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String TICKET = "rehearsal";

    private final Vertx vertx;
    private final long spinNanos;
    private final int sessions;
    private final SpareTime time;
    // the thread that plays only
    private int played;

    private Rehearsal(Vertx vertx, Duration spin, int sessions, SpareTime time) {
        this.vertx = vertx;
        this.spinNanos = spin.toNanos();
        this.time = time;
        this.sessions = sessions;
    }

    /** Begins, on a thread of its own. */
    static Rehearsal begin(Vertx vertx, Duration spin) {
        Rehearsal rehearsal = new Rehearsal(vertx, spin, SESSIONS, new SpareTime(LIMIT));
        Thread.ofPlatform().daemon().name("rehearsal").start(rehearsal::run);
        return rehearsal;
    }

    /** Plays so many sessions, whoever wants the cores; answers how many rounds there were in all. For tests. */
    static int play(Vertx vertx, Duration spin, int sessions) {
        Rehearsal rehearsal = new Rehearsal(vertx, spin, sessions, new SpareTime(LIMIT, () -> true));
        rehearsal.run();
        return rehearsal.played;
    }

    /** The client has come: ends within a round. Any thread. */
    void stop() {
        time.end();
    }

    private void run() {
        long began = System.nanoTime();
        try (Stage stage = new Stage()) {
            List<StandInDriver> drivers = StandInDriver.all();
            for (int number = 0; number < sessions && time.goesOn(); number++) {
                Session session = stage.session(drivers.get(number % drivers.size()), number);
                try {
                    play(stage.program());
                } finally {
                    session.end("rehearsed");
                }
                if (number % SESSIONS_TO_COLLECTION == SESSIONS_TO_COLLECTION - 1) {
                    System.gc();
                }
            }
        } catch (IOException | UncheckedIOException | ExecutionException | TimeoutException failed) {
            log.warn("the rehearsal ended early, the first calls will take longer: {}", failed.toString());
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } finally {
            // the client's session has the process to itself
            System.gc();
            LibC.malloc_trim(0);
        }
        log.info(
                "rehearsed {} rounds in {} ms{}",
                played,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
                time.wasEnded() ? "; the client came" : "");
    }

    private void play(RehearsedProgram program) throws IOException, InterruptedException {
        for (int round = 0; round < ROUNDS && time.goesOn(); round++) {
            program.playRound();
            played++;
        }
    }

    /** Where it happens: a port of this process and who connects to it. */
    private final class Stage implements Acceptor, AutoCloseable {
        private final MemorySegment memory = Arena.ofAuto().allocate(RehearsedProgram.MEMORY_BYTES, 64);
        private final LinkServer server;
        private final LinkClient client;
        // no session leaves anything in them that the next would notice
        private final MemoryLedger ledger = ledger();
        private final ImageKeeper images = new ImageKeeper(new ImageCache(new ImagePlace(Path.of(""), 0, 1)));
        private volatile @Nullable Session session;

        Stage() throws IOException, InterruptedException, ExecutionException, TimeoutException {
            Identity here = EphemeralIdentity.make();
            Identity there = EphemeralIdentity.make();
            server = await(LinkServer.listen(
                    vertx,
                    TlsOptions.netServer(here, trust(there)).setHost(LOOPBACK).setPort(0),
                    LinkOptions.DEFAULT,
                    this,
                    1 + LinkOptions.bulkConnections()));
            client = new LinkClient(vertx, TlsOptions.netClient(there, trust(here)), LinkOptions.DEFAULT);
        }

        private static PeerTrust trust(Identity peer) {
            return PeerTrust.fingerprint(Fingerprint.of(peer.certificate()));
        }

        /** Who comes next gets a session upon this driver. */
        Session session(StandInDriver driver, int number) {
            Session next = new Session(
                    new Session.Terms(TICKET + "-" + number, TICKET, TICKET, Set.of(TICKET), spinNanos),
                    driver,
                    ledger,
                    images);
            session = next;
            return next;
        }

        /** A program that has been welcomed and has its memory. */
        RehearsedProgram program() throws IOException, InterruptedException, ExecutionException, TimeoutException {
            RehearsedProgram program = new RehearsedProgram(memory);
            program.start(await(client.control(LOOPBACK, server.port(), program)), TICKET);
            program.prepare(
                    await(client.bulk(LOOPBACK, server.port(), TICKET, link -> new RehearsedProgram.Discarded())));
            return program;
        }

        private Session session() {
            Session now = session;
            if (now == null) {
                throw new IllegalStateException("somebody connects before there is a session");
            }
            return now;
        }

        @Override
        public void control(Link link) {
            session().begin(link);
        }

        @Override
        public void bulk(BulkLink link, String ticket) throws LinkException {
            session().beginBulk(link, ticket);
        }

        @Override
        public void close() {
            client.close();
            var unused = server.close();
        }
    }

    /** A lease's file that nobody else sees: its name is gone as soon as it is open. */
    private static MemoryLedger ledger() throws IOException {
        Path folder = Files.createTempDirectory("penstock-rehearsal-");
        Path file = folder.resolve("ledger");
        try {
            return MemoryLedger.create(file, List.of(1L << 40));
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(CONNECT_SECONDS, TimeUnit.SECONDS);
    }
}
