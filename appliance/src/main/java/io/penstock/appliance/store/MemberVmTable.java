package io.penstock.appliance.store;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** The table {@code member_vm}: which members are VMs; deleted members do not count. */
public final class MemberVmTable {
    private static final String SELECT = "SELECT m.* FROM member_vm m JOIN peer p ON p.id = m.peer WHERE NOT p.deleted";

    private final Handle handle;

    /** The table as seen in this transaction. */
    public MemberVmTable(Handle handle) {
        this.handle = handle;
    }

    /** Notes that a member is this VM. */
    public void put(MemberVmRow row) {
        handle.createUpdate("MERGE INTO member_vm (peer, vcenter, instance_uuid, moref, vm_name) KEY (peer) VALUES"
                        + " (:peer, :vcenter, :uuid, :moref, :name)")
                .bind("peer", row.peer())
                .bind("vcenter", row.vcenter())
                .bind("uuid", row.instanceUuid())
                .bind("moref", row.moref())
                .bind("name", row.vmName())
                .execute();
    }

    /** All members that are VMs. */
    public List<MemberVmRow> all() {
        return rows(handle.createQuery(SELECT));
    }

    /** The member that is this VM. */
    public Optional<MemberVmRow> find(String vcenter, String instanceUuid) {
        return rows(handle.createQuery(SELECT + " AND m.vcenter = :vcenter AND m.instance_uuid = :uuid")
                        .bind("vcenter", vcenter)
                        .bind("uuid", instanceUuid))
                .stream()
                .findFirst();
    }

    private static List<MemberVmRow> rows(Query query) {
        return query.map((row, context) -> new MemberVmRow(
                        row.getString("peer"),
                        row.getString("vcenter"),
                        row.getString("instance_uuid"),
                        row.getString("moref"),
                        row.getString("vm_name")))
                .list();
    }
}
