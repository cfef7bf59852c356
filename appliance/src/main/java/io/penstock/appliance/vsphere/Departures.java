package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells vCenter of members that were put out, by whatever road: the VM's own menu, the pages, the command line. It is told afterwards,
 * since whoever is out is out whether a vCenter answers or not; what one does not take is tried again when it is back. Methods block
 * and are for virtual threads.
 */
final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
    private static final Logger AUDIT = LoggerFactory.getLogger("io.penstock.audit");

    /** How a member goes. Its certificate is void either way. */
    public enum How {
        /** It stays in the lists, and its VM can be let in again. */
        DISABLED,
        /** It is forgotten. */
        REMOVED
    }

    private static final int UNTOLD_MAX = 1000;

    /** What a vCenter was to be told. */
    private record Untold(MemberVmRow row, String text, String by) {}

    private final ArrayDeque<Untold> untold =
            new ArrayDeque<>(); // guarded by itself; a restart forgets it, the log does not
    private final VsphereRooms rooms;
    private final Vcenters vcenters;

    Departures(VsphereRooms rooms, Vcenters vcenters) {
        this.rooms = rooms;
        this.vcenters = vcenters;
    }

    /**
     * Shows on the VM, as a task and an event, that a member is out.
     *
     * @param by who wanted it, for people
     */
    void tell(MemberVmRow row, PeerRow member, How how, String by) {
        String text = (how == How.DISABLED ? "Disabled by " : "Removed from the pool by ") + by
                + "; its certificate is void and its leases have ended.";
        show(new Untold(row, text, by));
        AUDIT.info(
                "VM {} ({} {}) was {} by {}",
                row.vmName(),
                member.kind(),
                member.id(),
                how.name().toLowerCase(Locale.ROOT),
                by);
        rooms.changed().run();
    }

    /** A vCenter is back: it is told whom it missed. */
    void settle(String vcenter) {
        List<Untold> missed = new ArrayList<>();
        synchronized (untold) {
            untold.removeIf(one -> one.row().vcenter().equals(vcenter) && missed.add(one));
        }
        missed.forEach(this::show);
    }

    private void show(Untold one) {
        MemberVmRow row = one.row();
        if (!vcenters.has(row.vcenter())) {
            return;
        }
        Joined joined = vcenters.get(row.vcenter());
        ObjectRef vm = Machines.ref(Machines.moref(joined, row));
        try {
            joined.link().call(connection -> {
                ObjectRef task = connection.activities().beginTask(vm, PluginRecord.TASK_DISABLE, one.by());
                connection.activities().succeed(task);
                connection.activities().post(PluginRecord.EVENT_DISABLED, "info", one.text(), vm, row.vmName());
                return task;
            });
        } catch (VcenterException e) {
            LOG.warn("vCenter does not show that {} is out: {}", row.vmName(), e.getMessage());
            if (e.kind() != VcenterException.Kind.NOT_FOUND) { // a VM that is gone shows nothing any more
                keep(one);
            }
        }
    }

    private void keep(Untold one) {
        synchronized (untold) {
            if (untold.size() >= UNTOLD_MAX) {
                untold.removeFirst();
            }
            untold.addLast(one);
        }
    }
}
