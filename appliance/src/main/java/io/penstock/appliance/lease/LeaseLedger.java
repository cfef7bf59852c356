package io.penstock.appliance.lease;

import io.penstock.appliance.pool.Decision.Obstacle;
import io.penstock.appliance.pool.Decision.Placed;
import io.penstock.appliance.pool.Decision.Refused;
import io.penstock.appliance.pool.Placement;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.appliance.pool.PoolView;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.LeaseRow;
import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.ServerTable;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.LeaseStatus;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.PeerKind;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * The leases: what is promised of each GPU is the sum over those in force and never exceeds its memory.
 *
 * <p>Each method is one transaction's work on the store's thread. Methods that end leases answer which, so that their
 * servers can be told once the transaction holds.
 */
public final class LeaseLedger {
    /** Why a lease ended. */
    public enum End {
        /** The holder, or an administrator, gave it back. */
        RELEASED,
        /** The holder did not renew it. */
        NOT_RENEWED,
        /** The holder's process is gone; its server saw the connection end. */
        HOLDER_GONE,
        /** The client was disabled or deleted. */
        CLIENT_REFUSED,
        /** The server was deleted. */
        SERVER_DELETED
    }

    private static final int ID_BYTES = 12;
    private static final int ORDINARY_PRIORITY = 0;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final LeaseTerms terms;
    private final Vitals vitals;

    /** A ledger on these terms. */
    public LeaseLedger(LeaseTerms terms, Vitals vitals) {
        this.terms = terms;
        this.vitals = vitals;
    }

    /** The terms. */
    public LeaseTerms terms() {
        return terms;
    }

    /** The pool as it is now. */
    public PoolView view(Handle handle, Instant now) {
        Map<String, String> names = new PeerTable(handle)
                .list(PeerKind.SERVER.word()).stream().collect(Collectors.toMap(PeerRow::id, PeerRow::name));
        List<LeaseStatus> leases = statuses(handle, new LeaseTable(handle).inForce());
        return new PoolView(new ServerTable(handle).all(), names, leases, vitals, now);
    }

    /** What people and programs are shown of leases. */
    public static List<LeaseStatus> statuses(Handle handle, List<LeaseRow> rows) {
        PeerTable peers = new PeerTable(handle);
        Map<String, String> names = new HashMap<>();
        return rows.stream()
                .map(row -> new LeaseStatus(
                        row.lease(),
                        names.computeIfAbsent(row.lease().client(), peers::nameOf),
                        names.computeIfAbsent(row.lease().server(), peers::nameOf),
                        row.granted(),
                        row.renewBy()))
                .toList();
    }

    /**
     * Grants a request, or says why not.
     *
     * @param client the asking client's id
     */
    public Lease grant(Handle handle, String client, LeaseRequest request, PlacementPolicy policy, Instant now) {
        return switch (Placement.decide(view(handle, now).snapshot(), request, policy)) {
            case Refused refused -> {
                throw new Refusal(Reason.CONFLICT, code(refused.obstacle()), refused.reason());
            }
            case Placed placed -> record(handle, client, request, placed, now);
        };
    }

    private static String code(Obstacle obstacle) {
        return switch (obstacle) {
            case TAKEN -> ApplianceException.NO_GPU_FREE;
            case SILENT -> ApplianceException.NO_SERVER;
            case NONE_SUCH -> ApplianceException.NEVER_FITS;
        };
    }

    private Lease record(Handle handle, String client, LeaseRequest request, Placed placed, Instant now) {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        Instant issued = now.truncatedTo(ChronoUnit.SECONDS);
        Lease lease = new Lease(
                HexFormat.of().formatHex(id),
                client,
                request.user(),
                placed.server(),
                placed.gpus(),
                ORDINARY_PRIORITY,
                issued,
                issued.plus(terms.validity()));
        new LeaseTable(handle).insert(lease, now.plus(terms.patience()));
        return lease;
    }

    /** Keeps a lease of this client. */
    public Lease renew(Handle handle, String client, String id, Instant now) {
        LeaseTable leases = new LeaseTable(handle);
        LeaseRow row = leases.find(id)
                .filter(found -> found.lease().client().equals(client))
                .orElseThrow(() -> notOfClient(id));
        if (row.ended() != null) {
            throw new Refusal(
                    Reason.GONE,
                    ApplianceException.LEASE_ENDED,
                    "lease " + id + " is over: " + row.ended().replace('_', ' '));
        }
        Instant issued = now.truncatedTo(ChronoUnit.SECONDS);
        Lease old = row.lease();
        Lease renewed = new Lease(
                old.id(),
                old.client(),
                old.user(),
                old.server(),
                old.gpus(),
                old.priority(),
                issued,
                issued.plus(terms.validity()));
        leases.renew(renewed, now.plus(terms.patience()));
        return renewed;
    }

    /** A lease of this client, in force or not. */
    public Lease ofClient(Handle handle, String client, String id) {
        return new LeaseTable(handle)
                .find(id)
                .map(LeaseRow::lease)
                .filter(lease -> lease.client().equals(client))
                .orElseThrow(() -> notOfClient(id));
    }

    /** Any lease, in force or not. */
    public Lease any(Handle handle, String id) {
        return new LeaseTable(handle)
                .find(id)
                .map(LeaseRow::lease)
                .orElseThrow(() -> unknown("there is no lease " + id));
    }

    /** Ends a lease; one that is over stays as it is. */
    public void end(Handle handle, Lease lease, End why) {
        new LeaseTable(handle).end(lease.id(), word(why));
    }

    /** Ends all leases of a client. */
    public List<Lease> endAllOfClient(Handle handle, String client) {
        return endAll(handle, new LeaseTable(handle).inForceOf(client), End.CLIENT_REFUSED);
    }

    /** Ends all leases on a server. */
    public List<Lease> endAllOnServer(Handle handle, String server) {
        List<LeaseRow> rows = new LeaseTable(handle)
                .inForce().stream()
                        .filter(row -> row.lease().server().equals(server))
                        .toList();
        return endAll(handle, rows, End.SERVER_DELETED);
    }

    /** Ends those of these leases that are in force on this server; what other servers say of them does not count. */
    public List<Lease> endAbandoned(Handle handle, String server, List<String> ids) {
        LeaseTable leases = new LeaseTable(handle);
        List<LeaseRow> rows = ids.stream()
                .flatMap(id -> leases.find(id).stream())
                .filter(row -> row.ended() == null && row.lease().server().equals(server))
                .toList();
        return endAll(handle, rows, End.HOLDER_GONE);
    }

    /** Ends what was not renewed in time, and forgets what nobody needs to know any more. */
    public List<Lease> expire(Handle handle, Instant now) {
        LeaseTable leases = new LeaseTable(handle);
        leases.deleteExpired(now.minus(terms.validity()));
        return endAll(handle, leases.overdue(now), End.NOT_RENEWED);
    }

    /** After a pause of the appliance nobody is blamed for not having renewed during it. */
    public void forgivePause(Handle handle, Instant now) {
        new LeaseTable(handle).extendDeadlines(now.plus(terms.patience()));
    }

    private List<Lease> endAll(Handle handle, List<LeaseRow> rows, End why) {
        rows.forEach(row -> new LeaseTable(handle).end(row.lease().id(), word(why)));
        return rows.stream().map(LeaseRow::lease).toList();
    }

    private static String word(End why) {
        return why.name().toLowerCase(Locale.ROOT);
    }

    /** One text for a lease of another client and for none: clients learn nothing of each other. */
    private static Refusal notOfClient(String id) {
        return unknown("there is no lease " + id + " of this client");
    }

    private static Refusal unknown(String text) {
        return new Refusal(Reason.NOT_FOUND, "lease_unknown", text);
    }
}
