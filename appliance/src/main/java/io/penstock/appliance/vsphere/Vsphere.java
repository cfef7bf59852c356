package io.penstock.appliance.vsphere;

import io.penstock.appliance.pool.Attention;
import io.penstock.appliance.signin.VsphereUsers;
import io.penstock.appliance.store.VcenterTable;
import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.discovery.LinkListener;
import io.penstock.appliance.vcenter.registration.Registration;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The vCenters of this appliance, as its operations see them. Safe for all threads; nothing of it blocks its caller. */
public final class Vsphere {
    private final VsphereRooms rooms;
    private final Threads threads;
    private final Vcenters vcenters;
    private final ClientUsers users;
    private final VmTags tags;
    private final HandOvers handOvers;
    private final Copies copies;
    private final Registrations registrations;
    private final Inventories inventories;
    private final ServerEvents serverEvents;

    /** The vSphere half of an appliance, at rest. */
    public Vsphere(VsphereRooms rooms) {
        this.rooms = rooms;
        this.threads = new Threads(rooms.vertx());
        this.vcenters = new Vcenters(rooms.vertx(), rooms.vault(), new LinkListener() {
            @Override
            public void changed() {
                rooms.changed().run();
                newMachines();
            }

            @Override
            public void greet(VimConnection session) {
                // the appliance may present another certificate than when the session before this one ended
                Registration.refresh(session, rooms.record());
            }

            @Override
            public void connected(String vcenter) {
                catchUp(vcenter);
            }
        });
        this.users = new ClientUsers(rooms.vertx(), vcenters, threads, rooms.clock());
        this.tags = new VmTags(rooms, threads, vcenters);
        this.handOvers = new HandOvers(rooms, threads, vcenters, tags);
        this.copies = handOvers.copies();
        this.registrations = new Registrations(rooms, threads, vcenters, tags, handOvers::leave);
        this.inventories = new Inventories(rooms, threads, vcenters, handOvers, tags);
        this.serverEvents = new ServerEvents(rooms.store(), threads, vcenters);
    }

    private void newMachines() {
        copies.look();
    }

    /** A vCenter is back: it is told what it missed. */
    private void catchUp(String vcenter) {
        tags.connected(vcenter);
        handOvers.settle(vcenter);
        inventories.settle(vcenter);
    }

    /** Called when members were disabled, enabled or deleted otherwise than through their VMs. */
    public void membersChanged() {
        tags.follow();
    }

    /** Begins to watch the vCenters and goes on with what a restart interrupted. */
    public Future<Void> start() {
        return rooms.store()
                .submit(handle -> new VcenterTable(handle).all())
                .compose(rows -> threads.run(() -> {
                    rows.forEach(vcenters::put);
                    handOvers.resume();
                    return null;
                }));
    }

    /** Ends the sessions. */
    public Future<Void> close() {
        return threads.<Void>run(() -> {
                    users.close();
                    vcenters.close();
                    return null;
                })
                .eventually(() -> {
                    threads.close();
                    return Future.succeededFuture();
                });
    }

    /** Who uses the vSphere Client. */
    public VsphereUsers users() {
        return users;
    }

    /**
     * Called now and then, by one thread.
     *
     * @param alive the servers that were heard of lately
     */
    public void sweep(Set<String> alive) {
        users.sweep();
        serverEvents.look(alive);
    }

    /** What needs a person. */
    public List<Attention> attention() {
        List<Attention> found = new ArrayList<>();
        for (Joined one : vcenters.all()) {
            LinkState state = one.link().state();
            String code = switch (state.kind()) {
                case CONNECTED, CONNECTING -> "";
                case UNREACHABLE -> "vcenter_unreachable";
                case CERTIFICATE_CHANGED -> "vcenter_certificate_changed";
                case LOGIN_REFUSED -> "vcenter_login_refused";
            };
            if (!code.isEmpty()) {
                found.add(new Attention(
                        code,
                        "error",
                        "vCenter " + one.address() + ": " + state.text(),
                        "vcenter",
                        one.row().id()));
            }
            String trouble = tags.trouble(one.row().id());
            if (code.isEmpty() && !trouble.isEmpty()) {
                found.add(new Attention(
                        "vcenter_tags",
                        "warning",
                        "vCenter " + one.address() + ": tags of VMs: " + trouble,
                        "vcenter",
                        one.row().id()));
            }
        }
        return found;
    }

    /** Coming to vCenters, staying and leaving. */
    public Registrations registrations() {
        return registrations;
    }

    /** Their inventories, and letting VMs in. */
    public Inventories inventories() {
        return inventories;
    }
}
