package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// fixture describes an inventory and who may do what in it.
type fixture struct {
	Hosts []hostFixture `json:"hosts"`
	VMs   []vmFixture   `json:"vms"`
	Users []userFixture `json:"users"`
	// APIVersion is what the vCenter says of itself, such as "8.0.3.0"; empty leaves what govmomi says.
	APIVersion string `json:"apiVersion"`
}

type hostFixture struct {
	Name      string       `json:"name"`
	GPUs      []gpuFixture `json:"gpus"`
	VGPUTypes []string     `json:"vgpuTypes"`
	Devices   int          `json:"devices"` // so many PCI devices that are no GPUs, as large servers have
}

type gpuFixture struct {
	ID        string `json:"id"` // "0000:3b:00.0"
	Name      string `json:"name"`
	DeviceID  int    `json:"deviceId"` // as lspci prints it: 0x20b0
	MemoryMiB int64  `json:"memoryMiB"`
	// Passthrough is "on", "off", "after_reboot" or "impossible".
	Passthrough string `json:"passthrough"`
}

type vmFixture struct {
	Name      string        `json:"name"`
	Host      string        `json:"host"`  // a host's name; empty: the first
	Power     string        `json:"power"` // "on" (also when empty), "off", "suspended"
	System    string        `json:"system"`
	Tools     string        `json:"tools"` // "running" (also when empty), "notRunning"
	HostName  string        `json:"hostName"`
	Addresses []string      `json:"addresses"`
	GPUs      []heldFixture `json:"gpus"`
	Template  bool          `json:"template"`
}

// heldFixture is a GPU that a VM holds: exactly one of Passthrough (a PCI id), Dynamic (a label) and VGPU (a profile) is set.
type heldFixture struct {
	Passthrough string `json:"passthrough"`
	Dynamic     string `json:"dynamic"`
	Assigned    string `json:"assigned"` // the PCI id that a dynamic one got
	VGPU        string `json:"vgpu"`
	On          string `json:"on"` // the PCI id of the card that the virtual one is of; only the host tells
}

type userFixture struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	// Role is the name of a role on the root folder, "Admin" or "ReadOnly"; empty: none.
	Role string `json:"role"`
	// Privileges are granted on the root folder and below.
	Privileges []string `json:"privileges"`
	// VM is the name of the VM on which the role or the privileges are granted instead of the root folder; nothing there takes
	// the place of what the user has from above.
	VM string `json:"vm"`
	// Global are privileges granted as a global permission, the only ones that count for tags; the role "Admin" is one too.
	Global []string `json:"global"`
}

func readFixture(file string) (*fixture, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	description := new(fixture)
	if err := json.Unmarshal(text, description); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(description.Hosts) == 0 || len(description.VMs) == 0 || len(description.Users) == 0 {
		return nil, fmt.Errorf("%s: a fixture has at least one host, one VM and one user", file)
	}
	return description, nil
}
