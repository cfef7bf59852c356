package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	nvidia         = 0x10de
	controller3D   = 0x0302
	mellanox       = 0x15b3
	ethernet       = 0x0200
	defaultGuestOS = "Debian GNU/Linux 12 (64-bit)"
)

// populate makes VMs like the first one until there are so many. The model could do it too, but waits 20 ms for each.
func (s *simulation) populate(count int) error {
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, s.service)
	if err != nil {
		return err
	}
	first := s.registry.Any("VirtualMachine").(*simulator.VirtualMachine)
	var tasks []types.ManagedObjectReference
	for i := 1; i < count; i++ {
		made, err := methods.CreateVM_Task(ctx, client, &types.CreateVM_Task{
			This: *first.Parent,
			Config: types.VirtualMachineConfigSpec{
				Name:    fmt.Sprintf("more-%d", i),
				GuestId: first.Config.GuestId,
				Files:   &types.VirtualMachineFileInfo{VmPathName: "[LocalDS_0]"},
			},
			Pool: *first.ResourcePool,
			Host: first.Runtime.Host,
		})
		if err != nil {
			return err
		}
		tasks = append(tasks, made.Returnval)
	}
	// The tasks end in their own time, and a VM is there before its task is done with it.
	for _, task := range tasks {
		if err := s.awaitSuccess(task); err != nil {
			return err
		}
	}
	if made := len(s.registry.All("VirtualMachine")); made != count {
		return fmt.Errorf("%d VMs were made, not %d", made, count)
	}
	return nil
}

func (s *simulation) awaitSuccess(ref types.ManagedObjectReference) error {
	state := types.TaskInfoStateQueued
	for range 3000 {
		if task, ok := s.registry.Get(ref).(*simulator.Task); ok {
			s.context().WithLock(task, func() { state = task.Info.State })
		}
		if state == types.TaskInfoStateSuccess {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("a VM could not be made: its task is %s", state)
}

// furnish turns govmomi's default hosts and VMs into those of the fixture.
func (s *simulation) furnish(description *fixture) error {
	hosts := map[string]*simulator.HostSystem{}
	all := inOrder(s.registry.All("HostSystem"))
	if len(all) != len(description.Hosts) {
		return fmt.Errorf("the model has %d hosts, the fixture %d", len(all), len(description.Hosts))
	}
	for i, entity := range all {
		host := entity.(*simulator.HostSystem)
		furnishHost(host, description.Hosts[i])
		hosts[description.Hosts[i].Name] = host
	}
	machines := inOrder(s.registry.All("VirtualMachine"))
	if len(machines) != len(description.VMs) {
		return fmt.Errorf("the model has %d VMs, the fixture %d", len(machines), len(description.VMs))
	}
	for i, entity := range machines {
		wanted := description.VMs[i]
		host := all[0].(*simulator.HostSystem)
		if wanted.Host != "" {
			if host = hosts[wanted.Host]; host == nil {
				return fmt.Errorf("VM %s is on host %q, which the fixture does not have", wanted.Name, wanted.Host)
			}
		}
		if err := s.furnishVM(entity.(*simulator.VirtualMachine), host, wanted); err != nil {
			return err
		}
	}
	return nil
}

// inOrder sorts by id, so that the same fixture gives the same inventory.
func inOrder(entities []mo.Entity) []mo.Entity {
	slices.SortFunc(entities, func(a, b mo.Entity) int {
		one, other := a.Reference().Value, b.Reference().Value
		return cmp.Or(cmp.Compare(len(one), len(other)), cmp.Compare(one, other))
	})
	return entities
}

func furnishHost(host *simulator.HostSystem, wanted hostFixture) {
	host.Name = wanted.Name
	host.Summary.Config.Name = wanted.Name
	// Hosts share what they are made of: each gets copies of its own before anything is added.
	hardware := *host.Hardware
	hardware.PciDevice = append([]types.HostPciDevice(nil), hardware.PciDevice...)
	config := *host.Config
	config.PciPassthruInfo = nil
	config.GraphicsInfo = nil
	config.SharedPassthruGpuTypes = wanted.VGPUTypes
	for _, gpu := range wanted.GPUs {
		var domain, bus, slot, function int
		_, _ = fmt.Sscanf(gpu.ID, "%x:%x:%x.%x", &domain, &bus, &slot, &function)
		hardware.PciDevice = append(hardware.PciDevice, types.HostPciDevice{
			Id: gpu.ID, ClassId: controller3D, Bus: byte(bus), Slot: byte(slot), Function: byte(function),
			VendorId: nvidia, DeviceId: int16(gpu.DeviceID), SubVendorId: nvidia,
			VendorName: "NVIDIA Corporation", DeviceName: gpu.Name,
		})
		config.PciPassthruInfo = append(config.PciPassthruInfo, &types.HostPciPassthruInfo{
			Id:              gpu.ID,
			DependentDevice: gpu.ID,
			PassthruCapable: gpu.Passthrough != "impossible",
			PassthruEnabled: gpu.Passthrough == "on" || gpu.Passthrough == "after_reboot",
			PassthruActive:  gpu.Passthrough == "on",
		})
		if gpu.MemoryMiB > 0 {
			config.GraphicsInfo = append(config.GraphicsInfo, types.HostGraphicsInfo{
				DeviceName: gpu.Name, VendorName: "NVIDIA Corporation", PciId: gpu.ID,
				GraphicsType: "sharedDirect", MemorySizeInKB: gpu.MemoryMiB << 10,
			})
		}
	}
	for i := range wanted.Devices {
		id := fmt.Sprintf("%04x:%02x:%02x.0", 1+i/1024, i/32%32, i%32)
		hardware.PciDevice = append(hardware.PciDevice, types.HostPciDevice{
			Id: id, ClassId: ethernet, Bus: byte(i / 32 % 32), Slot: byte(i % 32), VendorId: mellanox, SubVendorId: mellanox,
			VendorName: "Mellanox Technologies", DeviceName: "MT28908 Family [ConnectX-6 Virtual Function]",
		})
		config.PciPassthruInfo = append(config.PciPassthruInfo, &types.HostPciPassthruInfo{Id: id, DependentDevice: id})
	}
	host.Hardware = &hardware
	host.Config = &config
}

func (s *simulation) furnishVM(vm *simulator.VirtualMachine, host *simulator.HostSystem, wanted vmFixture) error {
	vm.Name = wanted.Name
	vm.Config.Name = wanted.Name
	vm.Summary.Config.Name = wanted.Name
	vm.Config.Template = wanted.Template
	s.move(vm, host)
	switch wanted.Power {
	case "", "on":
		vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOn
	case "off":
		vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff
	case "suspended":
		vm.Runtime.PowerState = types.VirtualMachinePowerStateSuspended
	default:
		return fmt.Errorf("VM %s: there is no power state %q", wanted.Name, wanted.Power)
	}
	vm.Summary.Runtime.PowerState = vm.Runtime.PowerState
	system := wanted.System
	if system == "" {
		system = defaultGuestOS
	}
	family, id := string(types.VirtualMachineGuestOsFamilyLinuxGuest), "debian12_64Guest"
	if strings.Contains(system, "Windows") {
		family, id = string(types.VirtualMachineGuestOsFamilyWindowsGuest), "windows2019srv_64Guest"
	}
	vm.Config.GuestFullName, vm.Config.GuestId = system, id
	s.tellGuest(vm, wanted, family, id, system)
	for i, gpu := range wanted.GPUs {
		device, err := held(gpu, int32(13000+i))
		if err != nil {
			return fmt.Errorf("VM %s: %w", wanted.Name, err)
		}
		vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, device)
		for at := range host.Config.GraphicsInfo {
			if card := &host.Config.GraphicsInfo[at]; gpu.VGPU != "" && card.PciId == gpu.On {
				card.Vm = append(card.Vm, vm.Self)
			}
		}
	}
	return nil
}

// tellGuest fills in what the VM's tools would report.
func (s *simulation) tellGuest(vm *simulator.VirtualMachine, wanted vmFixture, family, id, system string) {
	tools := types.VirtualMachineToolsRunningStatusGuestToolsRunning
	if wanted.Tools == "notRunning" || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		tools = types.VirtualMachineToolsRunningStatusGuestToolsNotRunning
	}
	guest := types.GuestInfo{
		ToolsRunningStatus: string(tools), GuestFamily: family, GuestId: id, GuestFullName: system,
		GuestState: "running", HostName: wanted.HostName,
	}
	if len(wanted.Addresses) > 0 {
		guest.IpAddress = wanted.Addresses[0]
		guest.Net = []types.GuestNicInfo{{Network: "VM Network", Connected: true, IpAddress: wanted.Addresses}}
	}
	vm.Guest = &guest
	vm.Summary.Guest = &types.VirtualMachineGuestSummary{
		GuestId: id, GuestFullName: system, ToolsRunningStatus: guest.ToolsRunningStatus,
		HostName: guest.HostName, IpAddress: guest.IpAddress,
	}
}

func held(gpu heldFixture, key int32) (types.BaseVirtualDevice, error) {
	device := &types.VirtualPCIPassthrough{VirtualDevice: types.VirtualDevice{Key: key}}
	switch {
	case gpu.Passthrough != "":
		device.Backing = &types.VirtualPCIPassthroughDeviceBackingInfo{
			Id: gpu.Passthrough, DeviceId: "20b0", SystemId: "BYPASS", VendorId: nvidia,
		}
	case gpu.Dynamic != "":
		device.Backing = &types.VirtualPCIPassthroughDynamicBackingInfo{
			AllowedDevice: []types.VirtualPCIPassthroughAllowedDevice{{VendorId: nvidia, DeviceId: 0x20b0}},
			CustomLabel:   gpu.Dynamic, AssignedId: gpu.Assigned,
		}
	case gpu.VGPU != "":
		device.Backing = &types.VirtualPCIPassthroughVmiopBackingInfo{Vgpu: gpu.VGPU}
	default:
		return nil, fmt.Errorf("a GPU that is held is passthrough, dynamic or vgpu")
	}
	return device, nil
}

// move puts a VM on another host, as vMotion does.
func (s *simulation) move(vm *simulator.VirtualMachine, host *simulator.HostSystem) {
	if old := vm.Runtime.Host; old != nil {
		if from, ok := s.registry.Get(*old).(*simulator.HostSystem); ok {
			simulator.RemoveReference(&from.Vm, vm.Self)
		}
	}
	self := host.Self
	vm.Runtime.Host = &self
	vm.Summary.Runtime.Host = &self
	host.Vm = append(host.Vm, vm.Self)
}

// clone lets govmomi clone a VM. A vCenter's clone has the advanced configuration of its origin, guestinfo included; govmomi's has
// it when the call gives it. What the clone's guest tells is what its origin's does.
func (s *simulation) clone(vm *simulator.VirtualMachine, name string) (any, error) {
	ctx := s.context()
	answer := vm.CloneVMTask(ctx, &types.CloneVM_Task{
		This: vm.Self, Folder: *vm.Parent, Name: name,
		Spec: types.VirtualMachineCloneSpec{
			PowerOn: true,
			Config:  &types.VirtualMachineConfigSpec{ExtraConfig: vm.Config.ExtraConfig},
		},
	})
	body, ok := answer.(*methods.CloneVM_TaskBody)
	if !ok || body.Res == nil {
		return nil, fmt.Errorf("VM %s was not cloned: %v", vm.Name, answer.Fault())
	}
	task, ok := ctx.Map.Get(body.Res.Returnval).(*simulator.Task)
	if !ok {
		return nil, fmt.Errorf("VM %s: cloning it is no task", vm.Name)
	}
	task.Wait()
	made, err := s.vm(name)
	if err != nil {
		return nil, err
	}
	ctx.WithLock(made, func() {
		guest, summary := *vm.Guest, *vm.Summary.Guest
		made.Config.GuestFullName, made.Config.GuestId = vm.Config.GuestFullName, vm.Config.GuestId
		ctx.Update(made, []types.PropertyChange{
			{Name: "guest", Val: &guest}, {Name: "summary.guest", Val: &summary},
			{Name: "guest.toolsRunningStatus", Val: guest.ToolsRunningStatus},
			{Name: "runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOn},
		})
	})
	return map[string]string{"moref": made.Self.Value, "instanceUuid": made.Config.InstanceUuid}, nil
}

// vm finds a VM by its name.
func (s *simulation) vm(name string) (*simulator.VirtualMachine, error) {
	for _, entity := range s.registry.All("VirtualMachine") {
		if entity.Entity().Name == name {
			return entity.(*simulator.VirtualMachine), nil
		}
	}
	return nil, fmt.Errorf("there is no VM %q", name)
}

// host finds a host by its name.
func (s *simulation) host(name string) (*simulator.HostSystem, error) {
	for _, entity := range s.registry.All("HostSystem") {
		if entity.Entity().Name == name {
			return entity.(*simulator.HostSystem), nil
		}
	}
	return nil, fmt.Errorf("there is no host %q", name)
}
