package io.penstock.appliance.api;

import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.Attention;
import io.penstock.appliance.pool.Overview;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.LeaseRow;
import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.VcenterTable;
import io.penstock.protocol.appliance.ClientStatus;
import io.penstock.protocol.appliance.ServerStatus;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The pool at a glance, and when to look again. */
final class OverviewOperations {
    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final VersionFeed pages;
    private final Supplier<List<Attention>> elsewhere;
    private final InstantSource clock;
    private final String version;

    OverviewOperations(ApiRooms rooms, InstantSource clock, String version) {
        this.store = rooms.store();
        this.ledger = rooms.ledger();
        this.pages = rooms.pages();
        this.elsewhere = rooms.vsphere()::attention;
        this.clock = clock;
        this.version = version;
    }

    Map<String, Operation> byName() {
        return Map.of("overview", call -> overview(), "changes", this::changes);
    }

    private Future<Answer> overview() {
        return store.submit(handle -> {
            List<ServerStatus> servers = ledger.view(handle, clock.instant()).statuses();
            List<ClientStatus> clients = new PeerTable(handle)
                    .list(PeerKind.CLIENT.word()).stream()
                            .map(MemberOperations::status)
                            .toList();
            List<Lease> leases = new LeaseTable(handle)
                    .inForce().stream().map(LeaseRow::lease).toList();
            List<Attention> attention = new ArrayList<>(Overview.attention(servers, clients, clock.instant()));
            attention.addAll(elsewhere.get());
            JsonArray shown = new JsonArray();
            attention.forEach(one -> shown.add(one.toJson()));
            JsonObject overview = Overview.numbers(servers, clients, leases)
                    .put("version", version)
                    .put("vcenters", new VcenterTable(handle).count())
                    .put("attention", shown);
            return Answer.ok(overview);
        });
    }

    private Future<Answer> changes(Call call) {
        long after = Long.parseLong(call.parameter("after"));
        Duration wait = Duration.ofSeconds(Long.parseLong(call.parameter("wait")));
        return pages.await(ApiRooms.PAGES, after, wait).map(now -> Answer.ok(new JsonObject().put("version", now)));
    }
}
