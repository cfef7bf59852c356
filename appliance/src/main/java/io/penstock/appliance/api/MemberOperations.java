package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.feed.VersionFeed;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.pool.Vitals;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.Privilege;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.HandOverTable;
import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.ServerTable;
import io.penstock.appliance.vsphere.Vsphere;
import io.penstock.protocol.appliance.ClientStatus;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Administration of the members: list, disable, enable, delete; and members that leave. A member that is a VM of a vCenter is dealt with as the VM's own menu does it,
 * with the same privileges and the same traces in vCenter.
 */
final class MemberOperations {
    private final Database.Worker store;
    private final LeaseLedger ledger;
    private final Vitals vitals;
    private final VersionFeed feed;
    private final Vsphere vsphere;
    private final InstantSource clock;

    MemberOperations(
            Database.Worker store,
            LeaseLedger ledger,
            Vitals vitals,
            VersionFeed feed,
            Vsphere vsphere,
            InstantSource clock) {
        this.store = store;
        this.ledger = ledger;
        this.vitals = vitals;
        this.feed = feed;
        this.vsphere = vsphere;
        this.clock = clock;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "listClients", this::listClients,
                "disableClient", call -> changeClient(call, Change.DISABLE),
                "enableClient", this::enableClient,
                "deleteClient", call -> changeClient(call, Change.DELETE),
                "deleteServer", this::deleteServer,
                "leave", this::leave);
    }

    private enum Change {
        DISABLE,
        DELETE
    }

    private Future<Answer> listClients(Call call) {
        return store.submit(handle -> {
            MemberVms vms = MemberVms.read(handle);
            Set<String> offered = new HandOverTable(handle)
                    .open().stream()
                            .filter(row -> clock.instant().isBefore(row.expires()))
                            .map(row -> row.vcenter() + row.instanceUuid())
                            .collect(Collectors.toSet());
            JsonArray clients = new JsonArray();
            for (PeerRow row : new PeerTable(handle).list(PeerKind.CLIENT.word())) {
                JsonObject client = vms.addTo(status(row).toJson(), row.id());
                MemberVmRow vm = vms.byPeer().get(row.id());
                clients.add(client.put("offered", vm != null && offered.contains(vm.vcenter() + vm.instanceUuid())));
            }
            return Answer.ok(new JsonObject().put("clients", clients));
        });
    }

    /** What people and programs are shown of a client. */
    static ClientStatus status(PeerRow row) {
        return new ClientStatus(row.id(), row.name(), row.enabled(), row.enrolled(), row.certificateExpires());
    }

    /**
     * A member that an operation is about.
     *
     * @param vm which VM it is; null where it is none
     */
    private record Member(PeerRow row, @Nullable MemberVmRow vm) {}

    /** The member, if the caller may deal with it: on the VM that it is, where there is one. */
    private Future<Member> allowed(Call call, PeerKind kind, Privilege needed) {
        String id = call.parameter("id");
        return store.submit(handle -> {
                    MemberVms.requireOwnVcenter(handle, call, id);
                    return new Member(
                            known(handle, id, kind),
                            MemberVms.read(handle).byPeer().get(id));
                })
                .compose(member -> Optional.ofNullable(member.vm())
                        .flatMap(vsphere.inventories()::machine)
                        .map(vm -> PrivilegeOn.require(call, needed, vm).map(member))
                        .orElseGet(() -> Future.succeededFuture(member)));
    }

    private Future<Answer> enableClient(Call call) {
        return allowed(call, PeerKind.CLIENT, Privilege.MANAGE_CLIENTS)
                .compose(member ->
                        member.vm() == null || member.row().enabled() ? accept(member) : offer(call, member.vm()));
    }

    private Future<Answer> accept(Member member) {
        String id = member.row().id();
        return store.submit(handle -> {
                    known(handle, id, PeerKind.CLIENT);
                    new PeerTable(handle).setEnabled(id, true);
                    return enabling("enabled", "The client " + member.row().name() + " may lease GPUs.");
                })
                .map(Answer::ok)
                .onSuccess(done -> tellAll());
    }

    /** A VM that was disabled comes in as it came in before: its certificate is void for good. */
    private Future<Answer> offer(Call call, MemberVmRow vm) {
        VsphereObject machine = vsphere.inventories()
                .machine(vm)
                .orElseThrow(() -> new Refusal(
                        Reason.CONFLICT,
                        "cannot_enable",
                        "the client is VM " + vm.vmName()
                                + ", whose certificate was void when it was disabled, and vCenter "
                                + vm.vcenter() + " does not show that VM now: enrol it anew with a token"
                                + " (penstock enroll), and remove this client"));
        return vsphere.inventories()
                .enable(vm.vcenter(), machine.moref(), PeerKind.CLIENT.word(), ((Person) call.caller()).signature())
                .map(offered -> Answer.accepted(enabling(
                        "offered",
                        "VM " + offered.getString("name")
                                + " was offered to come in; it is a client again, with a new id and certificate, as soon as"
                                + " its guest has answered.")));
    }

    private static JsonObject enabling(String state, String text) {
        return new JsonObject().put("state", state).put("text", text);
    }

    private Future<Answer> changeClient(Call call, Change change) {
        return allowed(call, PeerKind.CLIENT, Privilege.MANAGE_CLIENTS).compose(member -> {
            String id = member.row().id();
            return store.submit(handle -> {
                        PeerRow before = known(handle, id, PeerKind.CLIENT);
                        switch (change) {
                            case DISABLE -> new PeerTable(handle).setEnabled(id, false);
                            case DELETE -> new PeerTable(handle).markDeleted(id);
                        }
                        ledger.endAllOfClient(handle, id);
                        return before;
                    })
                    .map(before -> {
                        tellAll();
                        tellVcenter(call, new Member(before, member.vm()), change);
                        return Answer.done();
                    });
        });
    }

    private Future<Answer> deleteServer(Call call) {
        return allowed(call, PeerKind.SERVER, Privilege.MANAGE_SERVERS).compose(member -> {
            String id = member.row().id();
            return store.submit(handle -> forgetServer(handle, id)).map(before -> {
                vitals.forget(id);
                vsphere.membersChanged();
                tellVcenter(call, new Member(before, member.vm()), Change.DELETE);
                return Answer.done();
            });
        });
    }

    private PeerRow forgetServer(Handle handle, String id) {
        PeerRow before = known(handle, id, PeerKind.SERVER);
        new PeerTable(handle).markDeleted(id);
        ledger.endAllOnServer(handle, id);
        new ServerTable(handle).delete(id);
        return before;
    }

    private PeerRow forgetClient(Handle handle, String id) {
        PeerRow before = known(handle, id, PeerKind.CLIENT);
        new PeerTable(handle).markDeleted(id);
        ledger.endAllOfClient(handle, id);
        return before;
    }

    /** A machine goes by itself: what an administrator's deletion does, without an administrator. */
    private Future<Answer> leave(Call call) {
        PeerIdentity peer = call.machine().peer();
        return store.submit(handle -> {
                    MemberVmRow vm = MemberVms.read(handle).byPeer().get(peer.id());
                    PeerRow before = peer.kind() == PeerKind.SERVER
                            ? forgetServer(handle, peer.id())
                            : forgetClient(handle, peer.id());
                    return new Member(before, vm);
                })
                .map(member -> {
                    vitals.forget(peer.id());
                    tellAll();
                    if (member.vm() != null) {
                        vsphere.inventories()
                                .left(
                                        member.vm(),
                                        member.row(),
                                        true,
                                        member.row().name() + " (Penstock)");
                    }
                    return Answer.done();
                });
    }

    private void tellAll() {
        feed.changedForAll();
        vsphere.membersChanged();
    }

    private void tellVcenter(Call call, Member member, Change change) {
        if (member.vm() != null) {
            vsphere.inventories()
                    .left(member.vm(), member.row(), change == Change.DELETE, ((Person) call.caller()).signature());
        }
    }

    private static PeerRow known(Handle handle, String id, PeerKind kind) {
        return new PeerTable(handle)
                .find(id)
                .filter(row -> row.kind().equals(kind.word()) && !row.deleted())
                .orElseThrow(() -> new Refusal(
                        Reason.NOT_FOUND, kind.word() + "_unknown", "there is no " + kind.word() + " " + id));
    }
}
