package io.penstock.appliance.vsphere;

import io.penstock.appliance.identity.Enrolment.Issued;
import io.penstock.appliance.lease.LeaseLedger;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.store.HandOverTable;
import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.MemberVmTable;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.store.ServerTable;
import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.discovery.Inventory.Host;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vsphere.Departures.How;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.penstock.protocol.appliance.LeaseStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What the vCenters' inventories mean for the pool, and letting VMs in, as the appliance's operations see it. Safe for all threads. */
public final class Inventories {
    private final VsphereRooms rooms;
    private final Threads threads;
    private final Vcenters vcenters;
    private final HandOvers handOvers;
    private final VmTags tags;
    private final Departures departures;

    Inventories(VsphereRooms rooms, Threads threads, Vcenters vcenters, HandOvers handOvers, VmTags tags) {
        this.rooms = rooms;
        this.threads = threads;
        this.vcenters = vcenters;
        this.handOvers = handOvers;
        this.tags = tags;
        this.departures = new Departures(rooms, vcenters);
    }

    /** All hosts with GPUs. */
    public Future<JsonObject> hosts() {
        return views((view, all) -> all.addAll(view.hosts())).map(found -> stale().put("hosts", found));
    }

    /** All VMs. */
    public Future<JsonObject> machines() {
        return views((view, all) -> all.addAll(view.machines())).map(found -> stale().put("vms", found));
    }

    /** One host. */
    public Future<JsonObject> host(String vcenter, String moref) {
        return view(vcenter).map(view -> {
            Host host = view.inventory().hosts().get(moref);
            if (host == null) {
                throw unknown("host", moref);
            }
            return view.host(host);
        });
    }

    /** One VM. */
    public Future<JsonObject> machine(String vcenter, String moref) {
        return view(vcenter).map(view -> view.machine(known(vcenter, moref)));
    }

    private Machine known(String vcenter, String moref) {
        Machine machine = vcenters.get(vcenter).link().inventory().machines().get(moref);
        if (machine == null) {
            throw unknown("VM", moref);
        }
        return machine;
    }

    private static Refusal unknown(String what, String moref) {
        return new Refusal(Reason.NOT_FOUND, "object_unknown", "this vCenter shows no " + what + " " + moref);
    }

    private interface Collecting {
        void add(InventoryView view, JsonArray to);
    }

    private Future<JsonArray> views(Collecting collecting) {
        return rooms.store().submit(handle -> {
            PoolSide pool = PoolSide.read(handle);
            JsonArray all = new JsonArray();
            for (Joined one : vcenters.all()) {
                collecting.add(view(pool, one), all);
            }
            return all;
        });
    }

    private Future<InventoryView> view(String vcenter) {
        return rooms.store().submit(handle -> view(PoolSide.read(handle), vcenters.get(vcenter)));
    }

    /** What the pool knows of VMs, whatever their vCenter; read once for a request. */
    private record PoolSide(
            List<MemberVmRow> members,
            Map<String, PeerRow> peers,
            List<HandOverRow> handOvers,
            List<LeaseStatus> leases) {
        static PoolSide read(Handle handle) {
            List<MemberVmRow> members = new MemberVmTable(handle).all();
            Map<String, PeerRow> peers = new HashMap<>();
            members.forEach(
                    row -> new PeerTable(handle).find(row.peer()).ifPresent(peer -> peers.put(peer.id(), peer)));
            return new PoolSide(
                    members,
                    peers,
                    new HandOverTable(handle).all(),
                    LeaseLedger.statuses(handle, new LeaseTable(handle).inForce()));
        }
    }

    private InventoryView view(PoolSide pool, Joined joined) {
        String vcenter = joined.row().id();
        Map<String, MemberVmRow> members = new HashMap<>();
        for (MemberVmRow row : pool.members()) {
            if (row.vcenter().equals(vcenter)) {
                members.put(row.instanceUuid(), row);
            }
        }
        Map<String, HandOverRow> last = new HashMap<>();
        for (HandOverRow row : pool.handOvers()) {
            if (row.vcenter().equals(vcenter)) {
                last.put(row.instanceUuid(), row);
            }
        }
        return new InventoryView(
                joined.link().inventory(),
                members,
                pool.peers(),
                last,
                pool.leases(),
                rooms.clock().instant());
    }

    private JsonObject stale() {
        JsonArray stale = new JsonArray();
        vcenters.all().stream()
                .filter(one -> one.link().state().kind() != LinkState.Kind.CONNECTED)
                .forEach(one -> stale.add(one.row().id()));
        return new JsonObject().put("stale", stale);
    }

    // ---- letting VMs in ----

    /** Offers a VM to come in; {@code by} is who asked for it. */
    public Future<JsonObject> enable(String vcenter, String moref, String kind, String by) {
        return threads.run(() -> {
                    handOvers.enable(vcenters.get(vcenter), known(vcenter, moref), kind, by);
                    return moref;
                })
                .compose(offered -> machine(vcenter, moref));
    }

    /** Puts a VM out. */
    public Future<JsonObject> disable(String vcenter, String moref, String by) {
        return threads.run(() -> {
                    Joined joined = vcenters.get(vcenter);
                    Machine machine = known(vcenter, moref);
                    handOvers.withdraw(joined.row().id(), machine.instanceUuid(), by);
                    Threads.await(rooms.store().submit(handle -> disableMember(handle, vcenter, machine)))
                            .ifPresent(out -> {
                                rooms.deletedMember().accept(out.member().id());
                                departures.tell(out.vm(), out.member(), How.DISABLED, by);
                                tags.follow(vcenter);
                            });
                    return moref;
                })
                .compose(done -> machine(vcenter, moref));
    }

    /** A member that is out, and the VM that it was. */
    private record Out(PeerRow member, MemberVmRow vm) {}

    private Optional<Out> disableMember(Handle handle, String vcenter, Machine machine) {
        Optional<Out> found = new MemberVmTable(handle)
                .find(vcenter, machine.instanceUuid())
                .flatMap(row -> new PeerTable(handle).find(row.peer()).map(peer -> new Out(peer, row)))
                .filter(out -> out.member().enabled());
        if (found.isEmpty()) {
            return found;
        }
        PeerRow member = found.get().member();
        new PeerTable(handle).setEnabled(member.id(), false);
        if (member.kind().equals("client")) {
            rooms.ledger().endAllOfClient(handle, member.id());
        } else {
            rooms.ledger().endAllOnServer(handle, member.id());
            new ServerTable(handle).delete(member.id());
        }
        return found;
    }

    /** The VM that a member is, where its vCenter is one of ours and shows it; its name and id may be others than when it was let in. */
    public Optional<VsphereObject> machine(MemberVmRow member) {
        return Optional.of(member.vcenter())
                .filter(vcenters::has)
                .flatMap(id -> Machines.find(vcenters.get(id), member.instanceUuid()))
                .map(found -> VsphereObject.machine(found.id()));
    }

    /**
     * Called when a member that is a VM was put out otherwise than through {@link #disable}: its vCenter is told, and what was offered to the VM
     * is withdrawn. Nobody waits for it.
     */
    public void left(MemberVmRow vm, PeerRow member, boolean removed, String by) {
        threads.begin(() -> {
            handOvers.withdraw(vm.vcenter(), vm.instanceUuid(), by);
            if (member.enabled()) {
                departures.tell(vm, member, removed ? How.REMOVED : How.DISABLED, by);
            }
        });
    }

    /** A vCenter is back: it is told of the members that went meanwhile. */
    void settle(String vcenter) {
        threads.begin(() -> departures.settle(vcenter));
    }

    /** Signs the certificate of a VM that answered its offer. */
    public Future<Issued> enrol(String vm, String name, String csr) {
        return threads.run(() -> handOvers.enrol(vm, name, csr));
    }
}
