package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.MemberVmTable;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.vcenter.LinkState;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.discovery.Inventory;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vcenter.registration.Finding;
import io.penstock.appliance.vcenter.tagging.PoolTag;
import io.penstock.appliance.vcenter.tagging.RestTagging;
import io.penstock.appliance.vcenter.tagging.Tagging;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.penstock.protocol.identity.PeerKind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tags of VMs as the member table says: whatever changed, and whenever a vCenter is back, all of them are compared and what
 * differs is mended. Nobody waits for it, and nothing fails with it: it is logged, and {@code check} tells. Safe for all threads.
 */
final class VmTags {
    private static final Logger LOG = LoggerFactory.getLogger(VmTags.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int FAILURES_MAX = 3;

    private final VsphereRooms rooms;
    private final Threads threads;
    private final Vcenters vcenters;
    private final Set<String> due = ConcurrentHashMap.newKeySet(); // vCenters that a thread is going to look at
    private final Map<String, Lock> turns = new ConcurrentHashMap<>(); // one look at a vCenter at a time
    private final Map<String, String> troubles =
            new ConcurrentHashMap<>(); // what was wrong the last time; empty: nothing

    VmTags(VsphereRooms rooms, Threads threads, Vcenters vcenters) {
        this.rooms = rooms;
        this.threads = threads;
        this.vcenters = vcenters;
    }

    /** Members changed somewhere. */
    void follow() {
        vcenters.all().forEach(one -> follow(one.row().id()));
    }

    /** A vCenter is back: it accepts the service account. */
    void connected(String vcenter) {
        follow(vcenter);
    }

    /** What is wrong with the tags of a vCenter, for people; empty where nothing is known to be. */
    String trouble(String vcenter) {
        return troubles.getOrDefault(vcenter, "");
    }

    /** Members that are VMs of this vCenter changed. */
    void follow(String vcenter) {
        if (!vcenters.has(vcenter) || !due.add(vcenter)) {
            return;
        }
        try {
            threads.begin(() -> followNow(vcenter));
        } catch (RejectedExecutionException e) {
            LOG.debug("the appliance ends; the tags of vCenter {} are mended at its next start", vcenter, e);
        }
    }

    private void followNow(String vcenter) {
        try {
            if (isConnected(vcenter)) { // otherwise it is looked at when it is back
                look(vcenters.get(vcenter), false);
            }
        } catch (RuntimeException e) {
            LOG.warn("the tags of vCenter {} could not be looked at", vcenter, e);
        } finally {
            due.remove(vcenter);
        }
    }

    private boolean isConnected(String vcenter) {
        return vcenters.has(vcenter) && vcenters.get(vcenter).link().state().kind() == LinkState.Kind.CONNECTED;
    }

    /** Mends the tags of a vCenter, and says how they are. */
    Finding check(Joined joined) {
        return look(joined, true).finding(joined.row().serviceUser());
    }

    private TagState look(Joined joined, boolean prove) {
        String vcenter = joined.row().id();
        Lock turn = turns.computeIfAbsent(vcenter, id -> new ReentrantLock());
        turn.lock();
        try {
            due.remove(vcenter); // what changes from now on is seen by another look
            TagState state = mend(joined, prove);
            tell(joined, state);
            return state;
        } finally {
            turn.unlock();
        }
    }

    private void tell(Joined joined, TagState state) {
        String trouble = state.trouble();
        String before = troubles.put(joined.row().id(), trouble);
        if (!trouble.equals(before == null ? "" : before)) {
            if (!trouble.isEmpty()) {
                LOG.warn("vCenter {}: tags of VMs: {}", joined.address(), trouble);
            }
            rooms.changed().run();
        }
    }

    private TagState mend(Joined joined, boolean prove) {
        if (joined.link().isRefused()) {
            // a session from before may go on with an old password, and every try with it brings the account nearer to
            // being locked
            return TagState.failed(new VcenterException(
                    Kind.LOGIN_REFUSED,
                    "vCenter " + joined.address() + " refused the account "
                            + joined.row().serviceUser() + " before; it is not tried again"));
        }
        Inventory inventory = joined.link().inventory();
        try (Tagging tagging = open(joined)) {
            Map<PoolTag, Set<ObjectRef>> found = new EnumMap<>(PoolTag.class);
            for (PoolTag tag : PoolTag.values()) {
                Optional<Set<ObjectRef>> carriers = tagging.carriers(tag);
                if (carriers.isEmpty()) {
                    return TagState.absent();
                }
                found.put(tag, carriers.get());
            }
            Map<PoolTag, Set<ObjectRef>> wanted = Threads.await(
                    rooms.store().submit(handle -> wanted(handle, joined.row().id(), inventory)));
            Set<ObjectRef> shown = new HashSet<>();
            inventory.machines().keySet().forEach(id -> shown.add(Machines.ref(id)));
            return new Mending(joined, tagging)
                    .apply(TagChange.between(wanted, found, shown))
                    .prove(prove, found, shown)
                    .state(wanted);
        } catch (VcenterException e) {
            if (e.kind() == Kind.LOGIN_REFUSED) {
                joined.link().refused(vcenters.credentials(joined.row()));
            }
            return TagState.failed(e);
        }
    }

    private Tagging open(Joined joined) {
        String apiVersion = joined.link().call(connection -> connection.about().apiVersion());
        return RestTagging.open(
                rooms.vertx(),
                joined.address(),
                joined.thumbprint(),
                vcenters.credentials(joined.row()),
                apiVersion,
                PATIENCE);
    }

    /** Which VMs of a vCenter are to carry which tag: those of enabled members. */
    private static Map<PoolTag, Set<ObjectRef>> wanted(Handle handle, String vcenter, Inventory inventory) {
        Map<String, ObjectRef> machines = new HashMap<>();
        for (Machine machine : inventory.machines().values()) {
            machines.put(machine.instanceUuid(), Machines.ref(machine.id()));
        }
        PeerTable peers = new PeerTable(handle);
        Map<PoolTag, Set<ObjectRef>> wanted = new EnumMap<>(PoolTag.class);
        for (MemberVmRow row : new MemberVmTable(handle).all()) {
            ObjectRef machine = machines.get(row.instanceUuid());
            Optional<PeerRow> member = peers.find(row.peer()).filter(PeerRow::enabled);
            if (row.vcenter().equals(vcenter) && machine != null && member.isPresent()) {
                PoolTag tag = member.get().kind().equals(PeerKind.SERVER.word()) ? PoolTag.GPU_SERVER : PoolTag.CLIENT;
                wanted.computeIfAbsent(tag, none -> new HashSet<>()).add(machine);
            }
        }
        return wanted;
    }

    /** The changes of one look. */
    private static final class Mending {
        private final Joined joined;
        private final Tagging tagging;
        private boolean proven;
        private int failures;
        private @Nullable VcenterException first;

        Mending(Joined joined, Tagging tagging) {
            this.joined = joined;
            this.tagging = tagging;
        }

        Mending apply(List<TagChange> changes) {
            for (TagChange change : changes) {
                if (failures < FAILURES_MAX) {
                    attempt(change);
                }
            }
            return this;
        }

        /** Whether the account may assign tags shows only when it does: by taking one from a VM that has none. */
        Mending prove(boolean wanted, Map<PoolTag, Set<ObjectRef>> found, Set<ObjectRef> shown) {
            if (wanted && !proven && first == null) {
                shown.stream()
                        .filter(machine -> found.values().stream().noneMatch(carriers -> carriers.contains(machine)))
                        .findFirst()
                        .ifPresent(machine -> attempt(new TagChange(PoolTag.CLIENT, machine, false)));
            }
            return this;
        }

        private void attempt(TagChange change) {
            try {
                if (change.attached()) {
                    tagging.attach(change.tag(), change.machine());
                } else {
                    tagging.detach(change.tag(), change.machine());
                }
                proven = true;
            } catch (VcenterException e) {
                if (!joined.link()
                        .inventory()
                        .machines()
                        .containsKey(change.machine().id())) {
                    LOG.debug("{} has gone meanwhile", change.machine(), e);
                    return;
                }
                failures++;
                first = first == null ? e : first;
            }
        }

        TagState state(Map<PoolTag, Set<ObjectRef>> wanted) {
            return new TagState(
                    false,
                    wanted.getOrDefault(PoolTag.GPU_SERVER, Set.of()).size(),
                    wanted.getOrDefault(PoolTag.CLIENT, Set.of()).size(),
                    proven,
                    first);
        }
    }
}
