package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.vcenter.discovery.Inventory;
import io.penstock.appliance.vcenter.discovery.Inventory.HeldGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Host;
import io.penstock.appliance.vcenter.discovery.Inventory.HostGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.protocol.appliance.LeaseStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A vCenter's inventory together with what the pool knows of its VMs, in the forms of the contract; pure functions.
 *
 * @param members the pool's members that are VMs, by instance UUID
 * @param peers the members by id
 * @param handOvers the last hand-over of each VM, by instance UUID
 * @param leases those in force
 */
record InventoryView(
        Inventory inventory,
        Map<String, MemberVmRow> members,
        Map<String, PeerRow> peers,
        Map<String, HandOverRow> handOvers,
        List<LeaseStatus> leases,
        Instant now) {
    /** The hosts that have GPUs. */
    JsonArray hosts() {
        JsonArray all = new JsonArray();
        inventory.hosts().values().stream()
                .filter(host -> !host.gpus().isEmpty() || !host.vgpuTypes().isEmpty())
                .forEach(host -> all.add(host(host)));
        return all;
    }

    /** The VMs that hold GPUs or could be clients: all that are no templates, and templates never matter. */
    JsonArray machines() {
        JsonArray all = new JsonArray();
        inventory.machines().values().stream()
                .filter(machine -> !machine.template())
                .forEach(machine -> all.add(machine(machine)));
        return all;
    }

    JsonObject host(Host host) {
        JsonArray gpus = new JsonArray();
        host.gpus().forEach(gpu -> gpus.add(gpu(host, gpu)));
        JsonArray servers = new JsonArray();
        inventory.machines().values().stream()
                .filter(machine -> host.id().equals(machine.host()))
                .flatMap(machine -> member(machine).stream())
                .filter(peer -> peer.kind().equals("server"))
                .forEach(peer -> servers.add(peer.id()));
        return new JsonObject()
                .put("vcenter", inventory.vcenter())
                .put("moref", host.id())
                .put("name", host.name())
                .put("connection", host.connection())
                .put("power", host.power())
                .put("gpus", gpus)
                .put("vgpuTypes", new JsonArray(host.vgpuTypes()))
                .put("servers", servers);
    }

    private JsonObject gpu(Host host, HostGpu gpu) {
        JsonArray holders = new JsonArray();
        inventory.holders(host.id(), gpu).forEach(machine -> holders.add(ref(machine.id(), machine.name())));
        JsonObject json = new JsonObject()
                .put("pciId", gpu.pciId())
                .put("name", gpu.name())
                .put("vendor", String.format(Locale.ROOT, "%04x", gpu.vendor()))
                .put("device", String.format(Locale.ROOT, "%04x", gpu.device()))
                .put("passthrough", gpu.passthrough().name().toLowerCase(Locale.ROOT))
                .put("heldBy", holders);
        if (gpu.memoryBytes() > 0) {
            json.put("memory", gpu.memoryBytes());
        }
        return json;
    }

    JsonObject machine(Machine machine) {
        PeerRow member = member(machine).orElse(null);
        HandOverRow handOver = handOvers.get(machine.instanceUuid());
        JsonArray held = new JsonArray();
        machine.gpus().forEach(gpu -> held.add(held(gpu)));
        JsonArray used = new JsonArray();
        leases.stream()
                .filter(lease -> member != null
                        && (lease.lease().client().equals(member.id())
                                || lease.lease().server().equals(member.id())))
                .forEach(lease -> used.add(lease.toJson()));
        JsonObject json = new JsonObject()
                .put("vcenter", inventory.vcenter())
                .put("moref", machine.id())
                .put("instanceUuid", machine.instanceUuid())
                .put("name", machine.name())
                .put("power", machine.power())
                .put("template", machine.template())
                .put(
                        "guest",
                        new JsonObject()
                                .put("linux", machine.guest().linux())
                                .put("system", machine.guest().system())
                                .put("tools", machine.guest().tools())
                                .put("hostName", machine.guest().hostName())
                                .put("addresses", new JsonArray(machine.guest().addresses())))
                .put("gpus", held)
                .put("enableClient", possible(Enabling.whyNot("client", machine, member, handOver, now)))
                .put("enableServer", possible(Enabling.whyNot("server", machine, member, handOver, now)))
                .put("disable", possible(Enabling.whyNotOut(member, handOver, now)))
                .put("leases", used);
        Host host = machine.host() == null ? null : inventory.hosts().get(machine.host());
        if (host != null) {
            json.put("host", ref(host.id(), host.name()));
        }
        if (member != null) {
            json.put(
                    "member",
                    new JsonObject()
                            .put("kind", member.kind())
                            .put("id", member.id())
                            .put("enabled", member.enabled()));
        }
        if (handOver != null) {
            json.put("handOver", handOver(handOver));
        }
        return json;
    }

    private JsonObject handOver(HandOverRow row) {
        boolean late = row.open() && !now.isBefore(row.expires());
        return new JsonObject()
                .put("kind", row.kind())
                .put("state", late ? "expired" : row.state())
                .put("text", row.text())
                .put("started", row.started().toString())
                .put("expires", row.expires().toString());
    }

    private Optional<PeerRow> member(Machine machine) {
        MemberVmRow row = members.get(machine.instanceUuid());
        return row == null ? Optional.empty() : Optional.ofNullable(peers.get(row.peer()));
    }

    private JsonObject ref(String moref, String name) {
        return new JsonObject()
                .put("vcenter", inventory.vcenter())
                .put("moref", moref)
                .put("name", name);
    }

    private static JsonObject held(HeldGpu gpu) {
        JsonObject json = new JsonObject()
                .put("kind", gpu.holding().name().toLowerCase(Locale.ROOT))
                .put("name", gpu.name());
        if (gpu.pciId() != null) {
            json.put("pciId", gpu.pciId());
        }
        return json;
    }

    private static JsonObject possible(Optional<String> reason) {
        JsonObject json = new JsonObject().put("possible", reason.isEmpty());
        reason.ifPresent(text -> json.put("reason", text));
        return json;
    }
}
