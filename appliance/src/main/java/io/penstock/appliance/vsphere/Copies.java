package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes our texts out of the guestinfo of VMs that were cloned while an offer to their origin stood: a copy of an offer is nobody's, and
 * what its guest answers lets nobody in. Each VM that appears in an inventory is looked at once. What it copied is left alone for as long
 * as the offer stands, since its guest may answer all that time, and is taken away after.
 */
final class Copies {
    private static final Logger LOG = LoggerFactory.getLogger(Copies.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    /** A VM that is still being cloned cannot be changed: so often it is tried, for an hour. */
    private static final int TRIES_MAX = 1800;

    private final Vcenters vcenters;
    private final Threads threads;
    private final HandOverBook book;
    private final Map<String, Set<String>> known = new HashMap<>(); // instance UUIDs by vCenter; guarded by this

    Copies(Vcenters vcenters, Threads threads, HandOverBook book) {
        this.vcenters = vcenters;
        this.threads = threads;
        this.book = book;
    }

    /** Called when an inventory is another now; quick. */
    synchronized void look() {
        for (Joined joined : vcenters.all()) {
            Map<String, Machine> machines = joined.link().inventory().machines();
            if (machines.isEmpty()) {
                continue; // not seen yet
            }
            // one whose configuration cannot be read yet counts from when it can
            Set<String> now = machines.values().stream()
                    .map(Machine::instanceUuid)
                    .filter(uuid -> !uuid.isEmpty())
                    .collect(Collectors.toCollection(HashSet::new));
            Set<String> before = known.put(joined.row().id(), now);
            if (before != null && !before.containsAll(now)) {
                machines.values().stream()
                        .filter(machine -> now.contains(machine.instanceUuid()))
                        .filter(machine -> !before.contains(machine.instanceUuid()))
                        .forEach(machine ->
                                threads.begin(() -> clean(joined.row().id(), machine)));
            }
        }
    }

    private void clean(String vcenter, Machine machine) {
        for (int tries = 0; tries < TRIES_MAX && vcenters.has(vcenter); tries++) {
            Joined joined = vcenters.get(vcenter);
            if (Machines.find(joined, machine.instanceUuid()).isEmpty()) {
                return;
            }
            try {
                if (isClean(joined, machine)) {
                    return;
                }
            } catch (VcenterException e) {
                LOG.debug("what VM {} copied cannot be taken away yet", machine.id(), e);
            }
            try {
                Thread.sleep(LOOK_EVERY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Whether nothing of ours is there, after having taken away what may be. */
    private boolean isClean(Joined joined, Machine machine) {
        ObjectRef vm = Machines.ref(machine.id());
        Map<String, String> config =
                joined.link().call(connection -> connection.machines().extraConfig(vm));
        boolean ours = !config.getOrDefault(Offer.OFFER_KEY, "").isEmpty()
                || !config.getOrDefault(Offer.ANSWER_KEY, "").isEmpty();
        // an offer of its own is looked after by whoever made it
        boolean own = book.last(joined.row().id(), machine.instanceUuid()).isPresent();
        if (!ours || own) {
            return true;
        }
        if (!stands(config.getOrDefault(Offer.OFFER_KEY, ""))) {
            joined.link().call(connection -> {
                connection.machines().setExtraConfig(vm, Offer.NONE);
                return true;
            });
            LOG.info("VM {}: the copy of an offer to another VM was taken out of its guestinfo", machine.id());
        }
        return false; // looked at once more: its guest may have been answering
    }

    private boolean stands(String offer) {
        try {
            JsonObject copied = new JsonObject(offer);
            String origin = copied.getString("vm", "");
            int colon = origin.indexOf(':');
            return colon > 0
                    && book.last(origin.substring(0, colon), origin.substring(colon + 1))
                            .filter(HandOverRow::open)
                            .filter(row -> row.nonce().equals(copied.getString("nonce")))
                            .isPresent();
        } catch (DecodeException | ClassCastException e) {
            return false;
        }
    }
}
