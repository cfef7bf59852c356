package io.penstock.appliance.api;

import io.penstock.appliance.api.Caller.Person;
import io.penstock.appliance.identity.CertificateAuthority;
import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.penstock.appliance.signin.VsphereObject;
import io.penstock.appliance.vsphere.Inventories;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;

/** What the vCenters' inventories hold for the pool, and letting VMs in. */
final class InventoryOperations {
    private static final Set<String> OPEN = Set.of("offered", "answered");
    private static final String SERVER = "server";

    private final Inventories inventories;
    private final CertificateAuthority authority;

    InventoryOperations(Inventories inventories, CertificateAuthority authority) {
        this.inventories = inventories;
        this.authority = authority;
    }

    Map<String, Operation> byName() {
        return Map.of(
                "listHosts", call -> inventories.hosts().map(Answer::ok),
                "listVms", call -> inventories.machines().map(Answer::ok),
                "showHost",
                        call -> inventories
                                .host(call.parameter("vcenter"), call.parameter("moref"))
                                .map(Answer::ok),
                "showVm",
                        call -> inventories
                                .machine(call.parameter("vcenter"), call.parameter("moref"))
                                .map(Answer::ok),
                "enableVm", this::enable,
                "disableVm", this::disable,
                "enrolVm", this::enrol);
    }

    private Future<Answer> enable(Call call) {
        String kind = call.body().getString("kind");
        String moref = call.parameter("moref");
        Future<Person> allowed =
                kind.equals(SERVER) ? requireServers(call, moref) : Future.succeededFuture(person(call));
        return allowed.compose(person -> inventories.enable(call.parameter("vcenter"), moref, kind, person.signature()))
                .map(Answer::accepted);
    }

    private Future<Answer> disable(Call call) {
        String moref = call.parameter("moref");
        return inventories
                .machine(call.parameter("vcenter"), moref)
                .compose(machine -> {
                    if (!machine.getJsonObject("disable").getBoolean("possible")) {
                        throw new Refusal(
                                Reason.CONFLICT,
                                "cannot_disable",
                                "VM " + machine.getString("name") + " cannot be disabled: "
                                        + machine.getJsonObject("disable").getString("reason"));
                    }
                    return ofServer(machine) ? requireServers(call, moref) : Future.succeededFuture(person(call));
                })
                .compose(person -> inventories.disable(call.parameter("vcenter"), moref, person.signature()))
                .map(Answer::ok);
    }

    private static Future<Person> requireServers(Call call, String moref) {
        return PrivilegeOn.requireServers(call, VsphereObject.machine(moref));
    }

    /** Whether the VM is a GPU server, or was offered to be one. */
    private static boolean ofServer(JsonObject machine) {
        JsonObject member = machine.getJsonObject("member", new JsonObject());
        JsonObject handOver = machine.getJsonObject("handOver", new JsonObject());
        return SERVER.equals(member.getString("kind"))
                || (SERVER.equals(handOver.getString("kind")) && OPEN.contains(handOver.getString("state")));
    }

    private static Person person(Call call) {
        return (Person) call.caller();
    }

    private Future<Answer> enrol(Call call) {
        JsonObject body = call.body();
        return inventories
                .enrol(body.getString("vm"), body.getString("name"), body.getString("csr"))
                .map(issued -> Answer.created(EnrolmentOperations.certificate(issued, authority)));
    }
}
