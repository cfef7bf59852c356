package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells vCenter of members that were put out, by whatever road: the VM's own menu, the pages, the command line. It is told afterwards,
 * since whoever is out is out whether a vCenter answers or not. Methods block and are for virtual threads.
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
        if (vcenters.has(row.vcenter())) {
            Joined joined = vcenters.get(row.vcenter());
            ObjectRef vm = Machines.ref(Machines.moref(joined, row));
            try {
                joined.link().call(connection -> {
                    ObjectRef task = connection.activities().beginTask(vm, PluginRecord.TASK_DISABLE, by);
                    connection.activities().succeed(task);
                    connection.activities().post(PluginRecord.EVENT_DISABLED, "info", text, vm, row.vmName());
                    return task;
                });
            } catch (VcenterException e) {
                LOG.warn("vCenter does not show that {} is out: {}", row.vmName(), e.getMessage());
            }
        }
        AUDIT.info(
                "VM {} ({} {}) was {} by {}",
                row.vmName(),
                member.kind(),
                member.id(),
                how.name().toLowerCase(Locale.ROOT),
                by);
        rooms.changed().run();
    }
}
