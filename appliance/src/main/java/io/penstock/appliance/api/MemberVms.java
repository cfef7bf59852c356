package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Vsphere;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
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

    /**
     * Refuses users of one vCenter who act upon a member that is a VM of another: that vCenter's administrators say who may.
     *
     * @throws Refusal {@code other_vcenter}
     */
    static void requireOwnVcenter(Handle handle, Call call, String member) {
        if (call.caller() instanceof Vsphere user) {
            MemberVmRow row = read(handle).byPeer().get(member);
            if (row != null && !row.vcenter().equals(user.user().vcenter())) {
                throw new Refusal(
                        Reason.FORBIDDEN,
                        "other_vcenter",
                        user.shown() + " may not act upon " + member + ", a VM of vCenter " + row.vcenter()
                                + "; open it in its own vSphere Client");
            }
        }
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
