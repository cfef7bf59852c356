package io.penstock.gpuserver.daemon;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.device.LeaseSnapshot;
import io.penstock.gpuserver.image.ImageFolders;
import io.penstock.gpuserver.worker.Assignment;
import io.penstock.protocol.appliance.SessionUsage;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.link.LinkOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every session this server serves: opens them on warm workers, ends them when their lease or client may not go on, and
 * takes back what a worker held once its process is gone. The daemon's event loop only, except where it says so.
 */
final class SessionBook {
    private static final Logger log = LoggerFactory.getLogger(SessionBook.class);
    private static final int TICKET_BYTES = 32;

    /** How often another worker is tried where one ends before its client had it: killed for memory, for instance. */
    private static final int OTHERS = 2;

    /** Where the client finds its worker. */
    record Opened(ServedSession session, int port, String ticket, List<String> bulkTickets, String worker) {}

    private final Context loop;
    private final WorkerPool pool;
    private final LeaseBook leases;
    private final WorkerPlace place;
    private final SecureRandom random = new SecureRandom();
    private final Set<ServedSession> sessions = new HashSet<>();

    /**
     * Where workers listen and what they call the server.
     *
     * @param server the server's name
     * @param host address to listen on
     * @param portMin lowest port, or 0 for any
     * @param portMax highest port
     * @param patience how long they wait for their program
     * @param images where they keep module images
     */
    record WorkerPlace(String server, String host, int portMin, int portMax, Duration patience, ImageFolders images) {}

    SessionBook(Context loop, WorkerPool pool, LeaseBook leases, WorkerPlace place) {
        this.loop = loop;
        this.pool = pool;
        this.leases = leases;
        this.place = place;
    }

    /**
     * Opens a session under a lease that was verified.
     *
     * @param client the certificate that the agent proved
     * @param environment what the program's HELLO will say of its variables; null when the agent does not know
     * @throws IllegalStateException inside the future, when the lease has its full number of sessions
     */
    Future<Opened> open(Lease lease, Fingerprint client, @Nullable List<String> environment) {
        return open(lease, client, environment, OTHERS);
    }

    private Future<Opened> open(Lease lease, Fingerprint client, @Nullable List<String> environment, int others) {
        return openOnce(lease, client, environment).recover(failed -> {
            if (failed instanceof IOException && others > 0) { // its worker ended before the client had it
                log.warn("another worker is tried for {}: {}", lease.client(), failed.getMessage());
                return open(lease, client, environment, others - 1);
            }
            return Future.failedFuture(failed);
        });
    }

    private Future<Opened> openOnce(Lease lease, Fingerprint client, @Nullable List<String> environment) {
        LeaseBook.Seat seat = leases.take(lease);
        if (seat == null) {
            return Future.failedFuture(
                    "lease " + lease.id() + " has its full number of sessions, " + MemoryLedger.SLOTS);
        }
        Promise<Opened> promise = Promise.promise();
        var unused = pool.take()
                .whenComplete((worker, failed) -> loop.runOnContext(go -> {
                    if (failed != null) {
                        leases.free(seat);
                        promise.fail(failed);
                    } else {
                        assign(lease, client, seat, worker, environment).onComplete(promise);
                    }
                }));
        return promise.future();
    }

    private Future<Opened> assign(
            Lease lease,
            Fingerprint client,
            LeaseBook.Seat seat,
            WorkerProcess worker,
            @Nullable List<String> environment) {
        ServedSession session = new ServedSession(UUID.randomUUID().toString(), lease, worker, seat);
        sessions.add(session);
        var unused = worker.ended().thenAccept(why -> loop.runOnContext(go -> forget(session, why)));
        loop.owner().setTimer(place.patience().toMillis(), late -> endUnclaimed(session));
        List<String> bulkTickets = new ArrayList<>();
        for (int i = 0; i < LinkOptions.bulkConnections(); i++) {
            bulkTickets.add(ticket());
        }
        String ticket = ticket();
        Assignment assignment = new Assignment(
                session.id(),
                place.server(),
                client,
                ticket,
                bulkTickets,
                place.host(),
                place.portMin(),
                place.portMax(),
                lease.gpus(),
                seat.ledger(),
                seat.slot(),
                place.images().of(lease.client()),
                environment);
        log.info("session {} of {} under lease {}: worker {}", session.id(), lease.client(), lease.id(), worker.pid());
        Promise<Opened> promise = Promise.promise();
        var unusedListening = worker.assign(assignment)
                .whenComplete((where, failed) -> loop.runOnContext(go -> {
                    if (failed != null) {
                        promise.fail(failed);
                    } else {
                        promise.complete(new Opened(session, where.port(), ticket, bulkTickets, where.fingerprint()));
                    }
                }));
        return promise.future();
    }

    private void endUnclaimed(ServedSession session) {
        if (sessions.contains(session) && session.worker().program().pid() == 0) {
            session.end("no program came within " + place.patience().toSeconds() + " s");
        }
    }

    /** Ends every session that the test names, with this reason. */
    void endWhere(Predicate<ServedSession> test, String reason) {
        for (ServedSession session : List.copyOf(sessions)) {
            if (test.test(session)) {
                log.info(
                        "session {} of {} ends: {}",
                        session.id(),
                        session.lease().client(),
                        reason);
                session.end(reason);
            }
        }
    }

    /** Ends the sessions whose lease has run out. */
    void endExpired(Instant now) {
        endWhere(session -> session.isExpired(now), "the lease has expired");
    }

    /** The sessions of a lease go on until its new end. */
    int renew(Lease renewed) {
        int count = 0;
        for (ServedSession session : sessions) {
            if (session.lease().id().equals(renewed.id())) {
                session.renew(renewed);
                count++;
            }
        }
        return count;
    }

    /** Any thread: runs on the daemon's event loop. */
    void run(Runnable task) {
        loop.runOnContext(go -> task.run());
    }

    /** Who runs what, for the appliance; a worker whose program has not come yet runs nothing. */
    List<SessionUsage> usage() {
        return sessions.stream()
                .filter(session -> session.worker().program().pid() != 0)
                .map(session -> new SessionUsage(
                        session.id(),
                        session.lease().id(),
                        session.worker().program().name(),
                        session.worker().program().pid(),
                        leases.usedBy(session.seat())))
                .toList();
    }

    /** Bytes of a lease's GPU that its sessions hold. */
    long used(String lease, int gpu) {
        return leases.used(lease, gpu);
    }

    /** The programs of a lease that hold memory of its GPU number {@code gpu}; one with a context always does. */
    List<LeaseSnapshot.Program> programs(String lease, int gpu) {
        return sessions.stream()
                .filter(session -> session.lease().id().equals(lease))
                .map(session ->
                        new LeaseSnapshot.Program(session.worker().program().pid(), leases.usedBy(session.seat(), gpu)))
                .filter(program -> program.pid() != 0 && program.usedBytes() > 0)
                .sorted(Comparator.comparingLong(LeaseSnapshot.Program::pid))
                .toList();
    }

    /** Sessions being served. */
    int size() {
        return sessions.size();
    }

    private void forget(ServedSession session, String why) {
        if (sessions.remove(session)) {
            leases.free(session.seat());
            log.info("session {} is over: {}", session.id(), why);
        }
    }

    private String ticket() {
        byte[] bytes = new byte[TICKET_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
