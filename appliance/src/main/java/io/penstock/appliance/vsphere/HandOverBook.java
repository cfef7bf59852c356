package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.Database;
import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.store.HandOverTable;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The hand-overs as they stand in the database. Each step is one transaction that obeys what happened before it. */
final class HandOverBook {
    private final Database.Worker store;
    private final Runnable changed;

    HandOverBook(Database.Worker store, Runnable changed) {
        this.store = store;
        this.changed = changed;
    }

    /** The last hand-over of a VM. */
    Optional<HandOverRow> last(String vcenter, String instanceUuid) {
        return Threads.await(store.submit(handle -> new HandOverTable(handle).find(vcenter, instanceUuid)));
    }

    /** This hand-over as it stands now; empty when another has begun. */
    Optional<HandOverRow> current(HandOverRow row) {
        return last(row.vcenter(), row.instanceUuid()).filter(now -> now.nonce().equals(row.nonce()));
    }

    /** Those that go on. */
    List<HandOverRow> open() {
        return Threads.await(store.submit(handle -> new HandOverTable(handle).open()));
    }

    /** Those of a vCenter that have ended without its knowing. */
    List<HandOverRow> unsettled(String vcenter) {
        return Threads.await(store.submit(handle -> new HandOverTable(handle).all())).stream()
                .filter(row -> row.vcenter().equals(vcenter) && !row.open() && !row.settled())
                .toList();
    }

    /** A step of a hand-over that goes on; empty when it has ended or another has begun meanwhile. */
    Optional<HandOverRow> step(HandOverRow row, UnaryOperator<HandOverRow> step) {
        return change(row, true, step);
    }

    /** Notes that vCenter knows how it ended. */
    void told(HandOverRow row) {
        change(row, false, HandOverRow::told);
    }

    private Optional<HandOverRow> change(HandOverRow row, boolean open, UnaryOperator<HandOverRow> step) {
        Optional<HandOverRow> after = Threads.await(store.submit(handle -> {
            HandOverTable table = new HandOverTable(handle);
            Optional<HandOverRow> next = table.find(row.vcenter(), row.instanceUuid())
                    .filter(now -> now.open() == open && now.nonce().equals(row.nonce()))
                    .map(step);
            next.ifPresent(table::put);
            return next;
        }));
        after.ifPresent(any -> changed.run());
        return after;
    }
}
