package io.penstock.appliance.api;

import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.ServerTable;
import io.penstock.protocol.appliance.ClientStatus;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Administration of the members: list, disable, enable, delete. */
final class MemberOperations {
    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final Vitals vitals;
    private final VersionFeed feed;
    private final Runnable changed;

    /** {@code changed} is told when a member is in or out. */
    MemberOperations(Database.Worker store, LeaseLedger ledger, Vitals vitals, VersionFeed feed, Runnable changed) {
        this.store = store;
        this.ledger = ledger;
        this.vitals = vitals;
        this.feed = feed;
        this.changed = changed;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "listClients", this::listClients,
                "disableClient", call -> changeClient(call, Change.DISABLE),
                "enableClient", call -> changeClient(call, Change.ENABLE),
                "deleteClient", call -> changeClient(call, Change.DELETE),
                "deleteServer", this::deleteServer);
    }

    private enum Change {
        DISABLE,
        ENABLE,
        DELETE
    }

    private Future<Answer> listClients(Call call) {
        return store.submit(handle -> {
            MemberVms vms = MemberVms.read(handle);
            JsonArray clients = new JsonArray();
            for (PeerRow row : new PeerTable(handle).list(PeerKind.CLIENT.word())) {
                clients.add(vms.addTo(status(row).toJson(), row.id()));
            }
            return Answer.ok(new JsonObject().put("clients", clients));
        });
    }

    /** What people and programs are shown of a client. */
    static ClientStatus status(PeerRow row) {
        return new ClientStatus(row.id(), row.name(), row.enabled(), row.enrolled(), row.certificateExpires());
    }

    private Future<Answer> changeClient(Call call, Change change) {
        String id = call.parameter("id");
        return store.submit(handle -> {
                    PeerTable peers = known(handle, id, PeerKind.CLIENT);
                    MemberVms.requireOwnVcenter(handle, call, id);
                    switch (change) {
                        case ENABLE -> peers.setEnabled(id, true);
                        case DISABLE -> {
                            peers.setEnabled(id, false);
                            ledger.endAllOfClient(handle, id);
                        }
                        case DELETE -> {
                            peers.markDeleted(id);
                            ledger.endAllOfClient(handle, id);
                        }
                    }
                    return Answer.done();
                })
                .onSuccess(done -> {
                    feed.changedForAll();
                    changed.run();
                });
    }

    private Future<Answer> deleteServer(Call call) {
        String id = call.parameter("id");
        return store.submit(handle -> {
                    PeerTable peers = known(handle, id, PeerKind.SERVER);
                    MemberVms.requireOwnVcenter(handle, call, id);
                    peers.markDeleted(id);
                    ledger.endAllOnServer(handle, id);
                    new ServerTable(handle).delete(id);
                    return Answer.done();
                })
                .onSuccess(done -> {
                    vitals.forget(id);
                    changed.run();
                });
    }

    private static PeerTable known(Handle handle, String id, PeerKind kind) {
        PeerTable peers = new PeerTable(handle);
        boolean member = peers.find(id)
                .filter(row -> row.kind().equals(kind.word()) && !row.deleted())
                .isPresent();
        if (!member) {
            throw new Refusal(Reason.NOT_FOUND, kind.word() + "_unknown", "there is no " + kind.word() + " " + id);
        }
        return peers;
    }
}
