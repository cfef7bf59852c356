package io.penstock.appliance.vcenter.discovery;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A vCenter's hosts and VMs at one moment. Immutable; ids are unique within this vCenter only.
 *
 * @param vcenter its instance UUID
 * @param hosts all ESXi hosts by id
 * @param machines all VMs by id
 * @param forbidden properties that the service account may not read somewhere, for people
 */
public record Inventory(String vcenter, Map<String, Host> hosts, Map<String, Machine> machines, Set<String> forbidden) {
    /** Whether and when a device can be given to a VM. */
    public enum Passthrough {
        /** The hardware or the firmware cannot. */
        IMPOSSIBLE,
        /** It can; nobody switched it on. */
        OFF,
        /** It was switched on and waits for the host's reboot. */
        AFTER_REBOOT,
        /** It is ready. */
        ON
    }

    /** How a VM holds a GPU. */
    public enum Holding {
        /** DirectPath I/O: this very device. */
        PASSTHROUGH,
        /** Dynamic DirectPath I/O: any device that fits. */
        DYNAMIC,
        /** A virtual GPU. */
        VGPU
    }

    /**
     * A GPU in a host.
     *
     * @param pciId such as {@code 0000:3b:00.0}
     * @param vendor the PCI vendor, 0 to 65535
     * @param device the PCI device, 0 to 65535
     * @param memoryBytes 0 where the host does not say
     * @param sharedBy the ids of the VMs that the host says use it: those with a virtual GPU of it among them
     */
    public record HostGpu(
            String pciId,
            String name,
            int vendor,
            int device,
            long memoryBytes,
            Passthrough passthrough,
            Set<String> sharedBy) {}

    /**
     * An ESXi host.
     *
     * @param connection {@code connected}, {@code disconnected}, {@code notResponding} or {@code unknown}
     * @param power {@code poweredOn}, {@code poweredOff}, {@code standBy} or {@code unknown}
     * @param vgpuTypes the vGPU profiles that it offers
     */
    public record Host(
            String id, String name, String connection, String power, List<HostGpu> gpus, List<String> vgpuTypes) {}

    /**
     * A GPU that a VM holds.
     *
     * @param name the device's name, the label or the vGPU profile
     * @param pciId where it is known
     */
    public record HeldGpu(
            Holding holding, String name, @Nullable String pciId) {}

    /**
     * What a VM's tools say.
     *
     * @param system the guest's operating system, for people
     * @param tools {@code running}, {@code notRunning} or {@code unknown}
     */
    public record Guest(boolean linux, String system, String tools, String hostName, List<String> addresses) {}

    /**
     * A VM.
     *
     * @param instanceUuid tells it from all others, wherever it is moved
     * @param host the id of the host where it is
     * @param power {@code poweredOn}, {@code poweredOff}, {@code suspended} or {@code unknown}
     */
    public record Machine(
            String id,
            String instanceUuid,
            String name,
            @Nullable String host,
            String power,
            boolean template,
            Guest guest,
            List<HeldGpu> gpus) {}

    /** An empty inventory. */
    public static Inventory empty(String vcenter) {
        return new Inventory(vcenter, Map.of(), Map.of(), Set.of());
    }

    /** The VM with this instance UUID. */
    public Optional<Machine> byInstanceUuid(String instanceUuid) {
        return machines.values().stream()
                .filter(machine -> machine.instanceUuid().equals(instanceUuid))
                .findFirst();
    }

    /** The VMs on a host that hold one of its GPUs: by passthrough, as their devices say, or by a virtual GPU, as the host says. */
    public List<Machine> holders(String host, HostGpu gpu) {
        return machines.values().stream()
                .filter(machine -> host.equals(machine.host()))
                .filter(machine -> gpu.sharedBy().contains(machine.id())
                        || machine.gpus().stream().anyMatch(held -> gpu.pciId().equals(held.pciId())))
                .toList();
    }
}
