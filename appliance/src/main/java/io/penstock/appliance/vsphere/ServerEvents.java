package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.MemberVmTable;
import io.penstock.appliance.store.PeerTable;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.registration.PluginRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells vCenter, by events on their VMs, of GPU servers that fall silent and of those among them that come back. A server that
 * was never heard of since the appliance started has not fallen silent; one that was put out is nobody's loss. Used by one thread.
 */
final class ServerEvents {
    private static final Logger LOG = LoggerFactory.getLogger(ServerEvents.class);

    private final Database.Worker store;
    private final Threads threads;
    private final Vcenters vcenters;

    private final Set<String> lost = new HashSet<>();
    private Set<String> alive = Set.of();

    ServerEvents(Database.Worker store, Threads threads, Vcenters vcenters) {
        this.store = store;
        this.threads = threads;
        this.vcenters = vcenters;
    }

    /** Compares with the last time. */
    void look(Set<String> now) {
        for (String server : alive) {
            if (!now.contains(server) && lost.add(server)) {
                tell(server, PluginRecord.EVENT_SERVER_LOST, "error", "does not answer any more");
            }
        }
        for (String server : now) {
            if (lost.remove(server)) {
                tell(server, PluginRecord.EVENT_SERVER_BACK, "info", "answers again");
            }
        }
        alive = now;
    }

    private void tell(String server, String event, String severity, String what) {
        store.submit(handle -> new PeerTable(handle)
                        .find(server)
                        .filter(peer -> peer.enabled() && !peer.deleted())
                        .map(peer -> new Told(
                                "GPU server " + peer.name() + " " + what + ".",
                                new MemberVmTable(handle)
                                        .all().stream()
                                                .filter(row -> row.peer().equals(server))
                                                .toList()))
                        .orElseGet(() -> new Told("", List.of())))
                .onSuccess(told ->
                        told.vms().forEach(row -> threads.begin(() -> post(row, event, severity, told.text()))))
                .onFailure(failure -> LOG.error("{} of {} could not be looked up", event, server, failure));
    }

    private void post(MemberVmRow row, String event, String severity, String text) {
        if (!vcenters.has(row.vcenter())) {
            return;
        }
        ObjectRef vm = Machines.ref(row.moref());
        try {
            vcenters.get(row.vcenter()).link().call(connection -> {
                connection.activities().post(event, severity, text, vm, row.vmName());
                return true;
            });
        } catch (VcenterException e) {
            LOG.warn("VM {}: vCenter did not take its event {}: {}", row.vmName(), event, e.getMessage());
        }
    }

    private record Told(String text, List<MemberVmRow> vms) {}
}
