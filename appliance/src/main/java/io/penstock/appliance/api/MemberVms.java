package io.penstock.appliance.api;

import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.MemberVmTable;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Which members are VMs of a vCenter. */
record MemberVms(Map<String, MemberVmRow> byPeer) {
    static MemberVms read(Handle handle) {
        return new MemberVms(
                new MemberVmTable(handle).all().stream().collect(Collectors.toMap(MemberVmRow::peer, row -> row)));
    }

    /** Adds the VM that the member is, if it is one. */
    JsonObject addTo(JsonObject member, String id) {
        MemberVmRow row = byPeer.get(id);
        return row == null
                ? member
                : member.put(
                        "vm",
                        new JsonObject()
                                .put("vcenter", row.vcenter())
                                .put("moref", row.moref())
                                .put("name", row.vmName()));
    }
}
