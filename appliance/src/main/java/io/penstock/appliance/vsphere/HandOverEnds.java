package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import io.penstock.appliance.vcenter.soap.VimConnection;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells vCenter how hand-overs ended: both keys out of guestinfo, the task ended, the event posted, in this order, so that the event is
 * posted once. What vCenter does not take is tried again whenever it is back.
 */
final class HandOverEnds {
    private static final Logger LOG = LoggerFactory.getLogger(HandOverEnds.class);
    private static final Set<Kind> GONE = Set.of(Kind.NOT_FOUND);
    private static final Set<Kind> GONE_OR_OVER = Set.of(Kind.NOT_FOUND, Kind.CONFLICT);

    private final HandOverBook book;
    private final Vcenters vcenters;

    HandOverEnds(HandOverBook book, Vcenters vcenters) {
        this.book = book;
        this.vcenters = vcenters;
    }

    /** Tells what a vCenter has not been told yet. */
    void settle(String vcenter) {
        book.unsettled(vcenter).forEach(this::settle);
    }

    /** Tells how one ended; where that fails, later. */
    synchronized void settle(HandOverRow ended) {
        HandOverRow row = book.current(ended).orElse(ended);
        if (row.open() || row.settled() || !vcenters.has(row.vcenter())) {
            return;
        }
        Joined joined = vcenters.get(row.vcenter());
        try {
            joined.link().call(connection -> {
                tell(connection, row, Machines.name(joined, row.moref()));
                return true;
            });
            book.told(row);
        } catch (VcenterException e) {
            LOG.warn("VM {}: vCenter was not told that its hand-over ended: {}", row.moref(), e.getMessage());
        }
    }

    private static void tell(VimConnection connection, HandOverRow row, String machineName) {
        ObjectRef vm = Machines.ref(row.moref());
        boolean done = row.state().equals("done");
        String text = done ? row.text() + " Asked for by " + row.requestedBy() + "." : row.text();
        // a VM that was deleted has no guestinfo, and a task that ended before is not running any more
        unless(GONE, () -> connection.machines().setExtraConfig(vm, Offer.NONE));
        String task = row.task();
        if (task != null) {
            ObjectRef ref = new ObjectRef("Task", task);
            unless(GONE_OR_OVER, () -> {
                if (done) {
                    connection.activities().succeed(ref);
                } else {
                    connection.activities().fail(ref, fault(row), text);
                }
            });
        }
        unless(GONE, () -> connection.activities().post(event(row), severity(row), text, vm, machineName));
    }

    private static void unless(Set<Kind> harmless, Runnable work) {
        try {
            work.run();
        } catch (VcenterException e) {
            if (!harmless.contains(e.kind())) {
                throw e;
            }
            LOG.debug("there is nothing to tell", e);
        }
    }

    private static String event(HandOverRow row) {
        if (!row.state().equals("done")) {
            return PluginRecord.EVENT_FAILED;
        }
        return row.kind().equals("server") ? PluginRecord.EVENT_SERVER : PluginRecord.EVENT_ENABLED;
    }

    private static String fault(HandOverRow row) {
        return switch (row.state()) {
            case "expired" -> PluginRecord.FAULT_EXPIRED;
            case "withdrawn" -> PluginRecord.FAULT_WITHDRAWN;
            default -> PluginRecord.FAULT_FAILED;
        };
    }

    private static String severity(HandOverRow row) {
        return switch (row.state()) {
            case "done", "withdrawn" -> "info";
            default -> "warning";
        };
    }
}
