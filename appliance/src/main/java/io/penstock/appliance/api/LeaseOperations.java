package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Machine;
import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.lease.LeaseLedger.End;
import io.penstock.appliance.pool.PlacementPolicy;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.LeaseRow;
import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.ServerTable;
import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.appliance.LeaseRequest;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeaseSigner;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leases as their holders ask for them, and the list of them. */
final class LeaseOperations {
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");

    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final VersionFeed feed;
    private final Supplier<LeaseSigner> signer;
    private final Supplier<PlacementPolicy> policy;
    private final InstantSource clock;

    LeaseOperations(
            Database.Worker store,
            LeaseLedger ledger,
            VersionFeed feed,
            Supplier<LeaseSigner> signer,
            Supplier<PlacementPolicy> policy,
            InstantSource clock) {
        this.store = store;
        this.ledger = ledger;
        this.feed = feed;
        this.signer = signer;
        this.policy = policy;
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "acquireLease", this::acquire,
                "renewLease", this::renew,
                "releaseLease", this::release,
                "listLeases", this::list);
    }

    private Future<Answer> acquire(Call call) {
        LeaseRequest request = request(call.body());
        String client = call.machine().peer().id();
        return store.submit(handle -> {
            Lease lease = ledger.grant(handle, client, request, policy.get(), clock.instant());
            AUDIT.info(
                    "lease {} granted to {} for {} on {}: {}",
                    lease.id(),
                    client,
                    lease.user(),
                    lease.server(),
                    lease.gpus());
            return Answer.created(grant(handle, lease).toJson());
        });
    }

    private Future<Answer> renew(Call call) {
        String client = call.machine().peer().id();
        return store.submit(handle -> {
            Lease lease = ledger.renew(handle, client, call.parameter("id"), clock.instant());
            return Answer.ok(grant(handle, lease).toJson());
        });
    }

    private Future<Answer> release(Call call) {
        String id = call.parameter("id");
        return store.submit(handle -> {
                    Lease lease = call.caller() instanceof Machine machine
                            ? ledger.ofClient(handle, machine.peer().id(), id)
                            : ledger.any(handle, id);
                    MemberVms.requireOwnVcenter(handle, call, lease.client());
                    ledger.end(handle, lease, End.RELEASED);
                    return lease;
                })
                .map(lease -> {
                    feed.changed(lease.server());
                    return Answer.done();
                });
    }

    private Future<Answer> list(Call call) {
        return store.submit(handle -> {
            LeaseTable table = new LeaseTable(handle);
            List<LeaseRow> rows = call.caller() instanceof Machine machine
                    ? table.inForceOf(machine.peer().id())
                    : table.inForce();
            JsonArray leases = new JsonArray();
            LeaseLedger.statuses(handle, rows).forEach(status -> leases.add(status.toJson()));
            return Answer.ok(new JsonObject().put("leases", leases));
        });
    }

    private Grant grant(Handle handle, Lease lease) {
        ServerReport report = new ServerTable(handle)
                .find(lease.server())
                .orElseThrow(
                        () -> new Refusal(Reason.CONFLICT, "server_gone", "server " + lease.server() + " is gone"));
        return new Grant(
                signer.get().sign(lease),
                lease,
                new PeerTable(handle).nameOf(lease.server()),
                report.host(),
                report.port(),
                ledger.terms().renewEvery());
    }

    private static LeaseRequest request(JsonObject body) {
        try {
            return LeaseRequest.fromJson(body);
        } catch (IllegalArgumentException e) {
            throw new Refusal(Reason.INVALID, "bad_request", String.valueOf(e.getMessage()));
        }
    }
}
