package io.penstock.appliance.vcenter.discovery;

import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.discovery.Inventory.Guest;
import io.penstock.appliance.vcenter.discovery.Inventory.HeldGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Holding;
import io.penstock.appliance.vcenter.discovery.Inventory.Host;
import io.penstock.appliance.vcenter.discovery.Inventory.HostGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vcenter.discovery.Inventory.Passthrough;
import io.penstock.appliance.vcenter.soap.PropertyWatch.Change;
import io.penstock.appliance.vcenter.soap.PropertyWatch.Update;
import io.penstock.appliance.vcenter.soap.WatchedType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes inventories of updates; decides nothing and asks nobody. Every property may be missing: a host that is disconnected has no
 * configuration, a VM whose files cannot be read has none either. One thread at a time.
 */
final class InventoryFold {
    static final String HOST = "HostSystem";
    static final String MACHINE = "VirtualMachine";

    private static final int ID_MASK = 0xffff;
    private static final int NVIDIA = 0x10de;
    private static final int DISPLAY = 0x03;
    private static final int ACCELERATOR = 0x12;
    private static final int CLASS_SHIFT = 8;
    private static final int KIB = 1024;

    private final String vcenter;
    private final Map<ObjectRef, Map<String, Object>> raw = new HashMap<>();
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final Map<ObjectRef, Set<String>> forbidden = new HashMap<>();

    InventoryFold(String vcenter) {
        this.vcenter = vcenter;
    }

    /** What must be watched. */
    static List<WatchedType> watched() {
        return List.of(
                new WatchedType(
                        HOST,
                        List.of(
                                "name",
                                "runtime.connectionState",
                                "runtime.powerState",
                                "hardware.pciDevice",
                                "config.pciPassthruInfo",
                                "config.graphicsInfo",
                                "config.sharedPassthruGpuTypes")),
                new WatchedType(
                        MACHINE,
                        List.of(
                                "name",
                                "config.instanceUuid",
                                "config.template",
                                "config.guestFullName",
                                "config.guestId",
                                "config.hardware.device",
                                "runtime.powerState",
                                "runtime.host",
                                "guest.toolsRunningStatus",
                                "guest.guestFamily",
                                "guest.guestFullName",
                                "guest.hostName",
                                "guest.ipAddress",
                                "guest.net")));
    }

    /** Takes updates in. */
    void take(List<Update> updates) {
        for (Update update : updates) {
            ObjectRef object = update.object();
            if (update.change() == Change.LEFT) {
                raw.remove(object);
                forbidden.remove(object);
                hosts.remove(object.id());
                machines.remove(object.id());
                continue;
            }
            Map<String, Object> values = update.change() == Change.ENTERED
                    ? new HashMap<>()
                    : raw.computeIfAbsent(object, fresh -> new HashMap<>());
            raw.put(object, values);
            for (Map.Entry<String, @Nullable Object> one : update.values().entrySet()) {
                if (one.getValue() == null) {
                    values.remove(one.getKey());
                } else {
                    values.put(one.getKey(), one.getValue());
                }
            }
            if (!update.forbidden().isEmpty()) {
                forbidden.put(object, update.forbidden());
            }
            if (object.type().equals(HOST)) {
                hosts.put(object.id(), host(object.id(), values));
            } else if (object.type().equals(MACHINE)) {
                machines.put(object.id(), machine(object.id(), values));
            }
        }
    }

    /** The inventory after all that was taken in. */
    Inventory inventory() {
        Set<String> unread = new TreeSet<>();
        forbidden.forEach((object, paths) -> paths.forEach(path -> unread.add(path + " of " + object.type())));
        return new Inventory(vcenter, Map.copyOf(hosts), Map.copyOf(machines), Set.copyOf(unread));
    }

    // ---- hosts ----

    private static Host host(String id, Map<String, Object> values) {
        Map<String, Node> passthrough = byId(values.get("config.pciPassthruInfo"), "id");
        Map<String, Node> graphics = byId(values.get("config.graphicsInfo"), "pciId");
        List<HostGpu> gpus = new ArrayList<>();
        for (Node device : Node.nodes(values.get("hardware.pciDevice"))) {
            int base = ((int) device.number("classId") >> CLASS_SHIFT) & 0xff;
            int vendor = (int) device.number("vendorId") & ID_MASK;
            if (vendor != NVIDIA || (base != DISPLAY && base != ACCELERATOR)) {
                continue;
            }
            String pciId = device.text("id").orElse("");
            Node graphic = graphics.get(pciId);
            gpus.add(new HostGpu(
                    pciId,
                    device.text("deviceName").orElse("NVIDIA device"),
                    vendor,
                    (int) device.number("deviceId") & ID_MASK,
                    graphic == null ? 0 : graphic.number("memorySizeInKB") * KIB,
                    passthrough(passthrough.get(pciId)),
                    graphic == null ? Set.of() : users(graphic)));
        }
        return new Host(
                id,
                text(values, "name", id),
                text(values, "runtime.connectionState", "unknown"),
                text(values, "runtime.powerState", "unknown"),
                List.copyOf(gpus),
                Node.texts(values.get("config.sharedPassthruGpuTypes")));
    }

    /** The VMs on a card; a virtual GPU's backing names a profile and no card, so that only the host knows. */
    private static Set<String> users(Node graphic) {
        Object vms = graphic.fields().get("vm");
        return (vms instanceof List<?> list ? list : vms == null ? List.of() : List.of(vms))
                .stream()
                        .filter(ObjectRef.class::isInstance)
                        .map(vm -> ((ObjectRef) vm).id())
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static Passthrough passthrough(@Nullable Node info) {
        if (info == null || !info.flag("passthruCapable")) {
            return Passthrough.IMPOSSIBLE;
        }
        if (info.flag("passthruActive")) {
            return Passthrough.ON;
        }
        return info.flag("passthruEnabled") ? Passthrough.AFTER_REBOOT : Passthrough.OFF;
    }

    // ---- machines ----

    private static Machine machine(String id, Map<String, Object> values) {
        return new Machine(
                id,
                text(values, "config.instanceUuid", ""),
                text(values, "name", id),
                values.get("runtime.host") instanceof ObjectRef host ? host.id() : null,
                text(values, "runtime.powerState", "unknown"),
                Boolean.TRUE.equals(values.get("config.template")),
                guest(values),
                held(values.get("config.hardware.device")));
    }

    private static Guest guest(Map<String, Object> values) {
        String system = text(values, "guest.guestFullName", text(values, "config.guestFullName", ""));
        // a guest that runs tells its family; one that does not is known by what it was made for
        String family = text(values, "guest.guestFamily", "");
        boolean linux = family.isEmpty()
                ? text(values, "config.guestId", "")
                        .matches(
                                "(?i).*(linux|debian|ubuntu|rhel|centos|suse|sles|fedora|photon|rocky|alma|amazon|oracle).*")
                : family.equals("linuxGuest");
        Set<String> addresses = new LinkedHashSet<>();
        String first = text(values, "guest.ipAddress", "");
        if (!first.isEmpty()) {
            addresses.add(first);
        }
        for (Node nic : Node.nodes(values.get("guest.net"))) {
            addresses.addAll(nic.texts("ipAddress"));
        }
        return new Guest(
                linux,
                system,
                switch (text(values, "guest.toolsRunningStatus", "")) {
                    case "guestToolsRunning" -> "running";
                    case "guestToolsNotRunning", "guestToolsExecutingScripts" -> "notRunning";
                    default -> "unknown";
                },
                text(values, "guest.hostName", ""),
                List.copyOf(addresses));
    }

    private static List<HeldGpu> held(@Nullable Object devices) {
        List<HeldGpu> held = new ArrayList<>();
        for (Node device : Node.nodes(devices)) {
            Node backing = device.node("backing").orElse(null);
            if (!device.type().equals("VirtualPCIPassthrough") || backing == null) {
                continue;
            }
            switch (backing.type()) {
                case "VirtualPCIPassthroughDeviceBackingInfo" -> {
                    String pciId = backing.text("id").orElse("");
                    String name = backing.text("deviceName")
                            .filter(text -> !text.isEmpty())
                            .orElse(pciId);
                    held.add(new HeldGpu(Holding.PASSTHROUGH, name, pciId));
                }
                case "VirtualPCIPassthroughDynamicBackingInfo" ->
                    held.add(new HeldGpu(
                            Holding.DYNAMIC,
                            backing.text("customLabel")
                                    .filter(text -> !text.isEmpty())
                                    .orElse("any that fits"),
                            backing.text("assignedId")
                                    .filter(text -> !text.isEmpty())
                                    .orElse(null)));
                case "VirtualPCIPassthroughVmiopBackingInfo" ->
                    held.add(new HeldGpu(Holding.VGPU, backing.text("vgpu").orElse(""), null));
                default -> {
                    // a device of another kind, such as a network card's virtual function
                }
            }
        }
        return List.copyOf(held);
    }

    private static Map<String, Node> byId(@Nullable Object list, String field) {
        Map<String, Node> found = new HashMap<>();
        for (Node node : Node.nodes(list)) {
            node.text(field).ifPresent(id -> found.put(id, node));
        }
        return found;
    }

    private static String text(Map<String, Object> values, String path, String otherwise) {
        Object value = values.get(path);
        return value == null ? otherwise : value.toString();
    }
}
