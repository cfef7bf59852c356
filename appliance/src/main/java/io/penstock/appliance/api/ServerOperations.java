package io.penstock.appliance.api;

import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.identity.RevocationList;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.ServerTable;
import io.penstock.protocol.appliance.ApplianceException;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.Heartbeat;
import io.penstock.protocol.appliance.ServerReport;
import io.penstock.protocol.appliance.ServerStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What servers tell and ask, and the list of them. */
final class ServerOperations {
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");

    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final Vitals vitals;
    private final VersionFeed feed;
    private final InstantSource clock;

    ServerOperations(ApiRooms rooms, InstantSource clock) {
        this.store = rooms.store();
        this.ledger = rooms.ledger();
        this.vitals = rooms.vitals();
        this.feed = rooms.servers();
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "registerServer", this::register,
                "heartbeat", this::heartbeat,
                "serverStops", this::stops,
                "revocations", this::revocations,
                "listServers", this::list);
    }

    private Future<Answer> register(Call call) {
        String id = call.machine().peer().id();
        ServerReport report = ServerReport.fromJson(call.body());
        Set<String> uuids = new HashSet<>();
        for (GpuReport gpu : report.gpus()) {
            if (!uuids.add(gpu.uuid())) {
                throw new Refusal(
                        Reason.INVALID, "bad_request", "server " + id + " reports GPU " + gpu.uuid() + " twice");
            }
        }
        return store.submit(handle -> {
            new ServerTable(handle).put(id, report);
            vitals.heard(id, new Heartbeat(List.of(), List.of(), List.of()), clock.instant());
            return Answer.done();
        });
    }

    private Future<Answer> stops(Call call) {
        String id = call.machine().peer().id();
        return store.submit(handle -> {
            requireRegistered(handle, id);
            vitals.stopped(id);
            return Answer.done();
        });
    }

    private Future<Answer> heartbeat(Call call) {
        String id = call.machine().peer().id();
        Heartbeat heartbeat = Heartbeat.fromJson(call.body());
        return store.submit(handle -> {
                    requireRegistered(handle, id);
                    vitals.heard(id, heartbeat, clock.instant());
                    return ledger.endAbandoned(handle, id, heartbeat.abandoned());
                })
                .map(ended -> {
                    ended.forEach(lease -> AUDIT.info(
                            "lease {} of {} on {} ended: its holder is gone",
                            lease.id(),
                            lease.client(),
                            lease.server()));
                    if (!ended.isEmpty()) {
                        feed.changed(id);
                    }
                    return Answer.done();
                });
    }

    private static void requireRegistered(Handle handle, String id) {
        if (new ServerTable(handle).find(id).isEmpty()) {
            throw new Refusal(
                    Reason.CONFLICT,
                    ApplianceException.NOT_REGISTERED,
                    "server " + id + " has not introduced itself: PUT /v1/servers/self first");
        }
    }

    private Future<Answer> revocations(Call call) {
        String id = call.machine().peer().id();
        long after = Long.parseLong(call.parameter("after"));
        Duration wait = Duration.ofSeconds(Long.parseLong(call.parameter("wait")));
        return feed.await(id, after, wait)
                .compose(version ->
                        store.submit(handle -> Answer.ok(RevocationList.read(handle, id, version, clock.instant())
                                .toJson())));
    }

    private Future<Answer> list(Call call) {
        return store.submit(handle -> {
            MemberVms vms = MemberVms.read(handle);
            JsonArray servers = new JsonArray();
            for (ServerStatus status : ledger.view(handle, clock.instant()).statuses()) {
                servers.add(vms.addTo(status.toJson(), status.id()));
            }
            return Answer.ok(new JsonObject().put("servers", servers));
        });
    }
}
