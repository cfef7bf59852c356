package io.penstock.appliance.vcenter.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.appliance.vcenter.Node;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.discovery.Inventory.HeldGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Holding;
import io.penstock.appliance.vcenter.discovery.Inventory.Host;
import io.penstock.appliance.vcenter.discovery.Inventory.HostGpu;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vcenter.discovery.Inventory.Passthrough;
import io.penstock.appliance.vcenter.soap.PropertyWatch.Change;
import io.penstock.appliance.vcenter.soap.PropertyWatch.Update;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InventoryFoldTest {
    private static final ObjectRef ESX = new ObjectRef("HostSystem", "host-1");
    private static final ObjectRef VM = new ObjectRef("VirtualMachine", "vm-1");

    private final InventoryFold fold = new InventoryFold("vc");

    private void take(ObjectRef object, Change change, Map<String, @Nullable Object> values) {
        fold.take(List.of(new Update(object, change, values, Set.of())));
    }

    private Host host() {
        return Objects.requireNonNull(fold.inventory().hosts().get("host-1"));
    }

    private Machine machine() {
        return Objects.requireNonNull(fold.inventory().machines().get("vm-1"));
    }

    private static Node pci(String id, long vendor, long device, long classId) {
        return new Node(
                "HostPciDevice",
                Map.of("id", id, "vendorId", vendor, "deviceId", device, "classId", classId, "deviceName", "a GPU"));
    }

    private static Node passthrough(String id, boolean capable, boolean enabled, boolean active) {
        return new Node(
                "HostPciPassthruInfo",
                Map.of("id", id, "passthruCapable", capable, "passthruEnabled", enabled, "passthruActive", active));
    }

    private static Node device(Node backing) {
        return new Node("VirtualPCIPassthrough", Map.of("key", 13000L, "backing", backing));
    }

    @Test
    void keepsNvidiaGpusAndNothingElseOfTheirCards() {
        take(
                ESX,
                Change.ENTERED,
                Map.of(
                        "name",
                        "esx1",
                        "hardware.pciDevice",
                        List.of(
                                pci("0000:3b:00.0", 0x10de, (short) 0xa0b0, 0x0302),
                                pci("0000:3b:00.1", 0x10de, 0x1aef, 0x0403), // its audio function
                                pci("0000:05:00.0", 0x10de, 0x22a3, 0x0680), // an NVSwitch
                                pci("0000:01:00.0", (short) 0x8086, 0x1234, 0x0300),
                                pci("0000:86:00.0", 0x10de, 0x2330, 0x1200)),
                        "config.graphicsInfo",
                        List.of(new Node(
                                "HostGraphicsInfo", Map.of("pciId", "0000:3b:00.0", "memorySizeInKB", 41943040L)))));
        assertThat(host().gpus()).extracting(HostGpu::pciId).containsExactly("0000:3b:00.0", "0000:86:00.0");
        assertThat(host().gpus().getFirst().device()).isEqualTo(0xa0b0);
        assertThat(host().gpus().getFirst().memoryBytes()).isEqualTo(40L << 30);
        assertThat(host().gpus().getLast().memoryBytes()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, false, IMPOSSIBLE",
        "false, true, true, IMPOSSIBLE",
        "true, false, false, OFF",
        "true, true, false, AFTER_REBOOT",
        "true, true, true, ON"
    })
    void tellsWhetherADeviceCanBePassedThrough(boolean capable, boolean enabled, boolean active, Passthrough expected) {
        take(
                ESX,
                Change.ENTERED,
                Map.of(
                        "hardware.pciDevice",
                        List.of(pci("0000:3b:00.0", 0x10de, 1, 0x0302)),
                        "config.pciPassthruInfo",
                        List.of(passthrough("0000:3b:00.0", capable, enabled, active))));
        assertThat(host().gpus().getFirst().passthrough()).isEqualTo(expected);
    }

    @Test
    void hostWithoutAnythingIsUnknownAndNoFailure() {
        take(ESX, Change.ENTERED, Map.of());
        assertThat(host()).isEqualTo(new Host("host-1", "host-1", "unknown", "unknown", List.of(), List.of()));
    }

    @Test
    void disconnectedHostLosesItsConfigurationAndKeepsItsDevices() {
        take(
                ESX,
                Change.ENTERED,
                Map.of(
                        "runtime.connectionState",
                        "connected",
                        "hardware.pciDevice",
                        List.of(pci("0000:3b:00.0", 0x10de, 1, 0x0302)),
                        "config.pciPassthruInfo",
                        List.of(passthrough("0000:3b:00.0", true, true, true))));
        Map<String, @Nullable Object> gone = new HashMap<>();
        gone.put("runtime.connectionState", "disconnected");
        gone.put("config.pciPassthruInfo", null);
        take(ESX, Change.MODIFIED, gone);
        assertThat(host().connection()).isEqualTo("disconnected");
        assertThat(host().gpus().getFirst().passthrough()).isEqualTo(Passthrough.IMPOSSIBLE);
    }

    @Test
    void knowsEachWayToHoldAGpu() {
        take(
                VM,
                Change.ENTERED,
                Map.of(
                        "config.hardware.device",
                        List.of(
                                new Node("VirtualDisk", Map.of("key", 2000L)),
                                device(new Node(
                                        "VirtualPCIPassthroughDeviceBackingInfo", Map.of("id", "0000:3b:00.0"))),
                                device(new Node(
                                        "VirtualPCIPassthroughDynamicBackingInfo",
                                        Map.of("customLabel", "big", "assignedId", "0000:86:00.0"))),
                                device(new Node("VirtualPCIPassthroughDynamicBackingInfo", Map.of())),
                                device(new Node(
                                        "VirtualPCIPassthroughVmiopBackingInfo", Map.of("vgpu", "grid_a100-4c"))),
                                device(new Node("VirtualPCIPassthroughOfTheFuture", Map.of())))));
        assertThat(machine().gpus())
                .containsExactly(
                        new HeldGpu(Holding.PASSTHROUGH, "0000:3b:00.0", "0000:3b:00.0"),
                        new HeldGpu(Holding.DYNAMIC, "big", "0000:86:00.0"),
                        new HeldGpu(Holding.DYNAMIC, "any that fits", null),
                        new HeldGpu(Holding.VGPU, "grid_a100-4c", null));
    }

    @ParameterizedTest
    @CsvSource({"vm-1, true", "vm-2, false"})
    void cardIsHeldByTheVmsThatTheHostSaysHaveAVirtualGpuOfIt(String user, boolean held) {
        take(
                ESX,
                Change.ENTERED,
                Map.of(
                        "hardware.pciDevice",
                        List.of(
                                pci("0000:3b:00.0", 0x10de, 0x20b0, 0x0302),
                                pci("0000:86:00.0", 0x10de, 0x20b0, 0x0302)),
                        "config.graphicsInfo",
                        List.of(new Node(
                                "HostGraphicsInfo",
                                Map.of("pciId", "0000:3b:00.0", "vm", new ObjectRef("VirtualMachine", user))))));
        take(
                VM,
                Change.ENTERED,
                Map.of(
                        "runtime.host",
                        ESX,
                        "config.hardware.device",
                        List.of(device(
                                new Node("VirtualPCIPassthroughVmiopBackingInfo", Map.of("vgpu", "grid_a100-4c"))))));
        Inventory inventory = fold.inventory();
        assertThat(inventory.holders("host-1", host().gpus().getFirst()).contains(machine()))
                .isEqualTo(held);
        assertThat(inventory.holders("host-1", host().gpus().getLast())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "linuxGuest, windows2019srv_64Guest, true",
        "windowsGuest, debian12_64Guest, false",
        "'', debian12_64Guest, true",
        "'', rhel9_64Guest, true",
        "'', windows2019srv_64Guest, false",
        "'', '', false"
    })
    void tellsLinux(String family, String id, boolean linux) {
        take(VM, Change.ENTERED, Map.of("guest.guestFamily", family, "config.guestId", id));
        assertThat(machine().guest().linux()).isEqualTo(linux);
    }

    @Test
    void addressesOfAllCardsAreKeptOnce() {
        take(
                VM,
                Change.ENTERED,
                Map.of(
                        "guest.ipAddress",
                        "10.0.0.5",
                        "guest.net",
                        List.of(
                                new Node("GuestNicInfo", Map.of("ipAddress", List.of("10.0.0.5", "fe80::1"))),
                                new Node("GuestNicInfo", Map.of("ipAddress", "192.168.1.9")))));
        assertThat(machine().guest().addresses()).containsExactly("10.0.0.5", "fe80::1", "192.168.1.9");
    }

    @Test
    void movedMachineIsOnItsNewHostAndOneThatLeftIsGone() {
        take(VM, Change.ENTERED, Map.of("runtime.host", ESX, "name", "a"));
        take(VM, Change.MODIFIED, Map.of("runtime.host", new ObjectRef("HostSystem", "host-2")));
        assertThat(machine().host()).isEqualTo("host-2");
        assertThat(machine().name()).isEqualTo("a");
        Inventory before = fold.inventory();
        take(VM, Change.LEFT, Map.of());
        assertThat(fold.inventory().machines()).isEmpty();
        assertThat(before.machines()).hasSize(1);
    }

    @Test
    void whatMayNotBeReadIsTold() {
        fold.take(List.of(new Update(VM, Change.ENTERED, Map.of(), Set.of("config.hardware.device"))));
        assertThat(fold.inventory().forbidden()).containsExactly("config.hardware.device of VirtualMachine");
    }
}
